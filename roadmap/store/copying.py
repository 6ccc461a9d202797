"""Frames into the database and out of it.

In by COPY in PostgreSQL's binary form, which costs the server half of what texts do. Out as one row of arrays: a
message for each row, or COPY, is four times the work here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any, Final

import polars as pl
import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder
from psycopg import Connection as Driver
from psycopg import Cursor, OperationalError, sql
from psycopg.copy import LibpqWriter, QueuedLibpqWriter
from sqlalchemy import Connection, Table, types

from roadmap.errors import StoreError

#: What the binary form of a column's type is made from; the server converts nothing.
_SENT: Final[dict[type[types.TypeEngine[Any]], type[pl.DataType]]] = {
    types.SmallInteger: pl.Int16,
    types.Integer: pl.Int32,
    types.BigInteger: pl.Int64,
    types.Double: pl.Float64,
    types.Date: pl.Date,
    types.Text: pl.String,
    types.LargeBinary: pl.Binary,
}

#: The server takes in so many rows before a thread has started.
_FEW: Final = 100


def write(connection: Connection, table: Table, blocks: Iterable[pl.DataFrame]) -> None:
    """Adds `blocks`, which have the same columns, named as those of `table`, in their order.

    The next block is made while the server works on the last.

    Raises:
        psycopg.Error: the server does not accept a value, or a key of the table is taken.
        StoreError: the server went away, or has no room.
    """
    waiting = (_arrow(block, table) for block in blocks)
    first = next(waiting, None)
    if first is None:
        return
    encoder = ArrowToPostgresBinaryEncoder(first.schema)
    columns = sql.SQL(", ").join(map(sql.Identifier, first.schema.names))
    command = sql.SQL("copy {} ({}) from stdin (format binary)").format(sql.Identifier(table.name), columns)
    with driver_cursor(connection) as cursor, cursor.copy(command, writer=_writer(cursor, first.num_rows)) as copy:
        copy.write(encoder.write_header())
        for block in chain([first], waiting):
            for rows in block.to_batches():
                copy.write(encoder.write_batch(rows))
        copy.write(encoder.finish())


def _writer(cursor: Cursor[Any], rows: int) -> LibpqWriter:
    """What hands `rows` and those after them to the server: a thread, where they are so many that it pays."""
    return QueuedLibpqWriter(cursor) if rows > _FEW else LibpqWriter(cursor)


def read(connection: Connection, query: str, schema: pl.Schema, values: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of `query`, which names `values` as `%(name)s`, as columns of `schema`, in its order.

    Raises:
        psycopg.DataError: the server sends what Python cannot hold, such as an infinite day.
        StoreError: the server went away.
    """
    names = [f'"{name}"' for name in schema]
    arrays = ", ".join(f"array_agg({name})" for name in names)
    with driver_cursor(connection, binary=True) as cursor:
        sent = cursor.execute(f"select {arrays} from ({query}) as q ({', '.join(names)})", values).fetchone() or ()
    columns = zip(schema.items(), sent, strict=True)
    return pl.DataFrame([pl.Series(name, array or [], kind) for (name, kind), array in columns])


@contextmanager
def driver_cursor(connection: Connection, *, binary: bool = False) -> Iterator[Cursor[Any]]:
    """The driver's own cursor in the transaction of `connection`: SQLAlchemy has no COPY, and costs time for each row.

    Raises:
        StoreError: the server went away, or has no room.
    """
    driver: Driver[Any] = connection.connection.dbapi_connection  # type: ignore[assignment]
    try:
        with driver.cursor(binary=binary) as cursor:
            yield cursor
    except OperationalError as error:
        reason = " ".join(str(error).split())
        message = f"The database broke off ({reason}) and kept nothing of this; see to its server and try again."
        raise StoreError(message) from error


def _arrow(block: pl.DataFrame, table: Table) -> pa.Table:
    """`block` in the types that `table` has."""
    return block.select(_sent(table, name) for name in block.columns).to_arrow()


@cache
def _sent(table: Table, name: str) -> pl.Expr:
    return pl.col(name).cast(_SENT[type(table.c[name].type)])
