"""Tables that are not one row a report: cells filled down, and one thing down with another across.

All but the records of a table are made row by row; records need the whole table first, within the limit on memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from roadmap.intake.reading.protocol import Across, Cells, UnfitError, bare

#: A row with its number in the file.
Numbered = tuple[int, Cells]


@dataclass(frozen=True)
class Laid:
    """A table as rows of reports: its header, its rows, and how many rows of the file are no part of it."""

    header: Cells
    rows: Iterable[Numbered]
    left_out: int = 0


def filled_down(rows: Iterable[Cells], header: Cells, names: Iterable[str]) -> Iterator[Cells]:
    """`rows` in which an empty cell of the columns `names` has what stands above it; empty rows stay empty."""
    above = dict.fromkeys(_places(header, names), "")
    for cells in rows:
        if not any(map(_is_filled, cells)):
            yield cells
            continue
        whole = [*cells, *[""] * (len(header) - len(cells))]
        for place, last in above.items():
            above[place] = whole[place] = whole[place] if _is_filled(whole[place]) else last
        yield whole


def laid_across(across: Across, header: Cells, rows: Iterator[Numbered]) -> Laid:
    """The table of `header` and `rows`, told, with a row for each filled cell, or for each record, below a header."""
    keys = _places(header, across.keys)
    if across.record is None:
        return Laid([*across.keys, across.header, across.cell], _each_cell(header, keys, rows))
    return _records(across, header, keys, rows)


def _each_cell(header: Cells, keys: list[int], rows: Iterator[Numbered]) -> Iterator[Numbered]:
    for number, cells in rows:
        own = _at(cells, keys)
        for place, cell in _beside(cells, keys):
            if place < len(header) and header[place].strip():
                yield number, [*own, header[place], cell]
            else:
                yield number, _astray(own, len(own) + 2, place, cell)


def _astray(own: Cells, width: int, place: int, cell: str) -> Cells:
    """A row of which a cell stands below no header: beyond its own columns, where the mapping refuses it."""
    return [*own, *[""] * (max(place, width) - len(own)), cell]


@dataclass
class _Record:
    """What one record says, by the place of the header: a cell for each part; and the row it begins in."""

    number: int
    keys: Cells
    parts: dict[int, dict[str, str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


def _records(across: Across, header: Cells, keys: list[int], rows: Iterator[Numbered]) -> Laid:
    pattern = re.compile(across.record or "")
    records: dict[str, _Record] = {}
    columns: dict[str, None] = {}
    left_out = 0
    for number, cells in rows:
        label, *others = _at(cells, keys)
        match = pattern.match(bare(label)) if _is_filled(label) else None
        if match is None:
            left_out += any(map(_is_filled, cells))
            continue
        part = bare(label)[match.end() :].strip() or across.cell
        record = records.setdefault(match[0].strip(), _Record(number, [match[0].strip(), *others]))
        _add(record, part, label, _beside(cells, keys))
        columns[part] = None
    made = [*across.keys, across.header, *columns]
    return Laid(made, _written(records, header, columns), left_out)


def _add(record: _Record, part: str, label: str, cells: Iterable[tuple[int, str]]) -> None:
    if part in record.names:
        raise UnfitError("repeated_column", column=bare(label))
    record.names.add(part)
    for place, cell in cells:
        record.parts.setdefault(place, {})[part] = cell


def _written(records: Mapping[str, _Record], header: Cells, columns: Iterable[str]) -> Iterator[Numbered]:
    for record in records.values():
        for place in sorted(record.parts):
            name = header[place] if place < len(header) else ""
            cells = [record.parts[place].get(column, "") for column in columns]
            if name.strip():
                yield record.number, [*record.keys, name, *cells]
            else:
                filled = next(cell for cell in cells if cell)
                yield record.number, _astray(record.keys, len(record.keys) + 1 + len(cells), place, filled)


def _beside(cells: Cells, keys: list[int]) -> list[tuple[int, str]]:
    """The filled cells that are no keys, with their places."""
    return [(place, cell) for place, cell in enumerate(cells) if place not in keys and _is_filled(cell)]


def _at(cells: Cells, places: list[int]) -> Cells:
    return [cells[place] if place < len(cells) else "" for place in places]


def _is_filled(cell: str) -> bool:
    return bool(cell) and not cell.isspace()


def _places(header: Cells, names: Iterable[str]) -> list[int]:
    """Where the columns `names` stand; the file is refused where one is missing, or there twice."""
    known = [_plain(name) for name in header]
    for name in names:
        if _plain(name) not in known:
            raise UnfitError("missing_columns", columns=name)
        if known.count(_plain(name)) > 1:
            raise UnfitError("repeated_column", column=name)
    return [known.index(_plain(name)) for name in names]


def _plain(name: str) -> str:
    return " ".join(name.replace("\ufeff", "").split()).casefold()
