"""The leaves of the log: of each row the SHA-256 of a zero byte and its stored values as canonical JSON.

The canonical JSON of a row is put together by the column. Rows with a value that JSON writes in its own way (a very
small or large number, a control character) are doubted and take `hashing.canonical`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from roadmap.store.hashing import canonical, digests

#: What JSON escapes in a text; all but quote and backslash is left to Python.
_SPECIAL: Final = r'["\\\x00-\x1f]'
_CONTROL: Final = r"[\x00-\x1f]"
#: Below and from here on Python writes a number with an exponent, or soon will.
_SMALL, _LARGE = 1e-4, 1e15


def leaves(rows: pl.DataFrame) -> pl.Series:
    """The leaf of each of `rows`, in hexadecimal; columns are numbers, days and texts in the order of the leaf."""
    return digests(_canonical(rows))


def _canonical(rows: pl.DataFrame) -> pl.Series:
    """The marked JSON list of each row."""
    special = {column.name for column in rows if column.dtype == pl.String and column.str.contains(_SPECIAL).any()}
    texts = rows.select(_joined(rows, special).alias("texts")).to_series()
    doubted = rows.select(_doubted(rows, special)).to_series().arg_true()
    if len(doubted):
        texts = texts.scatter(doubted, ["\x00" + canonical(row).decode() for row in rows[doubted].rows()])
    return texts


def _joined(rows: pl.DataFrame, special: set[str]) -> pl.Expr:
    pieces = [piece for column in rows for piece in (pl.lit(","), _written(column, special))]
    return pl.concat_str(pl.lit("\x00["), *pieces[1:], pl.lit("]"))


def _written(column: pl.Series, special: set[str]) -> pl.Expr:
    """The values as JSON writes them, as long as they are not doubted."""
    value = pl.col(column.name).cast(pl.String)
    if column.name in special:
        value = value.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    if column.dtype in {pl.String, pl.Date}:
        value = pl.concat_str(pl.lit('"'), value, pl.lit('"'))
    return value.fill_null("null")


def _doubted(rows: pl.DataFrame, special: set[str]) -> pl.Expr:
    """Whether a row has a value that polars and Python's JSON may write in different ways."""
    numbers = (pl.col(column.name).abs() for column in rows if column.dtype == pl.Float64)
    odd = [((size < _SMALL) & (size != 0)) | (size >= _LARGE) for size in numbers]
    odd += [pl.col(name).str.contains(_CONTROL) for name in special]
    return pl.any_horizontal(pl.lit(value=False), *odd).fill_null(value=False)
