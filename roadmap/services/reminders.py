"""Reminders: what waits is planned for everybody whom it concerns, and goes out as one digest a person and place.

Planned once, sent once: a row is marked after the server took its digest. What a mail server that is down does not take
is tried again for a week. A sender that is killed between the server's answer and the mark repeats that one digest,
under the same Message-ID; so does a server that took it and could not say so. Nothing else is ever repeated.

Whom what waits concerns, is said by the roles that were assigned, and by those that the provider's claim gave at the
last sign-in. For entering, a claim counts as long as its session. A reminder is for somebody who is not there: the lead
who has not signed in for a month is the one to be told. So the last word of the provider holds until there is a newer
one, or the operator deactivates the person, or the setting gives that value no role any more. A letter tells codes,
titles and days; to see or do anything takes a sign-in, at which the provider is asked again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from roadmap.analysis.reminding import FIRST_HOUR, Recipient, digest_day, reminders, wait_after
from roadmap.domain.people import OF_PEOPLE, Grant
from roadmap.errors import RoadmapError
from roadmap.services import carrying, entering, letters, matters
from roadmap.services import desk as desks
from roadmap.services.carrying import MAIL, UndeliveredError
from roadmap.services.desk import Desk
from roadmap.services.entering import Rules
from roadmap.services.gate import allowed
from roadmap.services.letters import Around
from roadmap.services.permissions import Action
from roadmap.settings import Settings
from roadmap.store import outbox, people
from roadmap.store.outbox import Address, Choice, Digest, Failure
from roadmap.store.people import Person

__all__ = ["Failure", "Planned", "Sent", "around", "failures", "mailable", "plan", "run", "send"]

_log = logging.getLogger(__name__)
#: So long a digest is tried.
PATIENCE: Final = timedelta(days=7)


@dataclass(frozen=True)
class Planned:
    """How many reminders were added, and how many dropped since what they tell of waits no more."""

    added: int
    dropped: int


@dataclass(frozen=True)
class Sent:
    """How many digests with how many reminders were taken, how many were not and wait, how many were given up."""

    digests: int = 0
    reminders: int = 0
    waiting: int = 0
    given_up: int = 0

    def __add__(self, other: Sent) -> Sent:
        """Both together."""
        return Sent(*(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class _Post:
    """What sending needs at hand."""

    desk: Desk
    settings: Settings
    now: datetime
    around: Around


def mailable(settings: Settings) -> bool:
    """Whether anything can be sent at all: a mail server is set, or a service is open."""
    return bool(settings.smtp_host or carrying.opened(settings))


@allowed(Action.RUN)
def run(desk: Desk, settings: Settings, now: datetime) -> tuple[Planned, Sent]:
    """Plans and sends; `now` has a time zone."""
    return plan(desk, settings, now), send(desk, settings, now)


@allowed(Action.RUN)
def plan(desk: Desk, settings: Settings, now: datetime) -> Planned:
    """Notes down all that is to be told at `now`, in one transaction; what was planned before is not planned again."""
    day = now.astimezone(desk.zone).date()
    waits = matters.matters(desk, desks.moment(desk, day=day))
    with desk.engine.begin() as connection:
        wanted = list(reminders(waits, _recipients(connection, settings), day))
        return Planned(*outbox.plan(connection, wanted, now))


@allowed(Action.RUN)
def send(desk: Desk, settings: Settings, now: datetime) -> Sent:
    """Sends what waits, one digest a person and place in a period of their choice; several senders do not double."""
    post = _Post(desk, settings, now, around(desk, settings))
    with desk.engine.connect() as connection:
        known = {person.id: person for person in people.people(connection)}
        choices = outbox.choices(connection)
        waiting = outbox.addresses(connection)
    total = Sent()
    for address in waiting:
        person = known.get(address[0])
        if person is not None and person.active:
            total += _send_to(post, person, choices.get(person.id), address)
    return total


@allowed(Action.READ_AUDIT)
def failures(desk: Desk) -> list[Failure]:
    """The digests that did not get through, newest first."""
    with desk.engine.connect() as connection:
        return outbox.failures(connection)


def insist(sent: Sent) -> None:
    """Fails if a digest was given up.

    Raises:
        RoadmapError: saying how many; the page Audit names them.
    """
    if sent.given_up:
        message = f"Digests given up after a week of tries: {sent.given_up}; the board's page Audit says which and why."
        raise RoadmapError(message)


def around(desk: Desk, settings: Settings) -> Around:
    """What letters are written with."""
    titles = {entry.code: entry.title for entry in desk.programme.commissions}
    return Around(desk.programme.programme.title, titles, settings.board_url)


def choice_of(person: Person, choices: dict[int, Choice]) -> Choice:
    """How `person` wants to be reminded: daily in the language they read in, as long as they chose nothing else."""
    return choices.get(person.id) or Choice("daily", person.language)


def _recipients(connection: Connection, settings: Settings) -> list[Recipient]:
    choices, rules = outbox.choices(connection), entering.rules(settings)
    return [
        Recipient(
            person.id,
            person.name or "",
            _grants(person, rules),
            (choice := choice_of(person, choices)).frequency,
            choice.language,
            tuple(_places(person, choice, settings)),
        )
        for person in people.people(connection)
        if person.active
    ]


def _grants(person: Person, rules: Rules) -> frozenset[Grant]:
    held = {*person.grants, *entering.granted(person.claimed, rules)}
    return frozenset(grant for grant in held if grant.role in OF_PEOPLE)


def _places(person: Person, choice: Choice, settings: Settings) -> Iterable[str]:
    if person.email and settings.smtp_host:
        yield MAIL
    yield from map(carrying.key, choice.places)


def _send_to(post: _Post, person: Person, chosen: Choice | None, address: Address) -> Sent:
    choice = choice_of(person, {person.id: chosen} if chosen else {})
    with outbox.sending(post.desk.engine, address) as connection:
        if connection is None:
            return Sent()
        local = post.now.astimezone(post.desk.zone)
        day = digest_day(choice.frequency, local.date(), post.desk.programme.programme.calendar)
        if day is not None and local.hour >= FIRST_HOUR:
            outbox.begin(connection, address, day, post.now)
        tried = (
            _try(post, connection, person, choice, address, each) for each in outbox.due(connection, address, post.now)
        )
        return sum(tried, Sent())


def _try(post: _Post, connection: Connection, person: Person, choice: Choice, address: Address, digest: Digest) -> Sent:
    """One try of one digest; what came of it is committed with this."""
    with connection.begin():
        rows = outbox.matters(connection, digest.name)
        if not rows:
            return Sent()
        letter = letters.digest(list(rows.values()), choice.language, post.around)
        try:
            _carry(post, person, choice, address, digest.name, letter)
        except UndeliveredError as error:
            return _failed(post, connection, digest, list(rows), str(error))
        outbox.mark_sent(connection, list(rows), post.now)
    return Sent(digests=1, reminders=len(rows))


def _carry(post: _Post, person: Person, choice: Choice, address: Address, name: str, letter: letters.Letter) -> None:
    url = next((url for url in choice.places if carrying.key(url) == address[1]), None)
    full = f"reminder.{post.desk.programme.programme.code}.{name}"
    try:
        carrying.carry(address[1], letter, post.settings, mail=person.email, url=url, name=full, now=post.now)
    except UndeliveredError:
        raise
    except RoadmapError as error:  # a setting or an address that fits no more: told, and tried as long as others
        raise UndeliveredError(str(error)) from None


def _failed(post: _Post, connection: Connection, digest: Digest, rows: Sequence[int], error: str) -> Sent:
    given_up = post.now - digest.begun >= PATIENCE
    next_try = post.now + wait_after(digest.tries + 1)
    outbox.mark_failed(connection, rows, error=error, next_try=next_try, given_up=given_up)
    level, fate = (logging.ERROR, "given up") if given_up else (logging.WARNING, f"tried again from {next_try}")
    _log.log(level, "digest %s was not taken (%s): %s", digest.name, error, fate)
    return Sent(given_up=1) if given_up else Sent(waiting=1)
