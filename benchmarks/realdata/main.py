"""What is done with each folder of real data, and the table that comes of it."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.figures import BenchmarkError, Figure, at_most, columns, exactly, publish, refuse
from benchmarks.realdata import answers, networks, releases
from benchmarks.realdata.files import Outcome, outcome, projects_feed, workbook_feed
from benchmarks.realdata.sets import DataSet, set_of
from roadmap import programme
from roadmap.feed import FilesFeed
from roadmap.feed_options import FeedOptions
from roadmap.settings import Settings

_FOLDERS: Final = ("bad-inputs", "workbooks", "pnrr", "iran")
#: Read where it is there.
_MORE: Final = ("gmpp",)
#: How each kind of file would come in. Old and foreign workbooks are sent to workbook inboxes too, and refused there.
_FORMATS: Final = {".xlsx": "xlsx", ".xls": "xlsx", ".ods": "xlsx", ".csv": "csv", ".json": "json"}
_DELIMITERS: Final = {"pnrr": ";"}
_LONGEST_SECONDS: Final = 30
_MOST_MEGABYTES: Final = 512
_HEADINGS: Final = ("file", "rows", "accepted", "rejected", "seconds", "MB", "refused because")
_SET_HEADINGS: Final = (
    "data set", "files", "refused", "rows", "accepted", "duplicate", "rejected", "slowest s", "child MB",
)  # fmt: skip
_REASONS: Final = 5


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
        sets = [set_of(folder, _outcomes(data / folder, settings)) for folder in _read(data)]
        for found in sets:
            _print(found)
        print("\n" + columns([_SET_HEADINGS, *(found.cells() for found in sets)], right=set(range(1, 9))))
        for found in sets:
            yield from _promises(found)
        yield from answers.figures(data / "bad-inputs", settings)
        yield from releases.figures(data / "pnrr", Path(name))
    yield from _provinces(data / "iran" / "provinces.csv")
    if (data / "psplib").is_dir():
        yield from networks.figures(data / "psplib")


def _read(data: Path) -> list[str]:
    """The folders of files that the parser reads."""
    return ["bad-inputs", "workbooks", "pnrr", *(name for name in _MORE if (data / name).is_dir())]


def _outcomes(folder: Path, settings: Settings) -> list[Outcome]:
    return [outcome(path, folder, _feed(path, folder), settings) for path in _files(folder)]


def _files(folder: Path) -> Iterator[Path]:
    """The data files below `folder`; licences and notes beside them are not data."""
    return (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in _FORMATS and path.is_file())


def _feed(path: Path, folder: Path) -> FilesFeed:
    """The feed that a file comes by: one with a mapping where there is one, else only its format."""
    if folder.name == "workbooks":
        return workbook_feed(path)
    if folder.name == "gmpp":
        return projects_feed(path)
    if folder.name == "pnrr" and path.name.startswith("MeT_"):
        return releases.achievements_feed()
    options = FeedOptions(delimiter=_DELIMITERS.get(folder.name, ","))
    return FilesFeed(kind="files", format=_FORMATS[path.suffix.lower()], mapping={}, options=options)


def _print(found: DataSet) -> None:
    lines = [each.cells() for each in found.outcomes]
    print(f"\n{found.name}\n" + columns([_HEADINGS, *lines], right={1, 2, 3, 4, 5}))
    for title, reasons in (("rows rejected", found.reasons()), ("files refused", found.refusals())):
        if reasons:
            told = reasons.most_common(_REASONS)
            print("\n" + columns([(title, "count"), *((code, f"{count:,}") for code, count in told)], right={1}))


def _promises(found: DataSet) -> Iterator[Figure]:
    yield Figure(f"{found.name}: rows read", found.rows, "rows")
    yield exactly(f"{found.name}: parser broken", found.broken, "files", 0)
    yield exactly(f"{found.name}: rows without an end", found.lost, "rows", 0)
    yield at_most(f"{found.name}: slowest file", found.slowest, "s", _LONGEST_SECONDS)
    yield at_most(f"{found.name}: highest memory of the parser", found.megabytes, "MB", _MOST_MEGABYTES)


def _provinces(path: Path) -> Iterable[Figure]:
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
