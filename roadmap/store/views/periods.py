"""How many units reported for a month of the programme's calendar, read from the roll-ups: a row a milestone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, DATE

from roadmap.analysis.rollup import WHOLE
from roadmap.domain.calendar import Calendar
from roadmap.store.views.rolled import WHOLE_ROW


@dataclass(frozen=True)
class Month:
    """A month from its `first` to its `last` day, as known at `seq`."""

    first: date
    last: date
    seq: int


class Returned(NamedTuple):
    """Units of a milestone that are expected to report for a month, and how many of those have."""

    expected: int
    complete: int


#: Of each milestone and month the roll-up of the month's last day. Where it is of a day before the month, nobody has
#: reported for any day of the month, and what was done or cancelled by then was so before the month.
_RETURNED: Final = """
    with recursive month as materialized (
        select p.place, p.first, known.id as batch, least(p.last, (
            select last_day from reach where batch <= known.id order by batch desc limit 1
        )) as day
        from unnest(:firsts, :lasts, :seqs) with ordinality as p(first, last, seq, place)
        cross join lateral (
            select id from batch where last_seq <= p.seq order by last_seq desc, id desc limit 1
        ) known
    ),
    wanted as (
        select m.id as milestone, month.place, month.first, month.day, month.batch from milestone m cross join month
    ),
    answer as (
        select w.*, {first} as found from wanted w
        union all
        select e.*, {others} as found from (
            select a.milestone, a.place, a.first, d.day, a.batch
            from answer a cross join lateral (
                select r.day from rollup r where r.milestone = a.milestone and r.day < a.day order by r.day desc limit 1
            ) d
            where (a.found).batch is null
        ) e
    )
    select m.code, a.place,
           case when a.day >= a.first then (a.found).expected_{calendar}
                else (a.found).units - (a.found).cancelled - (a.found).done end as expected,
           case when a.day >= a.first then (a.found).complete_{calendar} else 0 end as complete
    from answer a join milestone m on m.id = a.milestone where (a.found).units > 0
"""


def _query(calendar: Calendar) -> TextClause:
    rows = {"first": WHOLE_ROW.format(each="w", whole=WHOLE), "others": WHOLE_ROW.format(each="e", whole=WHOLE)}
    return text(_RETURNED.format(calendar=calendar, **rows)).bindparams(
        bindparam("firsts", type_=ARRAY(DATE)),
        bindparam("lasts", type_=ARRAY(DATE)),
        bindparam("seqs", type_=ARRAY(BIGINT)),
    )


_QUERIES: Final[Mapping[Calendar, TextClause]] = {"jalali": _query("jalali"), "gregorian": _query("gregorian")}


def returned(connection: Connection, months: Sequence[Month], calendar: Calendar) -> list[dict[str, Returned]]:
    """For each of `months` of `calendar` the units of every milestone; those without units are left out."""
    asked = {
        "firsts": [month.first for month in months],
        "lasts": [month.last for month in months],
        "seqs": [month.seq for month in months],
    }
    found: list[dict[str, Returned]] = [{} for _ in months]
    for row in connection.execute(_QUERIES[calendar], asked):
        found[row.place - 1][row.code] = Returned(row.expected, row.complete)
    return found
