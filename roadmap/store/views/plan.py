"""Where the log stands, and the plan it holds: milestones, indicators, units, observations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import DATE, Connection, bindparam, select, text

from roadmap.domain.events import Event, IndicatorBaselined, IndicatorObserved, MilestoneBaselined, UnitOpened
from roadmap.domain.model import NATIONAL, Indicator, Milestone, Observation, Unit
from roadmap.store.codec import TYPES, decode
from roadmap.store.tables import head as head_table


@dataclass(frozen=True)
class Head:
    """Where the log stands."""

    seq: int
    batch: int
    chain: bytes
    recorded: datetime


def head(connection: Connection) -> Head:
    """The log's head."""
    row = connection.execute(select(head_table)).one()
    return Head(row.seq, row.batch, row.chain, row.recorded)


def known_at(connection: Connection, moment: datetime) -> int:
    """The last event number that had been recorded by `moment`; 0 before the first."""
    query = text("select last_seq from batch where recorded <= :moment order by recorded desc, id desc limit 1")
    return int(connection.execute(query, {"moment": moment}).scalar_one_or_none() or 0)


def programme_start(connection: Connection) -> date | None:
    """The day from which the first baseline holds; None for an empty log."""
    start: date | None = connection.execute(text("select effective from event where seq = 1")).scalar_one_or_none()
    return start


def last_effective(connection: Connection) -> date | None:
    """The latest day that any report speaks for; None without reports."""
    last: date | None = connection.execute(text("select max(effective) from report")).scalar_one()
    return last


def counts(connection: Connection) -> dict[str, int]:
    """Numbers of milestones, units and indicators."""
    query = text(
        "select (select count(*) from milestone where body::json->>'dropped' is distinct from 'true') as milestones, "
        "(select count(*) from unit) as units, "
        "(select count(*) from indicator where body::json->>'dropped' is distinct from 'true') as indicators"
    )
    return dict(connection.execute(query).mappings().one())


#: Of each unit, milestone or indicator the version that holds: of the latest effective day, of that the newest. A unit
#: shows its kind in the canonical JSON of its payload, where quotes of a text would be escaped.
_HOLDING = text(
    """
    select s.code as of_subject, u.code as of_unit, e.*
    from (
        select distinct on (subject) * from event
        where type = :type and seq <= :seq and effective <= coalesce(:day, date 'infinity')
        order by subject, effective desc, version desc
    ) e
    join subject s on s.id = e.subject join subject u on u.id = e.unit
    where cast(:kind as text) is null or position('"kind":"' || :kind || '"' in e.payload) > 0
    order by e.subject
    """
).bindparams(bindparam("day", type_=DATE))


def milestones(connection: Connection, seq: int, day: date | None = None) -> list[Milestone]:
    """The milestones of the baselines known at `seq` that hold on `day` (None: at last).

    They come in the order in which the programme named them first; those dropped by then are left out.
    """
    events = _holding(connection, "milestone_baselined", seq, day)
    held = (event.milestone for event in events if isinstance(event, MilestoneBaselined))
    return [milestone for milestone in held if not milestone.dropped]


def indicators(connection: Connection, seq: int, day: date | None = None) -> list[Indicator]:
    """The indicators known at `seq`, as they hold on `day` (None: at last), without those dropped by then."""
    events = _holding(connection, "indicator_baselined", seq, day)
    held = (event.indicator for event in events if isinstance(event, IndicatorBaselined))
    return [indicator for indicator in held if not indicator.dropped]


def units(connection: Connection, seq: int, kind: str | None = None, day: date | None = None) -> list[Unit]:
    """The units known at `seq`, as they are on `day` (None: at last); all, or those of one kind."""
    events = _holding(connection, "unit_opened", seq, day, kind)
    return [event.unit for event in events if isinstance(event, UnitOpened)]


def _holding(connection: Connection, name: str, seq: int, day: date | None, kind: str | None = None) -> list[Event]:
    rows = connection.execute(_HOLDING, {"type": TYPES[name], "seq": seq, "day": day, "kind": kind})
    return [decode(row, row.of_subject, row.of_unit) for row in rows]


def observations(connection: Connection, seq: int, day: date, unit: str = NATIONAL) -> dict[str, list[Observation]]:
    """Observations of each indicator for `unit`, up to `day`, oldest first; of one day the newest version."""
    query = text(
        """
        select distinct on (e.subject, e.effective) s.code as of_subject, u.code as of_unit, e.*
        from event e join subject s on s.id = e.subject join subject u on u.id = e.unit
        where e.type = :type and e.seq <= :seq and e.effective <= :day and u.code = :unit
        order by e.subject, e.effective, e.version desc
        """
    )
    found: dict[str, list[Observation]] = {}
    for row in connection.execute(query, {"type": TYPES["indicator_observed"], "seq": seq, "day": day, "unit": unit}):
        event = decode(row, row.of_subject, row.of_unit)
        if isinstance(event, IndicatorObserved):
            found.setdefault(event.indicator, []).append(event.observation)
    return found
