"""People and their sessions, in plain tables beside the log: names can be erased there, and the log forgets nothing.

What a person may do is in the log (`RoleAssigned`, the newest one counts).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from roadmap.domain.people import Grant
from roadmap.domain.text import Language
from roadmap.store.codec import TYPES
from roadmap.store.tables import person, session

_GRANTS: Final[TypeAdapter[tuple[Grant, ...]]] = TypeAdapter(tuple[Grant, ...])


@dataclass(frozen=True)
class Person:
    """Somebody who signs in, or may. An erased person has no name, and nothing that leads to one.

    `issuer` and `subject` are what the provider calls them; None until somebody with their `email` signed in.
    `assigned` numbers the event that gave the `grants`; 0: nobody gave any yet. `claimed` are the values of the role
    claim that gave roles at the last sign-in: what those roles are, is the settings' to say.
    """

    id: int
    issuer: str | None
    subject: str | None
    name: str | None
    email: str | None
    language: Language
    active: bool
    grants: tuple[Grant, ...]
    assigned: int
    claimed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Session:
    """A sign-in of a person: when it began, when they were seen last, when and why it ended."""

    id: int
    person: Person
    began: datetime
    last_seen: datetime
    ended: datetime | None
    why: str | None


_PERSON: Final = """
    p.id as person, p.issuer, p.subject, p.name, p.email, p.language, p.active, p.claimed, r.seq as assigned, r.payload
"""
#: The newest assignment; the stream's unique key leads to the few there are.
_ASSIGNED: Final = f"""
    left join lateral (
        select e.seq, e.payload from subject b join event e on e.type = {TYPES["role_assigned"]} and e.subject = b.id
        where b.kind = 'person' and b.code = p.id::text order by e.seq desc limit 1
    ) r on true
"""
_PEOPLE: Final = text(f"select {_PERSON} from person p {_ASSIGNED} order by p.id")
_ONE: Final = text(f"select {_PERSON} from person p {_ASSIGNED} where p.id = :id")
_SESSION: Final = text(f"""
    select s.id, s.began, s.last_seen, s.ended, s.why, {_PERSON}
    from session s join person p on p.id = s.person {_ASSIGNED}
    where s.key = :key
""")
_LAST_SEEN: Final = select(session.c.person, func.max(session.c.last_seen).label("seen")).group_by(session.c.person)


def people(connection: Connection) -> list[Person]:
    """Everybody, in the order in which they came."""
    return [_person(row) for row in connection.execute(_PEOPLE)]


def one(connection: Connection, number: int) -> Person | None:
    """The person with that number."""
    row = connection.execute(_ONE, {"id": number}).one_or_none()
    return _person(row) if row else None


def find(connection: Connection, issuer: str, subject: str) -> int | None:
    """Whom a provider calls so."""
    wanted = select(person.c.id).where(person.c.issuer == issuer, person.c.subject == subject)
    return connection.execute(wanted).scalar_one_or_none()


def names(connection: Connection) -> dict[int, str | None]:
    """Everybody's name by number; None for whom it was erased."""
    return {row.id: row.name for row in connection.execute(select(person.c.id, person.c.name))}


def last_seen(connection: Connection) -> dict[int, datetime]:
    """When each person was seen last, of those who ever signed in."""
    return {row.person: row.seen for row in connection.execute(_LAST_SEEN)}


def add(
    connection: Connection, *, issuer: str | None, subject: str | None, name: str | None, email: str | None
) -> int | None:
    """A new person's number; None where the provider's name for them is somebody's already."""
    values = {"issuer": issuer, "subject": subject, "name": name, "email": email}
    made = upsert(person).values(values).on_conflict_do_nothing().returning(person.c.id)
    return connection.execute(made).scalar_one_or_none()


def enrol(connection: Connection, *, issuer: str, subject: str, name: str) -> int:
    """The number of whom a provider calls so, who is noted down if nobody knew them."""
    values = {"issuer": issuer, "subject": subject, "name": name}
    made = upsert(person).values(values)
    again = made.on_conflict_do_update(index_elements=["issuer", "subject"], set_={"issuer": issuer})
    return int(connection.execute(again.returning(person.c.id)).scalar_one())


def with_email(connection: Connection, email: str) -> list[int]:
    """Everybody with that e-mail address."""
    wanted = select(person.c.id).where(func.lower(person.c.email) == email.lower())
    return list(connection.execute(wanted).scalars())


def expected(connection: Connection, email: str) -> int | None:
    """Who was added by an e-mail address and has not signed in yet; the one added first, if two have it."""
    wanted = select(person.c.id).where(person.c.subject.is_(None), func.lower(person.c.email) == email.lower())
    return connection.execute(wanted.order_by(person.c.id).limit(1)).scalar_one_or_none()


def change(connection: Connection, number: int, **values: str | bool | None) -> None:
    """Changes what the table holds of a person."""
    connection.execute(update(person).where(person.c.id == number).values(values))


def claim(connection: Connection, number: int, values: Collection[str]) -> None:
    """Keeps what a person's sign-in said of their roles, in place of what the one before said."""
    change(connection, number, claimed=json.dumps([*values]))


def find_session(connection: Connection, key: bytes) -> Session | None:
    """The sign-in with that key, and the person with their roles, in one query."""
    row = connection.execute(_SESSION, {"key": key}).one_or_none()
    return _session(row) if row else None


def open_session(connection: Connection, number: int, key: bytes, *, began: datetime, seen: datetime) -> Session:
    """Begins a person's session; two first requests at the same moment begin one."""
    values = {"person": number, "key": key, "began": began, "last_seen": seen}
    connection.execute(upsert(session).values(values).on_conflict_do_nothing())
    return _session(connection.execute(_SESSION, {"key": key}).one())


def see(connection: Connection, number: int, at: datetime) -> None:
    """Keeps when a session was used last."""
    connection.execute(update(session).where(session.c.id == number).values(last_seen=at))


def end(connection: Connection, where: Mapping[str, object], *, at: datetime, why: str, by: str | None = None) -> int:
    """Ends the open sessions with those values (of `id`, `person` or `key`); how many there were."""
    chosen = [session.c[name] == value for name, value in where.items()]
    ended = update(session).where(session.c.ended.is_(None), *chosen).values(ended=at, why=why, ended_by=by)
    return connection.execute(ended).rowcount


def _session(row: Row[Any]) -> Session:
    return Session(row.id, _person(row), row.began, row.last_seen, row.ended, row.why)


def _person(row: Row[Any]) -> Person:
    told = json.loads(row.payload).get("grants", ()) if row.payload else ()
    return Person(
        row.person,
        row.issuer,
        row.subject,
        row.name,
        row.email,
        row.language,
        row.active,
        _GRANTS.validate_python(told),
        row.assigned or 0,
        tuple(json.loads(row.claimed)),
    )
