"""What the writers of the torture append: batches of generated reports, each with a digest of its own."""

from __future__ import annotations

import random
import sys
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Engine

from roadmap.domain.events import ProgressReported
from roadmap.domain.model import State
from roadmap.errors import LogBrokenError
from roadmap.store import log, verifying
from roadmap.store.codec import Origin

_MILESTONES: Final = 2_000
#: A batch speaks of so many milestones: with many in each, T1 would measure roll-ups.
_MILESTONES_AT_ONCE: Final = 3
_STATIONS: Final = 50
_FIRST_DAY: Final = date(2025, 11, 1)
_MONTHS: Final = 12


def batch(chance: random.Random, events: int, digest: str) -> tuple[log.Delivery, log.Outcome]:
    """A delivery of `events` random reports, late ones and repeated streams among them."""
    milestones = chance.sample(range(1, _MILESTONES + 1), _MILESTONES_AT_ONCE)
    reports = (_report(chance, f"Q-{chance.choice(milestones)}") for _ in range(events))
    new = [log.NewEvent(report, origin=Origin("sheet", row)) for row, report in enumerate(reports, start=2)]
    return delivery(digest), log.Outcome(events=new)


def delivery(digest: str) -> log.Delivery:
    """Where a batch of the torture comes from."""
    return log.Delivery(channel="file", source=f"{digest}.csv", digest=digest, actor="torture", commission="quays")


def _report(chance: random.Random, milestone: str) -> ProgressReported:
    return ProgressReported(
        milestone=milestone,
        unit=f"S-{chance.randint(1, _STATIONS)}",
        effective=_FIRST_DAY + timedelta(days=30 * chance.randrange(_MONTHS)),
        state=State.IN_PROGRESS,
        percent=round(chance.uniform(1, 99), 1),
        narrative="روایت" if chance.random() < 0.1 else None,
    )


def breaks(engine: Engine) -> int:
    """How many breaks `verify` finds: it stops at the first."""
    try:
        verifying.verify(engine)
    except LogBrokenError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
