"""The leaves of the log: of each row the SHA-256 of a zero byte and its stored values as canonical JSON.

The canonical JSON of a row is put together by the column. Rows with a value that JSON writes in its own way (a very
small or large number, a control character) are doubted and take `hashing.canonical`, as do the rows of a small batch.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

import polars as pl
import polars.selectors as cs

from roadmap.store.hashing import canonical, digests

#: What JSON escapes in a text; all but quote and backslash is left to Python.
_SPECIAL: Final = r'["\\\x00-\x1f]'
_CONTROL: Final = r"[\x00-\x1f]"
#: Below and from here on Python writes a number with an exponent, or soon will.
_SMALL, _LARGE = 1e-4, 1e15
#: To put the expressions together takes as long as so many rows take Python.
_FEW: Final = 100


def leaves(rows: pl.DataFrame) -> pl.Series:
    """The leaf of each of `rows`, in hexadecimal; columns are numbers, days and texts in the order of the leaf."""
    return digests(_canonical(rows))


def _canonical(rows: pl.DataFrame) -> pl.Series:
    """The marked JSON list of each row."""
    if len(rows) < _FEW:
        return pl.Series("texts", _by_hand(rows), pl.String)
    odd = rows.select(cs.string().str.contains(_SPECIAL).any())
    special = {column.name for column in odd if column.item()}
    texts = rows.select(_joined(rows, special).alias("texts")).to_series()
    doubted = rows.select(_doubted(rows, special)).to_series().arg_true()
    if len(doubted):
        texts = texts.scatter(doubted, _by_hand(rows[doubted]))
    return texts


def _by_hand(rows: pl.DataFrame) -> list[str]:
    return ["\x00" + canonical(row).decode() for row in rows.iter_rows()]


def _joined(rows: pl.DataFrame, special: set[str]) -> pl.Expr:
    """The marked lists; what stands between values is written once, and not once more for each column."""
    pieces: list[str | pl.Expr] = []
    for column in rows:
        pieces += [",", *_written(column, special)]
    runs = groupby(pieces[1:], key=lambda piece: isinstance(piece, str))
    merged = [piece for is_same, run in runs for piece in (["".join(map(str, run))] if is_same else run)]
    # An expression of the rows' number in front: a frame may have nothing but nulls, or no rows.
    values = [pl.lit(piece) if isinstance(piece, str) else piece for piece in merged]
    return pl.concat_str(pl.repeat("\x00[", pl.len()), *values, pl.lit("]"))


def _written(column: pl.Series, special: set[str]) -> list[str | pl.Expr]:
    """The values as JSON writes them, as long as they are not doubted: what differs, and what is the same in all."""
    nulls = column.null_count()
    if nulls == len(column):
        return ["null"]
    if not nulls and column.dtype.is_integer() and column.min() == column.max():
        return [str(column[0])]
    value, is_quoted = _text(column, special), column.dtype in {pl.String, pl.Date}
    if not nulls:
        return ['"', value, '"'] if is_quoted else [value]
    quoted = pl.concat_str(pl.lit('"'), value, pl.lit('"')) if is_quoted else value
    return [quoted.fill_null("null")]


def _text(column: pl.Series, special: set[str]) -> pl.Expr:
    value = pl.col(column.name)
    if column.dtype == pl.Date:  # written out by the day, not by the row: three times as fast
        days = column.unique()
        return value.replace_strict(days, days.cast(pl.String))
    if column.name in special:
        value = value.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return value.cast(pl.String)


def _doubted(rows: pl.DataFrame, special: set[str]) -> pl.Expr:
    """Whether a row has a value that polars and Python's JSON may write in different ways."""
    numbers = (pl.col(column.name).abs() for column in rows if column.dtype == pl.Float64)
    odd = [((size < _SMALL) & (size != 0)) | (size >= _LARGE) for size in numbers]
    odd += [pl.col(name).str.contains(_CONTROL) for name in special]
    return pl.any_horizontal(pl.lit(value=False), *odd).fill_null(value=False)
