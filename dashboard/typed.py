"""What somebody types into a field of a report, read into the contract's values, and written as a draft keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from dashboard import data
from dashboard.format import Format
from roadmap.domain.model import Confidence, State
from roadmap.domain.refusals import Refusal, refuse
from roadmap.domain.text import number, persian_digits

_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "effective": data.read,
    "forecast_finish": data.read,
    "percent": number,
    "spent": number,
    "state": State,
    "confidence": Confidence,
}
_WRONG: Final = {
    **dict.fromkeys(("effective", "forecast_finish"), "not_a_date"),
    **dict.fromkeys(("percent", "spent"), "not_a_number"),
}


def read(name: str, typed: str) -> object:
    """The value of the field `name` in what was typed: digits of any script, days of either calendar.

    Raises:
        ValueError: it cannot be read.
    """
    return _READERS.get(name, str)(typed.strip())


def fields(typed: Mapping[str, str]) -> tuple[dict[str, object], list[Refusal]]:
    """The values of what was typed, empty ones left out, and a refusal for each that cannot be read."""
    values: dict[str, object] = {}
    refusals: list[Refusal] = []
    for name, written in typed.items():
        if not written.strip():
            continue
        try:
            values[name] = read(name, written)
        except ValueError:
            choices = ", ".join(State if name == "state" else Confidence)
            refusals.append(refuse(_WRONG.get(name, "unknown_choice"), name, written, choices))
    return values, refusals


def readable(typed: Mapping[str, str]) -> dict[str, object]:
    """The values of what was typed, without those that cannot be read."""
    return fields(typed)[0]


def kept(values: Mapping[str, object]) -> dict[str, str]:
    """`values` as a draft keeps them; empty ones are left out."""
    return {name: _plain(value) for name, value in values.items() if value is not None and str(value).strip()}


def shown(name: str, typed: str, f: Format) -> str:
    """What was typed as the reader's language writes it, ready to be typed over; what cannot be read as it is."""
    try:
        value = read(name, typed)
    except ValueError:
        return typed
    if isinstance(value, date):
        return f.short_day(value) if f.rtl else value.isoformat()
    plain = _plain(value)
    return persian_digits(plain) if f.rtl and isinstance(value, float) else plain


def _plain(value: object) -> str:
    match value:
        case date():
            return value.isoformat()
        case float():
            return f"{value:.15g}"
        case _:
            return str(value)
