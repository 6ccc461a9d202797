"""Decides a batch's orders by the column; `domain.changes.decide` says what a verdict means, and settles all doubts.

Most rows are plain: the next report of their stream, of a day after all that stands, in a state that may follow. Those
get their versions at one go, as do rows that the log holds already. One row that is neither sends its whole stream
to `decide`, order by order.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection

from roadmap.domain.changes import Accepted, Duplicate, ReportProgress, Verdict, decide, may_follow
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import Scope
from roadmap.domain.refusals import Refusal
from roadmap.store import log, present
from roadmap.store.codec import STATES, TYPES, confidence_of, state_of
from roadmap.store.frames import EVENTS, no_events
from roadmap.store.reference import reference

#: `Unit.in_scope`, by the column.
_IN_SCOPE: Final = (
    pl.when(pl.col("scope") == Scope.TARGET.value)
    .then("target")
    .when(pl.col("scope") == Scope.OFFLINE.value)
    .then("offline")
    .otherwise(pl.col("kind") == pl.col("scope"))
)
#: Steps from one state to another that no report may take, each as one number.
_FORBIDDEN: Final = [
    STATES[before] * len(STATES) + STATES[after]
    for before, after in product(STATES, STATES)
    if not may_follow(before, after)
]
#: Of orders by stream and row, as `_following` leaves them: which ones are not the plain next report of their stream.
_DOUBTFUL: Final = (
    (pl.col("effective") <= pl.col("day_before"))
    | (pl.col("state_before") * len(STATES) + pl.col("state")).is_in(_FORBIDDEN)
    | (pl.col("base") != pl.col("version") - 1)
)


@dataclass(frozen=True)
class Decided:
    """What became of orders; `events` is an EVENTS frame, sorted by subject, unit, day and version."""

    events: pl.DataFrame
    rejected: list[log.Rejected]
    duplicates: int


class Decider:
    """Decides orders of one commission on what the log holds, which nobody can change while its head is locked."""

    def __init__(self, connection: Connection, commission: str, today: date) -> None:
        """Decides inside the transaction of `connection`; a report of a day after `today` is refused."""
        self._connection = connection
        self._commission = commission
        self._today = today

    def decide(self, orders: pl.DataFrame, sheet: str | None) -> Decided:
        """What becomes of `orders` (an ORDERS frame with all that its batch says of some milestones) of `sheet`."""
        placed = self._placed(orders.sort("row"))
        stood = self._stood(placed.filter("refers").sort("stream", maintain_order=True))
        plain, known, doubtful = _told_apart(stood)
        strays = placed.filter(~pl.col("refers"))
        settled = self._settled(pl.concat([strays, doubtful.select(placed.columns)]).sort("row"), sheet)
        return Decided(
            events=_merged(_events(plain, sheet), settled.events),
            rejected=settled.rejected,
            duplicates=known.height + settled.duplicates,
        )

    def _placed(self, orders: pl.DataFrame) -> pl.DataFrame:
        """Orders with the short numbers of what they name, and whether they name what they may: `refers`."""
        milestones = present.milestones(self._connection, orders["milestone"].unique())
        units = present.units(self._connection, orders["unit"].unique())
        refers = (pl.col("commission") == self._commission) & _IN_SCOPE & (pl.col("effective") <= self._today)
        return (
            orders.rename({"milestone": "subject_code", "unit": "unit_code", "version": "base"})
            .join(milestones, on="subject_code", how="left", maintain_order="left")
            .join(units, on="unit_code", how="left", maintain_order="left")
            .with_columns(present.stream(), refers.fill_null(value=False).alias("refers"))
            .drop("commission", "scope", "kind", "target", "offline")
        )

    def _stood(self, orders: pl.DataFrame) -> pl.DataFrame:
        """Orders with where their stream stands, and whether the log holds the very same report: `known`."""
        standing = present.standing(self._connection, orders["stream"].unique())
        stood = orders.join(standing, on="stream", how="left", maintain_order="left")
        late = stood.filter(pl.col("effective") <= pl.col("last_day"))
        if late.is_empty():
            return stood.with_columns(known=False)
        told = present.told(self._connection, late["stream"].unique())
        same = [pl.col(name).eq_missing(pl.col(f"{name}_told")) for name in present.CONTENT]
        return (
            stood.join(told, on=["stream", "effective"], how="left", suffix="_told", maintain_order="left")
            .with_columns(known=pl.all_horizontal(same))
            .drop(f"{name}_told" for name in present.CONTENT)
        )

    def _settled(self, doubtful: pl.DataFrame, sheet: str | None) -> Decided:
        """What `domain.changes.decide` makes of orders, in row order."""
        if doubtful.is_empty():
            return Decided(no_events(), [], 0)
        rows = doubtful.rows(named=True)
        orders = [_order(row) for row in rows]
        named = {order.report.milestone for order in orders}, {order.report.unit for order in orders}
        verdicts = decide(
            orders,
            commission=self._commission,
            reference=reference(self._connection, *named),
            present=log.reports(self._connection, [order.stream for order in orders]),
            today=self._today,
        )
        rejected = [
            log.Rejected(row["key"], (verdict,), sheet=sheet, row=row["row"])
            for row, verdict in zip(rows, verdicts, strict=True)
            if isinstance(verdict, Refusal)
        ]
        duplicates = sum(isinstance(verdict, Duplicate) for verdict in verdicts)
        return Decided(_events(_accepted(doubtful, verdicts), sheet), rejected, duplicates)


def _told_apart(stood: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The plain orders and the known ones of streams that hold no others, and all orders of the other streams."""
    fresh = _following(stood.filter(~pl.col("known")))
    doubted = pl.col("stream").is_in(fresh.filter(_DOUBTFUL)["stream"].unique().implode())
    return fresh.filter(~doubted), stood.filter(pl.col("known") & ~doubted), stood.filter(doubted)


def _following(fresh: pl.DataFrame) -> pl.DataFrame:
    """Orders by stream and row, with what stands before each and the version it gets where its stream is plain."""
    goes_on = (pl.col("stream") == pl.col("stream").shift(1)).fill_null(value=False)
    index = pl.int_range(pl.len(), dtype=pl.Int32)
    first = pl.when(~goes_on).then(index).forward_fill()
    return fresh.with_columns(
        version=pl.col("versions").fill_null(0) + index - first + 1,
        day_before=pl.when(goes_on).then(pl.col("effective").shift(1)).otherwise("last_day"),
        state_before=pl.when(goes_on).then(pl.col("state").shift(1)).otherwise("last_state"),
    )


def _accepted(orders: pl.DataFrame, verdicts: Sequence[Verdict]) -> pl.DataFrame:
    """Those of `orders` that were accepted, with the version each gets."""
    versions = [verdict.version if isinstance(verdict, Accepted) else None for verdict in verdicts]
    return orders.with_columns(version=pl.Series(versions, dtype=pl.Int32)).drop_nulls("version")


def _order(row: dict[str, Any]) -> ReportProgress:
    """The order that a row of a frame is."""
    document = {
        "milestone": row["subject_code"],
        "unit": row["unit_code"],
        "state": state_of(row["state"]),
        "confidence": confidence_of(row["confidence"]),
        **{name: row[name] for name in ("effective", "percent", "forecast_finish", "spent")},
        **(json.loads(row["payload"]) if row["payload"] else {}),
    }
    return ReportProgress(ProgressReported.model_validate(document), row["base"])


def _events(accepted: pl.DataFrame, sheet: str | None) -> pl.DataFrame:
    """The events that accepted orders become."""
    told = {"type": pl.lit(TYPES["progress_reported"]), "sheet": pl.lit(sheet)}
    return accepted.select(told.get(name, pl.col(name)).cast(dtype).alias(name) for name, dtype in EVENTS.items())


def _merged(plain: pl.DataFrame, settled: pl.DataFrame) -> pl.DataFrame:
    """Both, by subject, unit, day and version, which `plain` is already."""
    if settled.is_empty():
        return plain
    return pl.concat([plain, settled]).sort("subject", "unit", "effective", "version")
