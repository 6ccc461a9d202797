"""Lists of a programme that come from a table beside its file: `[[plan]]` says which, from where, by which mapping.

The mapping, words and options are those of a feed, so a table in any language and layout of its own is read without
code. Fields are those of the list's entries, a point between the parts (`targets.0.value`).
"""

from __future__ import annotations

import csv
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Field, field_validator

from roadmap.domain import text
from roadmap.domain.model import Value
from roadmap.domain.text import Text, folded
from roadmap.feed_options import FeedOptions

Lists = Literal["horizons", "commissions", "milestones", "indicators", "provinces", "sources"]


class PlanTable(Value):
    """A list of entries and the csv file that they come from.

    `mapping` says which header is which field, `values` translates words, `only` keeps the rows whose column has one of
    the words; `every` holds what all entries have besides, as the list itself would have it.
    """

    list: Lists
    table: str
    mapping: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    every: dict[str, Any] = Field(default_factory=dict)
    options: FeedOptions = FeedOptions()

    @field_validator("options")
    @classmethod
    def _is_plain(cls, options: FeedOptions) -> FeedOptions:
        if options.sheet or options.fill_down or options.across:
            message = "a plan's table is plain csv: it has no sheet, fill_down or across"
            raise ValueError(message)
        return options


@dataclass(frozen=True)
class Entry:
    """A row of a table as an entry of the programme: by field, what was read and what stood there (empty ones out)."""

    code: str
    values: Mapping[str, object]
    written: Mapping[str, str]

    def document(self, every: Mapping[str, Any], move: Callable[[date], date]) -> dict[str, Any]:
        """The entry as the programme file would have it, on top of `every`, its days moved."""
        found: dict[str, Any] = deepcopy(dict(every))
        for field, value in self.values.items():
            _put(found, field.split("."), move(value) if isinstance(value, date) else value)
        return found


def read_entries(plan: PlanTable, folder: Path, model: type[BaseModel]) -> list[Entry]:
    """The entries of `plan`, of `model`, in the table's order; rows that say the same are one entry.

    Raises:
        ValueError: a column is missing or there twice, or a cell cannot be read; with the line.
        OSError: the table cannot be read.
    """
    distinct: dict[str, Entry] = {}
    header, *rows = _rows(folder / plan.table, plan.options)
    columns = _Columns(plan, model, header[1])
    for line, row in rows:
        if columns.counts(row):
            entry = columns.entry(row, f"{plan.table}, line {line}")
            distinct.setdefault(repr(entry.values), entry)
    return [*distinct.values()]


def _rows(table: Path, options: FeedOptions) -> list[tuple[int, list[str]]]:
    """The rows of `table`, header first, each with its line."""
    encoding = "utf-8-sig" if options.encoding == "utf-8" else options.encoding
    with table.open(encoding=encoding, newline="") as lines:
        reader = csv.reader(lines, delimiter=options.delimiter, strict=True)
        try:
            found = [(reader.line_num, row) for row in reader]
        except csv.Error as error:
            message = f"{table.name}, line {reader.line_num}: {error}"
            raise ValueError(message) from None
    return found or [(0, [])]


class _Columns:
    """Where a table has what its plan asks for, and how it reads."""

    def __init__(self, plan: PlanTable, model: type[BaseModel], header: Sequence[str]) -> None:
        self._plan, self._names = plan, [folded(name) for name in header]
        self._sources = self._found()
        wanted = self._sources.keys()
        self._readers = {field: _reader(model, field, plan.options) for field in {*wanted, *plan.options.constants}}
        self._words = {field: {folded(own): word for own, word in told.items()} for field, told in plan.values.items()}
        self._only = [(self._place(name), frozenset(map(folded, words))) for name, words in plan.only.items()]

    def _found(self) -> dict[str, tuple[int, ...]]:
        """The columns of each field that the plan asks for; a field that has none, or two, is a mistake."""
        own = [(field, (name,)) for name, field in self._plan.mapping.items()]
        found: dict[str, tuple[int, ...]] = {}
        for field, names in (*own, *self._plan.options.joined.items()):
            places = self._places(names)
            if places and found.get(field):
                message = f"{self._plan.table} has two columns for {field}"
                raise ValueError(message)
            found[field] = found.get(field, ()) + places
        missing = ", ".join(field for field, places in found.items() if not places)
        if missing:
            message = f"{self._plan.table} has no column for {missing}"
            raise ValueError(message)
        return found

    def counts(self, row: Sequence[str]) -> bool:
        """Whether `row` is not empty and is of those that the plan keeps."""
        return any(map(str.strip, row)) and all(folded(_at(row, place)) in words for place, words in self._only)

    def entry(self, row: Sequence[str], where: str) -> Entry:
        """What `row` says, in the line `where`."""
        said = {field: (raw, plain) for field, raw, plain in self._said(row) if plain}
        try:
            values = {field: self._readers[field](self._meant(field, plain)) for field, (_, plain) in said.items()}
        except ValueError as error:
            message = f"{where}: {error}"
            raise ValueError(message) from None
        return Entry(str(values.get("code", "")), values, {field: raw for field, (raw, _) in said.items()})

    def _said(self, row: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        """By field what stands in `row`, and the same without odd spaces and words for nothing; or its default."""
        options = self._plan.options
        yield from ((field, told, told) for field, told in options.constants.items())
        for field, places in self._sources.items():
            raw = [_at(row, place) for place in places]
            cells = [" ".join(cell.replace("\ufeff", "").split()) for cell in raw]
            plain = " ".join(cell for cell in cells if cell and not options.is_nothing(cell))
            default = options.defaults.get(field, "")
            yield (field, " ".join(raw), plain) if plain else (field, default, default)

    def _meant(self, field: str, said: str) -> str:
        return self._words.get(field, {}).get(folded(said), said)

    def _places(self, names: Sequence[str]) -> tuple[int, ...]:
        return tuple(self._place(name) for name in names if folded(name) in self._names)

    def _place(self, name: str) -> int:
        count = self._names.count(folded(name))
        if count != 1:
            message = f"{self._plan.table} has {count or 'no'} column{'s' if count else ''} {name!r}"
            raise ValueError(message)
        return self._names.index(folded(name))


def _at(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _reader(model: type[BaseModel], field: str, options: FeedOptions) -> Callable[[str], object]:
    """How a cell of `field` of `model` is read: as a day, a number, a code, a text in both languages, or as it is."""
    wanted, is_code = _type_of(model, field)
    readers: dict[object, Callable[[str], object]] = {date: options.day, float: options.number, int: options.number}
    if is_code:
        return text.hyphenated
    read = readers.get(wanted, _both if wanted is Text else str)

    def told(written: str) -> object:
        try:
            return read(written)
        except ValueError as error:
            message = f"{written!r} in {field} is {error}"
            raise ValueError(message) from None

    return told


def _both(written: str) -> dict[str, str]:
    return {"fa": written, "en": written}


def _type_of(model: type[BaseModel], field: str) -> tuple[object, bool]:
    """The plain type of a dotted `field` of `model`, and whether it is a code; ValueError if there is no such field."""
    wanted: Any = model
    is_code = False
    for part in field.split("."):
        if part.isdigit():
            continue
        fields = wanted.model_fields if isinstance(wanted, type) and issubclass(wanted, BaseModel) else {}
        if part not in fields:
            message = f"{field} is no field; there are {', '.join(fields) or 'none below it'}"
            raise ValueError(message)
        wanted = _plain(fields[part].annotation)
        is_code = "pattern=" in repr((fields[part].annotation, fields[part].metadata))
    return wanted, is_code


def _plain(annotation: Any) -> Any:  # noqa: ANN401 - whatever a field may be annotated with
    """The type of a field without its bounds, without None and without the tuple around it."""
    if get_origin(annotation) in {Union, types.UnionType, tuple} or hasattr(annotation, "__metadata__"):
        return _plain(next(part for part in get_args(annotation) if part is not types.NoneType))
    return annotation


def _put(found: dict[str, Any], parts: Sequence[str], value: object) -> None:
    """Puts `value` at its place below `found`; a number among `parts` is a place in a list."""
    first, *rest = parts
    if not rest:
        found[first] = value
    elif rest[0].isdigit():
        items = found.setdefault(first, [])
        while len(items) <= int(rest[0]):
            items.append({})
        _put(items[int(rest[0])], rest[1:], value)
    else:
        _put(found.setdefault(first, {}), rest, value)
