"""A lead hands a file in on the commission's page, sees within seconds what became of it, and settles what clashes."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import acting, data, ui
from dashboard.format import Format
from dashboard.roles import Role, RoleRefusedError
from dashboard.shown import handing as shown
from dashboard.shown import report as report_shown
from dashboard.tables import alert
from roadmap import settings
from roadmap.errors import FeedUnavailableError
from roadmap.services import conflicts, handing_in
from roadmap.services.conflicts import Conflict
from roadmap.services.handing_in import Outcome
from roadmap.services.quality import Receipt

_DONE, _KEPT, _TURN = "workbook.done", "workbook.kept", "workbook.turn"
_TYPES: Final = ("xlsx", "csv", "json")
#: So many clashes are shown at once: each is a decision.
_AT_ONCE: Final = 10


def send(name: str, content: bytes, role: Role) -> Receipt:
    """Hands a file in as the lead that `role` is.

    Raises:
        RoleRefusedError: this connection or this role may not hand anything in.
        FeedUnavailableError: it could not be taken now, and waits in the inbox.
    """
    acting.insist(role)
    return handing_in.hand_in(data.desk(), settings.read(), role.commission or "", name, content, day=data.today())


def show(commission: str, f: Format) -> None:
    """The card of `commission`: its template, and for its lead the way to hand a file in."""
    with ui.card(f.say("workbook.title"), note=f.say("workbook.note")):
        ui.draw(shown.template(commission, f), key="workbook-template")
        if not acting.may_choose():
            ui.draw(alert([f.say("role.refused")], kind="notice"), key="workbook-refused")
        elif not data.is_now(data.moment()):
            ui.draw(alert([f.say("report.only_now")], kind="notice"), key="workbook-then")
        else:
            _lead(commission, acting.role(f), f)


def _lead(commission: str, role: Role | None, f: Format) -> None:
    if role is None:
        return
    if role.commission != commission:
        ui.draw(alert([f.say("workbook.not_lead")], kind="notice"), key="workbook-not-lead")
        return
    _upload(role, f)
    batch, again = st.session_state.get(_DONE, {}).get(commission, (None, False))
    if batch is not None:
        _answer(handing_in.outcome(data.desk(), settings.read(), batch), role, f, again=again)


def _upload(role: Role, f: Format) -> None:
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
        _take(file.name, file.getvalue(), role, f)


def _take(name: str, content: bytes, role: Role, f: Format) -> None:
    try:
        with st.spinner(f.say("workbook.taking")):
            receipt = send(name, content, role)
    except RoleRefusedError as refused:
        ui.draw(alert([f.say(refused.key)], kind="problem"), key="workbook-role")
    except FeedUnavailableError:
        ui.draw(alert([f.say("workbook.later")], kind="problem"), key="workbook-later")
    else:
        done = st.session_state.setdefault(_DONE, {})
        done[role.commission] = (receipt.batch, receipt.repeated)
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1  # an empty field for the next file
        st.rerun()


def _answer(found: Outcome, role: Role, f: Format, *, again: bool) -> None:
    ui.draw(shown.outcome(found, f, again=again), key="workbook-answer")
    kept = st.session_state.setdefault(_KEPT, set())
    batch = found.receipt.batch
    clashing = [each for each in found.conflicts if (batch, each.row) not in kept]
    for each in clashing[:_AT_ONCE]:
        _decide(each, batch, role, f)
    if len(clashing) > _AT_ONCE:
        others = len(clashing) - _AT_ONCE
        st.caption(f.say("workbook.more_conflicts", n=others, count=f.number(others)))


def _decide(conflict: Conflict, batch: int, role: Role, f: Format) -> None:
    """Two reports, one to stand: what stands now, or the row of the file."""
    standing = conflict.standing.report if conflict.standing else None
    key = f"workbook-{batch}-{conflict.row}"
    with st.container(border=True):
        place = f.join([conflict.mine.milestone, conflict.mine.unit])
        st.caption(f.say("workbook.conflict", row=f.number(conflict.row), place=place))
        ui.draw(report_shown.conflict(conflict.mine, standing, f), key=f"{key}-both")
        with st.container(horizontal=True):
            mine = st.button(f.say("workbook.take_mine"), type="primary", key=f"{key}-mine")
            keep = st.button(f.say("report.keep_theirs"), key=f"{key}-keep")
        if mine:
            _insist(conflict, role, f, key)
        elif keep:
            st.session_state[_KEPT].add((batch, conflict.row))
            st.rerun()


def _insist(conflict: Conflict, role: Role, f: Format, key: str) -> None:
    """Sends the row again on what was shown; if yet another report came, both are shown again."""
    try:
        acting.insist(role)
    except RoleRefusedError as refused:
        ui.draw(alert([f.say(refused.key)], kind="problem"), key=f"{key}-role")
        return
    answer = conflicts.take_mine(data.desk(), conflict, commission=role.commission or "", day=data.today())
    if answer.refusal is None or answer.refusal.code in conflicts.CODES:
        st.rerun()
    ui.draw(alert(report_shown.sentences([answer.refusal], f), kind="problem"), key=f"{key}-problem")
