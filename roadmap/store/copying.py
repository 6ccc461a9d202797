"""Frames into the database and out of it.

In by COPY, as CSV: an unquoted empty field is NULL, a quoted one the empty text. Out as one row of arrays: a message
for each row, or COPY, is four times the work here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import polars as pl
from psycopg import Connection as Driver
from psycopg import Cursor, OperationalError, sql
from psycopg.copy import QueuedLibpqWriter
from sqlalchemy import Connection, Table

from roadmap.errors import StoreError


def write(connection: Connection, table: Table, blocks: Iterable[pl.DataFrame]) -> None:
    """Adds `blocks`, which have the same columns, named as those of `table`, in their order.

    The next block is made while the server works on the last.

    Raises:
        psycopg.Error: the server does not accept a value, or a key of the table is taken.
        StoreError: the server went away, or has no room.
    """
    waiting = iter(blocks)
    first = next(waiting, None)
    if first is None:
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, first.columns))
    command = sql.SQL("copy {} ({}) from stdin (format csv)").format(sql.Identifier(table.name), columns)
    with driver_cursor(connection) as cursor, cursor.copy(command, writer=QueuedLibpqWriter(cursor)) as copy:
        copy.write(_csv(first))
        for block in waiting:
            copy.write(_csv(block))


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


def _csv(block: pl.DataFrame) -> bytes:
    content = BytesIO()
    block.write_csv(content, include_header=False)
    return content.getvalue()
