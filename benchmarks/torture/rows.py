"""What the state machine of T6 sends: rows drawn from few places, days and words, so that they meet often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import polars as pl
from hypothesis import strategies as st

from benchmarks import worlds
from benchmarks.torture import plans
from benchmarks.torture.model import Row
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import Confidence, State
from roadmap.store import frames
from roadmap.store.codec import CONFIDENCES, STATES
from roadmap.store.hashing import canonical

#: From before the plan's start to tomorrow, which is refused.
DAYS: Final = [worlds.TODAY - timedelta(days=back) for back in (400, 60, 31, 30, 9, 1, 0, -1)]

_SAID: Final = ("state", "percent", "forecast_finish", "confidence", "spent", "narrative")
_SAYS: Final = (
    ("not_started", 0.0, None, None, None, None),
    ("in_progress", 20.0, date(2027, 3, 1), None, 5.0, None),
    ("in_progress", 60.5, None, "amber", None, "روایت"),
    ("in_progress", 60.5, date(2027, 2, 1), "green", None, None),
    ("in_progress", 70.0, None, None, 7.5, None),
    ("done", 100.0, None, "red", 9.25, None),
    ("done", 100.0, None, None, None, None),
    ("suspended", 40.0, date(2028, 1, 1), "red", None, 'quoted "text"\n'),
    ("cancelled", 10.0, None, None, 0.125, None),
)
_NATIONAL: Final = ("N-1", "national")
#: Where a milestone of the first plan is reported.
_OWN: Final = [
    _NATIONAL,
    *(("A-1", unit) for unit in plans.PROVINCES),
    *(("S-1", unit) for unit in plans.STATIONS),
    *(("T-1", unit) for unit in plans.STATIONS[:2]),
]
_FOREIGN: Final = [("O-1", "national"), ("A-1", "national"), ("N-1", "X-9"), ("X-9", "national")]
_BASES: Final = (None, None, None, 0, 0, -1)


def row(place: tuple[str, str], told: tuple[date, int, int | None]) -> Row:
    """A row; `base` is as yet how far it is from the newest version of its stream."""
    day, says, base = told
    said = dict(zip(_SAID, _SAYS[says], strict=True))
    return {"milestone": place[0], "unit": place[1], "effective": day, "base": base, **said}


_TOLD: Final = st.tuples(st.sampled_from(DAYS), st.integers(0, len(_SAYS) - 1), st.sampled_from(_BASES))

ROW: Final = st.builds(row, place=st.sampled_from(_OWN * 3 + _FOREIGN), told=_TOLD)
#: What one place has to say of several days, in no order.
STORY: Final = st.builds(
    lambda place, told: [row(place, each) for each in told],
    place=st.sampled_from(_OWN),
    told=st.lists(_TOLD, min_size=2, max_size=6),
)
ROWS: Final = st.lists(ROW, min_size=1, max_size=8) | STORY
FIRST: Final = row(_NATIONAL, (DAYS[0], 0, None))


def report(told: Row) -> ProgressReported:
    """The report that a row is."""
    return ProgressReported.model_validate({name: told[name] for name in ("milestone", "unit", "effective", *_SAID)})


def orders(rows: Sequence[Row]) -> pl.DataFrame:
    """Rows 1, 2, … as intake's checks hand them on."""
    return pl.DataFrame([_order(number, told) for number, told in enumerate(rows, start=1)], schema=frames.ORDERS)


def _order(number: int, told: Row) -> dict[str, Any]:
    plain = ("milestone", "unit", "effective", "percent", "forecast_finish", "spent")
    return {
        **{name: told[name] for name in plain},
        "row": number,
        "key": f"{told['milestone']} {told['unit']}",
        "version": told["base"],
        "state": STATES[State(told["state"])],
        "confidence": told["confidence"] and CONFIDENCES[Confidence(told["confidence"])],
        "payload": told["narrative"] and canonical({"narrative": told["narrative"]}).decode(),
    }
