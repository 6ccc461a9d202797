"""The event log on a real PostgreSQL: order, conflicts, idempotence, append-only, rebuild, tamper evidence."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import ProgrammingError

from roadmap.domain.model import State
from roadmap.domain.projections import fold
from roadmap.domain.refusals import refuse
from roadmap.errors import ConflictError, LogBrokenError
from roadmap.services.desk import Desk
from roadmap.store import database, embedded, log, projecting, verifying, views
from roadmap.store.codec import Origin
from roadmap.store.tables import PROJECTIONS
from tests.factories import TODAY, report


def delivery(digest: str = "d1", commission: str = "quays") -> log.Delivery:
    return log.Delivery(channel="file", source="reports.csv", digest=digest, actor="test", commission=commission)


def append(engine: Engine, *reports: object, digest: str = "d1", version: int | None = None) -> log.Receipt:
    events = [log.NewEvent(item, version=version, origin=Origin("sheet", row)) for row, item in enumerate(reports, 2)]
    with log.writing(engine) as writer:
        return writer.append(delivery(digest), log.Outcome(events=events))


def test_sequence_numbers_follow_on_without_a_gap(desk: Desk) -> None:
    first = append(desk.engine, report("Q-1"), digest="a")
    second = append(desk.engine, report("Q-1", percent=50, effective=date(2026, 11, 1)), digest="b")
    assert second.first_seq == first.last_seq + 1


def test_a_failed_append_leaves_no_gap_and_no_half_batch(desk: Desk) -> None:
    append(desk.engine, report("Q-1"), digest="a")
    with desk.engine.connect() as connection:
        before = views.head(connection)
    with pytest.raises(ConflictError, match="Q-1"):
        append(desk.engine, report("Q-1", percent=50), digest="b", version=1)
    with desk.engine.connect() as connection:
        assert views.head(connection) == before
    assert append(desk.engine, report("Q-1", percent=60), digest="c").first_seq == before.seq + 1


def test_of_many_contenders_for_one_version_one_wins(desk: Desk) -> None:
    outcomes: list[str] = []

    def contend(number: int) -> None:
        try:
            append(desk.engine, report("Q-1", percent=number), digest=f"c{number}", version=1)
            outcomes.append("won")
        except ConflictError:
            outcomes.append("conflict")

    contenders = [threading.Thread(target=contend, args=(number,)) for number in range(12)]
    for contender in contenders:
        contender.start()
    for contender in contenders:
        contender.join()
    assert sorted(outcomes) == ["conflict"] * 11 + ["won"]
    assert verifying.verify(desk.engine).batches == 2


@pytest.mark.parametrize(
    "statement", ["update event set percent = 99", "delete from batch", "truncate reject, batch, event"]
)
@pytest.mark.parametrize("role", ["application", "owner"])
def test_nobody_can_change_what_was_written(
    desk: Desk, databases: embedded.Databases, statement: str, role: str
) -> None:
    append(desk.engine, report("Q-1"))
    engine = database.connect(getattr(databases, role))
    with pytest.raises(ProgrammingError, match=r"append-only|permission denied"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


LAST = "(select max(seq) from event)"

DAMAGES = [
    (f"update event set percent = percent + 1 where seq = {LAST}", "event 15 was changed"),
    (f"delete from event where seq = {LAST}", "event 15 is missing"),
    ("delete from event where seq = 3", "event 3 is missing"),
    (f"update event set seq = seq + 1000000000000 where seq = {LAST}", "event 15 is missing"),
    ("update event set batch = 1 where seq = 15", "event 15 was changed"),
    ("update event set hash = decode('00', 'hex') where seq = 2", "event 2 was changed"),
    ("update event set percent = 'NaN' where seq = 15", "event 15 was changed"),
    ("update event set spent = 'infinity' where seq = 15", "event 15 was changed"),
    ("update event set sheet = '' where seq = 1", "event 1 was changed"),
    ("update event set effective = 'infinity' where seq = 1", "cannot be read"),
    ("update event set effective = '4000-01-01 BC' where seq = 1", "cannot be read"),
    ("update event set forecast_finish = '5874897-12-31' where seq = 15", "cannot be read"),
    ("update event set effective = '0001-01-01' where seq = 15", "event 15 was changed"),
    ("update event set effective = '9999-12-31' where seq = 15", "event 15 was changed"),
    ("update batch set accepted = accepted + 1, rows_read = rows_read + 1 where id = 2", "batch 2: its receipt"),
    ("update batch set last_seq = last_seq - 1 where id = 2", "batch 2: its events"),
    ("update batch set last_seq = last_seq + 1 where id = 2", "event 16 is missing"),
    ("update batch set first_seq = first_seq + 1 where id = 2", "batch 2 does not start at event 15"),
    ("update batch set checks = 'x' where id = 2", "cannot be read"),
    ("update batch set recorded = 'infinity' where id = 2", "cannot be read"),
    ("delete from batch where id = 2", "batch 2 is missing"),
    ("delete from batch where id = 3", "rejects of batch 3 belong to none"),
    ("delete from reject; delete from batch where id > 1", "event 15 belongs to no batch"),
    ("update head set seq = seq - 1", "the head does not stand at event 15"),
    ("delete from head", "cannot be read"),
    ("update reject set value = '0' where id = (select min(id) from reject)", "batch 3: its rejects"),
    ("update reject set sheet = '' where id = (select min(id) from reject)", "batch 3: its rejects"),
    ("update reject set batch = 2", "batch 2: its rejects"),
    ("update reject set batch = 4", "batch 3: its rejects"),
    ("delete from reject", "batch 3: its rejects"),
    ("update subject set code = 'Z-' || code where code = 'Q-1'", "was changed"),
    ("delete from subject where code = 'Q-1'", "was changed"),
    ("update batch set source = 'x' where id = 2; update event set percent = 1 where seq = 15", "event 15 was"),
    ("update batch set source = 'x' where id = 1; update event set percent = 1 where seq = 15", "batch 1: its receipt"),
    ("update reject set value = 'x'; update batch set source = 'x' where id = 2", "batch 2: its receipt"),
]


@pytest.mark.parametrize(("damage", "told"), DAMAGES)
def test_verify_names_the_first_that_was_tampered_with(
    desk: Desk, databases: embedded.Databases, damage: str, told: str
) -> None:
    append(desk.engine, report("Q-1"))
    with log.writing(desk.engine) as writer:
        rejected = log.Rejected("Q-2", (refuse("not_a_number", "percent", "half"),), row=3)
        writer.append(delivery("rejects"), log.Outcome(rejected=[rejected]))
    verifying.verify(desk.engine)
    owner = database.connect(databases.owner)
    with owner.begin() as connection:  # what somebody with the owner's password could do
        for table in ("event", "batch", "reject", "subject"):
            connection.execute(text(f"alter table {table} disable trigger user"))
        connection.execute(text(damage))
    owner.dispose()
    with pytest.raises(LogBrokenError, match=told):
        verifying.verify(desk.engine)


def test_verify_sees_one_moment_while_others_append(desk: Desk) -> None:
    done = threading.Event()

    def append_on() -> None:
        number = 0
        while not done.is_set():
            append(desk.engine, report("Q-1", percent=number % 100), digest=f"n{number}")
            number += 1

    writer = threading.Thread(target=append_on)
    writer.start()
    try:
        seen = [verifying.verify(desk.engine).batches for _ in range(15)]
    finally:
        done.set()
        writer.join()
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]


def test_rebuilt_projections_equal_the_live_ones_and_the_fold(desk: Desk) -> None:
    append(desk.engine, report("Q-1", percent=10), report("Q-2", unit="P-1", percent=20), digest="a")
    append(desk.engine, report("Q-1", percent=30, effective=date(2026, 9, 30)), digest="b")
    append(desk.engine, report("Q-2", unit="P-1", percent=100, state=State.DONE, effective=TODAY), digest="c")
    live = snapshot(desk.engine)
    with desk.engine.begin() as connection:
        projecting.rebuild(connection)
    assert snapshot(desk.engine) == live
    standing = fold(all_events(desk.engine))
    latest = {stream: (r.report.percent, r.version) for stream, r in standing.latest_reports().items()}
    assert latest == {("Q-1", "national"): (10, 1), ("Q-2", "P-1"): (100, 2)}
    assert {(row.percent, row.version) for row in live["report"]} == set(latest.values())
    assert {row.code for row in live["unit"]} == set(standing.units)


def snapshot(engine: Engine) -> dict[str, list[object]]:
    with engine.connect() as connection:
        return {t.name: list(connection.execute(select(t).order_by(*t.primary_key))) for t in PROJECTIONS}


def all_events(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return log.events(connection)


def test_a_late_report_moves_the_board_of_its_day_but_not_what_was_known_then(desk: Desk) -> None:
    october, november = date(2026, 10, 31), date(2026, 11, 15)
    append(desk.engine, report("Q-1", percent=40, effective=october), digest="a")
    with desk.engine.connect() as connection:
        known_then = views.head(connection).seq
    append(desk.engine, report("Q-1", percent=35, effective=date(2026, 10, 15)), digest="b")
    append(desk.engine, report("Q-1", percent=45, effective=november), digest="c")
    with desk.engine.connect() as connection:
        now = views.head(connection).seq

        def percent(seq: int, day: date) -> float:
            return views.reported(connection, seq, day)["Q-1"].percent

        assert percent(now, date(2026, 10, 20)) == 35
        assert percent(known_then, date(2026, 10, 20)) == 0
        assert percent(known_then, november) == 40
        assert percent(now, november) == 45


def test_recording_time_never_goes_back_even_if_the_clock_does(desk: Desk) -> None:
    append(desk.engine, report("Q-1"), digest="a")
    with log.writing(desk.engine, lambda: datetime(2020, 1, 1, tzinfo=UTC)) as writer:
        second = writer.append(delivery("b"), log.Outcome(events=[log.NewEvent(report("Q-1", percent=50))]))
    with desk.engine.connect() as connection:
        assert views.known_at(connection, second.recorded) == second.last_seq
    assert second.recorded > datetime(2026, 1, 1, tzinfo=UTC)


def test_the_schema_is_what_the_tables_say(databases: embedded.Databases) -> None:
    assert database.differences(databases.owner) == []
