"""What the log would get of a sample by a mapping: the real checker and the real decision, and nothing is written."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, Literal

import polars as pl

from roadmap.domain.events import ProgressReported
from roadmap.domain.refusals import Refusal
from roadmap.domain.text import Text
from roadmap.errors import FileRefusedError, ProgrammeError
from roadmap.feed import Feed
from roadmap.intake.deciding import Decided, Decider
from roadmap.intake.vector import Checker
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.mapping_samples import Table
from roadmap.services.permissions import Action
from roadmap.store.codec import confidence_of, state_of
from roadmap.store.frames import no_events

Verdict = Literal["accepted", "duplicate", "rejected"]
VERDICTS: Final[tuple[Verdict, ...]] = ("accepted", "duplicate", "rejected")


@dataclass(frozen=True)
class Row:
    """A row of the sample: what the log would get of it, or all that is wrong with it."""

    number: int
    key: str
    verdict: Verdict
    report: ProgressReported | None
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class Preview:
    """What would become of a sample: of each row, or the sentence with which the whole file would be refused.

    `reasons` are (field, code) with how many rows have them, the most frequent first; `unused` columns nobody asks for.
    """

    rows: tuple[Row, ...] = ()
    reasons: tuple[tuple[str, str, int], ...] = ()
    unused: tuple[str, ...] = ()
    refused: Text | None = None

    def count(self, verdict: Verdict) -> int:
        """How many rows end so."""
        return sum(row.verdict == verdict for row in self.rows)


@allowed(Action.READ_MAPPING, "commission")
def preview(desk: Desk, commission: str, feed: Feed, table: Table) -> Preview:
    """What would become of the rows of `table`, sent by `commission` today, if its files read as `feed` says."""
    try:
        checker = Checker(feed, table.header)
    except FileRefusedError as error:
        return refused(error)
    except ProgrammeError as error:
        return Preview(refused=Text(fa=error.fa or str(error), en=str(error)))
    checked = checker.check(table.frame)
    wrong = {row.number: (row.key, row.refusals) for row in checked.refused}
    decided = _decided(desk, commission, checked.orders, table.sheet)
    wrong |= {row.row: (row.key, row.refusals) for row in decided.rejected if row.row is not None}
    accepted = set(decided.events["row"].to_list())
    orders = {row["row"]: row for row in checked.orders.iter_rows(named=True)}
    rows = tuple(
        Row(number, wrong[number][0], "rejected", None, wrong[number][1])
        if number in wrong
        else _sound(orders[number], "accepted" if number in accepted else "duplicate")
        for number in table.frame["number"].to_list()
    )
    return Preview(rows, _reasons(rows), checker.columns.unused)


def refused(error: FileRefusedError) -> Preview:
    """The preview of a file that is refused as a whole."""
    return Preview(refused=Text(fa=error.fa, en=error.en))


def _decided(desk: Desk, commission: str, orders: pl.DataFrame, sheet: str | None) -> Decided:
    """What the log would make of `orders` as it stands now; a moment later it may be another matter."""
    if orders.is_empty():
        return Decided(no_events(), [], 0)
    with desk.engine.connect() as connection:
        return Decider(connection, commission, desks.today(desk)).decide(orders, sheet)


def _sound(order: dict[str, Any], verdict: Verdict) -> Row:
    texts = json.loads(order["payload"]) if order["payload"] else {}
    plain = {name: order[name] for name in ("milestone", "unit", "effective", "percent", "forecast_finish", "spent")}
    report = ProgressReported(
        **plain, **texts, state=state_of(order["state"]), confidence=confidence_of(order["confidence"])
    )
    return Row(order["row"], order["key"], verdict, report, ())


def _reasons(rows: tuple[Row, ...]) -> tuple[tuple[str, str, int], ...]:
    """Why rows are rejected; a row with two reasons counts for both."""
    found = Counter((refusal.field, refusal.code) for row in rows for refusal in row.refusals)
    return tuple((field, code, count) for (field, code), count in found.most_common())
