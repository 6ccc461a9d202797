"""What waits for somebody, as reminders are made of it: reports, reviews, proposals, rejects, held files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from roadmap.analysis.reminding import Kind, Matter
from roadmap.domain.people import SHELL, Grant
from roadmap.domain.refusals import refuse
from roadmap.programme import Programme
from roadmap.services import agenda, ledger, overview, proposing, reporting, reviewing, sessions
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.matters import matters
from roadmap.store import log
from tests.factories import TODAY, acting, deliver, established, order, report

LEAD, SECRETARIAT = Grant.read("lead:quays"), Grant.read("secretariat")


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)


@pytest.fixture
def desk(engine, harbour: Programme) -> Desk:
    """The harbour, whose forms are reviewed; Q-1 stands at 40 percent."""
    identity = harbour.programme.model_copy(update={"review": "forms"})
    desk = established(engine, harbour.model_copy(update={"programme": identity}))
    deliver(desk, report("Q-1", effective=date(2026, 9, 30), percent=40), on=date(2026, 10, 5))
    return desk


def waiting(desk: Desk, *kinds: Kind) -> list[Matter]:
    machine = replace(desk, who=SHELL)
    return [each for each in matters(machine, desks.moment(machine, day=TODAY)) if each.kind in kinds]


def send(desk: Desk) -> int:
    """Sends the lead's report of Q-1 and answers its number."""
    lead = acting(desk, "person:1", LEAD)
    stands = reporting.present(lead, "Q-1")
    given = order("Q-1", base_version=stands.version, effective=date(2026, 10, 31), percent=55)
    answer = reporting.report(lead, given, commission="quays", seen=stands.seen, day=TODAY)
    assert answer.waits
    return answer.present.seen


def test_a_report_that_was_sent_waits_for_its_review_and_one_that_came_back_for_its_lead(desk):
    number = send(desk)
    (one,) = waiting(desk, Kind.REVIEW_WAITING, Kind.REPORT_RETURNED)
    assert (one.kind, one.subject, one.commission, one.occasion) == (Kind.REVIEW_WAITING, "Q-1", "quays", str(number))
    reviewing.return_(acting(desk, "person:2", SECRETARIAT), number, "Which one?", day=TODAY)
    (one,) = waiting(desk, Kind.REVIEW_WAITING, Kind.REPORT_RETURNED)
    assert (one.kind, one.subject) == (Kind.REPORT_RETURNED, "Q-1")


def test_a_milestone_whose_report_waits_is_not_missed(desk):
    missed = {each.subject for each in waiting(desk, Kind.REPORT_OVERDUE)}
    assert "Q-1" in missed
    send(desk)
    assert {each.subject for each in waiting(desk, Kind.REPORT_OVERDUE)} == missed - {"Q-1"}


def test_a_proposal_waits_for_its_check(desk):
    lead = acting(desk, "person:1", LEAD)
    line = next(each for each in overview.overview(lead, desks.moment(lead, day=TODAY)).lines if each.code == "Q-1")
    wanted = line.milestone.model_copy(update={"weight": 5})
    change = {"kind": "milestone", "milestone": wanted}
    sent = proposing.propose(lead, "quays", [change], reason="It counts for more.", baseline=1, draft="a")
    (one,) = waiting(desk, Kind.PROPOSAL_TO_CHECK)
    assert (one.subject, one.commission) == (sent.code, "quays")


def test_rejected_rows_are_one_matter_a_file_and_a_held_file_is_one(desk):
    unknown = refuse("unknown_milestone", "milestone", "Q-9")
    deliver(desk, rejected=tuple(log.Rejected(f"Q-{row}", (unknown,), "R", row) for row in (4, 7)))
    held = log.Rejected("file.csv", (replace(unknown, code="held_back"),), None, None)
    deliver(desk, rejected=(held,), on=date(2026, 11, 20), refused=True, checks={"held": ["milestone"]})
    rejects, file = waiting(desk, Kind.REJECTS_OPEN, Kind.FILE_HELD)
    assert (rejects.kind, rejects.count, rejects.commission) == (Kind.REJECTS_OPEN, 2, "quays")
    assert (file.kind, file.commission) == (Kind.FILE_HELD, "quays")


def test_a_held_file_is_found_beyond_what_of_the_ledger_was_looked_through(desk, monkeypatch):
    monkeypatch.setattr(ledger, "MOST", 1)
    unknown = refuse("unknown_milestone", "milestone", "Q-9")
    held = log.Rejected("file.csv", (replace(unknown, code="held_back"),), None, None)
    deliver(desk, rejected=(held,), on=date(2026, 11, 10), refused=True, checks={"held": ["milestone"]})
    deliver(desk, rejected=(log.Rejected("Q-9", (unknown,), "R", 4),), on=date(2026, 11, 12))
    kinds = Kind.REJECTS_OPEN, Kind.FILE_HELD
    assert tuple(each.kind for each in waiting(desk, *kinds)) == kinds


def test_the_ledger_is_asked_once(desk, monkeypatch):
    asked, ask = [], ledger.ledger
    monkeypatch.setattr(ledger, "ledger", lambda *given, **more: asked.append(1) or ask(*given, **more))
    waiting(desk, *Kind)
    assert len(asked) == 1


def test_changes_are_counted_from_the_last_session_that_was_held_since_the_programme_began(desk):
    """Overview and agenda have one answer; a session before the programme is none, and a month counts."""
    for held, title, since in (
        (None, None, date(2026, 10, 21)),
        (date(2025, 10, 1), None, date(2026, 10, 21)),
        (date(2026, 11, 5), "Council", date(2026, 11, 5)),
    ):
        if held:
            sessions.call(desk, held, "Council")
        moment = desks.moment(desk, day=TODAY)
        board, items = overview.overview(desk, moment), agenda.agenda(desk, moment)
        assert (board.session and board.session.title, board.since, items.since) == (title, since, since)
        graver = [each.line.code for each in board.changes if each.kind in {"slipped", "became_late"}]
        assert [each.line.code for each in items.moved] == graver == ["Q-1"] * (held != date(2026, 11, 5))
