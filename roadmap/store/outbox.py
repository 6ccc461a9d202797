"""Reminders on their way: planned once, put together to a digest, marked after the server took it.

A digest keeps the reminders that it was first tried with: tried again, it is the same message under the same name.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, insert

from roadmap.analysis.reminding import Frequency, Matter, Reminder
from roadmap.domain.text import Language
from roadmap.store.tables import digest as digest_table
from roadmap.store.tables import outbox

#: Whom and where a digest is for.
Address = tuple[int, str]


@dataclass(frozen=True)
class Choice:
    """How a person wants to be reminded; `places` are addresses beside mail, which may hold secrets."""

    frequency: Frequency
    language: Language
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Digest:
    """A digest to be tried: its name, how often it was tried, and since when."""

    name: str
    tries: int
    begun: datetime


@dataclass(frozen=True)
class Failure:
    """A digest that did not get through: to whom, where, how many reminders, why, and whether it was given up."""

    person: int
    place: str
    reminders: int
    tries: int
    begun: datetime
    given_up: bool
    error: str


# How people want it


def choices(connection: Connection) -> dict[int, Choice]:
    """What people chose, by their numbers; who chose nothing is not there."""
    rows = connection.execute(select(digest_table))
    return {row.person: Choice(row.frequency, row.language, tuple(json.loads(row.places))) for row in rows}


def choose(connection: Connection, person: int, choice: Choice) -> None:
    """Keeps what `person` chose, in place of what was there."""
    values = {"frequency": choice.frequency, "language": choice.language, "places": json.dumps(choice.places)}
    made = insert(digest_table).values(person=person, **values)
    connection.execute(made.on_conflict_do_update(index_elements=["person"], set_=values))


def forget(connection: Connection, person: int) -> None:
    """Removes all that is kept for reminding `person`: for somebody whose name is erased."""
    connection.execute(digest_table.delete().where(digest_table.c.person == person))
    connection.execute(outbox.delete().where(outbox.c.person == person))


# Planning

_DROP: Final = text(
    """
    update outbox o set state = 'dropped' where o.state = 'waiting' and not exists (
        select from unnest(:persons, :places, :kinds, :subjects, :periods) as k(person, place, kind, subject, period)
        where (k.person, k.place, k.kind, k.subject, k.period) = (o.person, o.place, o.kind, o.subject, o.period)
    )
    """
).bindparams(
    bindparam("persons", type_=ARRAY(outbox.c.person.type)),
    *(bindparam(name, type_=ARRAY(outbox.c.place.type)) for name in ("places", "kinds", "subjects", "periods")),
)


def plan(connection: Connection, wanted: Collection[Reminder], now: datetime) -> tuple[int, int]:
    """Adds those of `wanted` that were never planned, and drops what waits and is not wanted any more; how many.

    One that was dropped and is wanted again waits again.
    """
    rows = [_row(each, now) for each in wanted]
    added = 0
    if rows:
        made = insert(outbox).values(rows)
        fresh = dict.fromkeys(("digest", "begun", "next_try", "error"))
        again = {"state": "waiting", "tries": 0, "planned": now, **fresh}
        kept = made.on_conflict_do_update(
            constraint="outbox_once_key", set_=again, where=outbox.c.state == "dropped"
        ).returning(outbox.c.id)
        added = len(connection.execute(kept).all())
    columns = {f"{name}s": [row[name] for row in rows] for name in ("person", "place", "kind", "subject", "period")}
    return added, connection.execute(_DROP, columns).rowcount


def _row(reminder: Reminder, now: datetime) -> dict[str, Any]:
    matter = reminder.matter
    return {
        "person": reminder.person,
        "place": reminder.place,
        "kind": matter.kind.value,
        "subject": matter.subject,
        "period": reminder.period,
        "matter": matter.model_dump_json(exclude_none=True),
        "planned": now,
    }


# Sending

_ADDRESSES: Final = text("select distinct person, place from outbox where state = 'waiting' order by person, place")
#: What was planned before a digest was put together goes with it; one of its name is put together once.
_BEGIN: Final = text(
    """
    update outbox set digest = :name, begun = :now
    where person = :person and place = :place and state = 'waiting' and digest is null
      and not exists (select from outbox where digest = :name)
    """
)
_DUE: Final = text(
    """
    select digest, max(tries) as tries, min(begun) as begun from outbox
    where person = :person and place = :place and state = 'waiting' and digest is not null
      and (next_try is null or next_try <= :now)
    group by digest order by min(id)
    """
)
_ROWS: Final = text(
    "select id, matter from outbox where digest = :name and state = 'waiting' order by id for update skip locked"
)
_SENT: Final = text("update outbox set state = 'sent', sent = :now, error = null where id = any(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(BIGINT))
)
_FAILED: Final = text(
    """
    update outbox set tries = tries + 1, next_try = :next_try, error = :error,
        state = case when :given_up then 'failed' else 'waiting' end
    where id = any(:ids)
    """
).bindparams(bindparam("ids", type_=ARRAY(BIGINT)))
_FAILURES: Final = text(
    """
    select person, place, state, count(*) as reminders, max(tries) as tries, min(begun) as begun,
        max(error) as error
    from outbox where state = 'failed' or (state = 'waiting' and tries > 0)
    group by person, place, state, digest order by min(id) desc limit :limit
    """
)


def addresses(connection: Connection) -> list[Address]:
    """Whom and where something waits for."""
    return [(row.person, row.place) for row in connection.execute(_ADDRESSES)]


@contextmanager
def sending(engine: Engine, address: Address) -> Iterator[Connection | None]:
    """A connection whose holder alone sends to `address`, as long as the block lasts; None while somebody else does.

    The lock is the server's and ends with the connection: a sender that is killed leaves nothing behind.
    """
    key = {"key": f"outbox/{address[0]}/{address[1]}"}
    with engine.connect() as connection:
        mine = connection.execute(text("select pg_try_advisory_lock(hashtextextended(:key, 0))"), key).scalar_one()
        connection.commit()
        if not mine:
            yield None
            return
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(hashtextextended(:key, 0))"), key)
            connection.commit()


def begin(connection: Connection, address: Address, day: date, now: datetime) -> None:
    """Puts what waits for `address` together to the digest of `day`, unless there was one; it is committed."""
    person, place = address
    with connection.begin():
        connection.execute(_BEGIN, {"person": person, "place": place, "name": f"{person}.{place}.{day}", "now": now})


def due(connection: Connection, address: Address, now: datetime) -> list[Digest]:
    """The digests for `address` that are to be tried at `now`."""
    person, place = address
    with connection.begin():
        rows = connection.execute(_DUE, {"person": person, "place": place, "now": now}).all()
    return [Digest(row.digest, row.tries, row.begun) for row in rows]


def matters(connection: Connection, name: str) -> dict[int, Matter]:
    """What waits in the digest `name`, by the numbers of the rows, which stay locked to the transaction's end."""
    rows = connection.execute(_ROWS, {"name": name})
    return {row.id: Matter.model_validate_json(row.matter) for row in rows}


def mark_sent(connection: Connection, rows: Sequence[int], now: datetime) -> None:
    """Notes that the server has taken those rows."""
    connection.execute(_SENT, {"ids": list(rows), "now": now})


def mark_failed(connection: Connection, rows: Sequence[int], *, error: str, next_try: datetime, given_up: bool) -> None:
    """Notes that a try failed, and when the next one is; with `given_up` there is none."""
    values = {"ids": list(rows), "error": error, "next_try": next_try, "given_up": given_up}
    connection.execute(_FAILED, values)


def failures(connection: Connection, limit: int = 50) -> list[Failure]:
    """The digests that were given up, or whose last try failed, newest first."""
    return [
        Failure(row.person, row.place, row.reminders, row.tries, row.begun, row.state == "failed", row.error or "")
        for row in connection.execute(_FAILURES, {"limit": limit})
    ]
