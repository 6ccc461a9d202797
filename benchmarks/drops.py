"""Small files as the commissions of the demonstration send them, dropped into inboxes one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from benchmarks.figures import BenchmarkError
from roadmap import organisation
from roadmap.demo import feeds
from roadmap.domain.changes import Stream, latest
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import Scope, State
from roadmap.programme import CommissionEntry
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.pulse import pulse
from roadmap.services.quality import deliveries
from roadmap.settings import Settings
from roadmap.store import log

_MOST_ROWS: Final = 3
#: Airflow's runs of one drop, follow-up included, are over before the next.
_PAUSE_SECONDS: Final = 2.0

Until = Callable[[Callable[[], int | None]], int]


@dataclass(frozen=True)
class Drop:
    """A file to be dropped: whose, what it reports, and the desk from which its arrival is seen."""

    desk: Desk
    commission: CommissionEntry
    path: Path
    reports: list[ProgressReported]


@dataclass(frozen=True)
class Landed:
    """Seconds from the drop until the log and the board's head had it; rows that did not become events."""

    logged: float
    visible: float
    lost: int


def prepared(settings: Settings, count: int) -> Iterator[Drop]:
    """`count` drops for the commissions in turn, each made when the one before has landed."""
    with desks.desk(settings) as desk:
        commissions = cycle(desk.programme.commissions)
        for number, commission in enumerate(islice(commissions, count), start=1):
            name = f"measured-{number}.{commission.feed.format}"
            reports = _reports(desk, commission.code, number)
            yield Drop(desk, commission, settings.inbox / commission.code / name, reports)
            time.sleep(_PAUSE_SECONDS)


def land(drop: Drop, until: Until, head: Callable[[], int | None]) -> Landed:
    """Drops the file and waits until it is in the log and then on the board's head."""
    feeds.write(drop.path, drop.commission.feed, drop.reports)
    began = time.monotonic()
    place = {(drop.commission.code, drop.path.name)}
    accepted = until(lambda: next((receipt.accepted for receipt in deliveries(drop.desk, place)), None))
    logged = time.monotonic() - began
    reached = pulse(drop.desk)
    until(lambda: seen if (seen := head()) and seen >= reached else None)
    return Landed(logged, time.monotonic() - began, len(drop.reports) - accepted)


def _reports(desk: Desk, commission: str, number: int) -> list[ProgressReported]:
    """Today's reports of a few streams that have none of today: what was reported last, with a new narrative."""
    today = desks.today(desk)
    streams = _streams(desk, commission)
    with desk.engine.connect() as connection:
        known = log.reports(connection, streams)
    last = [found.report for stream in streams if (found := latest(known.get(stream, ())))]
    open_today = [report for report in last if report.effective < today and report.state is State.IN_PROGRESS]
    if not open_today:
        message = f"Nothing of commission {commission} is in progress and unreported today; drop fewer files."
        raise BenchmarkError(message)
    return [
        report.model_copy(update={"effective": today, "narrative": f"{number}", "forecast_finish": None})
        for report in open_today[:_MOST_ROWS]
    ]


def _streams(desk: Desk, commission: str) -> list[Stream]:
    places = organisation.units(desk.programme)
    return [
        (milestone.code, place.code)
        for milestone in desk.programme.milestones
        if milestone.commission == commission and milestone.scope in {Scope.NATIONAL, Scope.PROVINCE}
        for place in places
        if place.in_scope(milestone.scope)
    ]
