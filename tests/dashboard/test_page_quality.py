import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from dashboard.format import Format
from dashboard.shown import quality as shown
from roadmap.domain.refusals import CODES, refuse
from roadmap.services.quality import RejectRow
from roadmap.store import log
from tests.factories import TODAY, deliver, report

TEHRAN = ZoneInfo("Asia/Tehran")


def rejected(**given):
    known = {
        "id": 1, "batch": 2, "commission": "quays", "source": "a.csv", "sheet": None, "row": 9, "key": "Q-1 · P-1",
        "recorded": datetime(2026, 11, 18, 22, 0, tzinfo=UTC),
        "field": "percent", "value": "x", "code": "not_a_number", "fa": "«x» در «percent» عدد نیست",
        "en": "'x' in percent is not a number",
    }  # fmt: skip
    return RejectRow(**(known | given))


def test_each_commission_has_its_rate_its_last_delivery_and_its_rejects(board):
    page = board("quality")
    assert "Reports for October 2026, on time until 10 November 2026" in page.text
    assert "Quays 100% 2 of 2 milestones 5 Nov 2026, 15:30" in page.text
    assert "on time 1 Cranes none is due nothing yet – 0" in page.text


def test_a_rejected_row_says_where_it_stands_why_and_since_when(board):
    text = board("quality").text
    assert "Quays · Report · row 9 Q-9" in text
    assert "There is no milestone 'Q-9' in the programme" in text
    assert "16 days" in text


def test_commission_and_reason_in_the_address_narrow_the_ledger(board, desk):
    other = log.Rejected("Q-1", (refuse("not_a_number", "percent", "x"),), None, 3)
    deliver(desk, report("Q-1", effective=TODAY), on=TODAY, rejected=(other,))
    page = board("quality", code="not_a_number")
    assert "'x' in “Percent complete” is not a number" in page.text
    assert "There is no milestone 'Q-9'" not in page.text
    assert "Everything that came in was taken." in board("quality", commission="cranes").text


def test_a_commission_that_sent_nothing_back_is_clean(board):
    page = board("quality", commission="cranes")
    assert "Everything that came in was taken." in page.text
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
    for word in ("Quays", "state", "done", "row", "percent"):
        assert word not in text


def test_every_reason_has_a_name_of_its_own():
    names = {Format("en").say(f"refusal.{code}") for code in CODES}
    assert len(names) == len(CODES)


def test_the_age_is_counted_in_days_of_the_programmes_zone():
    assert shown.age(rejected(), date(2026, 11, 21), TEHRAN) == 2


def test_the_file_for_a_spreadsheet_is_read_as_utf8_and_runs_nothing():
    rows = [rejected(key="=HYPERLINK(1)", value="@x"), rejected(sheet="برگه", value="-2+3")]
    made = shown.as_csv(rows, {"quays": "اسکله‌ها"}, TODAY, TEHRAN, Format("fa"))
    assert made.startswith(b"\xef\xbb\xbf")
    heads, first, second = csv.reader(io.StringIO(made.decode("utf-8-sig")))
    assert heads[0] == "کمیسیون"
    assert first[4:7] == ["'=HYPERLINK(1)", "درصد پیشرفت", "'@x"]
    assert second[2:4] == ["برگه", "9"]
    assert second[6] == "'-2+3"
    assert "«درصد پیشرفت» عدد نیست" in second[7]
