"""The rows of a file against the contract, a chunk at a time: orders, refused rows, and what the batch checks look at.

A row whose every cell reads and that contradicts itself nowhere is an order without more ado. Every other row is
*doubted*: it goes to `mapping` and `checking`, where pydantic decides alone and says all that is wrong. So the outcome
is that of checking each row by itself; `benchmarks.torture.agreeing` and its test hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from roadmap.domain.changes import ReportProgress
from roadmap.domain.model import NATIONAL
from roadmap.domain.refusals import Refusal
from roadmap.intake import parse
from roadmap.intake.checking import check
from roadmap.intake.contracts import FIXED_PERCENT, KEY_FIELDS, REQUIRED, TYPES
from roadmap.intake.mapping import KEY_SEPARATOR, Draft, Mapper
from roadmap.intake.vector_reading import TEXT_FIELDS, ColumnReader, stored_type
from roadmap.programme import Feed
from roadmap.store.codec import CONFIDENCES, STATES
from roadmap.store.frames import ORDERS
from roadmap.store.hashing import canonical

#: What the batch checks look at: codes and states as they read or else as they were written, days and numbers if they
#: read; whether the row says in words how it came about.
SUITE: Final = pl.Schema(
    {
        "milestone": pl.String,
        "unit": pl.String,
        "state": pl.String,
        "effective": pl.Date,
        "forecast_finish": pl.Date,
        "percent": pl.Float64,
        "explained": pl.Boolean,
    }
)
_WORDS: Final = ("narrative", "blocker")


@dataclass(frozen=True)
class Refused:
    """A row that the contract does not take: its number, its key for the ledger, and all that is wrong with it."""

    number: int
    key: str
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class Checked:
    """What became of the rows of a chunk: each is in `orders` or in `refused`, and all are in `suite`, in their order.

    `orders` is of the schema `frames.ORDERS`, `suite` of `SUITE`; `doubted` counts the rows that pydantic decided.
    """

    orders: pl.DataFrame
    refused: list[Refused]
    suite: pl.DataFrame
    doubted: int


class Checker:
    """The rules of one feed for the files with one header."""

    def __init__(self, feed: Feed, header: Sequence[str]) -> None:
        """Finds the fields in `header`.

        Raises:
            FileRefusedError: a required field has no column, or a field has two.
            ProgrammeError: the feed maps to a field that the contract does not have.
        """
        self._mapper = Mapper(feed, header)
        self.columns = self._mapper.columns
        sources = self.columns.sources
        self._readers = [(_texts(places), ColumnReader(field, feed, self._mapper)) for field, places in sources.items()]
        present = sources.keys()
        self._absent = [pl.lit(None, stored_type(field)).alias(field) for field in TYPES.keys() - present]
        self._key = pl.concat_str(
            *(f"{field}.shown" for field in KEY_FIELDS if field in present), separator=KEY_SEPARATOR, ignore_nulls=True
        )
        self._doubted = pl.any_horizontal(pl.col("beyond").is_not_null(), _CONTRADICTORY, *map(_is_doubted, present))

    def check(self, chunk: pl.DataFrame) -> Checked:
        """Every row of `chunk` (as `parse.read` gives them, numbers ascending) decided."""
        read = self._read(chunk)
        doubted = read.get_column("doubted")
        decided = self._decided(chunk.filter(doubted))
        sound = read.filter(~doubted)
        return Checked(
            orders=_merged(sound.select(_ORDER), decided.orders),
            refused=decided.refused,
            suite=_merged(sound.select("row", **_TOLD), decided.suite).drop("row"),
            doubted=decided.doubted,
        )

    def _read(self, chunk: pl.DataFrame) -> pl.DataFrame:
        """A column for each field of the contract, with the rows' numbers, their keys, and whether they are doubted."""
        columns = [reader.read(chunk.select(texts)) for texts, reader in self._readers]
        table = pl.concat([chunk.select("beyond", row="number"), *columns], how="horizontal")
        return table.with_columns(self._absent).select("row", *TYPES, key=self._key, doubted=self._doubted)

    def _decided(self, rows: pl.DataFrame) -> Checked:
        """The doubted `rows`, one by one; their `suite` still has the rows' numbers, to be put among the others by."""
        drafts = [self._mapper.draft(row) for row in parse.rows_of(rows)]
        verdicts = [(draft, check(draft)) for draft in drafts]
        orders = [_order(draft, order) for draft, order in verdicts if isinstance(order, ReportProgress)]
        return Checked(
            orders=pl.DataFrame(orders, schema=ORDERS, orient="row"),
            refused=[Refused(draft.number, draft.key, wrong) for draft, wrong in verdicts if isinstance(wrong, tuple)],
            suite=pl.DataFrame([_told(draft) for draft in drafts], schema={"row": pl.Int32, **SUITE}, orient="row"),
            doubted=len(drafts),
        )


def _texts(places: Sequence[int]) -> list[pl.Expr]:
    """The columns of a chunk at `places`; a column of empty cells for none."""
    return [pl.col(f"c{place}") for place in places] or [pl.repeat(None, pl.len(), dtype=pl.String).alias("nowhere")]


def _is_doubted(field: str) -> pl.Expr:
    """Whether a row has in `field` what is not known to be sound, or has nothing where the contract wants something."""
    doubted = pl.col(f"{field}.doubted")
    return doubted | pl.col(field).is_null() if field in REQUIRED else doubted


def _payload() -> pl.Expr:
    """The canonical JSON of the texts that are there: the bytes that `codec` makes of the same report."""
    fields = sorted(TEXT_FIELDS)
    members = [pl.concat_str(pl.lit(f'"{field}":'), field) for field in fields]
    inner = pl.concat_str(members, separator=",", ignore_nulls=True)
    return pl.when(pl.any_horizontal(pl.col(fields).is_not_null())).then(pl.concat_str(pl.lit("{"), inner, pl.lit("}")))


#: A state that fixes the percent, with another percent.
_CONTRADICTORY: Final = pl.any_horizontal(
    (pl.col("state") == STATES[state]) & (pl.col("percent") != percent) for state, percent in FIXED_PERCENT.items()
)
_UNIT: Final = pl.col("unit").fill_null(NATIONAL)
_READ_AS: Final = {"unit": _UNIT, "payload": _payload()}
_ORDER: Final = [_READ_AS.get(name, pl.col(name)).alias(name) for name in ORDERS]
_TOLD: Final = {name: pl.col(name) for name in SUITE} | {
    "unit": _UNIT,
    "state": pl.col("state").replace_strict({number: state.value for state, number in STATES.items()}),
    "explained": pl.any_horizontal(pl.col(_WORDS).is_not_null()),
}


def _order(draft: Draft, order: ReportProgress) -> tuple[Any, ...]:
    """`order` as a row of `ORDERS`."""
    report = order.report
    texts = {field: getattr(report, field) for field in TEXT_FIELDS}
    present = {field: text for field, text in texts.items() if text is not None}
    return (
        *(draft.number, draft.key, report.milestone, report.unit, report.effective),
        *(STATES[report.state], report.percent, report.forecast_finish),
        None if report.confidence is None else CONFIDENCES[report.confidence],
        report.spent,
        canonical(present).decode() if present else None,
        order.base_version,
    )


def _told(draft: Draft) -> tuple[Any, ...]:
    """What the batch checks look at of a row, after its number."""
    codes = (_said(draft, "milestone"), _said(draft, "unit") or NATIONAL, _said(draft, "state"))
    figures = (draft.values.get(field) for field in ("effective", "forecast_finish", "percent"))
    return (draft.number, *codes, *figures, any(draft.values.get(field) is not None for field in _WORDS))


def _said(draft: Draft, field: str) -> str | None:
    """What was read of a cell, or else what stands in it; None for an empty one."""
    value = draft.values.get(field, draft.written.get(field))
    return None if value is None else str(value)


def _merged(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Both in the order of their numbers."""
    return rows if others.is_empty() else pl.concat([rows, others]).sort("row")
