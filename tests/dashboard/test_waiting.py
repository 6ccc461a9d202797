"""Files that are held back wait on the Data quality page until the secretariat has let them in or dismissed them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from dashboard import waiting
from roadmap.intake import pipeline
from roadmap.services.gate import NotAllowedError
from roadmap.store import decisions
from tests.factories import TODAY

HEAD = "Code;Place;As of;State;Done %;Expected;Remarks"
ROWS = [f"Q-1;;{date(2026, 10, 1) + timedelta(days=number)};doing;0,4;;going on" for number in range(25)]
CAME = datetime(2026, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def held(desk, installed, harbour, tmp_path):
    """A file of three days ago whose percents are fractions: its receipt."""
    path = tmp_path / "fractions.csv"
    path.write_text("\n".join([HEAD, *ROWS]) + "\n")
    return pipeline.load(desk.engine, harbour, installed, "quays", path, today=TODAY, clock=lambda: CAME)


def reports(desk):
    with desk.engine.connect() as connection:
        query = text(
            "select count(*) from event e join batch b on b.id = e.batch where e.type = 5 and b.actor like 'secr%'"
        )
        return connection.execute(query).scalar_one()


def decide(page, button, reason="They confirmed it.", *, sure=True):
    """Fills the card in and presses one of its buttons."""
    (area,) = [each for each in page.app.text_area if each.key.startswith("waiting-reason")]
    area.set_value(reason)
    if sure:
        (box,) = [each for each in page.app.checkbox if each.key.startswith("waiting-sure")]
        box.check()
    (pressed,) = [each for each in page.app.button if each.label == button]
    pressed.click()
    page.app.run()
    return page


def test_what_is_held_back_is_shown_with_why_since_when_and_its_page(board, held):
    page = board("quality", role="operator")
    assert "fractions.csv" in page.text
    assert "25 of 25 rows that have begun stand below one percent" in page.text
    assert "18 Nov 2026, 12:30 3 days" in page.text
    assert held.checks["docs"] in page.markup
    assert "The secretariat decides" in page.text
    assert not [each for each in page.app.text_area if each.key.startswith("waiting-reason")]


def test_in_persian_the_figures_are_persian(board, held):
    assert "۲۵ ردیف از ۲۵ ردیفِ آغازشده کمتر از یک است" in board("quality", "fa").text


def test_nothing_waits_where_nothing_is_held_back(board):
    assert "No file waits for a decision." in board("quality").text


def test_the_secretariat_lets_a_file_in_and_is_told_what_became_of_its_rows(board, desk, held):
    page = decide(board("quality", role="secretariat"), "Let it in")
    assert "“fractions.csv” went in: 25 rows accepted, 0 duplicates, 0 rejected." in page.text
    assert "No file waits for a decision." in page.text
    assert reports(desk) == 25
    with desk.engine.connect() as connection:
        made = decisions.find(connection, "delivery_reopened", [held.batch])
    assert (made.actor, made.decision.reason) == ("secretariat", "They confirmed it.")


def test_the_secretariat_dismisses_a_file(board, desk, held):
    page = decide(board("quality", role="secretariat"), "Dismiss it")
    assert "“fractions.csv” was dismissed; nothing of it went in." in page.text
    assert "No file waits for a decision." in page.text
    assert reports(desk) == 0


@pytest.mark.parametrize(
    ("reason", "sure", "told"), [("  ", True, "Give a reason."), ("So.", False, "Confirm that you have looked")]
)
def test_without_a_reason_or_a_confirmation_nothing_is_decided(board, desk, held, reason, sure, told):
    page = decide(board("quality", role="secretariat"), "Let it in", reason, sure=sure)
    assert told in page.text
    assert reports(desk) == 0


def test_a_lead_lets_nothing_in(board, desk, held):
    assert "odd as a whole" not in board("quality", role="lead:quays").text
    with pytest.raises(NotAllowedError):
        waiting.release(held.batch, "So.")
    assert reports(desk) == 0
