"""What tests of reminders share: people who have chosen how to be told, and a turn of planning and sending."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from roadmap.domain.people import Grant
from roadmap.services import digests, people, reminders
from roadmap.services.desk import Desk
from roadmap.services.reminders import Planned, Sent
from roadmap.settings import Settings
from tests.factories import acting

#: 10:00 in the programme's zone.
TEN = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)


def person(desk: Desk, name: str, *codes: str) -> int:
    """The number of somebody new with those roles."""
    number = people.add(desk, name=name, email=f"{name.lower()}@example.org").id
    people.assign(desk, number, [Grant.read(code) for code in codes], "For a test.")
    return number


def choose(
    desk: Desk, config: Settings, number: int, frequency: str = "daily", language: str = "en", added: str = ""
) -> None:
    """The person chooses how to be reminded; `added` is a place beside mail."""
    digests.choose(acting(desk, f"person:{number}"), config, frequency, language, kept=range(9), added=added)


def states(desk: Desk) -> dict[str, int]:
    """How many reminders are in each state."""
    with desk.engine.connect() as connection:
        rows = connection.execute(text("select state, count(*) as n from outbox group by state"))
        return {row.state: row.n for row in rows}


def run(desk: Desk, config: Settings, **later: int) -> tuple[Planned, Sent]:
    """Plans and sends at ten, or so much `later`."""
    return reminders.run(desk, config, TEN + timedelta(**later))
