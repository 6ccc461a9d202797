"""Which later delivery repaired what was turned away: asked for many lines of the reject ledger at one go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, TextClause, text

from roadmap.store.codec import TYPES


@dataclass(frozen=True)
class Broken:
    """A row that was turned away, or with `row` None a whole file, of the delivery `batch`, whose last event is `seq`.

    `milestone` and `unit` are the codes that the row names (None: they cannot be read), `day` None any day. `again` is
    the digest by which the same content is known when it is taken again, of a whole file only.
    """

    batch: int
    seq: int
    commission: str
    source: str
    row: int | None
    milestone: str | None = None
    unit: str | None = None
    day: date | None = None
    again: str | None = None


@dataclass(frozen=True)
class Repair:
    """The delivery that repaired it, and in which of its rows, where that is known."""

    batch: int
    channel: str
    source: str
    recorded: datetime
    row: int | None


_UNITS: Final = text("select code, id from unit where code = any(cast(:codes as text[]))")
#: Rows are held against the streams that they name; a milestone is reported by its own commission alone. Beside them
#: stand the files: later ones of the same name, and what was made of a file when it was taken again.
_BROKEN: Final = """
    with known as materialized (
        select id from batch where last_seq <= :seq order by last_seq desc, id desc limit 1
    ),
    broken as materialized (
        select * from json_to_recordset(cast(:broken as json)) as t(
            place int, batch int, seq bigint, commission text, source text, "row" int,
            milestone text, unit int, day date, again text
        )
    ),
    stream as (
        select k.place, k.batch, k.seq, coalesce(k.day, '-infinity') as day, m.id as milestone, k.unit
        from broken k
        join milestone m on m.code = k.milestone and m.commission = k.commission
    ),
    named as materialized (
        select k.batch as before, b.id as batch, b.rows_read
        from (select distinct batch, commission, source from broken) k
        join batch b on b.commission = k.commission and b.source = k.source and b.id > k.batch and not b.refused
        where b.id <= (select id from known)
    ),
    filed as (
        select k.place, n.batch, k."row" from broken k join named n on n.before = k.batch
        where n.rows_read + 1 >= k."row" and (n.batch, k."row") not in (
            select r.batch, r."row" from reject r where r."row" is not null and r.batch in (select batch from named)
        )
        union all
        select k.place, n.batch, null from broken k join named n on n.before = k.batch where k."row" is null
        union all
        select k.place, b.id, null from broken k
        join batch b on b.commission = k.commission and b.digest = k.again
        where b.id <= (select id from known)
    )
"""
#: A later report of the stream for the row's day or a later one.
_LATER: Final = f"""
    select e.batch, e."row" from event e
    where e.type = {TYPES["progress_reported"]} and e.subject = s.milestone and e.unit = s.unit
      and e.batch > s.batch and e.seq <= :seq and e.effective >= s.day
    order by e.version limit 1
"""
#: The report that counts mostly says by itself whether a later one came. It is of the latest day: where that is before
#: the row's, nothing was reported for it; where it came after the row, it is a repair. Only where it came before, and
#: something else after it, or where it is not known yet, the stream has to be looked through.
_REPAIRED: Final = text(
    f"""
    {_BROKEN}
    select s.place from stream s join report r on r.milestone = s.milestone and r.unit = s.unit
    where case
        when r.seq > :seq then exists ({_LATER})
        when r.effective < s.day then false
        when r.seq > s.seq then true
        else r.versions > r.version and exists ({_LATER})
    end
    union select place from filed
    """
)
_REPAIRS: Final = text(
    f"""
    {_BROKEN}
    select distinct on (f.place) f.place, f.batch, f."row", b.channel, b.source, b.recorded
    from (
        select s.place, later.batch, later."row" from stream s cross join lateral ({_LATER}) later
        union all select * from filed
    ) f
    join batch b on b.id = f.batch
    order by f.place, f.batch
    """
)


def repaired(connection: Connection, broken: Sequence[Broken], seq: int) -> list[bool]:
    """Whether each of `broken` is repaired, as known at `seq`: of many lines quicker than to ask by what.

    Of a row: by a later delivery of its commission with a report of its milestone and unit for its day or a later one;
    or by a later file of the same name that reaches as far as the row and whose row of that number was not turned away,
    which is right too where the key was what was wrong. Of a whole file: by what was made of it when it was taken
    again, or by a file of its name that was not refused.
    """
    places = set(_ask(connection, _REPAIRED, broken, seq).scalars()) if broken else set()
    return [place in places for place in range(len(broken))]


def repairs(connection: Connection, broken: Sequence[Broken], seq: int) -> list[Repair | None]:
    """The first delivery that repaired each of `broken`, as known at `seq`; None for what is not repaired."""
    found: list[Repair | None] = [None] * len(broken)
    for row in _ask(connection, _REPAIRS, broken, seq) if broken else ():
        found[row.place] = Repair(row.batch, row.channel, row.source, row.recorded, row.row)
    return found


def _ask(connection: Connection, query: TextClause, broken: Sequence[Broken], seq: int) -> CursorResult[Any]:
    codes = list({each.unit for each in broken if each.unit is not None})
    numbers = {row.code: row.id for row in connection.execute(_UNITS, {"codes": codes})}
    rows = [vars(each) | {"place": place, "unit": numbers.get(each.unit)} for place, each in enumerate(broken)]
    # As one text: psycopg would look at each of many values for its type.
    return connection.execute(query, {"seq": seq, "broken": json.dumps(rows, default=str)})
