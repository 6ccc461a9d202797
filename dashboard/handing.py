"""A commission's own people hand a file in, see within seconds what became of it, and settle what clashes."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import data, ui
from dashboard.format import Format
from dashboard.shown import handing as shown
from dashboard.shown import report as report_shown
from dashboard.tables import alert
from roadmap import settings
from roadmap.errors import FeedUnavailableError
from roadmap.services import conflicts, gate, handing_in
from roadmap.services.conflicts import Conflict
from roadmap.services.handing_in import Outcome
from roadmap.services.permissions import Action
from roadmap.services.quality import Receipt

_DONE, _KEPT, _TURN = "workbook.done", "workbook.kept", "workbook.turn"
_TYPES: Final = ("xlsx", "csv", "json")
#: So many clashes are shown at once: each is a decision.
_AT_ONCE: Final = 10


def send(commission: str, name: str, content: bytes) -> Receipt:
    """Hands a file in for `commission`.

    Raises:
        NotAllowedError: that is not for whoever reads here.
        FeedUnavailableError: it could not be taken now, and waits in the inbox.
    """
    return handing_in.hand_in(data.desk(), settings.read(), commission, name, content, day=data.today())


def show(commission: str, f: Format) -> None:
    """The card of `commission`, for who may have its template; for its own people with the way to hand a file in."""
    who = data.desk().who
    if not gate.permits(who, Action.READ_REPORTING, commission):
        return
    with ui.card(f.say("workbook.title"), note=f.say("workbook.note")):
        ui.draw(shown.template(commission, f), key="workbook-template")
        if not gate.permits(who, Action.HAND_IN, commission):
            ui.draw(alert([f.say("workbook.not_lead")], kind="notice"), key="workbook-not-lead")
        elif not data.is_now(data.moment()):
            ui.draw(alert([f.say("report.only_now")], kind="notice"), key="workbook-then")
        else:
            _own(commission, f)


def _own(commission: str, f: Format) -> None:
    _upload(commission, f)
    batch, again = st.session_state.get(_DONE, {}).get(commission, (None, False))
    if batch is not None:
        _answer(handing_in.outcome(data.desk(), settings.read(), batch), commission, f, again=again)


def _upload(commission: str, f: Format) -> None:
    """Not in a form: one that empties itself loses the file where the page is renewed at the moment of a click."""
    largest = handing_in.largest(settings.read())
    turn = st.session_state.get(_TURN, 0)
    file = st.file_uploader(
        f.say("workbook.file", largest=f.number(largest)), _TYPES, key=f"workbook-file-{turn}", max_upload_size=largest
    )
    sent = st.button(
        f.say("workbook.send"),
        type="primary",
        icon=":material/upload_file:",
        key="workbook-send",
        disabled=file is None,
    )
    if sent and file is not None:
        _take(commission, file.name, file.getvalue(), f)


def _take(commission: str, name: str, content: bytes, f: Format) -> None:
    done = st.session_state.setdefault(_DONE, {})  # asked for now: a turn may end at any word with Streamlit
    try:
        with st.spinner(f.say("workbook.taking")):
            receipt = send(commission, name, content)
            done[commission] = (receipt.batch, receipt.repeated)
    except FeedUnavailableError:
        ui.draw(alert([f.say("workbook.later")], kind="problem"), key="workbook-later")
    else:
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # an empty field for the next file
        st.rerun()


def _answer(found: Outcome, commission: str, f: Format, *, again: bool) -> None:
    ui.draw(shown.outcome(found, f, again=again), key="workbook-answer")
    kept = st.session_state.setdefault(_KEPT, set())
    batch = found.receipt.batch
    clashing = [each for each in found.conflicts if (batch, each.row) not in kept]
    for each in clashing[:_AT_ONCE]:
        _decide(each, batch, commission, f)
    if len(clashing) > _AT_ONCE:
        others = len(clashing) - _AT_ONCE
        st.caption(f.say("workbook.more_conflicts", n=others, count=f.number(others)))


def _decide(conflict: Conflict, batch: int, commission: str, f: Format) -> None:
    """Two reports, one to stand: what stands now, or the row of the file. Who only sends the file sees both."""
    standing = conflict.standing.report if conflict.standing else None
    key = f"workbook-{batch}-{conflict.row}"
    with st.container(border=True):
        place = f.join([conflict.mine.milestone, conflict.mine.unit])
        st.caption(f.say("workbook.conflict", row=f.number(conflict.row), place=place))
        ui.draw(report_shown.conflict(conflict.mine, standing, f), key=f"{key}-both")
        if not gate.permits(data.desk().who, Action.REPORT, commission):
            st.caption(f.say("workbook.lead_decides"))
            return
        with st.container(horizontal=True):
            mine = st.button(f.say("workbook.take_mine"), type="primary", key=f"{key}-mine")
            keep = st.button(f.say("report.keep_theirs"), key=f"{key}-keep")
        if mine:
            _insist(conflict, commission, f, key)
        elif keep:
            st.session_state[_KEPT].add((batch, conflict.row))
            st.rerun()


def _insist(conflict: Conflict, commission: str, f: Format, key: str) -> None:
    """Sends the row again on what was shown; if yet another report came, both are shown again."""
    answer = conflicts.take_mine(data.desk(), conflict, commission=commission, day=data.today())
    if answer.refusal is None or answer.refusal.code in conflicts.CODES:
        st.rerun()
    ui.draw(alert(report_shown.sentences([answer.refusal], f), kind="problem"), key=f"{key}-problem")
