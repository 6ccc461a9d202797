"""Recomputes every hash of the log and names the first place where it does not agree with what is stored.

Events and rejects come as *runs*: neighbours in the log that say that they are of one batch, with their leaves. What
the missing foreign keys would guard, that every run has its batch, is seen by taking them off batch by batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
import psycopg
from sqlalchemy import Connection, Engine, Row, select
from sqlalchemy.exc import DataError, NoResultFound

from roadmap.errors import LogBrokenError
from roadmap.store import stored
from roadmap.store.frames import HASHED, REJECTS
from roadmap.store.hashing import GENESIS, SIZE, Merkle, link, packed
from roadmap.store.leaves import leaves
from roadmap.store.receipts import receipt_of, sealed
from roadmap.store.tables import batch as batch_table
from roadmap.store.tables import head as head_table

_FETCH = 1000
#: A value that this version never writes shows itself as one of these.
_UNREADABLE = (DataError, NoResultFound, TypeError, ValueError, psycopg.DataError)


@dataclass(frozen=True)
class Verified:
    """A clean log: how many events and batches, and the chain's head."""

    events: int
    batches: int
    chain: bytes


def verify(engine: Engine) -> Verified:
    """Checks numbers, event hashes, batch roots, the chain and the head, all of one moment, while others append.

    Raises:
        LogBrokenError: naming the first event or batch that does not agree.
        StoreError: the database went away.
    """
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
            return _verified(connection)
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())[:200]
        raise _broken(f"a stored value cannot be read ({reason})") from error


def _verified(connection: Connection) -> Verified:
    head = connection.execute(select(head_table)).one()
    events, rejects = _Runs(_event_runs(connection)), _Runs(_reject_runs(connection))
    chain, seq, number = GENESIS, 0, 0
    query = select(batch_table).order_by(batch_table.c.id).execution_options(yield_per=_FETCH)
    with connection.execute(query) as rows:
        for number, row in enumerate(rows, start=1):
            _same(row.id, number, f"batch {number} is missing")
            _same(row.first_seq, seq + 1, f"batch {number} does not start at event {seq + 1}")
            roots = _event_root(events, row), _reject_root(rejects, row)
            chain = link(chain, *roots, sealed(receipt_of(row)))
            _same(row.chain, chain, f"batch {number}: its receipt or the chain before it was changed")
            seq = row.last_seq
    _same(events.batch(), None, f"event {seq + 1} belongs to no batch")
    _same(rejects.batch(), None, f"rejects of batch {rejects.batch()} belong to none that is there")
    _same((head.seq, head.batch, head.chain), (seq, number, chain), f"the head does not stand at event {seq}")
    return Verified(seq, number, chain)


def _event_root(events: _Runs, row: Row[Any]) -> bytes:
    """The root over the events that the batch of `row` says it has; what comes after them is not looked at yet."""
    tree, seq = Merkle(), row.first_seq
    while seq <= row.last_seq and events.batch() == row.id:
        run = events.take()
        tree.add(run)
        seq += len(run) // SIZE
    if seq <= row.last_seq:
        _same(events.batch() is None, expected=False, sentence=f"event {seq} is missing")
    root = tree.root()
    _same(row.root, root, f"batch {row.id}: its events are not those that were written with it")
    return root


def _reject_root(rejects: _Runs, row: Row[Any]) -> bytes:
    tree = Merkle()
    while rejects.batch() == row.id:
        tree.add(rejects.take())
    root = tree.root()
    _same(row.reject_root, root, f"batch {row.id}: its rejects are not those that were written with it")
    return root


class _Runs:
    """Neighbours in the log that say that they are of one batch: its number, and their leaves one behind the other."""

    def __init__(self, runs: Iterator[tuple[int, bytes]]) -> None:
        self._runs = runs
        self._next: tuple[int, bytes] | None = None

    def batch(self) -> int | None:
        """The batch that the next run says it is of; None: there is no more."""
        self._next = self._next or next(self._runs, None)
        return self._next[0] if self._next else None

    def take(self) -> bytes:
        """The leaves of the run that `batch` has told of."""
        (_, leaves), self._next = self._next or (0, b""), None
        return leaves


def _event_runs(connection: Connection) -> Iterator[tuple[int, bytes]]:
    """Runs of events up to the first whose number or hash is wrong, which is told when its turn has come."""
    expected = 1
    for block in stored.events(connection):
        hashes = leaves(block.select(HASHED))
        numbers = pl.int_range(expected, expected + len(block), dtype=pl.Int64, eager=True)
        wrong = ((block["seq"] != numbers) | (block["hash"] != hashes)).arg_true()
        sound = wrong[0] if len(wrong) else len(block)
        yield from _runs(block["batch"].head(sound), hashes.head(sound))
        expected += sound
        if sound < len(block):
            _same(block["seq"][sound], expected, f"event {expected} is missing")
            raise _broken(f"event {expected} was changed after it was written")


def _reject_runs(connection: Connection) -> Iterator[tuple[int, bytes]]:
    for block in stored.rejects(connection):
        yield from _runs(block["batch"], leaves(block.select(REJECTS.names())))


def _runs(batches: pl.Series, hashes: pl.Series) -> Iterator[tuple[int, bytes]]:
    """Runs of equal `batches`, with the `hashes` beside them as bytes."""
    content, at = packed(hashes), 0
    for run in batches.rle():
        end = at + run["len"] * SIZE
        yield run["value"], content[at:end]
        at = end


def _same(found: object, expected: object, sentence: str) -> None:
    if found != expected:
        raise _broken(sentence)


def _broken(sentence: str) -> LogBrokenError:
    return LogBrokenError(
        f"The log is broken: {sentence}. Stop writing, keep the database as it is and compare it with a backup."
    )
