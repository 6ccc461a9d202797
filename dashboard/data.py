"""What pages show, and of which moment: one desk a process, the moment that the address names, services asked once.

The address holds `day` (the board for that day) and `known` (as known at the end of that day); both may be missing.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from typing import Concatenate, Final, ParamSpec, TypeVar

import streamlit as st

from dashboard import reader, ui
from dashboard.format import Format
from roadmap import settings
from roadmap.domain.calendar import read_day
from roadmap.domain.text import Language, latin_digits
from roadmap.errors import RoadmapError
from roadmap.services import desk as desks
from roadmap.services import people
from roadmap.services.desk import Desk, Moment
from roadmap.services.pulse import pulse as pulse_of

DAY, KNOWN = "day", "known"
#: Years below are Jalali, years above are Gregorian: nobody plans for either in the other's years.
_FIRST_GREGORIAN_YEAR: Final = 1700
_KEPT: Final = 256

P = ParamSpec("P")
T = TypeVar("T")


class AddressError(RoadmapError):
    """The address asks for something that there is not; `sentence` says so in the reader's language."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self._key, self._values = key, values

    def sentence(self, f: Format) -> str:
        """What is wrong and what to do."""
        return f.say(self._key, n=None, **self._values)


def desk() -> Desk:
    """The process's desk, with the reader at it, who is looked up at every call: what is taken is gone at once.

    Raises:
        SignInNeededError, NoAccessError: nobody may be let in (see `entering`).
        RoadmapError: a setting is wrong or the database is not ready; asked again, it is tried again.
    """
    machine = machine_desk()
    return replace(machine, who=reader.who(machine))


@st.cache_resource(show_spinner=False)
def machine_desk() -> Desk:
    """The process's one desk, open until it ends, with nobody's permissions but the machine's.

    Raises:
        RoadmapError: a setting is wrong or the database is not ready; asked again, it is tried again.
    """
    opened = ExitStack()
    atexit.register(opened.close)
    return opened.enter_context(desks.desk(settings.read()))


def language() -> Language:
    """The reader's language."""
    return ui.language()


def form() -> Format:
    """How the reader's language writes."""
    return Format(language())


def pulse() -> int:
    """The number that moves when there is something new to see."""
    return pulse_of(machine_desk())


def today() -> date:
    """The current day in the programme's time zone."""
    return desks.today(machine_desk())


def moment() -> Moment:
    """The moment that the address names.

    Raises:
        AddressError: a day that cannot be read, or outside the time from the programme's start to today.
    """
    return desks.moment(machine_desk(), day=_asked(DAY), known=_asked(KNOWN))


@st.cache_resource(ttl=timedelta(seconds=10), show_spinner=False)
def names() -> dict[str, str | None]:
    """What people are called, by the log's word for them; None for whom it was erased."""
    return people.names(machine_desk())


def is_now(at: Moment) -> bool:
    """Whether `at` is today's board, as known now."""
    return at.known is None and at.day == today()


def read(value: str) -> date:
    """A day as an address holds it: 2026-11-21, 1405-08-30 or 1405/8/30, Persian digits too; ValueError otherwise."""
    is_jalali = latin_digits(value.strip())[:4] < str(_FIRST_GREGORIAN_YEAR)
    return read_day(value, "jalali" if is_jalali else "gregorian")


def cached(service: Callable[Concatenate[Desk, Moment, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """`service(desk, moment, …)` for the address's moment; asked once for each pulse, moment and filter.

    All readers share what it returns: look at it, do not change it.
    """
    opened, at = desk(), moment()
    grants = sorted(map(repr, opened.who.grants))  # what one may see is kept from those who may not
    key = repr((pulse(), at, grants, service.__module__, service.__qualname__, args, sorted(kwargs.items())))
    return _kept(key, lambda: service(opened, at, *args, **kwargs))


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _kept(key: str, _ask: Callable[[], T]) -> T:  # noqa: ARG001 — the key is what the answer is kept under
    return _ask()


def _asked(name: str) -> date | None:
    value = st.query_params.get(name)
    if not value:
        return None
    try:
        day = read(value)
    except ValueError:
        raise AddressError("asof.unreadable", value=value) from None
    first, last = machine_desk().programme.programme.start, today()
    if not first <= day <= last:
        f = form()
        raise AddressError("asof.outside", day=f.day(day), first=f.day(first), last=f.day(last))
    return day
