"""The lead's workbook on the commission's page: handed in, answered, settled; and the files to download."""

from __future__ import annotations

import asyncio
import io
from contextlib import contextmanager

import httpx
import openpyxl
import pytest
import streamlit as st
from starlette.applications import Starlette

from dashboard import data, handing, visitors, workbooks
from roadmap.domain.people import Grant
from roadmap.services import reporting, templates
from roadmap.services.gate import NotAllowedError
from tests.factories import TODAY, acting, deliver, report

pytestmark = pytest.mark.usefixtures("installed")
LEAD = "lead:quays"
CSV = "Code;Place;As of;State;Done %\nQ-1;;2026-11-20;doing;ninety\nQ-2;P-1;2026-11-20;doing;60,5\n"


def hand_in(page, content, name="month.csv"):
    page.app.file_uploader[0].set_value((name, content, "text/csv")).run()
    page.app.button(key="workbook-send").click().run(timeout=60)
    return page


@pytest.fixture
def lead(board):
    return lambda language="en": board("commission", language, commission="quays", role=LEAD)


def test_the_secretariat_gets_the_template_and_is_told_who_hands_files_in(board):
    page = board("commission", commission="quays", role="secretariat")
    assert 'href="workbooks/template/quays"' in page.markup
    assert "handed in by its own lead or data officer" in page.text
    assert page.app.file_uploader.len == 0


@pytest.mark.parametrize("role", ["executive", "lead:cranes"])
def test_who_has_nothing_to_do_with_these_files_is_shown_no_workbook(board, role):
    page = board("commission", commission="quays", role=role)
    assert "workbooks/template" not in page.markup
    assert page.app.file_uploader.len == 0


def test_a_data_officer_hands_in_as_well(board):
    assert board("commission", commission="quays", role="data_officer:quays").app.file_uploader.len == 1


@pytest.mark.parametrize("role", ["executive", "secretariat", "lead:cranes"])
def test_who_sends_without_the_right_is_refused_by_what_takes(reads, role):
    reads(role)
    with pytest.raises(NotAllowedError):
        handing.send("quays", "month.csv", CSV.encode())


def test_the_limit_of_size_is_told(lead):
    assert lead().app.file_uploader[0].label.endswith("at most 20 MB")


def test_an_older_board_takes_nothing(board):
    page = board("commission", commission="quays", role=LEAD, day="2026-10-10")
    assert page.app.file_uploader.len == 0


def test_a_file_is_answered_with_counts_and_a_sentence_for_each_bad_row(lead, desk):
    page = hand_in(lead(), CSV.encode())
    assert "month.csv: 2 rows read; 1 accepted, 0 duplicates, 1 rejected." in page.text
    assert "row 2 Percent complete ninety 'ninety' in “Percent complete” is not a number" in page.text
    batch = newest(desk)
    assert page.markup.count(f'href="workbooks/return/{batch}"') == 2  # at the answer and at the delivery
    assert reporting.present(desk, "Q-2", "P-1").report.percent == 60.5


def test_the_answer_is_seen_when_the_turn_is_broken_off_just_after_the_file_was_taken(lead, monkeypatch):
    """Streamlit may do so at any call of its own; here at the end of its spinner."""

    @contextmanager
    def broken_off(_text):
        yield
        st.rerun()

    monkeypatch.setattr(st, "spinner", broken_off)
    assert "month.csv: 2 rows read; 1 accepted" in hand_in(lead(), CSV.encode()).text


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
def client(board, desk, monkeypatch):
    """Asks for a file: `client(path)`, or as somebody with one role."""
    transport = httpx.ASGITransport(Starlette(routes=workbooks.routes()))

    async def ask(path):
        async with httpx.AsyncClient(transport=transport, base_url="http://board") as browser:
            return await browser.get(path)

    def asked(path, role=LEAD):
        monkeypatch.setattr(visitors, "desk", lambda _request: acting(desk, role, Grant.read(role)))
        return asyncio.run(ask(path))

    return asked


def test_the_template_is_a_file_to_save(client):
    got = client("/workbooks/template/quays")
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''quays-2026-11-30.xlsx"
    assert openpyxl.load_workbook(io.BytesIO(got.content)).worksheets[0]["A2"].value == "Q-1"
    assert client("/workbooks/template/ships", "secretariat").status_code == 404


@pytest.mark.parametrize("role", ["lead:quays", "data_officer:quays", "secretariat", "operator"])
def test_the_marked_workbook_goes_to_who_may_see_the_delivery(client, desk, role):
    got = client(f"/workbooks/return/{newest(desk)}", role)
    assert (got.status_code, got.headers["cache-control"]) == (200, "no-store")
    assert got.content[:2] == b"PK"


@pytest.mark.parametrize("role", ["lead:cranes", "data_officer:cranes", "executive", "commander"])
def test_somebody_elses_link_is_refused_in_both_languages(client, desk, role):
    for path in (f"return/{newest(desk)}", "template/quays"):
        got = client(f"/workbooks/{path}", role)
        assert got.status_code == 403
        assert "Your role does not allow this" in got.text
        assert "در اختیار نقش شما نیست" in got.text


def test_without_a_sign_in_there_is_no_file(board, monkeypatch):
    monkeypatch.setattr(data, "machine_desk", lambda: None)
    transport = httpx.ASGITransport(Starlette(routes=workbooks.routes()))

    async def ask():
        async with httpx.AsyncClient(transport=transport, base_url="http://board") as browser:
            return await browser.get("/workbooks/template/quays", headers={"cookie": "_streamlit_user=forged"})

    got = asyncio.run(ask())
    assert (got.status_code, "Sign in to see the board." in got.text) == (401, True)
