"""What was done last with a proposal: kept from the turn in which it was done to the one that shows it."""

from __future__ import annotations

from typing import Final, NoReturn

import streamlit as st

from dashboard import ui
from dashboard.format import Format
from dashboard.shown import decisions as shown
from dashboard.tables import alert
from roadmap.services.proposals import Proposal

_DONE, _TURN = "decisions.done", "decisions.turn"
#: Of the forms' parameters in the address none means anything any more.
_FORM: Final = ("view", "kind", "milestone", "indicator")


def done(proposal: Proposal, f: Format) -> NoReturn:
    """Opens `proposal` and says there what was done with it; forms begin anew."""
    st.session_state[_DONE] = (proposal.code, shown.taken(proposal, f))
    anew()
    for name in _FORM:
        st.query_params.pop(name, None)
    st.query_params["proposal"] = proposal.code
    st.rerun()


def outcome(code: str) -> None:
    """What was done last, if it was with the proposal `code`."""
    about, sentence = st.session_state.get(_DONE, ("", ""))
    if about == code:
        ui.draw(alert([sentence], kind="success"), key="decisions-done")


def turn() -> int:
    """Tells one filling of the forms from the next."""
    return int(st.session_state.get(_TURN, 0))


def anew() -> None:
    """Lets the forms be filled anew."""
    st.session_state[_TURN] = turn() + 1
