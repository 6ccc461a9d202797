"""Where the log stands, and the plan it holds: milestones, indicators, units, observations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select, text

from roadmap.domain.events import Event, IndicatorBaselined, IndicatorObserved, MilestoneBaselined, UnitOpened
from roadmap.domain.model import NATIONAL, Indicator, Milestone, Observation, Unit
from roadmap.store.codec import TYPES, decode
from roadmap.store.tables import head as head_table

_REPORT = TYPES["progress_reported"]


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
    query = text("select coalesce(max(last_seq), 0) from batch where recorded <= :moment")
    return int(connection.execute(query, {"moment": moment}).scalar_one())


def programme_start(connection: Connection) -> date | None:
    """The day from which the first baseline holds; None for an empty log."""
    start: date | None = connection.execute(text("select effective from event where seq = 1")).scalar_one_or_none()
    return start


def last_effective(connection: Connection) -> date | None:
    """The latest day that any report speaks for; None without reports."""
    query = text(f"select max(effective) from event where type = {_REPORT}")
    last: date | None = connection.execute(query).scalar_one()
    return last


def counts(connection: Connection) -> dict[str, int]:
    """Numbers of milestones, units, indicators and reports."""
    query = text(
        "select (select count(*) from milestone) as milestones, (select count(*) from unit) as units, "
        "(select count(*) from indicator) as indicators, (select count(*) from report) as reports"
    )
    return dict(connection.execute(query).mappings().one())


_NEWEST = text(
    """
    select distinct on (e.subject, e.unit) s.code as of_subject, u.code as of_unit, e.*
    from event e join subject s on s.id = e.subject join subject u on u.id = e.unit
    where e.type = :type and e.seq <= :seq
    order by e.subject, e.unit, e.version desc
    """
)


def milestones(connection: Connection, seq: int) -> list[Milestone]:
    """The milestones of the baselines known at `seq`, in the order in which the programme named them first."""
    events = _newest(connection, "milestone_baselined", seq)
    return [event.milestone for event in events if isinstance(event, MilestoneBaselined)]


def indicators(connection: Connection, seq: int) -> list[Indicator]:
    """The indicators known at `seq`."""
    events = _newest(connection, "indicator_baselined", seq)
    return [event.indicator for event in events if isinstance(event, IndicatorBaselined)]


def units(connection: Connection, seq: int, kind: str | None = None) -> list[Unit]:
    """The units known at `seq`, all or those of one kind."""
    events = _newest(connection, "unit_opened", seq)
    return [e.unit for e in events if isinstance(e, UnitOpened) and kind in {None, e.unit.kind.value}]


def _newest(connection: Connection, name: str, seq: int) -> list[Event]:
    rows = connection.execute(_NEWEST, {"type": TYPES[name], "seq": seq})
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
