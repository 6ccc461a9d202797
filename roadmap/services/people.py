"""The operator's work: who may sign in, with which roles, and who may no longer; roles stand in the log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from roadmap.domain.events import RoleAssigned
from roadmap.domain.people import OF_PEOPLE, Grant
from roadmap.errors import ConflictError, SettingsError
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import decisions, drafts, outbox, people
from roadmap.store.people import Person

__all__ = [
    "ACTOR",
    "Account",
    "Person",
    "accounts",
    "activate",
    "add",
    "assign",
    "deactivate",
    "erase",
    "names",
    "sign_out",
]

#: How the log names a person: this, and the person's number.
ACTOR: Final = "person:"


@dataclass(frozen=True)
class Account:
    """A person with the roles in force, and when they were seen last; None: never."""

    person: Person
    last_seen: datetime | None


@allowed(Action.READ_BOARD)
def names(desk: Desk) -> dict[str, str | None]:
    """The names of all people by what the log calls them (`person:7`); None for whom it was erased."""
    with desk.engine.connect() as connection:
        return {f"{ACTOR}{number}": name for number, name in people.names(connection).items()}


@allowed(Action.READ_PEOPLE)
def accounts(desk: Desk) -> list[Account]:
    """Everybody, in the order in which they came."""
    with desk.engine.connect() as connection:
        seen = people.last_seen(connection)
        return [Account(person, seen.get(person.id)) for person in people.people(connection)]


@allowed(Action.MANAGE_PEOPLE)
def add(
    desk: Desk, *, name: str, email: str | None = None, issuer: str | None = None, subject: str | None = None
) -> Person:
    """Notes somebody down before the first sign-in: by what the provider calls them, or by an e-mail address.

    An address matches at the first sign-in if the provider says that it has verified it.

    Raises:
        SettingsError: neither is given, only one of `issuer` and `subject` is, or somebody is known so already.
    """
    if (issuer is None) != (subject is None) or not (subject or email) or not name.strip():
        message = "Give a name, and issuer and subject as the provider has them, or an e-mail address."
        raise SettingsError(message)
    with desk.engine.begin() as connection:
        taken = email and people.with_email(connection, email)
        number = None if taken else people.add(connection, issuer=issuer, subject=subject, name=name, email=email)
    if number is None:
        message = f"{subject or email} is known already; `roadmap user list` shows everybody."
        raise SettingsError(message)
    return _person(desk, number)


@allowed(Action.MANAGE_PEOPLE)
def assign(desk: Desk, number: int, grants: Collection[Grant], reason: str) -> Person:
    """Gives a person these roles in place of all before; none: nothing any more. It holds from the next click on.

    Raises:
        SettingsError: there is no such person, role or commission, or no reason.
        ConflictError: somebody else gave them roles at the same moment.
    """
    person = _person(desk, number)
    for grant in grants:
        _insist(desk, grant)
    if grants and not person.active:
        message = f"Person {number} is deactivated; `roadmap user activate {number}` comes first."
        raise SettingsError(message)
    if set(grants) != set(person.grants):
        _assign(desk, person, grants, reason)
    return _person(desk, number)


@allowed(Action.MANAGE_PEOPLE)
def deactivate(desk: Desk, number: int, reason: str) -> Person:
    """Takes all roles of a person, ends their sessions and lets no claim give them any; refuses as `assign`."""
    person = _person(desk, number)
    _assign(desk, person, (), reason)
    with desk.engine.begin() as connection:
        people.change(connection, number, active=False)
        people.claim(connection, number, ())
        people.end(connection, {"person": number}, at=datetime.now(UTC), why="deactivated", by=desk.who.actor)
    return _person(desk, number)


@allowed(Action.MANAGE_PEOPLE)
def activate(desk: Desk, number: int) -> Person:
    """Lets a person in again, without roles; SettingsError where there is nobody, or the name was erased."""
    person = _person(desk, number)
    if person.name is None:
        message = f"Person {number} was erased: whoever it is signs in as somebody new."
        raise SettingsError(message)
    with desk.engine.begin() as connection:
        people.change(connection, number, active=True)
    return _person(desk, number)


@allowed(Action.MANAGE_PEOPLE)
def sign_out(desk: Desk, number: int) -> int:
    """Ends the open sessions of a person, from the next click on; how many there were."""
    _person(desk, number)
    with desk.engine.begin() as connection:
        now = datetime.now(UTC)
        return people.end(connection, {"person": number}, at=now, why="operator", by=desk.who.actor)


@allowed(Action.MANAGE_PEOPLE)
def erase(desk: Desk, number: int, reason: str) -> Person:
    """Deactivates a person and forgets name, address and what the provider calls them; it cannot be undone.

    What they did stays in the log, by their number.
    """
    deactivate(desk, number, reason)
    with desk.engine.begin() as connection:
        people.change(connection, number, name=None, email=None, issuer=None, subject=None)
        outbox.forget(connection, number)
        drafts.forget(connection, f"{ACTOR}{number}")
    return _person(desk, number)


def _person(desk: Desk, number: int) -> Person:
    with desk.engine.connect() as connection:
        found = people.one(connection, number)
    if found is None:
        message = f"There is no person with the number {number}; `roadmap user list` shows everybody."
        raise SettingsError(message)
    return found


def _insist(desk: Desk, grant: Grant) -> None:
    if grant.role not in OF_PEOPLE:
        message = f"{grant.role} is no role of a person; there are {', '.join(OF_PEOPLE)}."
        raise SettingsError(message)
    if grant.commission is not None and grant.commission not in desk.programme.by_commission:
        known = ", ".join(desk.programme.by_commission)
        message = f"There is no commission {grant.commission}; there are {known}."
        raise SettingsError(message)


def _assign(desk: Desk, person: Person, grants: Collection[Grant], reason: str) -> None:
    given = tuple(sorted(set(grants), key=lambda grant: grant.code))
    try:
        wanted = RoleAssigned(effective=desks.today(desk), person=str(person.id), grants=given, reason=reason)
    except ValidationError:
        message = f"Person {person.id}: say in 1 to 1,000 characters why."
        raise SettingsError(message) from None
    # One decision follows on what stood there: two operators at the same moment do not undo each other unseen.
    same = [person.id, person.assigned]
    if decisions.record(desk.engine, wanted, same=same, actor=desk.who.actor).repeated:
        message = f"Somebody else has just given person {person.id} other roles; look at `roadmap user list`."
        raise ConflictError(message)
