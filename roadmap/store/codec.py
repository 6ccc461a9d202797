"""Events as rows of the log, and back. What every report carries has a typed column; the rest is canonical JSON.

The numbers below are stored for ever: add to them, never change one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from roadmap.domain.events import EVENT, Event, ProgressReported, place
from roadmap.domain.events import subject as subject_of
from roadmap.domain.model import Confidence, State
from roadmap.store.hashing import canonical

TYPES = {
    "unit_opened": 1,
    "milestone_baselined": 2,
    "indicator_baselined": 3,
    "indicator_observed": 4,
    "progress_reported": 5,
    "feed_mapped": 6,
    "delivery_reopened": 7,
    "rejects_waived": 8,
    "report_submitted": 9,
    "report_reviewed": 10,
    "role_assigned": 11,
    "change_proposed": 12,
    "proposal_checked": 13,
    "proposal_decided": 14,
    "proposal_withdrawn": 15,
    "session_called": 16,
    "session_decided": 17,
    "action_given": 18,
    "action_settled": 19,
    "minutes_kept": 20,
}
SUBJECT_KINDS = {
    1: "unit",
    2: "milestone",
    3: "indicator",
    4: "indicator",
    5: "milestone",
    6: "commission",
    7: "commission",
    8: "commission",
    9: "milestone",
    10: "milestone",
    11: "person",
    12: "proposal",
    13: "proposal",
    14: "proposal",
    15: "proposal",
    16: "session",
    17: "session",
    18: "action",
    19: "action",
    20: "session",
}
STATES = {State.NOT_STARTED: 0, State.IN_PROGRESS: 1, State.DONE: 2, State.SUSPENDED: 3, State.CANCELLED: 4}
CONFIDENCES = {Confidence.GREEN: 0, Confidence.AMBER: 1, Confidence.RED: 2}

_TYPE_NAMES = {number: name for name, number in TYPES.items()}
_STATE_OF = {number: state for state, number in STATES.items()}
_CONFIDENCE_OF = {number: confidence for confidence, number in CONFIDENCES.items()}
_COLUMN_FIELDS = {
    "type",
    "effective",
    "milestone",
    "unit",
    "state",
    "percent",
    "forecast_finish",
    "confidence",
    "spent",
}


@dataclass(frozen=True)
class Origin:
    """Where in its file an event stands."""

    sheet: str | None = None
    row: int | None = None


def encode(event: Event, *, subject: int, unit: int, version: int, origin: Origin) -> tuple[Any, ...]:
    """`event` as a row of an EVENTS frame (`frames`)."""
    key = (TYPES[event.type], subject, unit, subject_of(event), place(event), version, event.effective)
    return (*key, *_typed(event), origin.sheet, origin.row, _payload(event))


def decode(row: Row[Any], subject: str, unit: str) -> Event:
    """The event of a stored `row`; `subject` and `unit` are the codes behind its numbers."""
    document = {"type": _TYPE_NAMES[row.type], "effective": row.effective, **_loads(row.payload)}
    if row.type == TYPES["progress_reported"]:
        document |= {
            "milestone": subject,
            "unit": unit,
            "state": state_of(row.state),
            "percent": row.percent,
            "forecast_finish": row.forecast_finish,
            "confidence": confidence_of(row.confidence),
            "spent": row.spent,
        }
    return EVENT.validate_python(document)


def state_of(number: int) -> State:
    """The state behind its stored number."""
    return _STATE_OF[number]


def confidence_of(number: int | None) -> Confidence | None:
    """The confidence behind its stored number, None where none was declared."""
    return None if number is None else _CONFIDENCE_OF[number]


def _typed(event: Event) -> tuple[int | None, float | None, date | None, int | None, float | None]:
    if not isinstance(event, ProgressReported):
        return None, None, None, None, None
    confidence = None if event.confidence is None else CONFIDENCES[event.confidence]
    return STATES[event.state], event.percent, event.forecast_finish, confidence, event.spent


def _payload(event: Event) -> str | None:
    excluded = _COLUMN_FIELDS if isinstance(event, ProgressReported) else {"type", "effective"}
    document = event.model_dump(mode="json", exclude=excluded, exclude_none=True)
    return canonical(document).decode() if document else None


def _loads(payload: str | None) -> dict[str, Any]:
    return {} if payload is None else json.loads(payload)
