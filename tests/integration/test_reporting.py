"""A lead reports from the board's form: taken once, refused with a sentence, nothing half-written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from roadmap.domain.changes import ReportProgress
from roadmap.domain.model import State
from roadmap.domain.refusals import Refusal
from roadmap.errors import ProgrammeError
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import reporting
from roadmap.services.desk import Desk
from roadmap.services.pulse import pulse
from roadmap.services.reporting import Answer, Present
from roadmap.store import log, verifying, views
from tests.factories import TODAY, deliver, established, order, report

NOVEMBER = date(2026, 11, 15)


@pytest.fixture
def desk(engine, harbour: Programme) -> Desk:
    return established(engine, harbour)


def send(desk: Desk, given: ReportProgress, commission: str = "quays") -> Answer:
    return reporting.report(desk, given, commission=commission, day=TODAY)


def head(desk: Desk) -> views.Head:
    with desk.engine.connect() as connection:
        return views.head(connection)


def test_a_report_is_taken_and_stands_on_the_board(desk: Desk) -> None:
    before = head(desk)
    answer = send(desk, order("Q-1", base_version=0, percent=40))
    assert answer.taken
    assert answer.present == Present(1, report("Q-1", percent=40))
    assert (answer.receipt.accepted, answer.receipt.channel, answer.receipt.actor) == (1, "form", "tester")
    assert head(desk).seq == before.seq + 1
    assert reporting.present(desk, "Q-1") == answer.present
    assert verifying.verify(desk.engine).events == before.seq + 1


def test_a_stream_without_reports_stands_at_version_0(desk: Desk) -> None:
    assert reporting.present(desk, "Q-2", "P-1") == Present(0, None)


def test_the_same_form_sent_twice_is_taken_once(desk: Desk) -> None:
    first = send(desk, order("Q-1", base_version=0))
    after_first = head(desk)
    second = send(desk, order("Q-1", base_version=0))
    assert second.taken
    assert (second.receipt.repeated, second.receipt.batch) == (True, first.receipt.batch)
    assert second.present == first.present
    assert head(desk) == after_first


def test_what_a_file_has_brought_already_is_a_duplicate(desk: Desk) -> None:
    deliver(desk, report("Q-1"))
    answer = send(desk, order("Q-1", base_version=1))
    assert answer.taken
    assert (answer.receipt.accepted, answer.receipt.duplicates) == (0, 1)
    assert answer.present.version == 1


def test_who_was_overtaken_is_refused_and_sees_both(desk: Desk) -> None:
    send(desk, order("Q-1", base_version=0, percent=40))
    before = head(desk)
    answer = send(desk, order("Q-1", base_version=0, percent=70, effective=NOVEMBER))
    assert not answer.taken
    assert (answer.refusal.code, answer.refusal.value) == ("stale_version", "in_progress, 70%")
    assert "40%" in answer.refusal.text.fa
    assert answer.present == Present(1, report("Q-1", percent=40))
    assert head(desk) == before


def test_who_looked_again_may_correct(desk: Desk) -> None:
    send(desk, order("Q-1", base_version=0, percent=40))
    answer = send(desk, order("Q-1", base_version=1, percent=45))
    assert answer.present == Present(2, report("Q-1", percent=45))
    back = send(desk, order("Q-1", base_version=2, percent=40))
    assert back.present == Present(3, report("Q-1", percent=40))


@pytest.mark.parametrize(
    ("given", "commission", "code"),
    [
        (order("Q-9"), "quays", "unknown_milestone"),
        (order("Q-1"), "cranes", "foreign_milestone"),
        (order("Q-2", unit="P-7"), "quays", "unknown_unit"),
        (order("Q-2"), "quays", "unit_out_of_scope"),
        (order("Q-1", effective=TODAY + timedelta(days=1)), "quays", "future"),
    ],
)
def test_a_refused_report_leaves_no_trace(desk: Desk, given: ReportProgress, commission: str, code: str) -> None:
    before = head(desk)
    answer = send(desk, given, commission)
    assert (answer.taken, answer.receipt, answer.refusal.code) == (False, None, code)
    assert answer.present == Present(0, None)
    assert head(desk) == before
    with desk.engine.connect() as connection:
        assert log.reports(connection, [given.stream]) == {}


def test_without_a_day_it_is_today_in_the_programmes_zone(desk: Desk) -> None:
    today = desks.today(desk)
    tomorrow = order("Q-1", base_version=0, effective=today + timedelta(days=2))
    answer = reporting.report(desk, tomorrow, commission="quays")
    assert answer.refusal.code == "future"
    now = order("Q-1", base_version=0, effective=today)
    assert reporting.report(desk, now, commission="quays").taken


def test_a_milestone_is_reported_for_the_units_of_its_scope(desk: Desk) -> None:
    assert [unit.code for unit in reporting.units_in_scope(desk, "Q-2")] == ["P-1", "P-2"]
    assert [unit.code for unit in reporting.units_in_scope(desk, "Q-1")] == ["national"]


def test_a_form_is_held_to_the_contract_of_files(desk: Desk) -> None:
    fields = {"milestone": "Q-1", "effective": NOVEMBER, "state": State.IN_PROGRESS, "percent": 40.0}
    assert reporting.read(fields, base_version=3) == ReportProgress(report("Q-1", effective=NOVEMBER), 3)
    wrong = reporting.read(fields | {"percent": 140.0, "narrative": "\u202eevil"}, base_version=3)
    assert {(refusal.field, refusal.code) for refusal in wrong} == {
        ("percent", "out_of_range"),
        ("narrative", "bidi_controls"),
    }
    hidden = reporting.read(fields | {"narrative": "a\x00b"}, base_version=3)
    assert [(type(refusal), refusal.code) for refusal in hidden] == [(Refusal, "control_characters")]


def test_a_commission_sees_what_it_has_still_to_report(desk: Desk) -> None:
    deliver(desk, report("Q-1", effective=date(2026, 10, 31)), on=date(2026, 11, 5))
    found = reporting.due(desk, desks.moment(desk, day=TODAY), "quays")
    assert (found.period_end, found.deadline) == (date(2026, 10, 31), date(2026, 11, 10))
    assert [line.code for line in found.due] == ["Q-2"]
    assert [line.code for line in found.own] == ["Q-1", "Q-2"]


def test_what_is_done_is_not_asked_for_again(desk: Desk) -> None:
    done = report("Q-1", effective=date(2026, 9, 30), state="done", percent=100)
    deliver(desk, done, on=date(2026, 10, 5))
    found = reporting.due(desk, desks.moment(desk, day=TODAY), "quays")
    assert [line.code for line in found.due] == ["Q-2"]
    with pytest.raises(ProgrammeError, match="docks"):
        reporting.due(desk, desks.moment(desk, day=TODAY), "docks")


def test_the_pulse_goes_up_with_every_delivery_and_only_then(desk: Desk) -> None:
    first = pulse(desk)
    assert pulse(desk) == first
    send(desk, order("Q-1", base_version=0))
    assert pulse(desk) == first + 1
