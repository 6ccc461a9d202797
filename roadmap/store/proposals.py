"""Proposals and baselines in the log: what was proposed and decided, and what each baseline promises."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, get_args

from sqlalchemy import ARRAY, INTEGER, Connection, bindparam, text

from roadmap.domain.events import Event, IndicatorBaselined, MilestoneBaselined
from roadmap.domain.proposing import Plan, Taken, Told
from roadmap.store import log
from roadmap.store.codec import TYPES, decode
from roadmap.store.decisions import CHANNEL
from roadmap.store.hashing import canonical
from roadmap.store.log import Receipt, Writer

_KINDS: Final = [TYPES[kind.model_fields["type"].default] for kind in get_args(Told)]
_PLANNED: Final = [TYPES["milestone_baselined"], TYPES["indicator_baselined"]]
_NOBODY: Final = ""


@dataclass(frozen=True)
class Laid:
    """A baseline: its number, the day from which it holds, and by whom and when it came into the log."""

    number: int
    effective: date
    actor: str
    recorded: datetime


_STEPS: Final = text(
    """
    select e.*, s.code as of_subject, u.code as of_unit, b.actor, b.recorded
    from event e join subject s on s.id = e.subject join subject u on u.id = e.unit join batch b on b.id = e.batch
    where e.type = any(:kinds) and e.seq <= :seq order by e.seq
    """
).bindparams(bindparam("kinds", type_=ARRAY(INTEGER)))

_SENDER: Final = text(
    """
    select e.payload::json->>'commission' from event e join subject s on s.id = e.subject
    where e.type = :kind and s.kind = 'proposal' and s.code = :code order by e.seq limit 1
    """
)

#: The newest version of each milestone and indicator that a baseline up to the wanted one has put.
_PLAN: Final = text(
    """
    select e.*, s.code as of_subject, u.code as of_unit
    from (
        select distinct on (type, subject) * from event
        where type = any(:kinds) and seq <= :seq
          and (payload::json->>'baseline')::int <= coalesce(:baseline, 2147483647)
        order by type, subject, version desc
    ) e
    join subject s on s.id = e.subject join subject u on u.id = e.unit
    order by e.subject
    """
).bindparams(bindparam("kinds", type_=ARRAY(INTEGER)), bindparam("baseline", type_=INTEGER))

_LAID: Final = text(
    """
    select l.number, l.effective, b.actor, b.recorded
    from (
        select distinct on ((payload::json->>'baseline')::int)
            (payload::json->>'baseline')::int as number, effective, batch
        from event where type = any(:kinds) and seq <= :seq order by (payload::json->>'baseline')::int, seq
    ) l
    join batch b on b.id = l.batch order by l.number
    """
).bindparams(bindparam("kinds", type_=ARRAY(INTEGER)))


def steps(connection: Connection, seq: int) -> list[Taken]:
    """Everything that was done with proposals, as known at `seq`, oldest first."""
    found = []
    for row in connection.execute(_STEPS, {"kinds": _KINDS, "seq": seq}):
        event = decode(row, row.of_subject, row.of_unit)
        if isinstance(event, get_args(Told)):
            found.append(Taken(row.seq, event, row.actor, row.recorded))
    return found


def sender(connection: Connection, code: str) -> str | None:
    """The commission that sent the proposal `code` first; None where there is no such proposal."""
    wanted = {"kind": TYPES["change_proposed"], "code": code}
    found: str | None = connection.execute(_SENDER, wanted).scalar_one_or_none()
    return found


def plan(connection: Connection, seq: int, baseline: int | None = None) -> Plan:
    """The plan of `baseline` (None: of the newest) as known at `seq`, whatever the day; in the programme's order."""
    milestones, indicators = {}, {}
    for row in connection.execute(_PLAN, {"kinds": _PLANNED, "seq": seq, "baseline": baseline}):
        event = decode(row, row.of_subject, row.of_unit)
        if isinstance(event, MilestoneBaselined):
            milestones[event.milestone.code] = event.milestone
        elif isinstance(event, IndicatorBaselined):
            indicators[event.indicator.code] = event.indicator
    return Plan(milestones, indicators)


def laid(connection: Connection, seq: int) -> list[Laid]:
    """The baselines known at `seq`, by number."""
    found = connection.execute(_LAID, {"kinds": _PLANNED, "seq": seq})
    return [Laid(row.number, row.effective, row.actor, row.recorded) for row in found]


def digest(same: Sequence[object]) -> str:
    """What makes two acts on proposals the same one, as JSON has it."""
    return hashlib.sha256(canonical(["proposal", *same])).hexdigest()


def known(writer: Writer, same: Sequence[object]) -> Receipt | None:
    """The receipt of the same act, if it came before."""
    return writer.receipt(_NOBODY, digest(same))


def append(writer: Writer, events: Sequence[Event], *, source: str, same: Sequence[object], actor: str) -> Receipt:
    """Appends what one act makes as one batch: all of it, or nothing."""
    delivery = log.Delivery(channel=CHANNEL, source=source, digest=digest(same), actor=actor)
    return writer.append(delivery, log.Outcome(events=[log.NewEvent(event) for event in events]))
