"""T4: the owner of the database, triggers switched off, changes the stored log at random; verify has to see each.

A tail that is cut off together with the head, or a last batch that is written anew, leaves a log that is sound in
itself. Only who has kept an anchor elsewhere can see that; the control has kept none, and sees nothing.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import IntegrityError

from benchmarks import worlds
from benchmarks.figures import Figure, Target, exactly
from benchmarks.torture import appending, workers
from benchmarks.torture.progress import each
from roadmap.domain.refusals import refuse
from roadmap.errors import LogBrokenError
from roadmap.store import anchoring, log, verifying
from roadmap.store.anchoring import Anchor
from roadmap.store.hashing import link
from roadmap.store.receipts import receipt_of, sealed
from roadmap.store.tables import batch as batch_table

Mutate = Callable[[Connection, random.Random], None]

_BATCHES: Final = 20
_LARGEST_BATCH: Final = 20
_TABLES: Final = ("event", "reject", "batch", "subject", "head")
_HASH_BYTES: Final = 32

#: Column and what somebody makes of it.
_EVENT_CHANGES: Final = (
    "batch = case when batch = 1 then 2 else 1 end", "type = type % 5 + 1", "subject = subject + 1", "unit = unit + 1",
    "version = version + 1", "effective = effective + 1", "state = coalesce(state, 0) + 1",
    "percent = coalesce(percent, 0) + 0.1", "forecast_finish = coalesce(forecast_finish, effective) + 1",
    "confidence = coalesce(confidence, 0) + 1", "spent = coalesce(spent, 0) + 1", "sheet = coalesce(sheet, '') || 'x'",
    '"row" = coalesce("row", 0) + 1', "payload = coalesce(payload, '') || ' '",
)  # fmt: skip
_RECEIPT_CHANGES: Final = (
    "channel = channel || 'x'", "source = source || 'x'", "digest = digest || 'x'", "actor = actor || 'x'",
    "commission = commission || 'x'", "run = coalesce(run, '') || 'x'", "recorded = recorded - interval '1 second'",
    "rejected = rejected + 1, rows_read = rows_read + 1", "refused = not refused",
    """checks = '{"success": true, "changed": true}'""",
)  # fmt: skip


def figures(mutations: int) -> Iterator[Figure]:
    """`mutations` of what is under the hashes and of the head; then a tenth as many of each special kind."""
    with worlds.world(worlds.Size(10, 1)) as world:
        _fill(world.engine)
        owner = workers.engine(world.databases.owner)
        with owner.begin() as connection:
            _open_up(connection)
            anchors = [anchoring.take(connection, world.programme.programme.code, datetime.now(UTC))]
        missed, alarms = _tried(owner, world.engine, anchors, _OF_THE_LOG, mutations)
        label = f"T4 {mutations} mutations"
        yield exactly(f"{label}: not detected", sum(missed.values()), "mutations", 0)
        yield exactly(f"{label}: alarms on the log put right", alarms, "alarms", 0)
        few = max(mutations // 10, 1)
        for name, mutate in _SPECIAL.items():
            missed, _ = _tried(owner, world.engine, anchors, {name: mutate}, few)
            yield exactly(f"T4 {few} times {name}: not told", missed[name], "mutations", 0)
        missed, _ = _tried(owner, world.engine, [], _ONLY_ANCHORS_TELL, few)
        yield Figure("T4 control, no anchor: not detected", sum(missed.values()), "mutations", Target("=", few))


def _fill(engine: Engine) -> None:
    chance = random.Random(worlds.SEED)
    refused = log.Rejected("Q-1", (refuse("future", "effective", worlds.TODAY),), sheet="sheet", row=1)
    for number in range(_BATCHES):
        delivery, outcome = appending.batch(chance, chance.randint(1, _LARGEST_BATCH), f"{number}")
        with log.writing(engine) as writer:
            writer.append(delivery, log.Outcome(events=outcome.events, rejected=[refused]))


def _open_up(connection: Connection) -> None:
    """What an owner can do: switch the guards off. A copy of each table is kept to put the log right again."""
    for table in _TABLES:
        connection.execute(text(f"create table kept_{table} as table {table}"))
        connection.execute(text(f"alter table {table} disable trigger user"))


def _tried(
    owner: Engine, engine: Engine, anchors: list[Anchor], kinds: dict[str, Mutate], count: int
) -> tuple[Counter[str], int]:
    """How many of `count` mutations were not seen, by kind, and how often the log, put right, was called broken."""
    chance = random.Random(worlds.SEED)
    missed: Counter[str] = Counter()
    alarms = 0
    for _ in each(range(count), "T4 mutations"):
        kind = _mutated(owner, chance, kinds)
        missed[kind] += _sound(engine, anchors)
        with owner.begin() as connection:
            _put_right(connection)
        alarms += not _sound(engine, anchors)
    if anchors and missed.total():
        print(f"T4 not detected: {dict(+missed)}", file=sys.stderr)
    return missed, alarms


def _mutated(owner: Engine, chance: random.Random, kinds: dict[str, Mutate]) -> str:
    """Which mutation was made; one that a key of the tables refuses is none, and another is drawn."""
    while True:
        kind = chance.choice(list(kinds))
        try:
            with owner.begin() as connection:
                connection.execute(text("set local synchronous_commit = off"))
                kinds[kind](connection, chance)
        except IntegrityError:
            continue
        return kind


def _sound(engine: Engine, anchors: list[Anchor]) -> bool:
    """Whether nothing is told against the log: verify and the anchors call it sound, or one of them breaks down."""
    try:
        verifying.verify(engine)
        with engine.connect() as connection:
            return not any(anchoring.disagreements(connection, anchors))
    except LogBrokenError:
        return False
    except Exception as error:  # noqa: BLE001 - whatever it is, it does not name what was changed
        print(f"T4 verify broke down: {type(error).__name__}: {str(error).splitlines()[0]}", file=sys.stderr)
        return True


def _put_right(connection: Connection) -> None:
    """Takes away what was not there and brings back what was: much quicker than filling the tables anew."""
    connection.execute(text("set local synchronous_commit = off"))
    for table in ("batch", "event", "head", "reject"):
        connection.execute(text(f"delete from {table} t where t not in (select k from kept_{table} k)"))  # noqa: S608
        missing = f"select k.* from kept_{table} k where k not in (select t from {table} t)"  # noqa: S608
        connection.execute(text(f"insert into {table} overriding system value {missing}"))
    connection.execute(text("update subject s set code = k.code from kept_subject k where k.id = s.id"))


def _random_seq(connection: Connection, chance: random.Random) -> int:
    return chance.randint(1, connection.execute(text("select seq from head")).scalar_one())


def _random_batch(connection: Connection, chance: random.Random) -> int:
    return chance.randint(1, connection.execute(text("select batch from head")).scalar_one())


def _change_event(connection: Connection, chance: random.Random) -> None:
    change, seq = chance.choice(_EVENT_CHANGES), _random_seq(connection, chance)
    connection.execute(text(f"update event set {change} where seq = :seq"), {"seq": seq})  # noqa: S608


def _flip_hash(connection: Connection, chance: random.Random) -> None:
    table, column = chance.choice([("event", "hash"), ("batch", "root"), ("batch", "chain")])
    key = "seq" if table == "event" else "id"
    number = (_random_seq if table == "event" else _random_batch)(connection, chance)
    flipped = f"set_byte({column}, :place, get_byte({column}, :place) # :bits)"
    connection.execute(
        text(f"update {table} set {column} = {flipped} where {key} = :number"),  # noqa: S608
        {"place": chance.randrange(_HASH_BYTES), "bits": chance.randint(1, 255), "number": number},
    )


def _delete_event(connection: Connection, chance: random.Random) -> None:
    connection.execute(text("delete from event where seq = :seq"), {"seq": _random_seq(connection, chance)})


def _swap_events(connection: Connection, chance: random.Random) -> None:
    """Two events change places."""
    last = connection.execute(text("select seq from head")).scalar_one()
    one, other = chance.sample(range(1, last + 1), 2)
    for found, becomes in ((one, -1), (other, one), (-1, other)):
        connection.execute(text("update event set seq = :to where seq = :of"), {"to": becomes, "of": found})


def _add_event(connection: Connection, chance: random.Random) -> None:
    """A copy of an event at the end, its hash as it was."""
    columns = "type, subject, unit, effective, state, percent, forecast_finish, confidence, spent, sheet, row, payload"
    connection.execute(
        text(
            f"""
            insert into event (seq, batch, version, {columns}, hash)
            select head.seq + 1, head.batch, e.version + 1000, {", ".join(f"e.{c}" for c in columns.split(", "))}, hash
            from event e, head where e.seq = :seq
            """  # noqa: S608 - names of ours
        ),
        {"seq": _random_seq(connection, chance)},
    )


def _change_receipt(connection: Connection, chance: random.Random) -> None:
    change, number = chance.choice(_RECEIPT_CHANGES), _random_batch(connection, chance)
    connection.execute(text(f"update batch set {change} where id = :id"), {"id": number})  # noqa: S608


def _change_head(connection: Connection, chance: random.Random) -> None:
    change = chance.choice(["seq = seq - 1", "seq = seq + 1", "batch = batch - 1", "chain = sha256(chain)"])
    connection.execute(text(f"update head set {change}"))  # noqa: S608


def _cut_tail(connection: Connection, chance: random.Random) -> None:
    """Everything after some batch goes, and the head is set back to it as if nothing had been there."""
    last = chance.randint(1, connection.execute(text("select batch from head")).scalar_one() - 1)
    for statement in (
        "delete from reject where batch > :last",
        "delete from event where batch > :last",
        "delete from batch where id > :last",
        "update head set seq = b.last_seq, batch = b.id, chain = b.chain from batch b where b.id = :last",
    ):
        connection.execute(text(statement), {"last": last})


def _write_anew(connection: Connection, _: random.Random) -> None:
    """The last receipt says another actor, and everything that hangs on it is computed again."""
    connection.execute(text("update batch set actor = actor || 'x' where id = (select batch from head)"))
    last = connection.execute(select(batch_table).order_by(batch_table.c.id.desc()).limit(1)).one()
    before = connection.execute(select(batch_table.c.chain).where(batch_table.c.id == last.id - 1)).scalar_one()
    chain = link(before, last.root, last.reject_root, sealed(receipt_of(last)))
    connection.execute(text("update batch set chain = :chain where id = :id"), {"chain": chain, "id": last.id})
    connection.execute(text("update head set chain = :chain"), {"chain": chain})


def _change_subject(connection: Connection, chance: random.Random) -> None:
    """All that was said of one milestone or unit is now said of another."""
    ids = list(connection.execute(text("select id from subject order by id")).scalars())
    connection.execute(text("update subject set code = code || 'x' where id = :id"), {"id": chance.choice(ids)})


def _change_reject(connection: Connection, chance: random.Random) -> None:
    ids = list(connection.execute(text("select id from reject order by id")).scalars())
    connection.execute(text("update reject set value = value || 'x' where id = :id"), {"id": chance.choice(ids)})


def _make_unreadable(connection: Connection, chance: random.Random) -> None:
    """What the column's type allows and the code that reads it may not expect."""
    event, receipt = "update event set {} where seq = :number", "update batch set {} where id = :number"
    statement, draw = chance.choice(
        [
            (event.format("effective = 'infinity'"), _random_seq),
            (event.format("percent = 'NaN'"), _random_seq),
            (receipt.format("checks = 'x'"), _random_batch),
            (receipt.format("checks = null"), _random_batch),
            (receipt.format("recorded = 'infinity'"), _random_batch),
        ]
    )
    connection.execute(text(statement), {"number": draw(connection, chance)})


_OF_THE_LOG: Final[dict[str, Mutate]] = {
    "an event's value": _change_event,
    "a byte of a hash": _flip_hash,
    "an event deleted": _delete_event,
    "two events swapped": _swap_events,
    "an event added": _add_event,
    "a subject's code": _change_subject,
    "a receipt's value": _change_receipt,
    "the head": _change_head,
    "the tail cut": _cut_tail,
    "the last batch written anew": _write_anew,
}
_ONLY_ANCHORS_TELL: Final[dict[str, Mutate]] = {"the tail cut": _cut_tail, "the last batch written anew": _write_anew}
_SPECIAL: Final[dict[str, Mutate]] = {
    "a value that cannot be read": _make_unreadable,
    "a reject's value": _change_reject,
}
