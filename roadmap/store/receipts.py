"""Deliveries, what was turned away of them, and their receipts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Row, insert, select

from roadmap.domain.refusals import Refusal
from roadmap.store.frames import REFUSALS
from roadmap.store.tables import batch as batch_table

_COLUMNS: Final = tuple(column.name for column in batch_table.columns)
#: Columns of `batch` that a receipt does not have, or has in another form.
_UNTOLD: Final = {"id", "checks", "root", "reject_root", "chain"}


@dataclass(frozen=True)
class Delivery:
    """What came in: one file or one form, from whom, by which way."""

    channel: str
    source: str
    digest: str
    actor: str
    commission: str = ""
    run: str | None = None


@dataclass(frozen=True)
class Rejected:
    """A row, or with `row` None a whole file, that was not taken, and all that is wrong with it."""

    key: str
    refusals: tuple[Refusal, ...]
    sheet: str | None = None
    row: int | None = None


def refusals(rejected: Iterable[Rejected]) -> pl.DataFrame:
    """All that is wrong with each of `rejected`, as a REFUSALS frame."""
    rows = [
        (place, item.sheet, item.row, item.key, told.field, told.value, told.code, told.text.fa, told.text.en)
        for place, item in enumerate(rejected)
        for told in item.refusals
    ]
    return pl.DataFrame(rows, schema=REFUSALS, orient="row")


@dataclass(frozen=True)
class Receipt:
    """What became of a delivery. rows_read = accepted + duplicates + rejected."""

    batch: int
    commission: str
    channel: str
    source: str
    digest: str
    actor: str
    run: str | None
    recorded: datetime
    first_seq: int
    last_seq: int
    rows_read: int
    accepted: int
    duplicates: int
    rejected: int
    refused: bool
    checks: Mapping[str, Any]
    repeated: bool = False


@dataclass(frozen=True)
class Seals:
    """What `batch` holds beside the receipt: the roots of its events and its rejects, and the chain up to it."""

    root: bytes
    reject_root: bytes
    chain: bytes


def write_receipt(connection: Connection, receipt: Receipt, seals: Seals) -> None:
    """Adds the row of `batch`."""
    values = vars(receipt) | vars(seals) | {"id": receipt.batch, "checks": json.dumps(receipt.checks)}
    connection.execute(insert(batch_table).values({name: values[name] for name in _COLUMNS}))


def find_receipt(connection: Connection, commission: str, digest: str) -> Receipt | None:
    """The receipt of a delivery by its content, marked as repeated; None where it never came."""
    same = (batch_table.c.commission == commission) & (batch_table.c.digest == digest)
    row = connection.execute(select(batch_table).where(same)).one_or_none()
    return None if row is None else receipt_of(row, repeated=True)


def receipt_of(row: Row[Any], *, repeated: bool = False) -> Receipt:
    """The receipt that a row of `batch` is."""
    values = {name: getattr(row, name) for name in _COLUMNS if name not in _UNTOLD}
    return Receipt(batch=row.id, checks=json.loads(row.checks), repeated=repeated, **values)


def sealed(receipt: Receipt) -> dict[str, Any]:
    """What of a receipt the chain covers, in a form that does not depend on the database's time zone."""
    values = {name: value for name, value in vars(receipt).items() if name != "repeated"}
    return values | {"recorded": receipt.recorded.astimezone(UTC).isoformat()}
