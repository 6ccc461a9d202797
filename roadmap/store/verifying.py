"""Recomputes every hash of the log and names the first place where it does not agree with what is stored."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, select
from sqlalchemy.exc import DataError, NoResultFound

from roadmap.errors import LogBrokenError
from roadmap.store.codec import COLUMNS, REJECT_COLUMNS, digest
from roadmap.store.hashing import GENESIS, leaf, link, merkle_root
from roadmap.store.log import receipt_of, sealed
from roadmap.store.tables import batch as batch_table
from roadmap.store.tables import event as event_table
from roadmap.store.tables import head as head_table
from roadmap.store.tables import reject as reject_table
from roadmap.store.tables import subject as subject_table

_FETCH = 10_000
_SUBJECT = COLUMNS.index("subject")


@dataclass(frozen=True)
class Verified:
    """A clean log: how many events and batches, and the chain's head."""

    events: int
    batches: int
    chain: bytes


def verify(engine: Engine) -> Verified:
    """Checks numbers, event hashes, batch roots, the chain and the head.

    Raises:
        LogBrokenError: naming the first event or batch that does not agree.
    """
    try:
        return _verified(engine)
    except (DataError, NoResultFound, TypeError, ValueError) as error:  # a value that this version never writes
        reason = " ".join(str(error).split())[:200]
        raise _broken(f"a stored value cannot be read ({reason})") from error


def _verified(engine: Engine) -> Verified:
    with engine.connect() as connection, connection.begin(), closing(_leaves(connection)) as leaves:
        head = connection.execute(select(head_table)).one()
        rejects = _rejects(connection)
        chain, seq, number = GENESIS, 0, 0
        for number, row in enumerate(connection.execute(select(batch_table).order_by(batch_table.c.id)).all(), start=1):
            _same(row.id, number, f"batch {number} is missing")
            _same(row.first_seq, seq + 1, f"batch {number} does not start at event {seq + 1}")
            root = merkle_root(_batch_leaves(leaves, row))
            _same(row.root, root, f"batch {number}: its events are not those that were written with it")
            reject_root = merkle_root(rejects.get(row.id, []))
            _same(row.reject_root, reject_root, f"batch {number}: its rejects are not those that were written with it")
            chain = link(chain, root, reject_root, sealed(receipt_of(row)))
            _same(row.chain, chain, f"batch {number}: its receipt or the chain before it was changed")
            seq = row.last_seq
        extra = next(leaves, None)
        _same(extra, None, f"event {extra and extra[0]} belongs to no batch")
        _same((head.seq, head.batch, head.chain), (seq, number, chain), f"the head does not stand at event {seq}")
    return Verified(seq, number, chain)


def _batch_leaves(leaves: Iterator[tuple[int, bytes]], row: Row[Any]) -> list[bytes]:
    found = []
    for seq in range(row.first_seq, row.last_seq + 1):
        number, digested = next(leaves, (None, b""))
        _same(number, seq, f"event {seq} is missing")
        found.append(digested)
    return found


def _leaves(connection: Connection) -> Generator[tuple[int, bytes], None, None]:
    """(seq, recomputed hash) of every event in order; stops at the first whose stored hash differs."""
    codes: dict[int, str] = {row.id: row.code for row in connection.execute(select(subject_table))}
    columns = [event_table.c[name] for name in COLUMNS]
    query = select(*columns).order_by(event_table.c.seq).execution_options(yield_per=_FETCH)
    with connection.execute(query) as rows:
        for *values, stored in rows:
            subject, unit = codes.get(values[_SUBJECT], ""), codes.get(values[_SUBJECT + 1], "")
            computed = digest(values, subject, unit)
            _same(stored, computed, f"event {values[0]} was changed after it was written")
            yield values[0], computed


def _rejects(connection: Connection) -> dict[int, list[bytes]]:
    """Hashes of the rejects of each batch that has any, in the order in which they were written."""
    query = select(*(reject_table.c[name] for name in REJECT_COLUMNS)).order_by(reject_table.c.id)
    hashes: dict[int, list[bytes]] = {}
    for row in connection.execute(query.execution_options(yield_per=_FETCH)):
        hashes.setdefault(row.batch, []).append(leaf(list(row)))
    return hashes


def _same(found: object, expected: object, sentence: str) -> None:
    if found != expected:
        raise _broken(sentence)


def _broken(sentence: str) -> LogBrokenError:
    return LogBrokenError(
        f"The log is broken: {sentence}. Stop writing, keep the database as it is and compare it with a backup."
    )
