import json
import re
from datetime import date

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from roadmap.domain.people import Grant
from roadmap.services import drafts, reporting, reviewing
from roadmap.services.desk import Moment
from roadmap.store import views
from tests.factories import TODAY, acting, deliver, report

QUAYS = "lead:quays"
WRITTEN = {"percent", "state", "confidence", "forecast_finish", "spent", "blocker", "narrative", "evidence"}


@pytest.fixture
def lead(board):
    """Opens the form of the quays' lead."""
    return lambda language="en", **query: board("report", language, role=QUAYS, **query)


@pytest.fixture
def reviewed(desk):
    """Forms wait for the secretariat."""
    identity = desk.programme.programme.model_copy(update={"review": "forms"})
    desk.__dict__["programme"] = desk.programme.model_copy(update={"programme": identity})
    return desk


def as_lead(desk):
    return acting(desk, QUAYS, Grant.read(QUAYS))


def send_back(desk, number, reason="Which quay?"):
    secretariat = acting(desk, "secretariat", Grant.read("secretariat"))
    return reviewing.return_(secretariat, number, reason, day=TODAY)


def field(page, name):
    """The field of that name, whichever kind it is."""
    kinds = (page.app.number_input, page.app.selectbox, page.app.text_area)
    return next(each for kind in kinds for each in kind if each.key.startswith("report-") and each.key.endswith(name))


def send(page):
    next(button for button in page.app.button if button.key.endswith("-send")).click().run()
    return page


def stands(desk, milestone="Q-1", unit="national"):
    return reporting.present(desk, milestone, unit)


def kept(desk):
    return {draft.stream: dict(draft.fields) for draft in drafts.own(as_lead(desk), "quays")}


@pytest.mark.parametrize("role", ["executive", "secretariat", "commander", "operator", "data_officer:quays"])
def test_who_is_no_lead_gets_a_sentence_and_no_form(board, role):
    page = board("report", role=role)
    assert "This page is for a commission's lead" in page.text
    assert page.app.text_area.len == page.app.button.len == 0
    assert not page.app.exception


def test_a_lead_of_several_commissions_picks_one(board):
    page = board("report")
    assert page.app.selectbox(key="filter-commission").options == ["Cranes", "Quays"]
    page.app.selectbox(key="filter-commission").select("quays").run()
    assert page.address["commission"] == "quays"
    assert field(page, "percent").value == 90


def test_the_address_gives_no_lead_another_commission(lead):
    page = lead(commission="cranes")
    assert "There is no cranes here" in page.text
    assert page.app.text_area.len == 0
    assert "C-1" not in lead().markup


def test_another_commissions_milestone_in_the_address_is_not_offered(lead):
    page = lead(milestone="C-1")
    assert "There is no C-1 here" in page.text
    assert page.app.text_area.len == 0


def test_what_is_due_is_what_misses_a_report_for_the_period(lead, desk):
    assert "All reports for October 2026 are in." in lead().text
    later = Moment(day=date(2026, 12, 1), seq=10**6)
    assert [line.code for line in reporting.due(desk, later, "quays").due] == ["Q-1", "Q-2"]


def test_what_is_late_is_told(board, desk):
    page = board("report", role="lead:cranes")
    assert "The deadline has passed" not in page.text
    deliver(desk, report("Q-2", unit="P-1", state="in_progress", percent=55, effective=date(2026, 11, 1)))
    assert "on time until 10 November 2026" in page.text


def test_the_form_is_filled_from_the_present_report(lead):
    page = lead(milestone="Q-1")
    assert field(page, "percent").value == 90
    assert field(page, "state").value == "in_progress"
    assert field(page, "confidence").value == "green"


def test_a_report_is_taken_with_its_author_and_tells_what_changed(lead, desk, board):
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
    assert QUAYS in board("milestone", milestone="Q-1").text


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


def forge(page, **values):
    """What somebody in a browser's place sends: the form's fields, whatever it offers, with the button pressed."""
    states = page.app._tree.get_widget_states()
    ids = {each.proto.id.rpartition("-")[2]: each.proto.id for each in page.app.main if hasattr(each.proto, "id")}
    forged = [WidgetState(id=ids["send"], trigger_value=True)]
    for name, value in values.items():
        kind = {"percent": "double_value", "effective": "json_value"}.get(name, "string_value")
        forged.append(WidgetState(id=ids[name], **{kind: value}))
    taken = {each.id for each in forged}
    others = [each for each in states.widgets if each.id not in taken]
    del states.widgets[:]
    states.widgets.extend([*others, *forged])
    page.app._run(states)
    return page


def test_what_the_form_does_not_offer_is_not_written_whatever_the_protocol_brings(lead, desk):
    """Fields with limits or a list fall back to what stood in them; a day is the service's to refuse."""
    page = lead(milestone="Q-1")
    for forged, sentence in (
        ({"percent": 140.0, "state": "<b>ready</b>", "confidence": "purple"}, "Nothing in it was new"),
        ({"percent": float("nan")}, "Nothing in it was new"),
        ({"effective": '{"value": "2027-01-01"}'}, "2027-01-01 has not come yet"),
        ({"effective": '{"value": "<script>"}'}, "“Report date”"),
        ({"effective": '{"value": 7}'}, "“Report date”"),
    ):
        forge(page, **forged)
        assert not page.app.exception
        assert sentence in page.text
        assert not re.search("<script|<b>ready", page.sent)
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
    shown = [re.sub("[\u2068\u2069]", "", option) for option in page.app.selectbox(key="filter-unit").options]
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


@pytest.mark.parametrize("way", ["one", "many"])
def test_in_persian_everything_is_persian(lead, way):
    page = lead("fa", milestone="Q-1", way=way)
    labels = [each.label for kind in (page.app.selectbox, page.app.number_input, page.app.text_area) for each in kind]
    if way == "one":
        assert "درصد پیشرفت" in labels
        assert "هزینه‌شده (میلیون ریال)" in labels
    for word in ("Quay", "Report", "percent", "due", "Draft"):
        assert word not in page.text + " ".join(labels)


# --- review


def test_a_report_that_is_reviewed_waits_and_is_told_so(lead, reviewed):
    page = lead(milestone="Q-1")
    field(page, "percent").set_value(95.0)
    send(page)
    assert "The report for Q-1 was sent and waits for the secretariat." in page.text
    assert "Waiting for the secretariat" in page.text
    assert (stands(reviewed).version, stands(reviewed).report.percent) == (2, 90)
    field(page, "percent").set_value(96.0)
    send(page)
    assert "It took the place of the report that was waiting." in page.text
    assert stands(reviewed).case.submission.report.percent == 96


def sent(desk, percent=95):
    """The number of a submission of the quays' lead."""
    order = reporting.ReportProgress(report("Q-1", percent=percent, narrative="Gates."), 2)
    return reporting.report(as_lead(desk), order, commission="quays", seen=stands(desk).seen, day=TODAY).present.seen


def test_what_came_back_is_one_click_from_its_form_filled_with_what_was_sent(lead, reviewed):
    send_back(reviewed, sent(reviewed), "Which quay is it?")
    page = lead()
    assert "1 report came back" in page.text
    assert "Which quay is it?" in page.text
    assert 'href="report?commission=quays&milestone=Q-1"' in page.markup
    page = lead(commission="quays", milestone="Q-1")
    assert (field(page, "percent").value, field(page, "narrative").value) == (95, "Gates.")
    send(page)  # as it was: the lead insists
    assert stands(reviewed).case.fate == "waiting"
    assert "came back" not in page.text


def test_a_returned_report_is_not_corrected_over_one_that_nobody_has_looked_at(lead, reviewed):
    send_back(reviewed, sent(reviewed))
    deliver(reviewed, report("Q-1", percent=60), on=TODAY)
    page = lead(milestone="Q-1")
    assert "Another report has been accepted since" in page.text
    assert "Percent complete 60% 95%" in page.text


def test_what_a_colleague_sent_meanwhile_is_shown_beside_the_own(lead, reviewed):
    page = lead(milestone="Q-1")
    sent(reviewed, 97)
    field(page, "percent").set_value(91.0)
    send(page)
    assert "Another report came while you were writing" in page.text
    assert "Percent complete 97% 91%" in page.text
    assert stands(reviewed).case.submission.report.percent == 97
    page.app.button(key="report-mine").click().run()
    assert stands(reviewed).case.submission.report.percent == 91


# --- drafts


def test_what_is_typed_is_kept_at_every_change_and_outlasts_the_session(lead, desk):
    page = lead(milestone="Q-1")
    assert kept(desk) == {}
    field(page, "narrative").input("Half a sent").run()
    assert "Draft saved." in page.text
    assert kept(desk)["Q-1", "national"]["narrative"] == "Half a sent"
    again = lead()
    assert "Your drafts" in again.text
    assert field(lead(milestone="Q-1"), "narrative").value == "Half a sent"
    send(lead(milestone="Q-1"))
    assert kept(desk) == {}
    assert stands(desk).report.narrative == "Half a sent"


def test_a_draft_that_was_overtaken_overwrites_nothing(lead, desk):
    field(page := lead(milestone="Q-1"), "percent").set_value(95.0).run()
    deliver(desk, report("Q-1", percent=60), on=TODAY)
    page = send(lead(milestone="Q-1"))
    assert "Percent complete 60% 95%" in page.text
    assert stands(desk).report.percent == 60


def test_a_draft_is_discarded_after_a_question(lead, desk):
    field(page := lead(milestone="Q-1"), "percent").set_value(95.0).run()
    assert "The draft is deleted for good." in [each.value for each in page.app.text]
    page.app.button(key="draft-discard-Q-1-national").click().run()
    assert kept(desk) == {}
    assert field(page, "percent").value == 90


# --- the grid


@pytest.fixture
def quays(lead, desk):
    """Opens the grid of the provinces of Q-2."""
    return lambda language="en", **query: lead(language, way="many", rows="Q-2", **query)


def edit(page, rows, *, press=False, **more):
    """What a browser, or somebody in its place, sends of the grid, with the button pressed or not."""
    (editor,) = page.app.data_editor
    button = next(each for each in page.app.button if each.key.endswith("-go"))
    states = page.app._tree.get_widget_states()
    others = [each for each in states.widgets if each.id not in {editor.proto.id, button.id}]
    typed = json.dumps({"edited_rows": rows, "added_rows": [], "deleted_rows": [], **more})
    del states.widgets[:]
    pressed = [WidgetState(id=button.id, trigger_value=True)] if press else []
    states.widgets.extend([*others, WidgetState(id=editor.proto.id, string_value=typed), *pressed])
    page.app._run(states)
    return page


def go(page, rows, **more):
    """The rows are written in, then sent."""
    edit(page, rows, **more)
    return edit(page, rows, press=True, **more)


def test_many_rows_are_sent_at_once(quays, desk):
    page = go(quays(), {"0": {"percent": "55"}, "1": {"percent": "20", "narrative": "Poles are up."}})
    assert "2 reports are in the log." in page.text
    assert [stands(desk, "Q-2", unit).report.percent for unit in ("P-1", "P-2")] == [55, 20]
    assert stands(desk, "Q-2", "P-2").report.narrative == "Poles are up."
    assert kept(desk) == {}


def test_persian_digits_and_jalali_days_are_read(quays, desk):
    go(
        quays("fa"),
        {"0": {"percent": "۵۵٫۵", "forecast_finish": "۱۴۰۶/۰۱/۳۱", "confidence": "amber", "spent": "۱٬۲۰۰"}},
    )
    told = stands(desk, "Q-2", "P-1").report
    assert (told.percent, told.forecast_finish, told.confidence) == (55.5, date(2027, 4, 20), "amber")
    assert told.spent == 1200


def test_each_row_is_taken_or_refused_by_itself_with_its_sentence(quays, desk):
    page = go(quays(), {"0": {"percent": "many", "spent": "-5"}, "1": {"percent": "20"}})
    assert "1 report is in the log." in page.text
    assert "1 row was not taken and is kept as a draft" in page.text
    assert "North · P-1: 'many' in “Percent complete” is not a number" in page.text
    assert "“Spent”" in page.text
    assert (stands(desk, "Q-2", "P-1").version, stands(desk, "Q-2", "P-2").report.percent) == (1, 20)
    assert kept(desk)["Q-2", "P-1"]["percent"] == "many"


def test_what_came_meanwhile_is_not_overwritten_by_the_grid(quays, desk):
    page = quays()
    deliver(desk, report("Q-2", unit="P-1", percent=51), on=TODAY)
    go(page, {"0": {"percent": "55"}})
    assert "now: in progress, 51%; your row: in progress, 55%" in page.text
    assert "Under “One report” both stand beside each other" in page.text
    assert stands(desk, "Q-2", "P-1").report.percent == 51


@pytest.mark.parametrize(
    ("rows", "more"),
    [
        ({"0": {"title": "C-1", "now": "100%"}}, {}),
        ({}, {"added_rows": [{"title": "C-1", "percent": "99"}]}),
        ({}, {"deleted_rows": [0]}),
    ],
)
def test_what_may_not_be_written_is_not_read_whatever_the_protocol_brings(quays, desk, rows, more):
    with desk.engine.connect() as connection:
        before = views.head(connection)
    page = edit(quays(), rows, **more)
    assert not page.app.exception
    assert all(button.disabled for button in page.app.button if button.key.endswith("-go"))
    with desk.engine.connect() as connection:
        assert views.head(connection) == before
    assert kept(desk) == {}


def test_a_forged_row_beside_an_honest_one_moves_nothing_else(quays, desk):
    go(quays(), {"1": {"percent": "20", "title": "C-1"}}, deleted_rows=[0])
    assert (stands(desk, "Q-2", "P-1").version, stands(desk, "C-1").version) == (1, 0)
    assert stands(desk, "Q-2", "P-2").report.percent == 20


@pytest.mark.parametrize(
    "rows", [{"0": {"percent": "99", "unit": "P-2", "milestone": "C-1"}}, {"7": {"percent": "99"}}]
)
def test_a_row_or_a_column_that_there_is_not_writes_nothing(quays, desk, rows):
    edit(quays(), rows, press=True)
    assert [stands(desk, "Q-2", unit).version for unit in ("P-1", "P-2")] == [1, 1]
    assert kept(desk) == {}


def test_a_choice_that_is_none_is_refused(quays, desk):
    page = go(quays(), {"0": {"state": "<b>ready</b>"}})
    assert "is not known for “State”" in page.text
    assert "<b>ready" not in page.sent


def test_a_search_leaves_the_rows_that_fit(quays):
    page = quays(seek="south")
    (frame,) = page.app.data_editor
    assert list(frame.value["title"]) == ["\u2066\u2068South\u2069 · \u2068P-2\u2069\u2069"]


def test_the_columns_run_as_the_page_reads(quays):
    orders = {}
    for language in ("en", "fa"):
        (editor,) = quays(language).app.data_editor
        orders[language] = list(editor.proto.column_order)
    assert orders["en"] == orders["fa"][::-1]
    assert set(orders["en"]) == {"title", "now", *WRITTEN}
