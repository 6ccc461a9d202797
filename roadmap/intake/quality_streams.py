"""The streams that a batch speaks of: where they stand, and how many units of each milestone it names."""

from __future__ import annotations

from typing import Final

import polars as pl

from roadmap.intake import quality_frame
from roadmap.intake.quality_rules import Surroundings

_STREAM: Final = pl.col("subject").cast(pl.Int64) * 2**32 + pl.col("unit_number")


class Streams:
    """What a batch says of which streams; some bytes each, however often it speaks of them."""

    def __init__(self, around: Surroundings) -> None:
        """`around` knows the short numbers of milestones and units, and where streams stand."""
        self._around = around
        self._named = pl.Series("stream", dtype=pl.Int64)
        self._standing = quality_frame.no_standing()
        self._asked: set[int] = set()

    def compared(self, segment: pl.DataFrame) -> pl.DataFrame:
        """The next rows of the batch, beside what stands where anything was ever reported."""
        placed = (
            segment.join(self._around.milestone_numbers, on="milestone", how="left", maintain_order="left")
            .join(self._around.unit_numbers, on="unit", how="left", maintain_order="left")
            .with_columns(stream=_STREAM)
        )
        self._named = pl.concat([self._named, placed["stream"].unique()]).drop_nulls().unique()
        if self._around.standing is None:
            return segment
        self._learn(set(placed["subject"].drop_nulls().unique()))
        return quality_frame.compared(placed, self._standing)

    def _learn(self, subjects: set[int]) -> None:
        """Asks where the streams of those milestones stand that were not asked about yet."""
        if self._around.standing is not None and subjects - self._asked:
            found = self._around.standing(sorted(subjects - self._asked))
            self._standing, self._asked = pl.concat([self._standing, found]), self._asked | subjects

    def named(self) -> dict[str, int]:
        """Of how many units the batch speaks, by milestone."""
        counted = self._named.to_frame().group_by(subject=(pl.col("stream") // 2**32).cast(pl.Int32)).len()
        return dict(self._around.milestone_numbers.join(counted, on="subject").select("milestone", "len").iter_rows())
