"""Projections in SQL: what a span of the log makes of the tables that the board reads.

A live append projects the span that it has just written; a rebuild empties the tables and projects the whole log:
the same statements, so the two cannot drift apart. `domain.projections.fold` is their meaning in plain Python.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from roadmap.store.codec import TYPES
from roadmap.store.tables import PROJECTIONS

_NEWEST_BODIES = """
    select distinct on (subject) subject, payload::json as document
    from event where type = {type} and seq between :first and :last
    order by subject, version desc
"""

_UNITS = f"""
insert into unit (id, code, kind, parent, visits, target, offline, body)
select subject, body->>'code', body->>'kind', body->>'parent', (body->>'visits')::bigint,
       (body->>'target')::boolean, (body->>'offline')::boolean, body
from (select subject, document->'unit' as body from ({_NEWEST_BODIES.format(type=TYPES["unit_opened"])}) n) u
on conflict (id) do update set kind = excluded.kind, parent = excluded.parent, visits = excluded.visits,
    target = excluded.target, offline = excluded.offline, body = excluded.body
"""

_PROVINCES = """
update unit set province = home.id from unit home
where home.kind = 'province' and (home.id = unit.id or home.code = unit.parent)
  and unit.province is distinct from home.id
"""

_MILESTONES = f"""
insert into milestone (id, code, commission, horizon, scope, baseline, body)
select subject, body->>'code', body->>'commission', body->>'horizon', body->>'scope', baseline, body
from (
    select subject, document->'milestone' as body, (document->>'baseline')::int as baseline
    from ({_NEWEST_BODIES.format(type=TYPES["milestone_baselined"])}) n
) m
on conflict (id) do update set commission = excluded.commission, horizon = excluded.horizon, scope = excluded.scope,
    baseline = excluded.baseline, body = excluded.body
"""

_INDICATORS = f"""
insert into indicator (id, code, commission, baseline, body)
select subject, body->>'code', body->>'commission', baseline, body
from (
    select subject, document->'indicator' as body, (document->>'baseline')::int as baseline
    from ({_NEWEST_BODIES.format(type=TYPES["indicator_baselined"])}) n
) i
on conflict (id) do update set commission = excluded.commission, baseline = excluded.baseline, body = excluded.body
"""

_SCOPED = """
from milestone m join unit u on case m.scope
    when 'target' then u.target
    when 'offline' then u.offline
    else u.kind = m.scope end
"""

_UNASSIGN = f"delete from assignment a where not exists (select 1 {_SCOPED} where m.id = a.milestone and u.id = a.unit)"

_ASSIGN = f"""
insert into assignment (milestone, unit, weight)
select m.id, u.id, case when m.body::json->>'unit_weights' = 'visits' then greatest(u.visits, 1) else 1 end {_SCOPED}
on conflict (milestone, unit) do update set weight = excluded.weight where assignment.weight <> excluded.weight
"""

_REPORTS = f"""
insert into report (milestone, unit, seq, version, effective, state, percent, forecast_finish, confidence, spent)
select distinct on (subject, unit)
       subject, unit, seq, version, effective, state, percent, forecast_finish, confidence, spent
from event where type = {TYPES["progress_reported"]} and seq between :first and :last
order by subject, unit, effective desc, version desc
on conflict (milestone, unit) do update set seq = excluded.seq, version = excluded.version,
    effective = excluded.effective, state = excluded.state, percent = excluded.percent,
    forecast_finish = excluded.forecast_finish, confidence = excluded.confidence, spent = excluded.spent
where (excluded.effective, excluded.version) > (report.effective, report.version)
"""

_PLAN = (_UNITS, _PROVINCES, _MILESTONES, _INDICATORS, _UNASSIGN, _ASSIGN)


def project(connection: Connection, first: int, last: int, types: set[int]) -> None:
    """Brings the projections up to date with events `first`..`last`, which are of `types`."""
    span = {"first": first, "last": last}
    statements = (*(_PLAN if types - {TYPES["progress_reported"]} else ()), _REPORTS)
    for statement in statements:
        connection.execute(text(statement), span if ":first" in statement else {})


def rebuild(connection: Connection) -> int:
    """Empties every projection and makes it again from the whole log; returns the number of events."""
    for table in PROJECTIONS:
        connection.execute(table.delete())
    last = connection.execute(text("select seq from head")).scalar_one()
    project(connection, 1, last, set(TYPES.values()))
    return int(last)
