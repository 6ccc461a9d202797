"""The plan in tables: units, milestones and indicators in force, and which units a milestone is reported for, when.

A version of a unit or a milestone holds from its effective day until the next one's. So a board of a past day has the
organisation tree of that day, as far as it is known now.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

from roadmap.store.codec import TYPES

_UNIT, _MILESTONE = TYPES["unit_opened"], TYPES["milestone_baselined"]

_NEWEST_BODIES = """
    select distinct on (subject) subject, payload::json as document
    from event where type = {type} and seq between :first and :last
    order by subject, version desc
"""

_UNITS = f"""
insert into unit (id, code, kind, parent, visits, target, offline, body)
select subject, body->>'code', body->>'kind', body->>'parent', (body->>'visits')::bigint,
       (body->>'target')::boolean, (body->>'offline')::boolean, body
from (select subject, document->'unit' as body from ({_NEWEST_BODIES.format(type=_UNIT)}) n) u
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
    from ({_NEWEST_BODIES.format(type=_MILESTONE)}) n
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

#: What this span of the log says of the plan: from which day on each unit or milestone is another one. A unit takes
#: those that lie in it along: whether it is a province decides in which one they lie.
_CHANGED = f"""
    named as (
        select subject, min(effective) as day from event
        where type in ({_UNIT}, {_MILESTONE}) and seq between :first and :last group by subject
    ),
    changed as (
        select subject, min(day) as day from (
            select subject, day from named
            union all
            select inner_unit.id, named.day from named join unit on unit.id = named.subject
            join unit inner_unit on inner_unit.parent = unit.code
        ) c group by subject
    )
"""

#: Whose units change, from which day on: asked before, of what is left, and after, of what is entered. Two joins, each
#: by an index; one on "milestone or unit" would compare every assignment with every change.
_CONCERNED = f"""
with {_CHANGED}
select milestone, min(day) as day from (
    select a.milestone, changed.day from changed join assignment a on a.milestone = changed.subject
    union all
    select a.milestone, changed.day from changed join assignment a on a.unit = changed.subject
) c group by milestone
"""

_UNASSIGN = f"""
with {_CHANGED}
delete from assignment where milestone in (select subject from changed) or unit in (select subject from changed)
"""

#: A milestone's versions meet a unit's: both hold in the common part of their validities. Versions that change nothing
#: of what matters here are left out, so a new title does not cut a validity in two.
_ASSIGN = f"""
with {_CHANGED},
unit_said as (
    select distinct on (subject, effective) subject as id, effective, payload::json->'unit' as body
    from event
    where type = {_UNIT} and seq <= :last and (
        subject in (select subject from changed)
        or exists (select 1 from event e where e.type = {_MILESTONE} and e.seq between :first and :last)
    )
    order by subject, effective, version desc
),
unit_stood as (
    select s.id, s.effective as since, s.body->>'kind' as kind, (s.body->>'target')::boolean as target,
           (s.body->>'offline')::boolean as offline, greatest((s.body->>'visits')::bigint, 1) as visits,
           case when s.body->>'kind' = 'province' then s.id else coalesce(home.id, 0) end as province
    from unit_said s left join unit home on home.code = s.body->>'parent' and home.kind = 'province'
),
unit_news as (
    select *, (kind, target, offline, visits, province) is distinct from
              lag((kind, target, offline, visits, province)) over (partition by id order by since) as is_news
    from unit_stood
),
unit_held as (
    select *, lead(since) over (partition by id order by since) as until from unit_news where is_news
),
milestone_said as (
    select distinct on (subject, effective) subject as id, effective, payload::json->'milestone' as body
    from event where type = {_MILESTONE} and seq <= :last
    order by subject, effective, version desc
),
milestone_stood as (
    select id, effective as since, body->>'unit_weights' as weights,
           case when (body->>'dropped')::boolean then null else body->>'scope' end as scope -- dropped: no unit's
    from milestone_said
),
milestone_news as (
    select *, (scope, weights) is distinct from lag((scope, weights)) over (partition by id order by since) as is_news
    from milestone_stood
),
milestone_held as (
    select *, lead(since) over (partition by id order by since) as until from milestone_news where is_news
),
scoped as (
    select kind as scope, unit_held.* from unit_held
    union all select 'target', unit_held.* from unit_held where target
    union all select 'offline', unit_held.* from unit_held where offline
)
insert into assignment (milestone, unit, since, until, province, weight)
select m.id, u.id, greatest(m.since, u.since), least(m.until, u.until), u.province,
       case m.weights when 'visits' then u.visits else 1 end
from milestone_held m join scoped u using (scope)
where m.since < coalesce(u.until, 'infinity') and u.since < coalesce(m.until, 'infinity')
  and (m.id in (select subject from changed) or u.id in (select subject from changed))
"""


def assign(connection: Connection, first: int, last: int) -> dict[int, date]:
    """Brings the plan's tables up to events `first`..`last`; answers whose units changed, and from which day on."""
    span = {"first": first, "last": last}
    for statement in (_UNITS, _PROVINCES, _MILESTONES, _INDICATORS):
        connection.execute(text(statement), span if ":first" in statement else {})
    concerned: dict[int, date] = {}
    for statement in (_CONCERNED, _UNASSIGN, _ASSIGN, _CONCERNED):
        result = connection.execute(text(statement), span)
        for milestone, day in result if result.returns_rows else ():
            concerned[milestone] = min(concerned.get(milestone, day), day)
    return concerned
