"""The lead's workbook on the commission's page: handed in, answered, settled; and the files to download."""

from __future__ import annotations

import asyncio
import io

import httpx
import openpyxl
import pytest
from starlette.applications import Starlette

from dashboard import handing, workbooks
from dashboard.roles import Role, RoleRefusedError
from roadmap.services import reporting, templates
from tests.factories import TODAY, deliver, report

pytestmark = pytest.mark.usefixtures("installed")
LEAD = Role("lead", "quays")
CSV = "Code;Place;As of;State;Done %\nQ-1;;2026-11-20;doing;ninety\nQ-2;P-1;2026-11-20;doing;60,5\n"


def hand_in(page, content, name="month.csv"):
    page.app.file_uploader[0].set_value((name, content, "text/csv")).run()
    page.app.button(key="workbook-send").click().run(timeout=60)
    return page


@pytest.fixture
def lead(board, at_home):
    return lambda language="en": board("commission", language, commission="quays", role=LEAD.code)


def test_everybody_gets_the_template_and_only_a_lead_at_the_machine_may_hand_in(board):
    page = board("commission", commission="quays")
    assert 'href="workbooks/template/quays"' in page.markup
    assert "waits for sign-in" in page.text
    assert page.app.file_uploader.len == 0


@pytest.mark.parametrize("role", ["executive", "secretariat", "lead:cranes"])
def test_who_is_not_this_commissions_lead_is_told_whose_files_these_are(board, at_home, role):
    page = board("commission", commission="quays", role=role)
    assert "handed in by its own lead" in page.text
    assert page.app.file_uploader.len == 0


def test_who_sends_without_the_right_is_refused_by_what_takes(board, at_home):
    with pytest.raises(RoleRefusedError):
        handing.send("month.csv", CSV.encode(), Role("secretariat"))


def test_the_limit_of_size_is_told(lead):
    assert lead().app.file_uploader[0].label.endswith("at most 20 MB")


def test_an_older_board_takes_nothing(board, at_home):
    page = board("commission", commission="quays", role=LEAD.code, day="2026-10-10")
    assert page.app.file_uploader.len == 0


def test_a_file_is_answered_with_counts_and_a_sentence_for_each_bad_row(lead, desk):
    page = hand_in(lead(), CSV.encode())
    assert "month.csv: 2 rows read; 1 accepted, 0 duplicates, 1 rejected." in page.text
    assert "row 2 Percent complete ninety 'ninety' in “Percent complete” is not a number" in page.text
    batch = newest(desk)
    assert page.markup.count(f'href="workbooks/return/{batch}"') == 2  # at the answer and at the delivery
    assert reporting.present(desk, "Q-2", "P-1").report.percent == 60.5


def newest(desk):
    with desk.engine.connect() as connection:
        return connection.exec_driver_sql("select max(id) from batch").scalar_one()


def test_the_deliveries_below_lead_to_the_marked_workbook_too(lead, desk):
    hand_in(lead(), CSV.encode())
    assert f'href="workbooks/return/{newest(desk)}"' in lead().markup


def test_the_same_file_again_is_known(lead):
    hand_in(lead(), CSV.encode())
    page = hand_in(lead(), CSV.encode())
    assert "This very file came before" in page.text
    assert "1 accepted" in page.text


def test_a_file_without_faults_is_answered_with_success(lead):
    page = hand_in(lead(), CSV.replace("ninety", "95").encode())
    assert "2 accepted, 0 duplicates, 0 rejected." in page.text
    assert "b-success" in page.sent


def test_in_persian_the_answer_is_persian(lead):
    page = hand_in(lead("fa"), CSV.encode())
    assert "۲ ردیف خوانده شد؛ ۱ ثبت، ۰ تکراری، ۱ برگشتی." in page.text
    assert "عدد نیست؛ فقط عدد بنویسید" in page.text


@pytest.fixture
def clashing(lead, desk, settings):
    """A template that was filled in while somebody else reported on its first row, handed in."""
    made = templates.template(desk, settings, "quays", day=TODAY)
    book = openpyxl.load_workbook(io.BytesIO(made.content))
    book.worksheets[0]["G2"] = 91
    deliver(desk, report("Q-1", percent=97, effective=TODAY))
    out = io.BytesIO()
    book.save(out)
    return hand_in(lead(), out.getvalue(), "month.xlsx")


def press(page, ending):
    next(each for each in page.app.button if each.key and each.key.endswith(ending)).click().run()
    return page


def test_of_a_stale_row_both_values_are_shown_and_nothing_is_overwritten(clashing, desk):
    assert "Row 2, Q-1" in clashing.text
    assert "Percent complete 97% 91%" in clashing.text
    assert reporting.present(desk, "Q-1").report.percent == 97


def test_the_person_may_take_the_own_row(clashing, desk):
    page = press(clashing, "-mine")
    assert reporting.present(desk, "Q-1").report.percent == 91
    assert "Row 2, Q-1" not in page.text


def test_the_person_may_keep_what_stands(clashing, desk):
    page = press(clashing, "-keep")
    assert reporting.present(desk, "Q-1").report.percent == 97
    assert "Row 2, Q-1" not in page.text


@pytest.fixture
def client(board):
    """Asks as a browser on the machine itself does."""
    transport = httpx.ASGITransport(Starlette(routes=workbooks.routes()), client=("127.0.0.1", 50000))

    async def ask(path, headers):
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as browser:
            return await browser.get(path, headers=headers)

    return lambda path, **headers: asyncio.run(ask(path, {name.replace("_", "-"): v for name, v in headers.items()}))


@pytest.fixture
def listens(monkeypatch):
    monkeypatch.setattr(workbooks.st, "get_option", lambda _: "127.0.0.1")


def test_the_template_is_a_file_to_save(client):
    got = client("/workbooks/template/quays")
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''quays-2026-11-30.xlsx"
    assert openpyxl.load_workbook(io.BytesIO(got.content)).worksheets[0]["A2"].value == "Q-1"
    assert client("/workbooks/template/ships").status_code == 404


def test_the_marked_workbook_goes_only_to_who_sits_at_the_machine(client, listens, desk):
    batch = newest(desk)
    got = client(f"/workbooks/return/{batch}")
    assert "خلاصه - Summary" in openpyxl.load_workbook(io.BytesIO(got.content)).sheetnames
    assert client(f"/workbooks/return/{batch}", host="evil.example").status_code == 403
    assert client(f"/workbooks/return/{batch}", x_forwarded_for="10.0.0.9").status_code == 403
    assert client("/workbooks/return/999").status_code == 404
