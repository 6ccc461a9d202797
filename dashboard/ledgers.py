"""The reject ledger as pages show it: looked through once for all that a page shows of it, and for all its readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import data
from roadmap.services import gate
from roadmap.services import ledger as service
from roadmap.services.ledger import SHOWN, Ledger, Looked, Wanted
from roadmap.services.permissions import Action

#: So many are kept: one may hold thousands of lines of each commission.
_MOST: Final = 4


def ledger(wanted: Wanted, *, shown: int = SHOWN) -> Ledger:
    """The lines that are wanted, at most `shown` of them, at the address's moment."""
    return service.view(data.desk(), looked(wanted.commission, oldest_first=wanted.oldest_first), wanted, shown=shown)


def looked(commission: str | None = None, *, oldest_first: bool = False) -> Looked:
    """The ledger that views are made of: all of it for who may see that, else the one of `commission`."""
    whole = None if gate.permits(data.desk().who, Action.READ_REJECTS) else commission
    newest = _looked(whole, oldest_first=False)
    # Only where there is more than is looked through does the other end hold anything else.
    return _looked(whole, oldest_first=True) if oldest_first and newest.beyond else newest


def _looked(commission: str | None, *, oldest_first: bool) -> Looked:
    opened, at = data.desk(), data.moment()
    gate.check(opened.who, Action.READ_REJECTS, commission)  # what is kept is for those alone who may see it
    key = repr((opened.engine.url, data.pulse(), at, commission, oldest_first))
    return _kept(key, lambda: service.looked(opened, at, commission, oldest_first=oldest_first))


@st.cache_resource(max_entries=_MOST, show_spinner=False)
def _kept(key: str, _ask: Callable[[], Looked]) -> Looked:  # noqa: ARG001 - the key is what the answer is kept under
    return _ask()
