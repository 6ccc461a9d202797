"""The files that come with the right answer: what was read against it, cell by cell."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Figure, exactly
from benchmarks.realdata.files import table
from roadmap.errors import FileRefusedError
from roadmap.feed import FilesFeed
from roadmap.feed_options import FeedOptions
from roadmap.intake import parse
from roadmap.settings import Settings

#: A file, the answer beside it, and how its feed reads. The workbook's sheets are those that the answers were made of.
_CONVERTED: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("blanks.csv", "blanks_converted.csv", {"nothing": ("NA", "N/A", "NONE", "NULL", ".")}),
    ("test_locale.csv", "test_locale_converted.csv", {"decimal": ",", "thousands": "."}),
    ("test_date_format.csv", "test_date_format_converted.csv", {"dates": ("DD/MM/YYYY",)}),
    ("test.xlsx", "testxlsx_converted.csv", {}),
    ("sheets.xlsx", "testxlsx_converted.csv", {"sheet": "data"}),
    ("sheets.xlsx", "testxlsx_unicode_converted.csv", {"sheet": "ʤ"}),
)


def figures(folder: Path, settings: Settings) -> Iterator[Figure]:
    """How many files of `folder` have a known answer, and how many of them were read otherwise."""
    spectrum, converted = _spectrum(folder / "csv-spectrum", settings), _converted(folder / "csvkit", settings)
    wrong = [name for name, is_right in (*spectrum, *converted) if not is_right]
    for name in wrong:
        print(f"{name} was read otherwise than its authors say", file=sys.stderr)
    yield Figure("bad-inputs: files with a known answer", len(spectrum) + len(converted), "files")
    yield exactly("bad-inputs: read otherwise than that", len(wrong), "files", 0)


def _spectrum(folder: Path, settings: Settings) -> list[tuple[str, bool]]:
    """One answer is no list of rows and names another telephone number than its file does: it is left out."""
    answers = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((folder / "json").glob("*.json"))}
    known = {name: rows for name, rows in answers.items() if isinstance(rows, list)}
    return [
        (f"{name}.csv", _objects(folder / "csvs" / f"{name}.csv", settings) == rows) for name, rows in known.items()
    ]


def _objects(path: Path, settings: Settings) -> list[dict[str, str]]:
    header, rows = _rows(path, FeedOptions(), settings)
    return [dict(zip_longest(header, (cell.text for cell in row), fillvalue="")) for row in rows]


def _converted(folder: Path, settings: Settings) -> list[tuple[str, bool]]:
    found = []
    for name, answer, told in _CONVERTED:
        if (folder / name).is_file():
            options = FeedOptions(date="gregorian", **told)
            found.append((name, _agrees(folder / name, folder / answer, options, settings)))
    return found


def _agrees(path: Path, answer: Path, options: FeedOptions, settings: Settings) -> bool:
    """Whether the cells below each header of `path` are those of `answer`; what has no header is told apart there."""
    with answer.open(encoding="utf-8", newline="") as lines:
        names, *expected = list(csv.reader(lines))
    try:
        header, rows = _rows(path, options, settings)
    except FileRefusedError:
        return False
    # A row without anything in it is no row to us.
    expected = [row for row in expected if any(row)]
    rows = [row for row in rows if any(_said(cell, options) for cell in row)]
    alike = all(_row_agrees(row, right[: len(header)], options) for row, right in zip(rows, expected, strict=False))
    return list(header) == names[: len(header)] and len(rows) == len(expected) and alike


def _rows(path: Path, options: FeedOptions, settings: Settings) -> tuple[Sequence[str], list[tuple[parse.Cell, ...]]]:
    form = "xlsx" if path.suffix == ".xlsx" else "csv"
    with table(path, FilesFeed(kind="files", format=form, mapping={}, options=options), settings) as found:
        return found.header, [row.cells for chunk in found.chunks for row in parse.rows_of(chunk)]


def _row_agrees(row: Sequence[parse.Cell], right: Sequence[str], options: FeedOptions) -> bool:
    cells = [*row, *[parse.Cell("")] * (len(right) - len(row))]
    return all(cell_agrees(cell, told, options) for cell, told in zip(cells, right, strict=False))


def cell_agrees(cell: parse.Cell, right: str, options: FeedOptions) -> bool:
    """Whether `cell` means what the answer `right` says, by the feed's options."""
    said = _said(cell, options)
    if said.casefold() == right.casefold():
        return True
    if cell.kind == "date":
        return _moment(said) == _moment(right)
    numbers = float if cell.kind == "number" else options.number
    for read, write in ((numbers, float), (options.day, _day)):
        try:
            return read(said) == write(right)
        except ValueError:
            continue
    return False


def _said(cell: parse.Cell, options: FeedOptions) -> str:
    return "" if options.is_nothing(cell.text) else cell.text.strip()


def _moment(written: str) -> str:
    """A day or moment of a workbook, which may or may not tell midnight."""
    return written.replace(" ", "T").removesuffix("T00:00:00")


def _day(written: str) -> object:
    return FeedOptions(date="gregorian").day(written)
