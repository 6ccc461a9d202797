"""Columns of numbers out of the database, whole: a million rows come as a few arrays, not as a million messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection

from roadmap.store.copying import driver_cursor

#: Columns of equal length by name: whole numbers and days since 1 January 1970 as int64, the rest as float64.
Columns = dict[str, NDArray[Any]]

#: What stands before the elements in PostgreSQL's binary form of an array; before each element stands its length.
_HEADER_BYTES = 20
_LENGTH = ("length", ">i4")


@dataclass(frozen=True)
class Kind:
    """What a column `holds` in a frame, `expression` of its name in SQL, and the number that means null."""

    holds: type[pl.DataType]
    expression: str
    nothing: float

    @property
    def physical(self) -> type[pl.DataType]:
        """The type of its numbers."""
        return pl.Float64 if self.holds is pl.Float64 else pl.Int64


#: Numbers; NaN is null.
FLOAT: Final = Kind(pl.Float64, "coalesce({}, 'NaN')::float8", np.nan)
#: Whole numbers, none of them below zero.
WHOLE: Final = Kind(pl.Int64, "coalesce({}, -1)::bigint", -1)


def day(nothing: int) -> Kind:
    """Days."""
    return Kind(pl.Date, f"coalesce({{}} - date '1970-01-01', {nothing})::bigint", nothing)


def read(connection: Connection, query: str, kinds: Mapping[str, Kind], values: Mapping[str, Any]) -> Columns:
    """The rows of `query`, which names `values` as `%(name)s` and has the columns `kinds`, in its order.

    Raises:
        StoreError: the server went away.
    """
    sums = ", ".join(f"array_send(array_agg({kind.expression.format(name)}))" for name, kind in kinds.items())
    with driver_cursor(connection, binary=True) as cursor:
        row = cursor.execute(f"select {sums} from ({query}) q", values).fetchone() or [None] * len(kinds)
    return {name: _numbers(sent, kind) for (name, kind), sent in zip(kinds.items(), row, strict=True)}


def _numbers(sent: bytes | None, kind: Kind) -> NDArray[Any]:
    """The elements of an array in binary form, None being an empty one."""
    dtype = ">f8" if kind.physical is pl.Float64 else ">i8"
    content = b"" if sent is None else memoryview(sent)[_HEADER_BYTES:]
    found = np.frombuffer(content, np.dtype([_LENGTH, ("value", dtype)]))["value"]
    return found.astype(found.dtype.newbyteorder("="))


def of(frame: pl.DataFrame, kinds: Mapping[str, Kind]) -> Columns:
    """The columns of `frame` as numbers."""
    numbers = frame.select(_number(name, kind) for name, kind in kinds.items())
    return {column.name: column.to_numpy() for column in numbers}


@cache
def _number(name: str, kind: Kind) -> pl.Expr:
    """Kept, as every expression here: to put one together costs a small batch more than to evaluate it."""
    return pl.col(name).to_physical().cast(kind.physical).fill_null(kind.nothing)


def frame(columns: Mapping[str, NDArray[Any]], kinds: Mapping[str, Kind]) -> pl.DataFrame:
    """Columns of numbers as a frame, with its dates and nulls."""
    numbers = pl.DataFrame({name: columns[name] for name in kinds})
    return numbers.select(_known(name, kind) for name, kind in kinds.items())


@cache
def _known(name: str, kind: Kind) -> pl.Expr:
    number = pl.col(name)
    known = number.fill_nan(None) if kind.holds is pl.Float64 else pl.when(number != kind.nothing).then(number)
    return known.cast(pl.Int32).cast(pl.Date) if kind.holds is pl.Date else known


def taken(columns: Columns, rows: NDArray[Any] | slice) -> Columns:
    """Some rows, by number or by flag."""
    return {name: column[rows] for name, column in columns.items()}


def joined(parts: Sequence[Columns]) -> Columns:
    """The rows of all `parts`, one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def arrays(frame: pl.DataFrame) -> dict[str, str]:
    """Each column of numbers or dates as the text of a PostgreSQL array."""
    texts = frame.select(pl.all().cast(pl.String).fill_null("NULL").str.join(","))
    return {column.name: f"{{{column.item()}}}" for column in texts}
