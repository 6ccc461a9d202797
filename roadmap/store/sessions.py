"""What was recorded of sessions and actions, in the log's order; one more is decided while nobody else writes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from typing import Final

from sqlalchemy import Connection, Engine, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER

from roadmap.domain.events import Event
from roadmap.domain.events import subject as subject_of
from roadmap.domain.sessions import Council, Entry, fold
from roadmap.store import log
from roadmap.store.codec import TYPES, decode
from roadmap.store.decisions import CHANNEL
from roadmap.store.hashing import canonical

KINDS: Final = ("session_called", "session_decided", "action_given", "action_settled", "minutes_kept")

#: What is to be recorded, decided on the sessions as they stand; None where that is so already.
Order = Callable[[Council], Event | None]

_ENTRIES: Final = text(
    """
    select e.*, s.code as of_subject, u.code as of_unit, b.actor, b.recorded
    from event e join subject s on s.id = e.subject join subject u on u.id = e.unit join batch b on b.id = e.batch
    where e.type = any(:types) and e.seq <= :seq order by e.seq
    """
).bindparams(bindparam("types", type_=ARRAY(INTEGER)))
_ALL: Final = 2**62


def entries(connection: Connection, seq: int, kinds: Collection[str] = KINDS) -> list[Entry]:
    """The events of `kinds` known at `seq`, oldest first, each with who made it and when."""
    rows = connection.execute(_ENTRIES, {"types": [TYPES[kind] for kind in kinds], "seq": seq})
    return [Entry(row.seq, decode(row, row.of_subject, row.of_unit), row.actor, row.recorded) for row in rows]


def council(connection: Connection, seq: int) -> Council:
    """Sessions and actions as known at `seq`."""
    return fold(entries(connection, seq))


def record(engine: Engine, order: Order, *, actor: str, clock: log.Clock = log.now) -> log.Receipt | None:
    """Appends the event that `order` makes of the sessions as they stand; None where they are as it wants already.

    Raises:
        SessionRefusedError: `order` refuses.
    """
    with log.writing(engine, clock) as writer:
        before = entries(writer.connection, _ALL)
        event = order(fold(before))
        if event is None:
            return None
        digest = hashlib.sha256(canonical([event.model_dump(mode="json"), len(before)])).hexdigest()
        delivery = log.Delivery(channel=CHANNEL, source=subject_of(event), digest=digest, actor=actor)
        return writer.append(delivery, log.Outcome(events=[log.NewEvent(event)]))
