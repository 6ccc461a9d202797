"""What the board and the command line read: typed rows, always "as known at `seq`, for day `day`".

`seq` stands for a moment of knowledge: batch numbers, sequence numbers and recording times go up together, so "as known
on a date" is "up to the last event recorded by then" (see `known_at`). Roll-ups know whole batches only.
"""

from roadmap.store.views.deliveries import first_arrivals, last_receipts, receipt, receipts, receipts_of
from roadmap.store.views.ledger import (
    Entry,
    RejectRow,
    entries,
    reject_counts,
    rejected_rows,
    rejects,
    rejects_of,
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
from roadmap.store.views.repairing import Broken, Repair, repaired, repairs
from roadmap.store.views.rolled import Rollup, percent_over_time, province_percent, reported, rollups
from roadmap.store.views.standing import forecasts, foreseen
from roadmap.store.views.stories import Told, story, story_length

__all__ = [
    "Broken",
    "Entry",
    "Head",
    "RejectRow",
    "Repair",
    "Rollup",
    "Told",
    "counts",
    "entries",
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
    "receipt",
    "receipts",
    "receipts_of",
    "reject_counts",
    "rejected_rows",
    "rejects",
    "rejects_of",
    "repaired",
    "repairs",
    "reported",
    "rollups",
    "story",
    "story_length",
    "units",
]
