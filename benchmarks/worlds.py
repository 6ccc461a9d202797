"""Worlds to measure in: a generated programme, its reports, and a fresh database of its own. All from fixed seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import polars as pl
from sqlalchemy import Engine

from benchmarks import bulk
from roadmap import organisation, programme
from roadmap.domain.people import Grant, Role, Who
from roadmap.programme import Programme
from roadmap.services.establishing import establish
from roadmap.settings import Settings
from roadmap.store import database, embedded

COMMISSION: Final = "quays"
#: Who sends reports by the board's form.
WHO: Final = Who(
    "benchmark",
    "benchmark",
    frozenset(
        {Grant(role=Role.MACHINE), *(Grant(role=Role.LEAD, commission=code) for code in (COMMISSION, "alpha", "beta"))}
    ),
)
TODAY: Final = date(2026, 11, 30)
SEED: Final = bulk.SEED
#: When the programme was laid down: what is learned afterwards may be told of any day since.
_LAID: Final = datetime(2023, 11, 1, tzinfo=UTC)

_STATIONS: Final = 1_000
_MANY_ROWS: Final = 1_000_000
_MANY_STATIONS: Final = 3_000
_MOST_MILESTONES: Final = 100
_PROVINCES: Final = 31
_ROOMY_BYTES: Final = 2**31  # the limit on a file's size is for senders, not for measurements


@dataclass(frozen=True)
class Size:
    """How large a programme and its file are: a row for each milestone, station and month."""

    stations: int
    milestones: int
    months: int = 1

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return self.stations * self.milestones * self.months


class Report(NamedTuple):
    """A row of the file as its sender means it."""

    milestone: str
    unit: str
    effective: date
    state: str
    percent: float
    forecast_finish: date
    narrative: str | None


@dataclass(frozen=True)
class World:
    """An installation of a generated programme: first baseline laid, no report yet."""

    settings: Settings
    programme: Programme
    engine: Engine
    databases: embedded.Databases


def size_for(rows: int) -> Size:
    """About `rows` rows (at least one): 1,000 stations (3,000 for more than a million rows), 100 milestones, months."""
    stations = min(rows, _STATIONS if rows <= _MANY_ROWS else _MANY_STATIONS)
    milestones = min(max(rows // stations, 1), _MOST_MILESTONES)
    return Size(stations, milestones, max(rows // (stations * milestones), 1))


@contextmanager
def world(size: Size) -> Iterator[World]:
    """A fresh server, database and programme of `size`; nothing of it is left afterwards."""
    with TemporaryDirectory(prefix="roadmap-bench-") as name:
        folder = Path(name)
        file = write_programme(folder, size)
        with embedded.running(folder / "state") as urls:
            database.migrate(urls.owner, urls.application)
            engine = database.connect(urls.application)
            try:
                plan = programme.load(file)
                establish(engine, plan, organisation.units(plan), clock=lambda: _LAID)
                yield World(_settings(folder, file, urls), plan, engine, urls)
            finally:
                engine.dispose()


def _settings(folder: Path, file: Path, urls: embedded.Databases) -> Settings:
    return Settings(
        _env_file=None,
        state_dir=folder / "state",
        programme=file,
        demo=False,
        database_url=urls.application,
        owner_database_url=urls.owner,
        airflow_database_url=urls.airflow,
        max_file_bytes=_ROOMY_BYTES,
        max_unpacked_bytes=_ROOMY_BYTES,
    )


def write_programme(folder: Path, size: Size) -> Path:
    """Writes the programme file of a harbour with `size` stations and milestones; its path."""
    numbers = range(1, _PROVINCES + 1)
    provinces = [f"P-{number:02},استان {number},Province {number},{100 * number}" for number in numbers]
    (folder / "provinces.csv").write_text("\n".join(["code,name_fa,name_en,population", *provinces]), "utf-8")
    milestones = [_milestone(number) for number in range(1, size.milestones + 1)]
    head = _HEAD.format(commission=COMMISSION, stations=size.stations)
    path = folder / "harbour.toml"
    path.write_text("\n".join([head, *milestones]), encoding="utf-8")
    return path


def reports(plan: Programme, months: int = 1) -> list[Report]:
    """A report of every milestone from every station at every month's end, percent rising with the months."""
    return [Report(*row) for frame in bulk.months(plan, months) for row in frame.iter_rows()]


def write_csv(path: Path, rows: Sequence[Report], bad_share: float = bulk.BAD_SHARE) -> int:
    """Writes `rows` as the commission's feed has them, a share of them spoilt; returns how many are."""
    return bulk.write_csv(path, [pl.DataFrame(rows, schema=list(Report._fields), orient="row")], bad_share)


def _milestone(number: int) -> str:
    return _MILESTONE.format(number=number, commission=COMMISSION)


_HEAD: Final = """
[programme]
code = "harbour"
title = {{ fa = "نوسازی بندر", en = "Harbour renewal" }}
council = {{ fa = "هیئت بندر", en = "Harbour board" }}
calendar = "gregorian"
start = "2023-11-01"
timezone = "Asia/Tehran"
reporting_deadline_days = 10
tolerance_points = 15
currency = {{ fa = "میلیون ریال", en = "million rials" }}

[[horizons]]
code = "near"
title = {{ fa = "نزدیک", en = "Near" }}
start = "2023-11-01"
finish = "2027-12-31"

[[commissions]]
code = "{commission}"
title = {{ fa = "اسکله‌ها", en = "Quays" }}
lead = {{ fa = "مدیر اسکله‌ها", en = "Head of quays" }}
[commissions.feed]
kind = "files"
format = "csv"
[commissions.feed.mapping]
"Code" = "milestone"
"Place" = "unit"
"As of" = "effective"
"State" = "state"
"Done %" = "percent"
"Expected" = "forecast_finish"
"Remarks" = "narrative"
[commissions.feed.values.state]
"to do" = "not_started"
"doing" = "in_progress"
"finished" = "done"
[commissions.feed.options]
date = "gregorian"
decimal = ","
delimiter = ";"

[organisation]
provinces = "provinces.csv"
stations = {stations}
visits = 1000000
seed = 1
"""

_MILESTONE: Final = """
[[milestones]]
code = "Q-{number}"
commission = "{commission}"
horizon = "near"
title = {{ fa = "اسکله {number} بازسازی شد", en = "Quay {number} rebuilt" }}
deliverable = {{ fa = "اسکله", en = "Quay" }}
evidence = {{ fa = "صورت‌جلسه", en = "Minutes" }}
owner = {{ fa = "ناظر", en = "Supervisor" }}
start = "2023-11-01"
finish = "2027-06-30"
weight = 1
scope = "station"
"""
