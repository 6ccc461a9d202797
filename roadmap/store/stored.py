"""The log as it is stored, to the last bit, read back by the column in its order: a block at a time.

The server sends a block as one row of arrays: a quarter of the work that a row each, or COPY, makes here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import polars as pl
from sqlalchemy import Connection

from roadmap.store.copying import read
from roadmap.store.frames import EVENTS, REJECTS, STORED

#: An array of the server's cannot be larger than a gigabyte; that many of the longest reports are half of it.
_BLOCK: Final = 10_000
_BEFORE_ALL: Final = -(2**63)

_DAYS: Final = [name for name, kind in EVENTS.items() if kind == pl.Date]
#: Python's days; polars panics at some that PostgreSQL knows.
_FIRST_DAY, _LAST_DAY = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))
#: A stored event; days as numbers, since the server may write them in any style, the hash in hexadecimal.
_EVENTS: Final = pl.Schema(
    {"seq": pl.Int64, "batch": pl.Int32}
    | {name: pl.Int32 if name in _DAYS else EVENTS[name] for name in STORED[2:]}
    | {"hash": pl.String}
)
_EXPRESSIONS: Final = {"hash": "encode(hash, 'hex')"} | {name: f"{name} - date 'epoch'" for name in _DAYS}
_REJECTS: Final = pl.Schema([("id", pl.Int64), *REJECTS.items()])
_CODES: Final = pl.Schema({"id": pl.Int32, "code": pl.String})
#: Stands before all codes, so that there is always a place to look at.
_NO_CODE: Final = pl.DataFrame([(-(2**31), None)], schema=_CODES, orient="row")


def events(connection: Connection, after: int = _BEFORE_ALL) -> Iterator[pl.DataFrame]:
    """All events in order of `seq`, from the one behind `after` on.

    Columns: `seq`, `batch`, the columns of EVENTS and `hash` in hexadecimal.

    A short number whose code is gone has a null for it.

    Raises:
        psycopg.DataError: a day is infinite.
        ValueError: a day is before the year 1 or after the year 9999.
        StoreError: the server went away.
    """
    codes = pl.concat([_NO_CODE, *_blocks(connection, "subject", _CODES)])
    for block in _blocks(connection, "event", _EVENTS, after):
        named = [_named(codes, block[name]).alias(f"{name}_code") for name in ("subject", "unit")]
        yield _dated(block).with_columns(named)


def rejects(connection: Connection) -> Iterator[pl.DataFrame]:
    """All rejects in the order in which they were written: `id` and the columns of REJECTS."""
    return _blocks(connection, "reject", _REJECTS)


def _dated(block: pl.DataFrame) -> pl.DataFrame:
    if block.select(pl.any_horizontal(~pl.col(_DAYS).is_between(_FIRST_DAY, _LAST_DAY)).any()).item():
        message = "a day is before the year 1 or after the year 9999"
        raise ValueError(message)
    return block.with_columns(pl.col(_DAYS).cast(pl.Date))


def _named(codes: pl.DataFrame, numbers: pl.Series) -> pl.Series:
    """The codes behind short `numbers`; a join would go through all of `codes`, in order of `id`, for each block."""
    found = codes[codes["id"].search_sorted(numbers).clip(upper_bound=len(codes) - 1)]
    return found["code"].set(found["id"] != numbers, None)


def _blocks(connection: Connection, table: str, schema: pl.Schema, after: int = _BEFORE_ALL) -> Iterator[pl.DataFrame]:
    """The rows of `table` behind `after` in the order of the first column of `schema`, which is its key."""
    key, query = schema.names()[0], _query(table, schema)
    while len(block := read(connection, query, schema, {"after": after, "block": _BLOCK})):
        yield block
        after = block[key][-1]


def _query(table: str, schema: pl.Schema) -> str:
    """A block of rows, the next ones after a key."""
    key, quoted = schema.names()[0], {name: f'"{name}"' for name in schema}
    columns = ", ".join(f"{(quoted | _EXPRESSIONS)[name]}" for name in schema)
    return f"select {columns} from {table} where {key} > %(after)s order by {key} limit %(block)s"  # noqa: S608 - ours
