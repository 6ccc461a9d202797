"""The head of every page: its title, and the moment it shows. The moment is in the address and stays on other pages."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard import data
from dashboard.data import DAY, KNOWN
from dashboard.format import Format
from dashboard.picker import date_field
from roadmap.services.desk import Moment

_PLACE, _MOMENT = "asof.place", "asof.moment"


def keep(page: str) -> None:
    """Carries the moment to another page: the sidebar's links know of no filters."""
    asked = {name: st.query_params[name] for name in (DAY, KNOWN) if st.query_params.get(name)}
    if st.session_state.get(_PLACE, page) != page and not asked:
        st.query_params.update(st.session_state.get(_MOMENT, {}))
        asked = st.session_state.get(_MOMENT, {})
    st.session_state[_PLACE], st.session_state[_MOMENT] = page, asked


def head(title: str, f: Format) -> None:
    """The page's title with the choice of the moment beside it, and a bar where the board is not today's."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(title, anchor=False, width="stretch")
        place = st.container(width="content")
    at = data.moment()
    with place, st.popover(f.say("asof.moment", day=f.short_day(at.day)), icon=":material/history:"):
        _choice(at, f)
    if not data.is_now(at):
        _bar(at, f)


def _choice(at: Moment, f: Format) -> None:
    first, last = data.desk().programme.programme.start, data.today()
    limits = (first, last)
    stamp = f"{at.day}-{at.known}"
    st.caption(f.say("asof.explained"))
    day = date_field(f.say("asof.day"), at.day, key=f"asof-day-{stamp}", today=last, f=f, limits=limits)
    known = date_field(
        f.say("asof.known"), at.known, key=f"asof-known-{stamp}", today=last, f=f, limits=limits, required=False
    )
    with st.container(horizontal=True):
        st.button(f.say("asof.show"), type="primary", on_click=_ask, args=(day, known))
        st.button(f.say("asof.now"), on_click=forget, disabled=data.is_now(at))


def _bar(at: Moment, f: Format) -> None:
    key = "asof.bar_known" if at.known else "asof.bar"
    with st.container(key="asof-bar", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f":material/history: {f.say(key, day=f.day(at.day), known=f.day(at.known))}")
        st.button(f.say("asof.now"), key="asof-now", type="tertiary", on_click=forget)


def forget() -> None:
    """Goes back to now, here and on every other page."""
    _ask(None, None)
    st.session_state.pop(_MOMENT, None)


def _ask(day: date | None, known: date | None) -> None:
    wanted = {DAY: None if day == data.today() else day, KNOWN: known}
    for name, value in wanted.items():
        st.query_params.pop(name, None)
        if value is not None:
            st.query_params[name] = value.isoformat()
