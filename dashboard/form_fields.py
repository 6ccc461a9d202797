"""The fields of the report's form, filled with what a report begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from dashboard import data
from dashboard.format import Format
from dashboard.picker import date_field
from dashboard.shown import words
from roadmap.domain.model import Confidence, State

_TEXTS: Final = ("narrative", "blocker", "evidence")
_LONGEST: Final = 4000


def fields(start: Mapping[str, Any], key: str, f: Format) -> dict[str, object]:
    """Draws the fields with what stands in them at the `start`; what stands in them now, by the contract's names.

    `key` begins the keys of all of them. A choice comes as its code, as the browser sent it.
    """
    left, right = st.columns(2)
    with left:
        told = _reached(start, key, f)
    with right:
        told |= _expected(start, key, f)
    return told | {name: _text(name, start.get(name), key, f) for name in _TEXTS}


def _reached(start: Mapping[str, Any], key: str, f: Format) -> dict[str, object]:
    """When, in which state and how far it is."""
    today, first = data.today(), data.desk().programme.programme.start
    label = f.say("field.effective")
    day = date_field(label, start.get("effective"), key=f"{key}-effective", today=today, f=f, limits=(first, today))
    state = _state(start.get("state"), key, f)
    stands = start.get("percent") or 0.0
    percent = st.number_input(f.say("field.percent"), 0.0, 100.0, stands, 1.0, "%g", key=f"{key}-percent")
    return {"effective": day, "state": state, "percent": percent}


def _expected(start: Mapping[str, Any], key: str, f: Format) -> dict[str, object]:
    """When it will be done, how sure that is, and what it has cost."""
    label, stands = f.say("field.forecast_finish"), start.get("forecast_finish")
    forecast = date_field(label, stands, key=f"{key}-forecast", today=data.today(), f=f, required=False)
    confidence = _confidence(start.get("confidence"), key, f)
    money = words.money("field.spent", f)
    spent = st.number_input(money, 0.0, value=start.get("spent"), format="%g", key=f"{key}-spent")
    return {"forecast_finish": forecast, "confidence": confidence, "spent": spent}


def _state(stands: State | None, key: str, f: Format) -> str:
    start = list(State).index(stands or State.IN_PROGRESS)
    label, name = f.say("field.state"), lambda each: f.say(f"state.{each}")
    picked: str = st.selectbox(label, [each.value for each in State], start, name, key=f"{key}-state")
    return picked


def _confidence(stands: Confidence | None, key: str, f: Format) -> str:
    options = ["", *(each.value for each in Confidence)]
    label, name = f.say("field.confidence"), lambda each: f.say(f"confidence.{each or 'none'}")
    start, meaning = options.index(stands.value if stands else ""), f.say("meaning.confidence")
    picked: str = st.selectbox(label, options, start, name, key=f"{key}-confidence", help=meaning)
    return picked


def _text(name: str, stands: str | None, key: str, f: Format) -> str:
    height, note = 100 if name == "narrative" else 68, f.say("report.evidence_help") if name == "evidence" else None
    return st.text_area(f.say(f"field.{name}"), stands or "", height, _LONGEST, f"{key}-{name}", help=note)
