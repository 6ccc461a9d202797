"""One batch on its way into the log: events and rejects by the column, any number of times, then the receipt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, func, select, update

from roadmap.errors import ConflictError
from roadmap.store import copying, projecting
from roadmap.store.frames import BLOCK, EVENTS, HASHED, HASHED_ROWS, REJECTS, STORED
from roadmap.store.hashing import Merkle, link, packed, unpacked
from roadmap.store.leaves import leaves
from roadmap.store.receipts import Delivery, Receipt, Rejected, Seals, refusals, sealed, write_receipt
from roadmap.store.rolling import Made
from roadmap.store.tables import event as event_table
from roadmap.store.tables import head as head_table
from roadmap.store.tables import reject as reject_table

#: Where listeners hear of new events; a hint only, the head's `seq` is the truth.
CHANNEL: Final = "roadmap"

_STREAM_KEY: Final = "event_stream_version_key"
_SUBJECT_IN_KEY: Final = re.compile(r"=\(\d+, (\d+),")


@dataclass
class Head:
    """Where the log stands: the last numbers given out, the chain, and when the appending transaction happens."""

    seq: int
    batch: int
    chain: bytes
    recorded: datetime


@dataclass(frozen=True)
class Part:
    """Events on their way into the log: numbered from `first` on, `sealed` as they are stored, with all leaves.

    `known` is what they make of the projections, if that has been found out beforehand.
    """

    first: int
    events: pl.DataFrame
    sealed: pl.DataFrame
    leaves: bytes
    known: list[Made] | None


class Appending:
    """A batch that is being written; made by `Writer.begin`. Goes in whole, or not at all."""

    def __init__(self, connection: Connection, head: Head, delivery: Delivery) -> None:
        """Begins behind the locked `head`, which moves on when the batch is closed."""
        self._connection, self._head, self._delivery = connection, head, delivery
        self._batch, self._seq, self._numbered = head.batch + 1, head.seq, head.seq
        self._duplicates = self._rejected = 0
        self._tree, self._reject_tree = Merkle(), Merkle()
        self.closed = False

    def reject(self, told: Iterable[pl.DataFrame]) -> None:
        """Writes all that is wrong with rows that were not taken: REFUSALS frames (`frames`), each of its own rows."""
        copying.write(self._connection, reject_table, self._sealed_rejects(told))

    def add(self, events: pl.DataFrame, rejected: Iterable[Rejected] = (), duplicates: int = 0) -> None:
        """Writes events and rejects and the projections that follow.

        Args:
            events: an EVENTS frame (`frames`); its rows get the next numbers in their order. Reports stand sorted by
                subject, unit, day and version, and those of one milestone come in one call.
            rejected: rows that were not taken.
            duplicates: how many rows said what the log holds already.

        Raises:
            ConflictError: a stream has a version already that one of `events` was to get.
            StoreError: the database went away, or has no room.
        """
        self.write(self.prepared(events), rejected, duplicates)

    def prepared(self, events: pl.DataFrame, reader: Connection | None = None) -> Part:
        """`events`, as `add` wants them, made ready for `write`: what is prepared first is to be written first.

        With a `reader` they are reports all, and what follows from them is found out too. It may be another connection
        than the appending one: then a thread prepares the next part while this one is written.
        """
        first, self._numbered = self._numbered + 1, self._numbered + len(events)
        numbers = pl.int_range(first, first + len(events), dtype=pl.Int64).alias("seq")
        placed = _fitting(events).with_columns(numbers, pl.lit(self._batch, pl.Int32).alias("batch"))
        hashes = b"".join(packed(leaves(rows)) for rows in placed.select(HASHED).iter_slices(HASHED_ROWS))
        sealed = placed.select(*STORED, unpacked(hashes).alias("hash"))
        known = None if reader is None else projecting.foreseen(reader, first, events)
        return Part(first, events, sealed, hashes, known)

    def write(self, part: Part, rejected: Iterable[Rejected] = (), duplicates: int = 0) -> None:
        """`add`, of events that are `prepared`."""
        if len(part.events):
            self._write_events(part)
        self.reject([refusals(rejected)])
        self._duplicates += duplicates

    def close(self, checks: Mapping[str, Any] | None = None, *, refused: bool = False) -> Receipt:
        """Writes the receipt with the outcome of the batch's `checks`, links it to the chain and moves the head."""
        receipt = self._receipt(checks or {}, refused=refused)
        root, reject_root = self._tree.root(), self._reject_tree.root()
        chain = link(self._head.chain, root, reject_root, sealed(receipt))
        write_receipt(self._connection, receipt, Seals(root, reject_root, chain))
        self._move_head(receipt, chain)
        self._connection.execute(select(func.pg_notify(CHANNEL, str(receipt.last_seq))))
        self.closed = True
        return receipt

    def _write_events(self, part: Part) -> None:
        try:
            copying.write(self._connection, event_table, self._blocks(part))
        except UniqueViolation as error:
            if error.diag.constraint_name != _STREAM_KEY:
                raise
            raise _conflict(error, part.events) from error
        self._seq += len(part.events)
        projecting.project(self._connection, self._batch, part.first, part.events, part.known)

    def _blocks(self, part: Part) -> Iterator[pl.DataFrame]:
        """What is stored, block by block; the leaves join the tree while the server still works on the last."""
        yield from part.sealed.iter_slices(BLOCK)
        self._tree.add(part.leaves)

    def _sealed_rejects(self, told: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """What is wrong, as it is stored; the leaves join the tree."""
        own = pl.lit(self._batch).alias("batch"), pl.lit(self._delivery.commission).alias("commission")
        for frame in told:
            self._rejected += frame.filter(pl.col("row").is_not_null())["place"].n_unique()
            for block in frame.with_columns(own).select(REJECTS.names()).cast(REJECTS).iter_slices(BLOCK):
                self._reject_tree.add(packed(leaves(block)))
                yield block

    def _receipt(self, checks: Mapping[str, Any], *, refused: bool) -> Receipt:
        accepted = self._seq - self._head.seq
        return Receipt(
            batch=self._batch,
            recorded=self._head.recorded,
            first_seq=self._head.seq + 1,
            last_seq=self._seq,
            rows_read=accepted + self._duplicates + self._rejected,
            accepted=accepted,
            duplicates=self._duplicates,
            rejected=self._rejected,
            refused=refused,
            checks=dict(checks),
            **vars(self._delivery),
        )

    def _move_head(self, receipt: Receipt, chain: bytes) -> None:
        self._head.seq, self._head.batch, self._head.chain = receipt.last_seq, receipt.batch, chain
        self._connection.execute(update(head_table).values(vars(self._head)))


def _fitting(events: pl.DataFrame) -> pl.DataFrame:
    """`events`, seen to have the columns of EVENTS: a number of another type would be hashed as another text."""
    found = events.select(EVENTS.names())
    if found.schema != EVENTS:
        message = f"Events to be appended have the columns {found.schema}, not those of EVENTS."
        raise TypeError(message)
    return found


def _conflict(error: UniqueViolation, events: pl.DataFrame) -> ConflictError:
    """What to tell: the violated key, as the server shows it, has the subject's short number."""
    found = _SUBJECT_IN_KEY.search(error.diag.message_detail or "")
    codes = events.filter(pl.col("subject") == int(found[1]))["subject_code"] if found else events["subject_code"]
    return overtaken(codes[0])


def overtaken(code: str) -> ConflictError:
    """The sentence for whoever decided on a state of `code` that is no longer the newest."""
    return ConflictError(
        f"{code} was changed by somebody else meanwhile; look at it again and decide.",
        fa=f"{code} را در این میان شخص دیگری تغییر داده است؛ وضع تازهٔ آن را ببینید و دوباره تصمیم بگیرید.",
    )
