import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from dashboard import waiving
from dashboard.format import Format
from dashboard.shown import ledger as shown
from dashboard.shown import rates
from dashboard.shown.ledger import Around
from roadmap.domain.refusals import CODES, refuse
from roadmap.services.gate import NotAllowedError
from roadmap.services.ledger import Fate, Line, Open, RejectRow, Repair, State, Waiver
from roadmap.services.waiving import waive
from roadmap.store import log
from tests.factories import TODAY, deliver, report

TEHRAN = ZoneInfo("Asia/Tehran")
AROUND = Around({"quays": "Quays"}, TODAY, TEHRAN)


def rejected(**given):
    known = {
        "id": 1, "batch": 2, "commission": "quays", "source": "a.csv", "sheet": None, "row": 9, "key": "Q-1 · P-1",
        "recorded": datetime(2026, 11, 18, 22, 0, tzinfo=UTC),
        "field": "percent", "value": "x", "code": "not_a_number", "fa": "«x» در «percent» عدد نیست",
        "en": "'x' in percent is not a number",
    }  # fmt: skip
    return RejectRow(**(known | given))


def line(repair=None, waiver=None, **given):
    state = State.REPAIRED if repair else State.WAIVED if waiver else State.OPEN
    return Line(rejected(**given), Fate(state, repair, waiver))


def test_each_commission_has_its_rates_its_last_delivery_and_what_waits(board):
    page = board("quality")
    assert "Reports for October 2026, on time until 10 November 2026" in page.text
    assert "Quays 100% 3 of 3 reports 100% 3 of 3 reports 5 Nov 2026, 15:30" in page.text
    assert "Cranes none is due none is due nothing yet 0" in page.text


def test_the_last_periods_stand_beside_each_other_the_newest_at_the_end(board):
    text = board("quality").text
    assert "May 2026 June 2026 July 2026 August 2026 September 2026 October 2026" in text
    assert "Quays 0% 0 of 3 0% on time" in text
    assert "33% 1 of 3 33% on time 100% 3 of 3 100% on time Cranes –" in text


def test_a_rejected_row_says_where_it_stands_why_for_whom_and_since_when(board):
    text = board("quality").text
    assert "Quays · Report · row 9 Q-9" in text
    assert "There is no milestone 'Q-9' in the programme" in text
    assert "The commission’s data officer 16 days" in text


def test_the_filters_of_the_address_narrow_the_ledger(board, desk):
    other = log.Rejected("Q-1", (refuse("not_a_number", "percent", "x"),), None, 3)
    deliver(desk, report("Q-1", effective=TODAY), on=TODAY, rejected=(other,))
    page = board("quality", code="not_a_number")
    assert "'x' in “Percent complete” is not a number" in page.text
    assert "There is no milestone 'Q-9'" not in page.text
    assert "There are no such rows." in board("quality", commission="cranes").text
    assert "There are no such rows." in board("quality", state="waived").text
    found = board("quality", find="q-9")
    assert "There is no milestone 'Q-9'" in found.text
    assert "is not a number" not in found.text


def test_what_was_searched_for_goes_into_the_address(board):
    app = board("quality").app
    app.text_input(key="filter-find").set_value("Q-9").run()
    assert dict(app.query_params)["find"] == "Q-9"


def test_a_repaired_row_leads_to_the_receipts_and_a_waived_one_says_why(board, desk):
    bad = log.Rejected("Q-1 · 2026-11-20", (refuse("not_a_number", "percent", "x"),), "Report", 3)
    receipt = deliver(desk, rejected=(bad,), on=date(2026, 11, 18))
    deliver(desk, report("Q-1", effective=date(2026, 11, 20)), on=date(2026, 11, 20))
    waive(desk, 3, [9], reason="There never was a Q-9.", day=TODAY)
    assert "There are no such rows." in board("quality").text
    repaired = board("quality", state="repaired")
    assert "repaired after 2 days quays-2026-11-20.csv · row 2 · 20 Nov 2026" in repaired.text
    assert 'href="quality?commission=quays&state=all"' in repaired.markup
    waived = board("quality", state="waived").text
    assert "waived tester" in waived
    assert "There never was a Q-9." in waived
    assert receipt.batch == 4


def test_what_is_not_shown_is_told(board, desk):
    rows = tuple(log.Rejected("Q-1", (refuse("missing", "state"),), None, number) for number in range(2, 504))
    deliver(desk, on=TODAY, rejected=rows)
    page = board("quality")
    assert "The first 8 of 503 are shown; narrow them with the filters." in page.text
    assert page.text.count("row 9") == 1
    more = page.app.button(key="quality-more")
    assert more.label == "20 more lines"
    more.click().run()
    assert page.address["lines"] == "28"
    assert "The first 28 of 503 are shown" in page.text
    page.app.selectbox(key="filter-order").set_value("oldest").run()
    assert "The first 28 of 503 are shown" in page.text
    page.app.selectbox(key="filter-code").set_value("missing").run()
    assert "The first 8 of 502 are shown" in page.text
    assert "lines" not in page.address
    for asked in ("499", "12345", "x"):
        shown = {"499": "The first 499 of 503"}.get(asked, "The first 8 of 503")
        assert shown in board("quality", lines=asked).text
    assert [button.label for button in board("quality", lines="499").app.button if button.key == "quality-more"] == [
        "1 more line"
    ]


def test_the_ledger_is_looked_through_once_for_all_that_the_page_shows_of_it(board, desk):
    """Held files, counts, reasons, lines and what can be waived; another filter asks for nothing anew."""
    asked = []
    event.listen(desk.engine, "before_cursor_execute", lambda _, __, told, *___: asked.append(told))
    for filters in ({}, {"code": "unknown_milestone", "order": "oldest"}, {"commission": "quays", "state": "all"}):
        assert "Q-9" in secretariat(board, **filters).text
    assert sum("from unnest(cast" in told for told in asked) == 1


def test_a_commission_that_sent_nothing_back_is_clean(board):
    page = board("quality", commission="cranes")
    assert "There are no such rows." in page.text
    assert "Nothing has come in yet." in page.text
    assert len(page.app.get("download_button")) == 0


def test_an_unknown_commission_is_told(board):
    page = board("quality", commission="ships")
    assert "There is no ships here; pick from the list." in page.text
    assert "Quays 100%" in page.text


def test_a_receipt_adds_up_and_leads_to_its_batch_check(board, desk):
    checks = {"success": False, "evaluated": 9, "failed": [{}], "errors": [], "docs": "quays/0123456789abcdef.html"}
    deliver(desk, report("Q-1", effective=TODAY), on=TODAY, checks=checks)
    page = board("quality")
    assert "1 oddity" in page.text
    assert '<a href="data-docs/quays/0123456789abcdef.html" target="_blank" rel="noopener"' in page.markup


def test_in_persian_fields_and_states_have_their_persian_names(board, desk):
    refusals = (refuse("transition", "state", "not_started", "done"),)
    deliver(desk, report("Q-1", effective=TODAY), on=TODAY, rejected=(log.Rejected("Q-1", refusals, None, 3),))
    text = board("quality", "fa").text
    assert "از «انجام‌شده» نمی‌توان به «آغازنشده» رفت" in text
    for word in ("Quays", "state", "done", "row", "percent", "officer", "open"):
        assert word not in text


# Waiving


def secretariat(board, **query):
    return board("quality", role="secretariat", **query)


def test_only_the_secretariat_waives(board):
    for role in ("executive", "operator", "lead:quays"):
        assert len(board("quality", role=role).app.multiselect) == 0
    assert len(secretariat(board).app.multiselect) == 1


def test_a_commissions_own_people_see_its_rejects_and_no_others(board):
    mine = board("quality", role="data_officer:quays")
    assert mine.app.selectbox(key="filter-commission").options == ["Quays"]
    assert "There is no milestone 'Q-9' in the programme" in mine.text
    other = board("quality", role="lead:cranes")
    assert other.app.selectbox(key="filter-commission").options == ["Cranes"]
    assert "Q-9" not in other.text


def test_an_executive_sees_how_commissions_report_and_nothing_that_was_turned_away(board):
    page = board("quality", role="executive")
    assert "Quays" in page.text
    assert "Q-9" not in page.text
    assert page.app.selectbox.len == 0


def test_on_a_past_day_nothing_is_decided(board):
    page = secretariat(board, day="2026-11-10")
    assert "Decisions are made on today’s board only" in page.text
    assert len(page.app.multiselect) == 0


def test_a_row_is_waived_with_a_reason_and_taken_back(board):
    page = secretariat(board)
    page.app.text_area[0].set_value("There never was a Q-9.")
    page.app.checkbox[0].check()
    page.app.button[0].click().run()
    assert "1 row was waived." in page.text
    assert "There never was a Q-9." in board("quality", state="waived").text
    back = secretariat(board, waive="back")
    back.app.text_area[0].set_value("There is one now.")
    back.app.button[0].click().run()
    assert "1 row is open again." in back.text
    assert "There is no milestone 'Q-9' in the programme" in board("quality").text


def test_what_is_missing_of_a_decision_is_told_and_nothing_is_recorded(board):
    page = secretariat(board)
    page.app.multiselect[0].set_value([])
    page.app.button[0].click().run()
    for sentence in ("Pick at least one row.", "Give a reason.", "Confirm that you have looked at the rows."):
        assert sentence in page.text
    assert "There is no milestone 'Q-9' in the programme" in board("quality").text


def test_whoever_writes_is_asked_for_the_role_again(reads):
    reads("lead:quays")
    with pytest.raises(NotAllowedError):
        waiving.send(3, [9], "So decided.", waived=True)


# The file


def test_every_reason_has_a_name_of_its_own():
    names = {Format("en").say(f"refusal.{code}") for code in CODES}
    assert len(names) == len(CODES)


def test_the_age_is_counted_in_days_of_the_programmes_zone():
    assert line().age(date(2026, 11, 21), TEHRAN) == 2


def test_a_count_that_goes_on_says_at_least():
    assert rates.open_rows(Open(4999, more=True), Format("en")) == "at least 4,999"
    assert rates.open_rows(Open(3, more=False), Format("fa")) == "۳"


def test_the_file_for_a_spreadsheet_is_read_as_utf8_and_runs_nothing():
    rows = [line(key="=HYPERLINK(1)", value="@x"), line(sheet="برگه", value="-2+3")]
    made = shown.as_csv(rows, Around({"quays": "اسکله‌ها"}, TODAY, TEHRAN), Format("fa"))
    assert made.startswith(b"\xef\xbb\xbf")
    heads, first, second = csv.reader(io.StringIO(made.decode("utf-8-sig")))
    assert heads[0] == "کمیسیون"
    assert first[4:7] == ["'=HYPERLINK(1)", "درصد پیشرفت", "'@x"]
    assert second[2:4] == ["برگه", "9"]
    assert second[6] == "'-2+3"
    assert "«درصد پیشرفت» عدد نیست" in second[7]


def test_the_file_says_who_is_to_see_to_it_and_what_became_of_it():
    tuesday = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    lines = [
        line(code="held_back"),
        line(repair=Repair(7, "file", "b.csv", tuesday, 4)),
        line(waiver=Waiver("command line", tuesday, "=Sent twice")),
    ]
    made = csv.reader(io.StringIO(shown.as_csv(lines, AROUND, Format("en")).decode("utf-8-sig")))
    _, held, repaired, waived = (row[10:] for row in made)
    assert held == ["2", "The secretariat", "open", "", "", "", "", ""]
    assert repaired == ["1", "The commission’s data officer", "repaired", "2026-11-20", "b.csv", "4", "", ""]
    assert waived[2:] == ["waived", "2026-11-20", "", "", "command line", "'=Sent twice"]
