"""What the board and the command line read: typed rows, always "as known at `seq`, for day `day`".

`seq` stands for a moment of knowledge: batch numbers, sequence numbers and recording times go up together, so "as known
on a date" is "up to the last event recorded by then" (see `known_at`). Roll-ups know whole batches only.
"""

from roadmap.store.views.ledger import (
    RejectRow,
    Told,
    first_arrivals,
    last_receipts,
    receipts,
    reject_counts,
    rejects,
    story,
    story_length,
)
from roadmap.store.views.plan import (
    Head,
    counts,
    head,
    indicators,
    known_at,
    last_effective,
    milestones,
    observations,
    programme_start,
    units,
)
from roadmap.store.views.rolled import Rollup, percent_over_time, province_percent, reported, rollups
from roadmap.store.views.standing import forecasts, foreseen

__all__ = [
    "Head",
    "RejectRow",
    "Rollup",
    "Told",
    "counts",
    "first_arrivals",
    "forecasts",
    "foreseen",
    "head",
    "indicators",
    "known_at",
    "last_effective",
    "last_receipts",
    "milestones",
    "observations",
    "percent_over_time",
    "programme_start",
    "province_percent",
    "receipts",
    "reject_counts",
    "rejects",
    "reported",
    "rollups",
    "story",
    "story_length",
    "units",
]
