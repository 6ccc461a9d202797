"""Who is to be reminded of what, and when: from what waits, people's roles and their chosen digest. No I/O.

What waits is told once, and once again after each week that it goes on waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from roadmap.domain.calendar import Calendar
from roadmap.domain.people import Grant, Role
from roadmap.domain.text import Language, Text

Frequency = Literal["daily", "weekly", "none"]
#: So many days before something is due it is told.
SOON: Final = timedelta(days=3)
#: Digests go out from this hour of the programme's day on.
FIRST_HOUR: Final = 7
_SATURDAY, _MONDAY = 5, 0


class Kind(StrEnum):
    """What somebody can be reminded of, in the order in which a digest tells it."""

    REPORT_OVERDUE = "report_overdue"
    REPORT_RETURNED = "report_returned"
    REPORT_DUE = "report_due"
    REJECTS_OPEN = "rejects_open"
    PROPOSAL_TO_DECIDE = "proposal_to_decide"
    PROPOSAL_TO_CHECK = "proposal_to_check"
    PROPOSAL_RETURNED = "proposal_returned"
    REVIEW_WAITING = "review_waiting"
    FILE_HELD = "file_held"
    ACTION_OVERDUE = "action_overdue"
    ACTION_DUE = "action_due"


_OWN: Final = frozenset({Role.LEAD, Role.DATA_OFFICER})
#: Whose concern each kind is; roles of a commission are told of their own one only.
AUDIENCE: Final = {
    Kind.REPORT_OVERDUE: _OWN,
    Kind.REPORT_RETURNED: _OWN,
    Kind.REPORT_DUE: _OWN,
    Kind.REJECTS_OPEN: frozenset({Role.DATA_OFFICER}),
    Kind.PROPOSAL_TO_DECIDE: frozenset({Role.COMMANDER}),
    Kind.PROPOSAL_TO_CHECK: frozenset({Role.SECRETARIAT}),
    Kind.PROPOSAL_RETURNED: frozenset({Role.LEAD}),
    Kind.REVIEW_WAITING: frozenset({Role.SECRETARIAT}),
    Kind.FILE_HELD: frozenset({Role.SECRETARIAT}),
    Kind.ACTION_OVERDUE: _OWN | {Role.SECRETARIAT},
    Kind.ACTION_DUE: _OWN | {Role.SECRETARIAT},
}


class Matter(BaseModel):
    """Something that waits for somebody: `subject` is its code or number, `title` what it is about, where it has one.

    `commission` is whose it is (None: the council's own), `since` the day from which it is to be told, `due` the day
    by which it has to be done, `count` how many there are of it; `occasion` tells it from another one of that subject
    and day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    subject: str
    since: date
    title: Text | None = None
    commission: str | None = None
    due: date | None = None
    count: int | None = None
    occasion: str = ""


@dataclass(frozen=True)
class Recipient:
    """A person who can be reminded, at `places` (`mail`, or keys of addresses of their own), as they chose."""

    person: int
    name: str
    grants: frozenset[Grant]
    frequency: Frequency
    language: Language
    places: tuple[str, ...]


@dataclass(frozen=True)
class Reminder:
    """One matter for one person at one place; planned under these four once and never again."""

    person: int
    place: str
    period: str
    matter: Matter


def concerns(matter: Matter, grants: Iterable[Grant]) -> bool:
    """Whether somebody with `grants` is to be told of `matter`.

    The secretariat, which chases everybody, hears of actions of commissions once they are overdue.
    """
    return any(grant.role in AUDIENCE[matter.kind] and _own(matter, grant) for grant in grants)


def _own(matter: Matter, grant: Grant) -> bool:
    if grant.commission is not None:
        return grant.commission == matter.commission
    return matter.kind is not Kind.ACTION_DUE or matter.commission is None


def period(matter: Matter, day: date) -> str:
    """Under what `matter` is told on `day`: since when it waits, and the how-manieth week of that it is."""
    return f"{matter.since}{f'/{matter.occasion}' if matter.occasion else ''}+{(day - matter.since).days // 7}"


def reminders(matters: Iterable[Matter], recipients: Iterable[Recipient], day: date) -> Iterator[Reminder]:
    """What is to be told on `day`: each matter to everybody whom it concerns, at each of their places."""
    told = [matter for matter in matters if matter.since <= day]
    for recipient in recipients:
        own = [] if recipient.frequency == "none" else [each for each in told if concerns(each, recipient.grants)]
        for place in recipient.places:
            yield from (Reminder(recipient.person, place, period(matter, day), matter) for matter in own)


def digest_day(frequency: Frequency, day: date, calendar: Calendar) -> date | None:
    """The day whose digest `day` falls into: itself, or the first of its week; None for who wants none.

    Weeks begin on Saturday where the calendar is Jalali, else on Monday.
    """
    if frequency == "none":
        return None
    first = _SATURDAY if calendar == "jalali" else _MONDAY
    return day if frequency == "daily" else day - timedelta(days=(day.weekday() - first) % 7)


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many failed tries: 15 minutes, doubled each time, at most 6 hours."""
    doublings: int = min(max(tries - 1, 0), 10)
    return min(timedelta(minutes=15 << doublings), timedelta(hours=6))
