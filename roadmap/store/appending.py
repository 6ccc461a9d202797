"""One batch on its way into the log: events and rejects by the column, any number of times, then the receipt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

import polars as pl
from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, func, select, update

from roadmap.errors import ConflictError
from roadmap.store import copying, projecting
from roadmap.store.frames import BLOCK, EVENTS, HASHED, REJECTS, STORED
from roadmap.store.hashing import Merkle, link, packed, unpacked
from roadmap.store.leaves import leaves
from roadmap.store.receipts import Delivery, Receipt, Rejected, Seals, sealed, write_receipt
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


class Appending:
    """A batch that is being written; made by `Writer.begin`. Goes in whole, or not at all."""

    def __init__(self, connection: Connection, head: Head, delivery: Delivery) -> None:
        """Begins behind the locked `head`, which moves on when the batch is closed."""
        self._connection, self._head, self._delivery = connection, head, delivery
        self._batch, self._seq = head.batch + 1, head.seq
        self._duplicates = self._rejected = 0
        self._tree, self._reject_tree = Merkle(), Merkle()
        self.closed = False

    def add(self, events: pl.DataFrame, rejected: Iterable[Rejected] = (), duplicates: int = 0) -> None:
        """Writes events and rejects and the projections that follow.

        Args:
            events: an EVENTS frame (`frames`); its rows get the next numbers in their order. Reports stand sorted by
                subject, unit, day and version, and those of one milestone come in one call.
            rejected: rows that were not taken, as many as there are: they are written as they come.
            duplicates: how many rows said what the log holds already.

        Raises:
            ConflictError: a stream has a version already that one of `events` was to get.
            StoreError: the database went away, or has no room.
        """
        if len(events):
            self._add_events(_fitting(events))
        copying.write(self._connection, reject_table, self._sealed_rejects(rejected))
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

    def _add_events(self, events: pl.DataFrame) -> None:
        first = self._seq + 1
        try:
            copying.write(self._connection, event_table, self._sealed_events(events, first))
        except UniqueViolation as error:
            if error.diag.constraint_name != _STREAM_KEY:
                raise
            raise _conflict(error, events) from error
        self._seq += len(events)
        projecting.project(self._connection, self._batch, first, events)

    def _sealed_events(self, events: pl.DataFrame, first: int) -> Iterator[pl.DataFrame]:
        """The events block by block with their numbers and hashes, as they are stored.

        Their leaves join the tree at the end, while the server still works on the last block.
        """
        numbers = pl.int_range(first, first + len(events), dtype=pl.Int64).alias("seq")
        placed = events.with_columns(numbers, pl.lit(self._batch, pl.Int32).alias("batch"))
        hashes: list[bytes] = []
        for block in placed.iter_slices(BLOCK):
            hashes.append(packed(leaves(block.select(HASHED))))
            yield block.select(*STORED, unpacked(hashes[-1]).alias("hash"))
        self._tree.add(b"".join(hashes))

    def _sealed_rejects(self, rejected: Iterable[Rejected]) -> Iterator[pl.DataFrame]:
        """What is wrong, block by block; the leaves join the tree."""
        rows = self._reject_rows(rejected)
        while block := list(islice(rows, BLOCK)):
            frame = pl.DataFrame(block, schema=REJECTS, orient="row")
            self._reject_tree.add(packed(leaves(frame)))
            yield frame

    def _reject_rows(self, rejected: Iterable[Rejected]) -> Iterator[tuple[Any, ...]]:
        for item in rejected:
            self._rejected += item.row is not None
            for refusal in item.refusals:
                yield (
                    *(self._batch, self._delivery.commission, item.sheet, item.row, item.key),
                    *(refusal.field, refusal.value, refusal.code, refusal.text.fa, refusal.text.en),
                )

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
