"""Choices that live in the address by stable codes, so that a person can send a link to what they see."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from dashboard.format import Format


def choose(  # noqa: PLR0913 - each is the page's to choose
    label: str,
    options: Mapping[str, str],
    *,
    param: str,
    f: Format,
    default: str | None = None,
    row: bool = False,
    clears: tuple[str, ...] = (),
    labelled: bool = True,
) -> str | None:
    """The code that the address holds under `param`, to be changed in a list of `options` (title by code).

    `row` lays the options out beside each other, for a handful of short ones. `clears` are parameters that mean
    nothing any more once another code is picked. `labelled` shows the label, which is read aloud in any case.

    None where the address holds nothing and there is no `default`, or holds a code that is not there: the page then
    says so, and shows the list alone.
    """
    asked = st.query_params.get(param)
    if asked is not None and asked not in options:
        st.warning(f.say("filter.unknown", value=f.isolate(asked)), icon=":material/help:")
    key = f"filter-{param}"
    # The address is the truth: the widget follows it, and its callback writes what was picked back there.
    st.session_state[key] = (asked if asked in options else None) if asked is not None else default
    # A list that begins with nothing can be emptied again; one with a default cannot.
    start = None if default is None or st.session_state[key] is None else 0
    listed = partial(st.selectbox, index=start, placeholder=f.say("filter.pick"))
    widget = st.segmented_control if row else listed
    widget(
        label,
        list(options),
        key=key,
        label_visibility="visible" if labelled else "collapsed",
        format_func=lambda code: options.get(code, code),
        on_change=_keep,
        args=(param, key, default, clears),
    )
    return st.session_state[key]


def _keep(param: str, key: str, default: str | None, clears: tuple[str, ...]) -> None:
    picked = st.session_state[key]
    for other in clears:
        st.query_params.pop(other, None)
    if picked in {None, default}:
        st.query_params.pop(param, None)
    else:
        st.query_params[param] = picked


def search(label: str, *, param: str) -> str:
    """The text that the address holds under `param`, to be changed in a field; empty where it holds none."""
    key = f"filter-{param}"
    st.session_state[key] = st.query_params.get(param, "")
    found: str = st.text_input(label, key=key, on_change=_keep, args=(param, key, "", ()), icon=":material/search:")
    return found.strip()


#: Stands for no filter: an address holds a filter only where there is one.
ALL = ""
