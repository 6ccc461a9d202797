"""The report's form: filled from what stands in the log, sent with the version it was filled from.

What was typed stays on the page until it is taken. A report that came meanwhile is shown beside it; only the person
decides which of the two is to stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import streamlit as st

from dashboard import acting, data, ui
from dashboard.format import Format
from dashboard.picker import date_field
from dashboard.roles import Role, RoleRefusedError
from dashboard.shown import report as shown
from dashboard.tables import alert
from roadmap.domain.changes import ReportProgress
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import Confidence, State
from roadmap.domain.refusals import Refusal
from roadmap.services import reporting
from roadmap.services.reporting import Answer, Present

_BASE, _DONE, _CLASH = "report.base", "report.done", "report.clash"
_LONGEST: Final = 4000


@dataclass(frozen=True)
class Draft:
    """What is reported on, and the period's end that a report is due for."""

    milestone: str
    unit: str
    period_end: date


@dataclass(frozen=True)
class Base:
    """What the form was filled from; `turn` tells one filling from the next, so that fields start anew."""

    draft: Draft
    present: Present
    turn: int

    @property
    def key(self) -> str:
        """Begins the keys of this filling's fields."""
        return f"report-{self.draft.milestone}-{self.draft.unit}-{self.turn}"


@dataclass(frozen=True)
class Clash:
    """A report that was not taken, since another had come meanwhile."""

    order: ReportProgress
    base: Base
    present: Present


def send(order: ReportProgress, role: Role) -> Answer:
    """Hands the report to the log as the lead that `role` is.

    Raises:
        RoleRefusedError: this connection or this role may not report.
    """
    acting.insist(role)
    return reporting.report(data.desk(), order, commission=role.commission or "")


def show(draft: Draft, role: Role, f: Format) -> None:
    """The form for `draft`, with the refusals or the conflict of the report that was sent from it."""
    base = _base(draft)
    _outcome(draft, f)
    clash: Clash | None = st.session_state.get(_CLASH)
    if clash is not None and clash.base.key == base.key:
        _decide(clash, role, f)
    place = st.container()
    with st.form(base.key, border=False, enter_to_submit=False):
        raw = _fields(base, f)
        sent = st.form_submit_button(f.say("report.send"), type="primary", icon=":material/send:")
    if sent:
        with place:
            _take(base, raw, role, f)


def _outcome(draft: Draft, f: Format) -> None:
    """Says what the report that was sent last has changed."""
    before, after = st.session_state.get(_DONE, (None, None))
    if after is not None and (after.milestone, after.unit) == (draft.milestone, draft.unit):
        ui.draw(shown.taken(before, after, f), key="report-taken")


def _base(draft: Draft) -> Base:
    """What the form is filled from; it stays the same while somebody types, whatever comes in meanwhile."""
    base: Base | None = st.session_state.get(_BASE)
    if base is None or base.draft != draft:
        base = _fill(draft)
    return base


def _fill(draft: Draft) -> Base:
    last: Base | None = st.session_state.get(_BASE)
    base = Base(draft, reporting.present(data.desk(), draft.milestone, draft.unit), last.turn + 1 if last else 0)
    st.session_state[_BASE] = base
    return base


def _fields(base: Base, f: Format) -> dict[str, object]:
    """The form's fields with what stands in them, by the contract's names."""
    report, today, key = base.present.report, data.today(), base.key
    first = data.desk().programme.programme.start
    left, right = st.columns(2)
    with left:
        day = date_field(
            f.say("field.effective"), _day(base), key=f"{key}-effective", today=today, f=f, limits=(first, today)
        )
        state = _state(report, key, f)
        percent = st.number_input(
            f.say("field.percent"), 0.0, 100.0, report.percent if report else 0.0, 1.0, "%g", key=f"{key}-percent"
        )
    with right:
        forecast = date_field(
            f.say("field.forecast_finish"),
            report.forecast_finish if report else None,
            key=f"{key}-forecast",
            today=today,
            f=f,
            required=False,
        )
        confidence = _confidence(report, key, f)
        spent = st.number_input(
            f"{f.say('field.spent')} ({data.desk().programme.programme.currency.in_(f.language)})",
            0.0,
            value=report.spent if report else None,
            format="%g",
            key=f"{key}-spent",
        )
    texts = {name: _text(name, report, key, f) for name in ("narrative", "blocker", "evidence")}
    numbers = {"percent": percent, "spent": spent}
    return {"effective": day, "state": state, "confidence": confidence, "forecast_finish": forecast, **numbers, **texts}


def _day(base: Base) -> date:
    """The day to begin with: the period's end while it misses a report, else the present report's own."""
    report = base.present.report
    return max(report.effective, base.draft.period_end) if report else base.draft.period_end


def _state(report: ProgressReported | None, key: str, f: Format) -> State:
    start = list(State).index(report.state if report else State.IN_PROGRESS)
    label, name = f.say("field.state"), lambda each: f.say(f"state.{each}")
    return State(st.selectbox(label, [each.value for each in State], start, name, key=f"{key}-state"))


def _confidence(report: ProgressReported | None, key: str, f: Format) -> Confidence | None:
    options = ["", *(each.value for each in Confidence)]
    stands = report.confidence if report else None
    label, name = f.say("field.confidence"), lambda each: f.say(f"confidence.{each or 'none'}")
    start, meaning = options.index(stands.value if stands else ""), f.say("meaning.confidence")
    picked = st.selectbox(label, options, start, name, key=f"{key}-confidence", help=meaning)
    return Confidence(picked) if picked else None


def _text(name: str, report: ProgressReported | None, key: str, f: Format) -> str:
    stands = (getattr(report, name) if report else None) or ""
    return st.text_area(f.say(f"field.{name}"), stands, 100 if name == "narrative" else 68, _LONGEST, f"{key}-{name}")


def _take(base: Base, raw: dict[str, object], role: Role, f: Format) -> None:
    draft = base.draft
    fields = shown.filled({"milestone": draft.milestone, "unit": draft.unit, **raw})
    order = reporting.read(fields, base_version=base.present.version)
    if isinstance(order, ReportProgress):
        _post(order, base, role, f)
    else:
        _refuse(order, f)


def _post(order: ReportProgress, base: Base, role: Role, f: Format) -> None:
    try:
        answer = send(order, role)
    except RoleRefusedError as refused:
        ui.draw(alert([f.say(refused.key)], kind="problem"), key="report-role")
        return
    if answer.refusal is None:
        _finish(order, base.present.report)
    elif answer.refusal.code == "stale_version":
        st.session_state.pop(_DONE, None)
        st.session_state[_CLASH] = Clash(order, base, answer.present)
        st.rerun()
    else:
        _refuse([answer.refusal], f)


def _refuse(refusals: Sequence[Refusal], f: Format) -> None:
    st.session_state.pop(_DONE, None)
    ui.draw(alert(shown.sentences(refusals, f), kind="problem"), key="report-problems")


def _finish(order: ReportProgress, before: ProgressReported | None) -> None:
    st.session_state[_DONE] = (before, order.report)
    st.session_state.pop(_CLASH, None)
    # What is no longer due would make room for the next: stay with what was sent.
    st.query_params["milestone"] = order.report.milestone
    _fill(st.session_state[_BASE].draft)
    st.rerun()


def _decide(clash: Clash, role: Role, f: Format) -> None:
    """Two reports, one to stand: the person's own over the other, or the other."""
    ui.draw(shown.conflict(clash.order.report, clash.present.report, f), key="report-conflict")
    with st.container(horizontal=True):
        mine = st.button(f.say("report.send_mine"), type="primary", key="report-mine")
        theirs = st.button(f.say("report.keep_theirs"), key="report-theirs")
    if mine:
        _post(
            replace(clash.order, base_version=clash.present.version),
            replace(clash.base, present=clash.present),
            role,
            f,
        )
    elif theirs:
        st.session_state.pop(_CLASH, None)
        _fill(clash.base.draft)
        st.rerun()
