"""A date field in the reader's calendar: Jalali in Persian, Gregorian in English. The caller sees plain `date`s."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import streamlit as st

from dashboard.format import Format
from dashboard.shell import LOCALE

_ASSETS: Final = Path(__file__).with_name("assets")
_TEXTS: Final = (
    "open",
    "today",
    "clear",
    "last_month",
    "next_month",
    "last_year",
    "next_year",
    "unreadable",
    "outside",
)

_picker = st.components.v2.component(
    "board_date",
    html=(_ASSETS / "picker.html").read_text(encoding="utf-8"),
    css=(_ASSETS / "picker.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "picker.js").read_text(encoding="utf-8"),
)


def date_field(
    label: str,
    value: date | None,
    *,
    key: str,
    today: date,
    f: Format,
    limits: tuple[date | None, date | None] = (None, None),
    required: bool = True,
) -> date | None:
    """A labelled date field; the day that stands in it, or None where it is left empty and not `required`.

    The browser keeps to the first and last day of `limits`, the server knows nothing of them: check where it matters.
    """
    start = value.isoformat() if value else None
    state = st.session_state.get(key) or {}
    first, last = limits
    data = {
        "label": label,
        "value": state.get("value", start),
        "min": first.isoformat() if first else None,
        "max": last.isoformat() if last else None,
        "today": today.isoformat(),
        "locale": LOCALE[f.language],
        "persian": f.calendar == "jalali",
        "clearable": not required,
        "texts": {name: f.say(f"picker.{name}") for name in _TEXTS},
    }
    result = _picker(key=key, data=data, default={"value": start}, on_value_change=lambda: None)
    try:
        return date.fromisoformat(result.value) if result.value else None
    except (TypeError, ValueError):
        return None  # no picker of ours sends that
