"""Who did what, as the log has it: batches, newest first, with what people decided in them; and a look at the chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Row, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, INTEGER, TIMESTAMP

from roadmap.domain.events import Event
from roadmap.domain.text import persian_digits
from roadmap.errors import LogBrokenError
from roadmap.store import stored
from roadmap.store.codec import SUBJECT_KINDS, TYPES, decode
from roadmap.store.frames import HASHED
from roadmap.store.hashing import GENESIS, SIZE, Merkle, link, packed
from roadmap.store.leaves import leaves
from roadmap.store.receipts import Receipt, receipt_of, sealed
from roadmap.store.tables import session

#: What people decide, by the types of its events; figures and the plan come in batches of their own.
DECIDED: Final = tuple(name for name, number in TYPES.items() if number > TYPES["progress_reported"])
_DECIDED: Final = [TYPES[name] for name in DECIDED]
#: A batch of more events is no decision, but a file or a plan: its events are not told one by one.
_FEW: Final = 200


@dataclass(frozen=True)
class Filter:
    """What is asked for; empty, or None, stands for everything.

    `kind` is a type of event, or a channel; `first` and `last` are moments, the first included, the last not.
    """

    actor: str = ""
    kind: str = ""
    commission: str = ""
    find: str = ""
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """A batch: its receipt, and the decisions of people in it, each with what it is about (kind and code)."""

    receipt: Receipt
    events: tuple[tuple[Event, str, str], ...] = ()


_ENTRIES: Final = text(
    """
    select b.* from batch b
    where b.id < :before
      and (:actor = '' or b.actor = :actor)
      and (cast(:first as timestamptz) is null or b.recorded >= :first)
      and (cast(:last as timestamptz) is null or b.recorded < :last)
      and (:kind = '' or b.channel = :kind or b.id in (select e.batch from event e where e.type = :type))
      and (:commission = '' or b.commission = :commission or b.source = :commission or b.id in (
          select e.batch from event e left join milestone m on m.id = e.subject
          where e.type = any(:decided) and (
              position(:named in e.payload) > 0 or position(:owned in e.payload) > 0
              or (e.type = any(:of_milestones) and m.commission = :commission)
          )
      ))
      and (:find = '' or b.source ilike :like or b.id in (
          select e.batch from event e join subject s on s.id = e.subject
          where e.type = any(:decided) and (e.payload ilike :like or s.code ilike :like)
      ))
    order by b.id desc limit :most
    """
).bindparams(
    bindparam("decided", type_=ARRAY(INTEGER)),
    bindparam("of_milestones", type_=ARRAY(INTEGER)),
    bindparam("first", type_=TIMESTAMP(timezone=True)),
    bindparam("last", type_=TIMESTAMP(timezone=True)),
)
_OF_BATCHES: Final = text(
    """
    select e.*, s.kind as of_kind, s.code as of_subject, u.code as of_unit
    from unnest(:firsts, :lasts) as k(first, last)
    join event e on e.seq between k.first and k.last and e.type = any(:decided)
    join subject s on s.id = e.subject join subject u on u.id = e.unit
    order by e.seq
    """
).bindparams(
    bindparam("firsts", type_=ARRAY(BIGINT)),
    bindparam("lasts", type_=ARRAY(BIGINT)),
    bindparam("decided", type_=ARRAY(INTEGER)),
)
_ACTORS: Final = text("select distinct actor from batch order by actor")
_NEWEST: Final = text(
    """
    select * from (
        select b.*, sum(last_seq - first_seq + 1 + rejected) over (order by id desc) as so_far
        from (select * from batch order by id desc limit :batches) b
    ) n where so_far <= :most or id = (select max(id) from batch) order by id
    """
)


def entries(connection: Connection, wanted: Filter, *, before: int | None = None, most: int) -> list[Entry]:
    """At most `most` batches that `wanted` asks for, newest first; those before the batch `before`."""
    values: dict[str, Any] = {
        **vars(wanted),
        "type": TYPES.get(wanted.kind, 0),
        "decided": _DECIDED,
        "of_milestones": [number for number in _DECIDED if SUBJECT_KINDS[number] == "milestone"],
        "named": f'"commission":"{wanted.commission}"',
        "owned": f'"owner":"{wanted.commission}"',
        "like": f"%{_literally(wanted.find)}%",
        "before": before if before is not None else 2**31 - 1,
        "most": most,
    }
    receipts = [receipt_of(row) for row in connection.execute(_ENTRIES, values)]
    events = _events(connection, receipts)
    return [Entry(receipt, tuple(events.get(receipt.batch, ()))) for receipt in receipts]


def _literally(value: str) -> str:
    """`value` for `like`, in which its own % and _ stand for nothing else."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _events(connection: Connection, receipts: Sequence[Receipt]) -> dict[int, list[tuple[Event, str, str]]]:
    few = [each for each in receipts if 0 <= each.last_seq - each.first_seq < _FEW]
    asked = {"firsts": [each.first_seq for each in few], "lasts": [each.last_seq for each in few], "decided": _DECIDED}
    found: dict[int, list[tuple[Event, str, str]]] = {}
    for row in connection.execute(_OF_BATCHES, asked):
        told = decode(row, row.of_subject, row.of_unit), row.of_kind, row.of_subject
        found.setdefault(row.batch, []).append(told)
    return found


def actors(connection: Connection) -> list[str]:
    """Everybody who ever did something, as the log calls them."""
    return list(connection.execute(_ACTORS).scalars())


@dataclass(frozen=True)
class SignIn:
    """A session of a person on the board: when it began, was used last and ended, and why; `why` None: it is open."""

    person: int
    began: datetime
    last_seen: datetime
    ended: datetime | None
    why: str | None


def sign_ins(connection: Connection, most: int) -> list[SignIn]:
    """The newest sessions, at most `most`."""
    rows = connection.execute(select(session).order_by(session.c.id.desc()).limit(most))
    return [SignIn(row.person, row.began, row.last_seen, row.ended, row.why) for row in rows]


# The chain


@dataclass(frozen=True)
class Looked:
    """What was recomputed and found sound: so many batches from `first` to `last`, and the events in them."""

    first: int
    last: int
    events: int


def look(connection: Connection, *, batches: int, most: int) -> Looked | None:
    """Recomputes the newest batches: their events, roots and the chain from the one before; None for an empty log.

    What was turned away is not looked at. At most `batches` batches with at most `most` events and rejects together,
    but the newest one in any case.

    Raises:
        LogBrokenError: naming the first batch of them that does not agree.
    """
    rows = connection.execute(_NEWEST, {"batches": batches, "most": most}).all()
    if not rows:
        return None
    first = rows[0].id
    before = text("select chain from batch where id = :id")
    chain = connection.execute(before, {"id": first - 1}).scalar_one() if first > 1 else GENESIS
    found = _leaves(connection, rows[0].first_seq - 1, rows[-1].last_seq)
    for row in rows:
        root = _root(found, row, rows[0].first_seq)
        chain = link(chain, root, bytes(row.reject_root), sealed(receipt_of(row)))
        if (root, chain) != (row.root, row.chain):
            raise _broken(f"batch {row.id} does not agree with its hashes", f"دستهٔ {row.id} با درهم‌سازهایش نمی‌خواند")
    if connection.execute(text("select chain from head")).scalar_one() != chain:
        raise _broken(f"the head does not stand at batch {rows[-1].id}", f"سر زنجیره بر دستهٔ {rows[-1].id} نیست")
    return Looked(first, rows[-1].id, rows[-1].last_seq - rows[0].first_seq + 1)


def _leaves(connection: Connection, after: int, last: int) -> bytes:
    """The leaves of the events behind `after`, recomputed from what is stored, one behind the other."""
    found = b""
    for block in stored.events(connection, after):
        if (block["hash"] != leaves(block.select(HASHED))).any():
            first, last = block["seq"][0], block["seq"][-1]
            raise _broken(
                f"an event between {first} and {last} was changed",
                f"یکی از رویدادهای {first} تا {last} پس از ثبت تغییر کرده است",
            )
        found += packed(block.filter(pl.col("seq") <= last)["hash"])
    return found


def _root(found: bytes, row: Row[Any], first: int) -> bytes:
    tree = Merkle()
    tree.add(found[(row.first_seq - first) * SIZE : (row.last_seq - first + 1) * SIZE])
    return tree.root()


def _broken(en: str, fa: str) -> LogBrokenError:
    return LogBrokenError(
        f"The log is broken: {en}. Run `roadmap verify`, and stop writing.",
        fa=f"دفتر رویدادها سالم نیست: {persian_digits(fa)}. چیزی ثبت نکنید"
        " و از راهبر سامانه بخواهید roadmap verify را اجرا کند.",
    )
