"""What became of all files of a folder together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from benchmarks.realdata.files import Outcome

#: The refusal of a file at which the parser's process died or had to be ended: safe for us, but not an answer.
_BROKEN: Final = frozenset({"parser_failed", "parser_slow"})


@dataclass(frozen=True)
class DataSet:
    """A folder's files. `duplicates` are rows that say once more what another row of the folder has said."""

    name: str
    outcomes: Sequence[Outcome]
    accepted: int
    duplicates: int

    @property
    def rows(self) -> int:
        """Rows of all files that could be read."""
        return sum(each.rows for each in self.outcomes)

    @property
    def rejected(self) -> int:
        """Rows that the contract does not take."""
        return sum(each.rejected_rows for each in self.outcomes)

    @property
    def lost(self) -> int:
        """Rows of mapped files that are neither accepted nor duplicate nor rejected."""
        mapped = sum(each.rows for each in self.outcomes if each.orders is not None)
        return mapped - self.accepted - self.duplicates - self.rejected

    @property
    def broken(self) -> int:
        """Files at which the parser died or had to be ended."""
        return sum(count for code, count in self.refusals().items() if code in _BROKEN)

    @property
    def slowest(self) -> float:
        """Seconds that the slowest file took."""
        return max(each.seconds for each in self.outcomes)

    @property
    def megabytes(self) -> float:
        """The most memory that the parser's process had at once."""
        return max(each.megabytes for each in self.outcomes)

    def reasons(self) -> Counter[str]:
        """How often each thing was wrong with a row."""
        return sum((each.rejected for each in self.outcomes), Counter())

    def refusals(self) -> Counter[str]:
        """How many files were refused, by reason."""
        return Counter(each.refusal.code for each in self.outcomes if each.refusal is not None)

    def cells(self) -> tuple[str, ...]:
        """The set as a line of the table; files without a mapping are only read."""
        counts = (self.accepted, self.duplicates, self.rejected)
        told = [f"{count:,}" for count in counts] if any(counts) else ["–"] * 3
        sizes = (f"{len(self.outcomes)}", f"{self.refusals().total()}", f"{self.rows:,}")
        return self.name, *sizes, *told, f"{self.slowest:.2f}", f"{self.megabytes:.0f}"


def set_of(name: str, outcomes: Sequence[Outcome]) -> DataSet:
    """The files of the folder `name` together."""
    orders = [each.orders for each in outcomes if each.orders is not None]
    taken = pl.concat(orders) if orders else pl.DataFrame()
    distinct = taken.unique().height
    return DataSet(name, outcomes, distinct, taken.height - distinct)
