"""A person's decision, as a delivery of its own: who, when and why stand in the log."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, text

from roadmap.domain.events import DeliveryReopened, Event, FeedMapped, RejectsWaived, RoleAssigned, subject
from roadmap.store import log
from roadmap.store.codec import TYPES, decode
from roadmap.store.hashing import canonical
from roadmap.store.log import Receipt

#: Decisions belong to no commission's deliveries: none looks as if it had reported because somebody decided.
CHANNEL: Final = "decision"
_NOBODY: Final = ""

Decision = FeedMapped | DeliveryReopened | RejectsWaived | RoleAssigned


@dataclass(frozen=True)
class Made:
    """A decision as it stands in the log: what, by whom, when."""

    seq: int
    decision: Event
    actor: str
    recorded: datetime


_MADE: Final = """
    select e.*, s.code as of_subject, u.code as of_unit, b.actor, b.recorded
    from event e join subject s on s.id = e.subject join subject u on u.id = e.unit join batch b on b.id = e.batch
"""
_OF_TYPE: Final = text(
    f"{_MADE} where e.type = :type and e.seq <= :seq and (:commission = '' or s.code = :commission) order by e.seq"
)
_OF_BATCH: Final = text(f"{_MADE} where e.seq = :seq")


def record(
    engine: Engine, decision: Decision, *, same: Sequence[object], actor: str, clock: log.Clock = log.now
) -> Receipt:
    """Appends `decision`; made twice, it is recorded once and the first receipt comes back, marked as repeated.

    Args:
        engine: the database to write to.
        decision: what was decided; `effective` is the day on which it was.
        same: what makes another decision of this type the same one, as JSON has it.
        actor: who decided.
        clock: tells when.
    """
    digest = _digest(decision.type, same)
    delivery = log.Delivery(channel=CHANNEL, source=subject(decision), digest=digest, actor=actor)
    with log.writing(engine, clock) as writer:
        known = writer.receipt(_NOBODY, digest)
        return known or writer.append(delivery, log.Outcome(events=[log.NewEvent(decision)]))


def find(connection: Connection, kind: str, same: Sequence[object]) -> Made | None:
    """The decision of the type `kind` that `record` was given with the same `same`; None where nobody made it."""
    receipt = log.find_receipt(connection, _NOBODY, _digest(kind, same))
    return _made(connection.execute(_OF_BATCH, {"seq": receipt.first_seq}).one()) if receipt else None


def made(connection: Connection, kind: str, seq: int, commission: str = "") -> list[Made]:
    """Decisions of the type `kind` known at `seq`, oldest first: about one `commission`, or about all."""
    rows = connection.execute(_OF_TYPE, {"type": TYPES[kind], "seq": seq, "commission": commission})
    return [_made(row) for row in rows]


def _made(row: Row[Any]) -> Made:
    return Made(row.seq, decode(row, row.of_subject, row.of_unit), row.actor, row.recorded)


def _digest(kind: str, same: Sequence[object]) -> str:
    return hashlib.sha256(canonical([kind, *same])).hexdigest()
