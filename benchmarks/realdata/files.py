"""One real file on its way: taken, parsed in the child, mapped and checked as intake does it; without a log."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Final

import polars as pl

from roadmap.errors import FileRefusedError
from roadmap.feed import Feed, FilesFeed
from roadmap.intake import inbox, parse, reading
from roadmap.intake.unfit import refuse_file
from roadmap.intake.vector import Checker
from roadmap.settings import Settings

#: The last year of the yearly return whose projects lie across.
_LAST_ACROSS: Final = 2017
#: Quarter and year in the names of the quarterly workbooks: their only date.
_QUARTER: Final = re.compile(r"_([1-4])_(\d{4})\.")
#: The child, which says at its end how much memory it had at most: the kernel's other measure counts the parent in.
_MEASURED: Final = f"""
import re, runpy, sys
try:
    runpy.run_module({reading.__name__!r}, run_name="__main__", alter_sys=True)
finally:
    told = open("/proc/self/status").read()
    print("peak", re.search(r"VmHWM:\\s+(\\d+) kB", told)[1], file=sys.stderr)
"""


@dataclass(frozen=True)
class Outcome:
    """What became of a file: its rows, those checked against the contract where there is a mapping, or the refusal."""

    name: str
    seconds: float
    megabytes: float
    rows: int = 0
    orders: pl.DataFrame | None = None
    rejected: Counter[str] = field(default_factory=Counter)
    rejected_rows: int = 0
    refusal: FileRefusedError | None = None

    def cells(self) -> tuple[str, ...]:
        """The outcome as a line of the table."""
        cost = (f"{self.seconds:.2f}", f"{self.megabytes:.0f}")
        if self.refusal is not None:
            return self.name, "–", "–", "–", *cost, self.refusal.en
        checked = ("–", "–") if self.orders is None else (f"{self.orders.height:,}", f"{self.rejected_rows:,}")
        return self.name, f"{self.rows:,}", *checked, *cost, ""


def workbook_feed(path: Path) -> FilesFeed:
    """The feed of the quarterly workbooks; the day that one speaks of is the end of the quarter in its name."""
    feed = _read("workbooks.toml")
    quarter = _QUARTER.search(path.name)
    return feed if quarter is None else _with(feed, effective=f"Q{quarter[1]} {quarter[2]}")


def projects_feed(path: Path) -> FilesFeed:
    """The feed of the yearly return of projects; it speaks of the last day of the September before."""
    feed, year = _read("gmpp.toml"), int(path.stem[-4:])
    whole = _with(feed, effective=f"30/09/{year - 1}")
    if year <= _LAST_ACROSS:
        return whole
    return whole.model_copy(update={"options": whole.options.model_copy(update={"across": None})})


def _read(name: str) -> FilesFeed:
    return FilesFeed.model_validate(tomllib.loads(Path(__file__).with_name(name).read_text("utf-8")))


def _with(feed: FilesFeed, **constants: str) -> FilesFeed:
    options = feed.options.model_copy(update={"constants": feed.options.constants | constants})
    return feed.model_copy(update={"options": options})


def outcome(path: Path, folder: Path, feed: Feed, settings: Settings) -> Outcome:
    """Takes and parses the file `path` below `folder`; with a mapping its rows are checked too."""
    name = str(path.relative_to(folder))
    megabytes = _peak(path, feed, settings)
    began = time.perf_counter()
    try:
        with table(path, feed, settings) as found:
            rows, orders, refused = _checked(found, feed)
    except FileRefusedError as error:
        return Outcome(name, time.perf_counter() - began, megabytes, refusal=error)
    seconds = time.perf_counter() - began
    if orders is None:
        return Outcome(name, seconds, megabytes, rows)
    reasons = Counter(f"{told.code}: {told.field}" for row in refused for told in row)
    return Outcome(name, seconds, megabytes, rows, orders, reasons, len(refused))


@contextmanager
def table(path: Path, feed: Feed, settings: Settings) -> Iterator[parse.Table]:
    """The table of the file `path`, as intake opens it."""
    with inbox.taken(path, settings) as taken:
        if taken.content is None:
            raise refuse_file("too_big", limit=settings.max_file_bytes // 2**20)
        with parse.read(taken.content, feed, settings) as found:
            yield found


def _checked(found: parse.Table, feed: Feed) -> tuple[int, pl.DataFrame | None, list[tuple]]:
    """How many rows there are, and where the feed maps any column, the orders and refusals they are."""
    checker = Checker(feed, found.header) if feed.mapping or feed.options.joined else None
    rows, orders, refused = 0, [], []
    for chunk in found.chunks:
        rows += chunk.height
        if checker is not None:
            checked = checker.check(chunk)
            orders.append(checked.orders.drop("row", "key"))
            refused += [row.refusals for row in checked.refused]
    return rows, pl.concat(orders) if orders else None, refused


def _peak(path: Path, feed: Feed, settings: Settings) -> float:
    """The most memory that the child has at once for the file, in MB; its limit where it is killed for it."""
    with path.open("rb") as content:
        said = _run(content, parse.request_for(parse.sent(feed, content), settings))
    told = [line.split()[1] for line in said.splitlines() if line.startswith("peak ")]
    return int(told[0]) / 1024 if told else settings.parser_memory_bytes / 2**20


def _run(content: IO[bytes], request: reading.Request) -> str:
    command = [sys.executable, "-I", "-c", _MEASURED, json.dumps(asdict(request))]
    done = subprocess.run(command, stdin=content, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    return done.stderr.decode(errors="replace")
