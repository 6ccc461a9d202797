from datetime import date

import pytest

from dashboard import form, reader, roles
from dashboard.roles import Role, RoleRefusedError
from roadmap.domain.changes import ReportProgress
from roadmap.services import reporting
from roadmap.services.desk import Moment
from tests.dashboard.conftest import AT_HOME, HERE
from tests.factories import TODAY, deliver, report

AWAY = roles.visit(("127.0.0.1", "127.0.0.1"), "10.0.0.9", HERE)
LEAD = Role("lead", "quays")


@pytest.fixture
def lead(board, at_home):
    """Opens the form of the quays' lead."""
    return lambda language="en", **query: board("report", language, role=LEAD.code, **query)


def field(page, name):
    """The field of that name, whichever kind it is."""
    kinds = (page.app.number_input, page.app.selectbox, page.app.text_area)
    return next(each for kind in kinds for each in kind if each.key.startswith("report-") and each.key.endswith(name))


def send(page):
    page.app.button[-1].click().run()
    return page


def stands(desk, milestone="Q-1", unit="national"):
    return reporting.present(desk, milestone, unit)


def test_whoever_is_not_at_the_machine_gets_a_sentence_and_no_form(board):
    page = board("report", role=LEAD.code)
    assert "Reporting from the board waits for sign-in." in page.text
    assert page.app.selectbox.len == 0
    assert not page.app.exception


def test_who_sends_without_the_right_is_refused_by_what_writes(board, desk, monkeypatch):
    order = ReportProgress(report("Q-1", effective=TODAY), 2)
    monkeypatch.setattr(reader, "visit", lambda: AWAY)
    with pytest.raises(RoleRefusedError):
        form.send(order, LEAD)
    monkeypatch.setattr(reader, "visit", lambda: AT_HOME)
    with pytest.raises(RoleRefusedError):
        form.send(order, Role("secretariat"))
    assert stands(desk).version == 2


def test_a_lead_of_another_commission_is_refused(board, desk, at_home):
    answer = form.send(ReportProgress(report("Q-1", effective=TODAY), 2), Role("lead", "cranes"))
    assert answer.refusal.code == "foreign_milestone"
    assert stands(desk).version == 2


@pytest.mark.parametrize(
    ("role", "said"), [("executive", "Executives read the board"), ("secretariat", "The secretariat watches over")]
)
def test_who_is_no_lead_gets_an_explanation_instead_of_the_form(board, at_home, role, said):
    page = board("report", role=role)
    assert said in page.text
    assert page.app.text_area.len == 0


def test_everybody_begins_as_an_executive_and_may_take_a_leads_role(board, at_home):
    page = board("report")
    assert "Executives read the board" in page.text
    page.app.selectbox(key="filter-role").select("lead:cranes").run()
    assert page.address == {"role": "lead:cranes"}
    assert "What is due" in page.text


def test_an_unknown_role_is_told(board, at_home):
    assert "There is no emperor here" in board("report", role="emperor").text


def test_what_is_due_is_what_misses_a_report_for_the_period(lead, desk):
    assert "All reports for October 2026 are in." in lead().text
    later = Moment(day=date(2026, 12, 1), seq=10**6)
    assert [line.code for line in reporting.due(desk, later, "quays").due] == ["Q-1", "Q-2"]


def test_the_form_is_filled_from_the_present_report(lead):
    page = lead(milestone="Q-1")
    assert field(page, "percent").value == 90
    assert field(page, "state").value == "in_progress"
    assert field(page, "confidence").value == "green"


def test_a_report_is_taken_with_its_author_and_tells_what_changed(lead, desk):
    page = lead(milestone="Q-1")
    field(page, "percent").set_value(95.0)
    field(page, "narrative").input("Gates are in.")
    send(page)
    assert "The report for Q-1 is in the log." in page.text
    assert "Percent complete 90% 95%" in page.text
    assert 'href="milestone?milestone=Q-1"' in page.markup
    present = stands(desk)
    assert (present.version, present.report.percent, present.report.narrative) == (3, 95, "Gates are in.")
    assert page.address["milestone"] == "Q-1"
    assert field(page, "percent").value == 95


def test_the_author_is_the_lead_by_choice(lead, desk, board):
    page = lead(milestone="Q-1")
    field(page, "percent").set_value(95.0)
    send(page)
    assert "lead of Quays (demo role)" in board("milestone", milestone="Q-1").text


def test_a_refusal_stands_beside_the_form_and_loses_nothing(lead, desk):
    page = lead("fa", milestone="Q-1")
    field(page, "state").set_value("done")
    field(page, "blocker").input("سیمان")
    send(page)
    assert "وضعیت و درصد با هم نمی‌خوانند (انجام‌شده, 90%)" in page.text
    assert (field(page, "state").value, field(page, "blocker").value) == ("done", "سیمان")
    assert stands(desk).version == 2


def test_hidden_characters_are_refused(lead, desk):
    page = lead(milestone="Q-1")
    field(page, "narrative").input("abc\u202edef")
    send(page)
    assert "“Narrative” holds hidden text-direction characters" in page.text
    assert stands(desk).version == 2


def meanwhile(desk, page):
    """Somebody else reports 60 percent while 95 stand in the form, which is then sent."""
    field(page, "percent").set_value(95.0)
    deliver(desk, report("Q-1", percent=60, confidence="red"), on=TODAY)
    return send(page)


def test_what_came_meanwhile_is_shown_beside_the_own_and_not_overwritten(lead, desk):
    page = meanwhile(desk, lead(milestone="Q-1"))
    assert "Another report came while you were writing" in page.text
    assert "Percent complete 60% 95%" in page.text
    assert "Confidence Red Green" in page.text
    assert stands(desk).report.percent == 60
    assert field(page, "percent").value == 95


def test_the_person_may_send_the_own_report_all_the_same(lead, desk):
    page = meanwhile(desk, lead(milestone="Q-1"))
    page.app.button(key="report-mine").click().run()
    assert "The report for Q-1 is in the log." in page.text
    assert (stands(desk).version, stands(desk).report.percent) == (4, 95)


def test_the_person_may_keep_what_came(lead, desk):
    page = meanwhile(desk, lead(milestone="Q-1"))
    page.app.button(key="report-theirs").click().run()
    assert "Another report came" not in page.text
    assert field(page, "percent").value == 60
    assert stands(desk).version == 3


def test_a_third_report_is_shown_too(lead, desk):
    page = meanwhile(desk, lead(milestone="Q-1"))
    deliver(desk, report("Q-1", percent=61), on=TODAY)
    page.app.button(key="report-mine").click().run()
    assert "Percent complete 61% 95%" in page.text
    assert stands(desk).report.percent == 61


def test_a_scoped_milestone_is_reported_for_a_unit_of_its_scope(lead, desk):
    page = lead(milestone="Q-2")
    assert "Pick one of its 2 units" in page.text
    shown = [
        option.translate(dict.fromkeys(map(ord, "\u2068\u2069")))
        for option in page.app.selectbox(key="filter-unit").options
    ]
    assert shown == ["North · P-1", "South · P-2"]
    page.app.selectbox(key="filter-unit").select("P-2").run()
    assert field(page, "percent").value == 10
    field(page, "percent").set_value(20.0)
    send(page)
    assert "The report for Q-2 · P-2 is in the log." in page.text
    assert stands(desk, "Q-2", "P-2").report.percent == 20


def test_another_milestone_forgets_the_unit(lead):
    page = lead(milestone="Q-2", unit="P-2")
    page.app.selectbox(key="filter-milestone").select("Q-1").run()
    assert "unit" not in page.address


def test_the_board_of_another_day_takes_no_report(lead):
    page = lead(day="2026-10-10")
    assert "This is the board of another moment." in page.text
    assert page.app.text_area.len == 0


def test_in_persian_everything_is_persian(lead):
    page = lead("fa", milestone="Q-1")
    labels = [each.label for kind in (page.app.selectbox, page.app.number_input, page.app.text_area) for each in kind]
    assert "درصد پیشرفت" in labels
    assert "هزینه‌شده (میلیون ریال)" in labels
    for word in ("Quay", "Report", "percent", "due"):
        assert word not in page.text + " ".join(labels)
