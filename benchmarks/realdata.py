"""`make realdata`: real files through the parser; each is read or refused with a sentence, none may crash or hang it.

    python -m benchmarks.realdata DATA

DATA is a folder with `bad-inputs`, `workbooks`, `pnrr` and `iran`; nothing of it is kept.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

import polars as pl

from benchmarks.figures import BenchmarkError, Figure, at_most, columns, exactly, publish, refuse
from roadmap import programme
from roadmap.errors import FileRefusedError
from roadmap.intake import inbox, parse
from roadmap.intake.unfit import refuse_file
from roadmap.programme import Feed, FeedOptions
from roadmap.settings import Settings

_FOLDERS: Final = ("bad-inputs", "workbooks", "pnrr", "iran")
#: How each kind of file would come in. Old and foreign workbooks are sent to workbook inboxes too, and refused there.
_FORMATS: Final[dict[str, Literal["xlsx", "csv", "json"]]] = {
    ".xlsx": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".csv": "csv",
    ".json": "json",
}
_DELIMITERS: Final = {"pnrr": ";"}
_LONGEST_SECONDS: Final = 30
_HEADINGS: Final = ("file", "rows", "columns", "seconds", "refused because")
_REASONS: Final = 10
#: The refusal of a file at which the parser's process died or had to be ended: safe for us, but not an answer.
_BROKEN: Final = frozenset({"parser_failed", "parser_slow"})


@dataclass(frozen=True)
class Outcome:
    """What became of a file: its size in rows and columns, or the refusal."""

    name: str
    seconds: float
    rows: int = 0
    width: int = 0
    refusal: FileRefusedError | None = None

    def cells(self) -> tuple[str, ...]:
        """The outcome as a line of the table."""
        seconds = f"{self.seconds:.2f}"
        if self.refusal is not None:
            return self.name, "–", "–", seconds, self.refusal.en
        return self.name, f"{self.rows:,}", f"{self.width}", seconds, ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads everything in the folder; the exit code is 1 if a file broke the parser or a fact does not agree."""
    try:
        data = _folder(arguments)
        figures = list(_figures(data))
    except BenchmarkError as error:
        return refuse(error)
    publish("realdata", figures)
    return int(any(figure.met is False for figure in figures))


def _folder(arguments: Sequence[str] | None) -> Path:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.realdata", description="Reads a folder of real data.")
    parser.add_argument("data", type=Path, help="a folder with " + ", ".join(_FOLDERS))
    data: Path = parser.parse_args(arguments).data
    missing = [name for name in _FOLDERS if not (data / name).is_dir()]
    if missing:
        message = f"{data} is no folder with {', '.join(missing)}; give the folder that holds the real data."
        raise BenchmarkError(message)
    return data


def _figures(data: Path) -> Iterator[Figure]:
    with TemporaryDirectory(prefix="roadmap-bench-") as name:
        settings = Settings(_env_file=None, state_dir=Path(name))
        for folder in ("bad-inputs", "workbooks", "pnrr"):
            outcomes = [outcome(path, data, settings) for path in _files(data / folder)]
            print("\n" + columns([_HEADINGS, *(found.cells() for found in outcomes)], right={1, 2, 3}))
            _print_reasons(outcomes)
            yield from _counts(folder, outcomes)
        yield from _spectrum(data / "bad-inputs" / "csv-spectrum", settings)
    yield from _provinces(data / "iran" / "provinces.csv")


def _files(folder: Path) -> Iterator[Path]:
    """The data files below `folder`; licences and notes beside them are not data."""
    return (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in _FORMATS and path.is_file())


def outcome(path: Path, data: Path, settings: Settings) -> Outcome:
    """Takes and parses the file `path` of the folder `data` as intake does."""
    place = path.relative_to(data)
    options = FeedOptions(delimiter=_DELIMITERS.get(place.parts[0], ","))
    feed = Feed(kind="files", format=_FORMATS[path.suffix.lower()], mapping={}, options=options)
    began = time.perf_counter()
    try:
        with _table(path, feed, settings) as table:
            sizes = [(chunk.height, _width(chunk)) for chunk in table.chunks]
    except FileRefusedError as error:
        return Outcome(str(place), time.perf_counter() - began, refusal=error)
    width = max([len(table.header), *(width for _, width in sizes)])
    return Outcome(str(place), time.perf_counter() - began, sum(rows for rows, _ in sizes), width)


@contextmanager
def _table(path: Path, feed: Feed, settings: Settings) -> Iterator[parse.Table]:
    with inbox.taken(path, settings) as taken:
        if taken.content is None:
            raise refuse_file("too_big", limit=settings.max_file_bytes // 2**20)
        with parse.read(taken.content, feed, settings) as table:
            yield table


def _width(chunk: pl.DataFrame) -> int:
    """The place of the last cell that a row of `chunk` has beyond the header; 0 if none has any."""
    return max((json.loads(cells)[-1][0] for cells in chunk["beyond"].drop_nulls()), default=0)


def _print_reasons(outcomes: Iterable[Outcome]) -> None:
    reasons = Counter(found.refusal.code for found in outcomes if found.refusal is not None)
    if reasons:
        print(
            "\n" + columns([("refused", "files"), *((c, str(n)) for c, n in reasons.most_common(_REASONS))], right={1})
        )


def _counts(folder: str, outcomes: Sequence[Outcome]) -> Iterator[Figure]:
    codes = [found.refusal.code for found in outcomes if found.refusal is not None]
    yield Figure(f"{folder}: read", len(outcomes) - len(codes), "files")
    yield Figure(f"{folder}: rows read", sum(found.rows for found in outcomes), "rows")
    yield Figure(f"{folder}: refused with a sentence", sum(code not in _BROKEN for code in codes), "files")
    yield exactly(f"{folder}: parser broken", sum(code in _BROKEN for code in codes), "files", 0)
    yield at_most(f"{folder}: slowest file", max(found.seconds for found in outcomes), "s", _LONGEST_SECONDS)


def _spectrum(folder: Path, settings: Settings) -> Iterator[Figure]:
    """The files that come with the right answer: what was read against it, cell by cell.

    One answer is no list of rows and names another telephone number than its file does: it is left out.
    """
    feed = Feed(kind="files", format="csv", mapping={}, options=FeedOptions())
    answers = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((folder / "json").glob("*.json"))}
    known = {name: rows for name, rows in answers.items() if isinstance(rows, list)}
    wrong = [name for name, rows in known.items() if _objects(folder / "csvs" / f"{name}.csv", feed, settings) != rows]
    for name in wrong:
        print(f"{name}.csv was read otherwise than its authors say", file=sys.stderr)
    yield Figure("bad-inputs: files with a known answer", len(known), "files")
    yield exactly("bad-inputs: read otherwise than that", len(wrong), "files", 0)


def _objects(path: Path, feed: Feed, settings: Settings) -> list[dict[str, str]]:
    with _table(path, feed, settings) as table:
        texts = [[cell.text for cell in row.cells] for chunk in table.chunks for row in parse.rows_of(chunk)]
        return [dict(zip_longest(table.header, cells, fillvalue="")) for cells in texts]


def _provinces(path: Path) -> Iterator[Figure]:
    """The shipped programme's provinces against the reference: code, both names, population."""
    with path.open(encoding="utf-8", newline="") as rows:
        reference = {
            (row["iso_3166_2"], row["name_fa_census"], row["name_en_osm"], int(row["pop2016"]))
            for row in csv.DictReader(rows)
        }
    ours = {(entry.code, entry.name_fa, entry.name_en, entry.population) for entry in programme.load().provinces}
    for code, *names in sorted(reference ^ ours):
        print(f"Province {code} differs: {names}", file=sys.stderr)
    yield Figure("iran: provinces", len(reference), "provinces")
    yield exactly("iran: provinces that differ from the programme's", len(reference ^ ours), "entries", 0)


if __name__ == "__main__":
    sys.exit(main())
