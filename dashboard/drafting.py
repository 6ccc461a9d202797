"""A lead's draft of a proposal: kept at every change, found again after signing out, thrown away after a question."""

from __future__ import annotations

from dataclasses import replace
from secrets import token_hex
from typing import Final

import streamlit as st

from dashboard import data, saying, ui
from dashboard.format import Format
from dashboard.shown import decisions as shown
from dashboard.shown import deliveries
from dashboard.shown.decisions import Names
from roadmap.domain.proposing import Proposal
from roadmap.services import proposal_drafts as service
from roadmap.services import proposals
from roadmap.services.proposal_drafts import Drafted

#: The draft with nothing in it, on the baseline that the forms were filled from.
_BEGUN: Final = "drafting.begun"


def of(commission: str) -> Drafted:
    """The reader's draft for `commission`; an empty one where there is none."""
    kept = service.own(data.desk(), commission)
    if kept is not None:
        return kept
    key = f"{_BEGUN}.{commission}"
    if key not in st.session_state:
        newest = proposals.draft(data.desk(), commission, []).baseline
        st.session_state[key] = Drafted(commission, newest, token_hex(8))
    begun: Drafted = st.session_state[key]
    return begun


def keep(drafted: Drafted) -> None:
    """Keeps the draft; of one with nothing in it nothing is left."""
    if drafted.is_empty:
        discard(drafted.commission)
    else:
        service.keep(data.desk(), drafted)


def discard(commission: str) -> None:
    """Throws the draft away; the next one begins on the newest baseline."""
    service.discard(data.desk(), commission)
    st.session_state.pop(f"{_BEGUN}.{commission}", None)


def anew(drafted: Drafted) -> None:
    """Keeps the draft and fills the forms anew."""
    keep(drafted)
    saying.anew()
    st.rerun()


def note(drafted: Drafted, f: Format) -> None:
    """Since when the draft is kept, and the way to throw it away."""
    if drafted.saved is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f.say("drafted.of", when=deliveries.when(drafted.saved, data.desk().zone, f)))
        with st.popover(f.say("draft.discard"), icon=":material/delete:"):
            st.text(f.say("draft.sure"))
            if st.button(f.say("draft.discard_now"), key=f"drafted-discard-{drafted.commission}"):
                anew(Drafted(drafted.commission, drafted.baseline, drafted.name))


def mine(commissions: list[str], names: Names, f: Format) -> None:
    """The drafts that the reader has begun for `commissions`: each is one click from its form."""
    kept = [each for each in (service.own(data.desk(), code) for code in commissions) if each is not None]
    if kept:
        with ui.card(f.say("draft.title"), note=f.say("draft.title_note")):
            ui.draw(*(shown.drafted(each, names, f) for each in kept), key="drafted-mine")


def again(proposal: Proposal, f: Format) -> None:
    """The button that opens what came back in the form; it takes the place of another draft only after a question."""
    commission, label = proposal.proposed.commission, f.say("deciding.again_do")
    kept = service.own(data.desk(), commission)
    if kept is None or (kept.again, kept.seen) == (proposal.code, proposal.seen):
        if st.button(label, type="primary", key="deciding-again"):
            _open(kept or _from(proposal))
        return
    with st.popover(label, type="primary"):
        when = deliveries.when(kept.saved, data.desk().zone, f) if kept.saved else ""
        st.text(f.say("drafted.instead", when=when, codes=shown.codes(kept.changes, f)))
        if st.button(f.say("drafted.instead_do"), key="deciding-again"):
            _open(_from(proposal))


def _from(proposal: Proposal) -> Drafted:
    sent = proposal.proposed
    begun = Drafted(sent.commission, sent.baseline, token_hex(8), sent.changes)
    return replace(begun, again=proposal.code, seen=proposal.seen, reason=sent.reason)


def _open(drafted: Drafted) -> None:
    st.query_params.pop("proposal", None)
    st.query_params.update({"view": "propose", "commission": drafted.commission})
    anew(drafted)
