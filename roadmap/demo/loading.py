"""Puts the illustrative history into an empty log, month by month, as it would have come in.

The last month is left to the feeds, which deliver it as files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine

from roadmap.domain.events import IndicatorObserved, ProgressReported, subject
from roadmap.domain.model import Unit
from roadmap.programme import Programme
from roadmap.services.establishing import establish
from roadmap.store import log
from roadmap.store.codec import Origin
from roadmap.store.hashing import canonical

#: What a commission tells in a month.
Told = ProgressReported | IndicatorObserved

_SEED = 7
_LATEST_ARRIVAL_DAYS = 10


def load_history(engine: Engine, programme: Programme, units: Sequence[Unit], by_day: dict[date, list[Told]]) -> int:
    """Establishes the programme as of its first day and appends all of `by_day`; returns the number of reports."""
    zone = ZoneInfo(programme.programme.timezone)
    opening = datetime.combine(programme.programme.start, time(9), zone)
    establish(engine, programme, list(units), clock=lambda: opening)
    total = 0
    for recorded, commission, reports in _deliveries(programme, by_day, zone):
        _append(engine, programme, commission, reports, recorded)
        total += len(reports)
    return total


def _deliveries(
    programme: Programme, by_day: dict[date, list[Told]], zone: ZoneInfo
) -> list[tuple[datetime, str, list[Told]]]:
    """(when it came in, commission, reports), in the order of arrival: some a few days past the deadline."""
    random = np.random.default_rng(_SEED)
    owner = {entry.code: entry.commission for entry in programme.milestones}
    owner |= {entry.code: entry.commission for entry in programme.indicators}
    deliveries = []
    for day, reports in by_day.items():
        for commission in programme.by_commission:
            own = [report for report in reports if owner[subject(report)] == commission]
            arrival = day + timedelta(days=int(random.integers(1, _LATEST_ARRIVAL_DAYS)))
            moment = datetime.combine(arrival, time(8 + int(random.integers(0, 9)), int(random.integers(0, 60))), zone)
            if own:
                deliveries.append((moment, commission, own))
    return sorted(deliveries, key=lambda delivery: delivery[0])


def _append(engine: Engine, programme: Programme, commission: str, reports: list[Told], recorded: datetime) -> None:
    content = [report.model_dump(mode="json") for report in reports]
    delivery = log.Delivery(
        channel="history",
        source=f"{commission}-{reports[0].effective}.{programme.commission(commission).feed.format}",
        digest=hashlib.sha256(canonical(content)).hexdigest(),
        actor="illustrative history",
        commission=commission,
    )
    events = [log.NewEvent(report, origin=Origin(row=row)) for row, report in enumerate(reports, start=2)]
    with log.writing(engine, lambda: recorded) as writer:
        writer.append(delivery, log.Outcome(events=events))
