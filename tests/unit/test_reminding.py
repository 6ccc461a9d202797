"""Who is reminded of what and when, and what a letter says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from roadmap.analysis.reminding import (
    AUDIENCE,
    Kind,
    Matter,
    Recipient,
    concerns,
    digest_day,
    period,
    reminders,
    wait_after,
)
from roadmap.domain.people import Grant
from roadmap.domain.text import Text
from roadmap.services import letters
from roadmap.services.letters import Around
from tests.factories import text

DAY = date(2026, 11, 21)
AROUND = Around(text("Harbour renewal", "نوسازی بندر"), {"quays": text("Quays", "اسکله‌ها")}, "https://board.example/")


def grant(code: str) -> Grant:
    return Grant.read(code)


def matter(kind: Kind = Kind.REPORT_DUE, **changes: object) -> Matter:
    values = {"kind": kind, "subject": "Q-1", "commission": "quays", "since": date(2026, 11, 7)}
    return Matter.model_validate(values | changes)


def recipient(*grants: str, person: int = 7, **changes: object) -> Recipient:
    values = {"frequency": "daily", "language": "en", "places": ("mail",)}
    return Recipient(person, "Sara", frozenset(map(grant, grants)), **(values | changes))


@pytest.mark.parametrize(
    ("kind", "told", "not_told"),
    [
        (Kind.REPORT_OVERDUE, "lead:quays", "lead:cranes"),
        (Kind.REPORT_RETURNED, "data_officer:quays", "secretariat"),
        (Kind.REJECTS_OPEN, "data_officer:quays", "lead:quays"),
        (Kind.PROPOSAL_TO_DECIDE, "commander", "secretariat"),
        (Kind.PROPOSAL_TO_CHECK, "secretariat", "commander"),
        (Kind.REVIEW_WAITING, "secretariat", "lead:quays"),
        (Kind.FILE_HELD, "secretariat", "operator"),
        (Kind.ACTION_OVERDUE, "secretariat", "lead:cranes"),
        (Kind.ACTION_DUE, "lead:quays", "secretariat"),
    ],
)
def test_each_matter_is_told_to_whom_it_concerns(kind, told, not_told):
    assert concerns(matter(kind), [grant(told)])
    assert not concerns(matter(kind), [grant(not_told), grant("executive")])


def test_an_action_of_its_own_is_told_to_the_secretariat_before_it_is_overdue():
    assert concerns(matter(Kind.ACTION_DUE, commission=None), [grant("secretariat")])


def test_every_kind_has_an_audience_a_heading_and_a_page():
    assert set(AUDIENCE) == set(letters._HEADS) == set(letters.PAGES) == set(Kind)


def test_what_still_waits_after_a_week_is_told_again_and_not_before():
    since = date(2026, 11, 7)
    told = [period(matter(since=since), since + timedelta(days=days)) for days in (0, 6, 7, 13, 14)]
    assert told == ["2026-11-07+0", "2026-11-07+0", "2026-11-07+1", "2026-11-07+1", "2026-11-07+2"]


def test_two_returns_of_one_day_are_two_occasions():
    assert period(matter(occasion="12"), DAY) != period(matter(occasion="15"), DAY)


def test_what_is_not_to_be_told_yet_and_who_wants_nothing_make_no_reminder():
    later = matter(since=DAY + timedelta(days=1))
    both = [recipient("lead:quays", places=("mail", "abc")), recipient("lead:quays", person=8, frequency="none")]
    made = list(reminders([matter(), later], both, DAY))
    assert [(each.person, each.place) for each in made] == [(7, "mail"), (7, "abc")]


def test_a_week_begins_on_saturday_or_on_monday():
    assert digest_day("weekly", date(2026, 11, 27), "jalali") == date(2026, 11, 21)
    assert digest_day("weekly", date(2026, 11, 28), "jalali") == date(2026, 11, 28)
    assert digest_day("weekly", date(2026, 11, 22), "gregorian") == date(2026, 11, 16)
    assert digest_day("daily", DAY, "jalali") == DAY
    assert digest_day("none", DAY, "jalali") is None


def test_tries_come_further_and_further_apart_up_to_six_hours():
    assert [wait_after(tries) for tries in (1, 2, 3)] == [timedelta(minutes=minutes) for minutes in (15, 30, 60)]
    assert wait_after(6) == wait_after(60) == timedelta(hours=6)


# Letters


def told(*matters: Matter, language: str = "en") -> letters.Letter:
    return letters.digest(matters, language, AROUND)


def bare(body: str) -> str:
    return "".join(letter for letter in body if letter not in "\u2068\u2069\u200e\u200f")


def test_a_digest_names_what_waits_by_code_title_and_day_and_leads_to_the_page():
    letter = told(matter(title=text("Quay one rebuilt"), due=date(2026, 11, 10)), matter(Kind.ACTION_OVERDUE))
    assert letter.subject == "Harbour renewal: 2 waiting for you"
    lines = bare(letter.body).splitlines()
    assert lines[0:3] == [
        "Reports that are due soon (1)",
        "• Q-1 · Quay one rebuilt · Quays · due 2026-11-10",
        "https://board.example/report",
    ]
    assert lines[4:6] == ["Actions that are overdue (1)", "• Q-1 · Quays · since 2026-11-07"]
    assert lines[-1] == "https://board.example/me"


def test_a_persian_digest_has_persian_days_and_digits_and_every_line_runs_from_the_right():
    letter = told(matter(title=text("Quay", "اسکلهٔ یک"), due=date(2026, 11, 10)), language="fa")
    assert letter.subject == "نوسازی بندر: ۱ مورد در انتظار شماست"
    assert "• Q-1 · اسکلهٔ یک · اسکله‌ها · مهلت ۱۴۰۵/۰۸/۱۹" in bare(letter.body)
    lines = [line for line in letter.body.splitlines() if line]
    assert all(line.startswith(("\u200f", "https://")) for line in lines)
    assert "\u2068Q-1\u2069" in letter.body


def test_a_title_can_neither_break_its_line_nor_turn_what_follows_it():
    wild = Text(fa="ع", en="Quay\u202e\u2069\r\nBcc: all@example.org\x00")
    [line] = [line for line in told(matter(title=wild)).body.splitlines() if "Quay" in line]
    assert "\u2068Quay Bcc: all@example.org\u2069" in line


def test_of_many_of_a_kind_the_first_twelve_are_named_and_the_others_counted():
    many = [matter(subject=f"Q-{number:02}") for number in range(15)]
    body = bare(told(*many).body)
    assert body.count("• Q-") == 12
    assert "• and 3 more" in body


def test_without_an_address_of_the_board_no_link_is_made_up():
    assert "://" not in letters.digest([matter()], "en", Around(text(), {}, None)).body
