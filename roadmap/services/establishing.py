"""Lays the first baseline: the organisation, the roadmap and the indicators of the programme file, as events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Engine

from roadmap.domain.events import Event, IndicatorBaselined, IndicatorObserved, MilestoneBaselined, UnitOpened
from roadmap.domain.model import Unit
from roadmap.programme import Programme
from roadmap.store import log
from roadmap.store.codec import Origin
from roadmap.store.hashing import canonical

_FIRST = 1


def establish(
    engine: Engine, programme: Programme, units: list[Unit], *, clock: log.Clock = log.now
) -> log.Receipt | None:
    """Appends baseline 1 to an empty log; a log that has one keeps it (None): only a decision makes a new one."""
    events = list(_events(programme, units))
    digest = hashlib.sha256(canonical([event.model_dump(mode="json") for event in events])).hexdigest()
    delivery = log.Delivery(channel="programme", source=programme.programme.code, digest=digest, actor="programme file")
    with log.writing(engine, clock) as writer:
        if not writer.is_empty:
            return None
        new = [log.NewEvent(event, origin=Origin(row=row)) for row, event in enumerate(events, start=1)]
        return writer.append(delivery, log.Outcome(events=new))


def _events(programme: Programme, units: list[Unit]) -> Iterator[Event]:
    start = programme.programme.start
    for unit in units:
        yield UnitOpened(effective=start, unit=unit)
    for milestone in programme.milestones:
        yield MilestoneBaselined(effective=start, baseline=_FIRST, milestone=milestone)
    for entry in programme.indicators:
        yield IndicatorBaselined(effective=start, baseline=_FIRST, indicator=entry.plain())
        for observation in entry.observations:
            yield IndicatorObserved(effective=observation.date, indicator=entry.code, observation=observation)
