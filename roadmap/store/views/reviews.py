"""Reports that were sent and their reviews: found by the log's one key, never by a scan of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Row, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, TEXT

from roadmap.domain.changes import Stream
from roadmap.domain.events import ProgressReported, ReportReviewed, ReportSubmitted
from roadmap.domain.model import Confidence, State
from roadmap.domain.reviewing import Case, Review, Submission, cases, worst
from roadmap.store.codec import STATES, TYPES, decode

_SENT, _REVIEWED, _REPORT = TYPES["report_submitted"], TYPES["report_reviewed"], TYPES["progress_reported"]
_SETTLED: Final = (STATES[State.DONE], STATES[State.CANCELLED])

#: What an event says, who said it and when.
_TOLD: Final = """
    select e.*, m.code as of_subject, u.code as of_unit, b.actor, b.recorded, b.commission
    from event e join subject m on m.id = e.subject join subject u on u.id = e.unit join batch b on b.id = e.batch
"""
#: The streams of `k(milestone, unit)` by their short numbers.
_STREAMS: Final = """
    unnest(:milestones, :units) as k(milestone, unit)
    join subject sm on sm.kind = 'milestone' and sm.code = k.milestone
    join subject su on su.kind = 'unit' and su.code = k.unit
"""


def _streams(query: str) -> TextClause:
    return text(query).bindparams(bindparam("milestones", type_=ARRAY(TEXT)), bindparam("units", type_=ARRAY(TEXT)))


#: Of every stream the newest submission and the newest review, which says all there is to say of it, unless it was
#: accepted. Backwards along the key, so that nothing is sorted.
_OPEN: Final = text(
    f"""
    with sent as (
        select distinct on (e.subject, e.unit) e.subject, e.unit, e.seq, e.batch
        from event e where e.type = {_SENT} and e.seq <= :seq
        order by e.subject desc, e.unit desc, e.version desc
    ),
    pending as (
        select s.seq, r.seq as review
        from sent s left join lateral (
            select e.seq, e.payload::json as said from event e
            where e.type = {_REVIEWED} and e.subject = s.subject and e.unit = s.unit and e.seq <= :seq
            order by e.version desc limit 1
        ) r on true
        where (r.seq is null or (r.said ->> 'submission')::bigint <> s.seq or r.said ->> 'verdict' <> 'accepted')
          and (:commission = '' or s.batch in (select id from batch where commission = :commission))
    )
    {_TOLD} where e.seq = any(array(select seq from pending union all select review from pending))
    """
)
_OF_STREAMS: Final = _streams(
    f"""
    with wanted as (select sm.id as milestone, su.id as unit from {_STREAMS})
    {_TOLD} join wanted w on e.subject = w.milestone and e.unit = w.unit
    where e.type in ({_SENT}, {_REVIEWED}) and e.seq <= :seq
    """
)
_OF_NUMBERS: Final = text(
    f"""
    select m.code as milestone, u.code as unit
    from event e join subject m on m.id = e.subject join subject u on u.id = e.unit
    where e.type = {_SENT} and e.seq = any(:numbers)
    """
).bindparams(bindparam("numbers", type_=ARRAY(BIGINT)))
#: What was said since the oldest of the newest submissions: a review comes after what it is about.
_RECENT: Final = text(
    f"""
    with newest as (
        select e.seq from event e join subject m on m.id = e.subject
        where e.type = {_SENT} and m.kind = 'milestone' and m.code = :milestone and e.seq <= :seq
        order by e.seq desc limit :limit
    )
    {_TOLD}
    where e.type in ({_SENT}, {_REVIEWED}) and m.kind = 'milestone' and m.code = :milestone
      and e.seq <= :seq and e.seq >= (select min(seq) from newest)
    """
)
_COUNTING: Final = _streams(
    f"""
    select distinct on (e.subject, e.unit) k.milestone as of_subject, k.unit as of_unit, e.*
    from {_STREAMS}
    join event e on e.type = {_REPORT} and e.subject = sm.id and e.unit = su.id
    where e.seq <= :seq and e.effective <= :day
    order by e.subject, e.unit, e.effective desc, e.version desc
    """
)
#: Ratings go with the report that was accepted with them, as long as that one counts and something is open in it.
_RATINGS: Final = text(
    f"""
    select m.code as milestone, v.payload::json ->> 'rating' as rating
    from event v
    join event r on r.type = {_REPORT} and r.subject = v.subject and r.unit = v.unit and r.batch = v.batch
    join subject m on m.id = v.subject
    where v.type = {_REVIEWED} and v.seq <= :seq and v.payload like '%"rating"%'
      and r.effective <= :day and r.state not in {_SETTLED}
      and not exists (
          select from event n
          where n.type = {_REPORT} and n.subject = r.subject and n.unit = r.unit and n.seq <= :seq
            and n.effective <= :day and (n.effective, n.version) > (r.effective, r.version)
      )
    """
)


def open_cases(connection: Connection, seq: int, commission: str = "") -> list[Case]:
    """What waited or had come back at `seq`, oldest first: of one `commission`, or of all."""
    found = _cases(connection.execute(_OPEN, {"seq": seq, "commission": commission}))
    return [case for case in found if case.is_open]


def of_streams(connection: Connection, streams: Collection[Stream], seq: int) -> list[Case]:
    """Every submission of `streams` known at `seq` with what became of it, oldest first."""
    return _cases(connection.execute(_OF_STREAMS, _named(streams) | {"seq": seq}))


def of_submissions(connection: Connection, numbers: Collection[int], seq: int) -> dict[int, Case]:
    """Those of the submissions with `numbers` that there are, with what became of them until `seq`."""
    rows = connection.execute(_OF_NUMBERS, {"numbers": list(numbers)})
    streams = {(row.milestone, row.unit) for row in rows}
    return {case.number: case for case in of_streams(connection, streams, seq) if case.number in numbers}


def recent(connection: Connection, milestone: str, seq: int, limit: int) -> list[Case]:
    """The newest `limit` submissions of `milestone` known at `seq`, oldest first."""
    return _cases(connection.execute(_RECENT, {"milestone": milestone, "seq": seq, "limit": limit}))


def counting(
    connection: Connection, streams: Collection[Stream], seq: int, day: date
) -> dict[Stream, ProgressReported]:
    """The report that counts of each of `streams` for `day` as known at `seq`, where there is any."""
    found: dict[Stream, ProgressReported] = {}
    for row in connection.execute(_COUNTING, _named(streams) | {"seq": seq, "day": day}):
        report = decode(row, row.of_subject, row.of_unit)
        if isinstance(report, ProgressReported):
            found[row.of_subject, row.of_unit] = report
    return found


def ratings(connection: Connection, seq: int, day: date) -> Mapping[str, Confidence]:
    """The reviewer's rating of each milestone that has one for `day` as known at `seq`; the gravest of its units'."""
    found: dict[str, list[Confidence]] = {}
    for row in connection.execute(_RATINGS, {"seq": seq, "day": day}):
        found.setdefault(row.milestone, []).append(Confidence(row.rating))
    return {code: rating for code, given in found.items() if (rating := worst(given))}


def _named(streams: Collection[Stream]) -> dict[str, list[str]]:
    wanted = sorted(set(streams))
    return {"milestones": [milestone for milestone, _ in wanted], "units": [unit for _, unit in wanted]}


def _cases(rows: Iterable[Row[Any]]) -> list[Case]:
    return cases(told for row in rows if (told := _told(row)) is not None)


def _told(row: Row[Any]) -> Submission | Review | None:
    event = decode(row, row.of_subject, row.of_unit)
    match event:
        case ReportSubmitted():
            return Submission(row.seq, event.report, event.base_version, row.commission, row.actor, row.recorded)
        case ReportReviewed():
            return Review(row.seq, row.batch, event, row.actor, row.recorded)
        case _:
            return None
