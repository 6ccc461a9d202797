"""The vectorised row check against checking each row by itself: the same rows, over cells drawn to part the two.

Every row goes both ways, and everything that comes out is compared: orders to the last bit of a number, refusals to
their sentences, what the batch checks look at. The pytest test runs the same comparison over fewer rows.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle, islice, zip_longest
from typing import Any, Final, NamedTuple

import polars as pl

from benchmarks.figures import Figure, at_least, exactly
from benchmarks.torture.edges import EDGES
from benchmarks.worlds import SEED
from roadmap.domain.calendar import write_day
from roadmap.domain.changes import ReportProgress
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import NATIONAL
from roadmap.intake import parse
from roadmap.intake.checking import check
from roadmap.intake.mapping import Draft, Mapper
from roadmap.intake.vector import SUITE, Checked, Checker, Refused
from roadmap.programme import Feed, FeedOptions
from roadmap.store.codec import confidence_of, state_of
from roadmap.store.hashing import canonical

_LEAST_ROWS: Final = 500
_MOST_ROWS: Final = 20_000
_EDGE_SHARE: Final = 0.03  # of the cells of each column
_ROW_SHARE: Final = 0.01
_LEAST_SHARE: Final = 50
_TEXTS: Final = ("narrative", "blocker", "evidence")
_STATES: Final = {"در جریان": "in_progress", "انجام شده": "done", "شروع نشده": "not_started", "-": "suspended"}
_FEWER: Final = ("milestone", "effective", "state", "percent", "narrative")
#: An office that writes days in many ways and two columns, has words for nothing, and parts thousands its own way.
_MANY_FORMS: Final[dict[str, Any]] = {
    "date": "gregorian",
    "dates": ("YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YY", "Q YYYY", "YYYY - Q", "MONTH-YY", "jalali Q YYYY"),
    "thousands": "'",
    "hyphenate": True,
    "nothing": ("TBC", "N/A", "-"),
    "defaults": {"unit": "ST-0001", "percent": "12.5", "narrative": "nothing said", "confidence": "سبز"},
    "joined": {"effective": ("effective", "year"), "spent": ("spent",), "evidence": ("evidence", "telephone")},
}
#: An office that leaves to its feed what is the same in every row.
_LITTLE_SAID: Final[dict[str, Any]] = {
    "date": "jalali",
    "dates": ("jalali YYYY-MM-DD", "gregorian YYYY-MM-DD", "jalali YYYY/MM/DD"),
    "constants": {"unit": "IR-08", "confidence": "amber", "spent": "1,250", "version": "1"},
    "defaults": {"percent": "0", "effective": "۱۴۰۵/۸/۳۰"},
}
#: A row as a whole that is hard: what it has in these columns.
_ROWS_AS_A_WHOLE: Final[dict[str, dict[str, str | None]]] = {
    "done with 99": {"state": "done", "percent": "99"},
    "done with 100": {"state": "done", "percent": "100"},
    "not started with 1": {"state": "not_started", "percent": "1"},
    "not started with less than nothing": {"state": "not_started", "percent": "-0"},
    "a cell beyond the header": {"beyond": '[[15,"rest"]]'},
    "an empty cell beyond the header": {"beyond": '[[15,"\u00a0"]]'},
    "nothing at all": dict.fromkeys(EDGES, ""),
    "no cell at all": dict.fromkeys(EDGES),
}


@dataclass(frozen=True)
class Sample:
    """Rows of one file: by which feed they read, and how often each hard thing is among them."""

    feed: Feed
    header: tuple[str, ...]
    chunk: pl.DataFrame
    edges: Counter[str]


@dataclass
class Compared:
    """What comparing has shown so far: rows, sound rows, how many pydantic had to decide, and disagreements."""

    rows: int = 0
    sound: int = 0
    unaided: int = 0
    wrongly_passed: int = 0
    differing: int = 0
    edges: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Percent of the sound rows that passed without pydantic."""
        return 100 * self.unaided / max(self.sound, 1)


def figures(rows: int) -> Iterator[Figure]:
    """Compares about `rows` rows."""
    found = Compared()
    for sample in samples(rows):
        compare(sample.feed, sample.header, sample.chunk, found)
        found.edges += sample.edges
    label = "vector check"
    yield Figure(f"{label}: rows compared", found.rows, "rows")
    yield exactly(f"{label}: passed by it and not by pydantic", found.wrongly_passed, "rows", 0)
    yield exactly(f"{label}: read differently", found.differing, "rows", 0)
    yield at_least(f"{label}: sound rows passed without pydantic", found.share, "%", _LEAST_SHARE)
    yield exactly(f"{label}: edges that did not occur", len(edges() - found.edges.keys()), "edges", 0)


def edges() -> set[str]:
    """The names of all that is hard."""
    return {f"{column}: {name}" for column, cells in EDGES.items() for name in cells} | _ROWS_AS_A_WHOLE.keys()


def feeds() -> list[tuple[Feed, tuple[str, ...]]]:
    """Feeds that differ in calendar, marks, words of their own, columns, and in what stands where a cell is empty."""
    everything = ("telephone", *(column for column in EDGES if column != "year"))
    words = {"state": _STATES, "confidence": {"سبز": "green"}}
    odd = words | {
        "unit": {"کرمان": "IR-08", "تهران\nبزرگ": "IR-23", "هیچ": "؟"},
        "percent": {"half": "50", "12": "21", "all": "1000"},
        "narrative": {"-": "", "x": 'a "word"'},
        "effective": {"نوروز": "1405-01-01"},
    }
    return [
        (_feed(words, date="jalali", decimal="."), everything),
        (_feed(words, date="gregorian", decimal=","), everything),
        (_feed(odd, date="jalali", decimal="٫"), everything),
        (_feed({}, date="gregorian", decimal="."), _FEWER),
        (_feed(words, **_MANY_FORMS), ("telephone", *EDGES)),
        (_feed(words, **_LITTLE_SAID), _FEWER),
    ]


def _feed(words: dict[str, dict[str, str]], **options: Any) -> Feed:  # noqa: ANN401 - a feed's own
    return Feed(kind="files", format="csv", mapping={}, values=words, options=FeedOptions(**options))


def samples(rows: int, seed: int = SEED) -> Iterator[Sample]:
    """About `rows` rows in chunks, from one feed after the other; the same for the same seed.

    However few are wanted, each feed gets a chunk in which there is room for all that is hard.
    """
    chance = random.Random(seed)
    each = min(_MOST_ROWS, max(_LEAST_ROWS, rows // len(feeds())))
    for feed, header in islice(cycle(feeds()), max(rows // each, len(feeds()))):
        yield _sample(feed, header, each, chance)


def _sample(feed: Feed, header: tuple[str, ...], rows: int, chance: random.Random) -> Sample:
    occurring: Counter[str] = Counter()
    columns = _ordinary(feed, rows, chance)
    for column in (column for column in header if column in EDGES):
        _put_edges(column, columns[column], chance, occurring)
    _put_rows(columns, chance, occurring)
    return Sample(feed, header, chunk_of(header, columns), occurring)


def _ordinary(feed: Feed, rows: int, chance: random.Random) -> dict[str, list[str | None]]:
    """Columns of sound rows, as most files have them."""
    options = feed.options
    days = [write_day(date(2025, 11, 1) + timedelta(days=day), options.date) for day in range(400)]
    numbers = [f"{number / 10:g}".replace(".", options.decimal) for number in range(1, 1000)]
    long = [f"{1e6 * chance.random():.17g}".replace(".", options.decimal) for _ in range(1000)]
    doing = "در جریان" if "state" in feed.values else "in_progress"
    standing = [*((doing, percent) for percent in numbers), *[("done", "100"), ("not_started", "0")] * 50]
    drawn = {
        "milestone": [f"A-{number}" for number in range(100)],
        "unit": ["", *(f"ST-{number:04}" for number in range(1000))],
        "effective": days,
        "forecast_finish": ["", *days],
        "confidence": ["", "green", "amber", "red"],
        "spent": ["", *(f"{number * 7919}" for number in range(5000)), *numbers, *long],
        "version": ["", "", "1", "2"],
        **{column: ["", None, "", "کار پیش می‌رود.", "دورهٔ دوم برگزار شد"] for column in _TEXTS},
        "telephone": ["", "\u202e021", "0"],
        "year": ["", None],
        "beyond": [None],
    }
    states, percents = zip(*chance.choices(standing, k=rows), strict=True)
    columns = {name: chance.choices(cells, k=rows) for name, cells in drawn.items()}
    return columns | {"state": list(states), "percent": list(percents)}


def _put_edges(column: str, cells: list[str | None], chance: random.Random, occurring: Counter[str]) -> None:
    """Puts hard cells into a column, each of them about as often as the others."""
    hard = [(f"{column}: {name}", cell) for name, texts in EDGES[column].items() for cell in texts]
    chance.shuffle(hard)
    count = min(max(round(len(cells) * _EDGE_SHARE), len(hard)), len(cells))
    for place, (name, cell) in zip(chance.sample(range(len(cells)), count), cycle(hard), strict=False):
        cells[place] = cell
        occurring[name] += 1


def _put_rows(columns: dict[str, list[str | None]], chance: random.Random, occurring: Counter[str]) -> None:
    rows = range(len(columns["state"]))
    places = chance.sample(rows, max(round(len(rows) * _ROW_SHARE), len(_ROWS_AS_A_WHOLE)))
    for place, (name, cells) in zip(places, cycle(_ROWS_AS_A_WHOLE.items()), strict=False):
        for column, cell in cells.items():
            columns[column][place] = cell
        occurring[name] += 1


def chunk_of(header: Sequence[str], columns: dict[str, list[str | None]]) -> pl.DataFrame:
    """The chunk that `parse.read` would give of a file with these columns; every tenth line of it was empty."""
    count = len(columns["beyond"])
    numbers = [2 + row + row // 9 for row in range(count)]
    cells = {f"c{place}": columns[name] for place, name in enumerate(header)}
    schema = {"number": pl.Int32, **dict.fromkeys([*cells, "beyond"], pl.String)}
    return pl.DataFrame({"number": numbers, **cells, "beyond": columns["beyond"]}, schema=schema)


def compare(feed: Feed, header: Sequence[str], chunk: pl.DataFrame, found: Compared) -> None:
    """Adds to `found` what the two ways make of `chunk`."""
    checked = Checker(feed, header).check(chunk)
    by_columns, by_rows = _by_columns(checked), _by_rows(Mapper(feed, header), chunk)
    found.rows += chunk.height
    found.sound += len(by_rows.taken)
    found.unaided += chunk.height - checked.doubted
    found.wrongly_passed += len({row.number for row in by_columns.taken} - {row.number for row in by_rows.taken})
    for one, other in zip(by_columns, by_rows, strict=True):
        found.differing += sum(ours != theirs for ours, theirs in zip_longest(one, other))


class _Taken(NamedTuple):
    """An order; `numbers` are its floats as texts, since -0.0 equals 0."""

    number: int
    key: str
    order: ReportProgress
    numbers: str
    payload: bytes | None


class _Outcome(NamedTuple):
    """What became of all rows, each list in the order of the file."""

    taken: list[_Taken]
    refused: list[Refused]
    told: list[tuple[Any, ...]]


def _by_columns(checked: Checked) -> _Outcome:
    """What the vectorised check said, read back from what is stored."""
    taken = [_read_back(row) for row in checked.orders.iter_rows(named=True)]
    return _Outcome(taken, checked.refused, [_exactly(row) for row in checked.suite.iter_rows()])


def _read_back(row: dict[str, Any]) -> _Taken:
    texts = json.loads(row["payload"] or "{}")
    coded = {"state": state_of(row["state"]), "confidence": confidence_of(row["confidence"])}
    names = ("milestone", "unit", "effective", "percent", "forecast_finish", "spent")
    report = ProgressReported.model_validate({name: row[name] for name in names} | coded | texts, strict=True)
    payload = None if row["payload"] is None else row["payload"].encode()
    numbers = f"{row['percent']!r} {row['spent']!r}"
    return _Taken(row["row"], row["key"], ReportProgress(report, row["version"]), numbers, payload)


def _by_rows(mapper: Mapper, chunk: pl.DataFrame) -> _Outcome:
    """What mapping and contract say of each row by itself."""
    outcome = _Outcome([], [], [])
    for row in parse.rows_of(chunk):
        draft = mapper.draft(row)
        verdict = check(draft)
        outcome.told.append(_told(draft))
        if isinstance(verdict, ReportProgress):
            outcome.taken.append(_taken(draft, verdict))
        else:
            outcome.refused.append(Refused(draft.number, draft.key, verdict))
    return outcome


def _taken(draft: Draft, order: ReportProgress) -> _Taken:
    texts = order.report.model_dump(mode="json", include=set(_TEXTS), exclude_none=True)
    numbers = f"{order.report.percent!r} {order.report.spent!r}"
    return _Taken(draft.number, draft.key, order, numbers, canonical(texts) if texts else None)


def _told(draft: Draft) -> tuple[Any, ...]:
    """What the batch checks look at, as they took it from drafts."""
    said = {name: draft.values.get(name, draft.written.get(name)) for name in SUITE}
    words = {name: None if said[name] is None else str(said[name]) for name in ("milestone", "unit", "state")}
    read = {name: draft.values.get(name) for name in SUITE}
    explained = any(draft.values.get(name) is not None for name in ("narrative", "blocker"))
    return _exactly(tuple((read | words | {"unit": words["unit"] or NATIONAL, "explained": explained}).values()))


def _exactly(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row, *map(repr, row))
