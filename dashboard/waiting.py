"""The secretariat decides about files that are held back: they go in as they are, or are dismissed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from dashboard import data, ledgers, ui, waiving
from dashboard.format import Format
from dashboard.shown import waiting as shown
from dashboard.shown.ledger import Around
from dashboard.tables import alert
from roadmap import settings
from roadmap.errors import ConflictError, SettingsError
from roadmap.services import gate, reopening
from roadmap.services import waiting as service
from roadmap.services.permissions import Action
from roadmap.services.waiting import Held, Receipt

_DONE, _TURN = "waiting.done", "waiting.turn"
_LONGEST: Final = 1_000


def release(batch: int, reason: str) -> Receipt:
    """Takes the file in, whatever is odd about it.

    Raises:
        NotAllowedError: that is not for whoever reads here.
        ConflictError, SettingsError: somebody else decided meanwhile, or the file is not kept.
    """
    return reopening.release(data.desk(), settings.read(), batch, reason=reason, day=data.today())


def show(around: Around, f: Format) -> None:
    """The card of what is held back, for who watches over all commissions; with the decision for whose it is."""
    who = data.desk().who
    if not gate.permits(who, Action.READ_REJECTS):
        return
    held = service.held_of(data.desk(), ledgers.looked(oldest_first=True))
    with ui.card(f.say("held.title"), note=f.say("held.note")):
        if (done := st.session_state.get(_DONE)) is not None:
            ui.draw(alert([done], kind="success"), key="waiting-done")
        ui.draw(shown.table(held, around, f), key="waiting-held")
        if held and data.is_now(data.moment()) and gate.permits(who, Action.RELEASE):
            _form(held, around, f)
        elif held:
            ui.draw(alert([f.say("held.who")], kind="notice"), key="waiting-who")


def _form(held: Sequence[Held], around: Around, f: Format) -> None:
    files = {each.receipt.batch: each for each in held}
    turn = st.session_state.get(_TURN, 0)
    with st.form(f"waiting-{turn}", border=False, enter_to_submit=False):
        batch = st.selectbox(
            f.say("held.file"),
            list(files),
            format_func=lambda number: shown.name(files[number], around, f),
            key=f"waiting-file-{turn}",
        )
        reason = st.text_area(f.say("waive.reason"), height=80, max_chars=_LONGEST, key=f"waiting-reason-{turn}")
        sure = st.checkbox(f.say("held.sure"), key=f"waiting-sure-{turn}")
        with st.container(horizontal=True):
            goes_in = st.form_submit_button(f.say("held.release"), type="primary", icon=":material/check:")
            dismissed = st.form_submit_button(f.say("held.dismiss"), icon=":material/block:")
    if goes_in or dismissed:
        _take(files[batch], reason.strip(), f, sure=sure, release_it=goes_in)


def _take(each: Held, reason: str, f: Format, *, sure: bool, release_it: bool) -> None:
    missing = [key for key, given in (("waive.no_reason", reason), ("held.no_sure", sure)) if not given]
    if missing:
        ui.draw(alert([f.say(key) for key in missing], kind="problem"), key="waiting-missing")
        return
    try:
        with st.spinner(f.say("workbook.taking")):
            told = _decided(each, reason, f, release_it=release_it)
    except (ConflictError, SettingsError):
        ui.draw(alert([f.say("held.gone")], kind="problem"), key="waiting-gone")
    else:
        st.session_state[_DONE] = told
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        st.rerun()


def _decided(each: Held, reason: str, f: Format, *, release_it: bool) -> str:
    """Carries the decision out; what became of the file."""
    batch = each.receipt.batch
    if release_it:
        return shown.released(release(batch, reason), f)
    waiving.send(batch, [None], reason, waived=True)
    return f.say("held.dismissed", source=each.receipt.source)
