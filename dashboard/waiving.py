"""The secretariat gives up lines of the reject ledger that need no repair, or takes that back, each with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from dashboard import data, ledgers, ui
from dashboard.filters import choose
from dashboard.format import Format
from dashboard.shown import ledger as shown
from dashboard.tables import alert
from roadmap.errors import SettingsError
from roadmap.services import gate
from roadmap.services.ledger import Line, State, Wanted
from roadmap.services.permissions import Action
from roadmap.services.waiving import waive

_DONE, _TURN = "waive.done", "waive.turn"
_LONGEST: Final = 1_000
#: What is decided, and of which lines.
_OF: Final = {"waive": State.OPEN, "back": State.WAIVED}


def send(batch: int, rows: Sequence[int | None], reason: str, *, waived: bool) -> None:
    """Records the decision.

    Raises:
        NotAllowedError: that is not for whoever reads here.
        SettingsError: a row was not turned away there.
    """
    waive(data.desk(), batch, rows, reason=reason, waived=waived, day=data.today())


def show(commission: str | None, f: Format) -> None:
    """The card in which lines of `commission` (or of all) are waived, for who may."""
    if not gate.permits(data.desk().who, Action.WAIVE, commission):
        return
    with ui.card(f.say("waive.title"), note=f.say("waive.note")):
        if not data.is_now(data.moment()):
            ui.draw(alert([f.say("waive.only_now")], kind="notice"), key="waive-then")
        else:
            _choice(commission, f)


def _choice(commission: str | None, f: Format) -> None:
    if (done := st.session_state.get(_DONE)) is not None:
        ui.draw(alert([_told(done, f)], kind="success"), key="waive-done")
    names = {kind: f.say(f"waive.{kind}") for kind in _OF}
    kind = choose(f.say("waive.kind"), names, param="waive", f=f, default="waive", row=True, labelled=False)
    if kind is None:
        return
    lines = ledgers.ledger(Wanted(commission, state=_OF[kind])).lines
    if not lines:
        st.caption(f.say(f"waive.none_{kind}"))
        return
    files = _by_file(lines)
    batch = st.selectbox(
        f.say("waive.file"),
        list(files),
        format_func=lambda number: shown.file_of(files[number], f),
        key=f"waive-file-{kind}",
    )
    if batch in files:
        _form(kind, batch, files[batch], f)


def _by_file(lines: Sequence[Line]) -> dict[int, list[Line]]:
    """The lines of each delivery, one a row: all that is wrong with a row is waived together."""
    found: dict[int, dict[int | None, Line]] = {}
    for line in lines:
        found.setdefault(line.reject.batch, {}).setdefault(line.reject.row, line)
    return {batch: list(rows.values()) for batch, rows in found.items()}


def _form(kind: str, batch: int, lines: Sequence[Line], f: Format) -> None:
    turn = f"{kind}-{batch}-{st.session_state.get(_TURN, 0)}"
    rows: Mapping[int | None, str] = {line.reject.row: shown.row_of(line, f) for line in lines}
    with st.form(f"waive-{turn}", border=False, enter_to_submit=False):
        picked = st.multiselect(
            f.say("waive.rows"),
            list(rows),
            default=list(rows) if len(rows) == 1 else [],
            format_func=lambda row: rows[row],
            placeholder=f.say("filter.pick"),
            key=f"waive-rows-{turn}",
        )
        reason = st.text_area(f.say("waive.reason"), height=80, max_chars=_LONGEST, key=f"waive-reason-{turn}")
        # Taking it back destroys nothing, so nobody is asked.
        sure = kind == "back" or st.checkbox(f.say("waive.sure"), key=f"waive-sure-{turn}")
        sent = st.form_submit_button(f.say(f"waive.send_{kind}"), type="primary", icon=":material/gavel:")
    if sent:
        _take(kind, batch, picked, reason.strip(), f, sure=sure)


def _take(kind: str, batch: int, rows: Sequence[int | None], reason: str, f: Format, *, sure: bool) -> None:
    missing = [key for key, given in (("rows", rows), ("reason", reason), ("sure", sure)) if not given]
    if missing:
        ui.draw(alert([f.say(f"waive.no_{key}") for key in missing], kind="problem"), key="waive-missing")
        return
    try:
        send(batch, rows, reason, waived=kind == "waive")
    except SettingsError:
        ui.draw(alert([f.say("waive.gone")], kind="problem"), key="waive-gone")
    else:
        st.session_state[_DONE] = (kind, len(rows))
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        st.rerun()


def _told(done: tuple[str, int], f: Format) -> str:
    kind, count = done
    return f.say(f"waive.done_{kind}", n=count, count=f.number(count))
