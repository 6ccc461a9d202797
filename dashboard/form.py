"""The report's form: filled from what stands in the log, sent with the version it was filled from.

What is typed is kept as a draft at every change. A report that came meanwhile is shown beside it; only the person
decides which of the two is to stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import streamlit as st

from dashboard import data, typed, ui
from dashboard.format import Format
from dashboard.picker import date_field
from dashboard.shown import deliveries
from dashboard.shown import report as shown
from dashboard.tables import alert
from roadmap.domain.changes import ReportProgress, Stream
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import Confidence, State
from roadmap.domain.refusals import Refusal
from roadmap.domain.reviewing import Fate
from roadmap.services import drafts, reporting
from roadmap.services.drafts import Draft
from roadmap.services.reporting import Answer, Present

_BASE, _DONE, _CLASH = "report.base", "report.done", "report.clash"
_LONGEST: Final = 4000
#: Refusals of a report whose writer has not seen what somebody else wrote.
CLASHES: Final = frozenset({"stale_version", "waiting_meanwhile"})


@dataclass(frozen=True)
class Place:
    """What is reported on, for which commission, and the period's end that a report is due for."""

    commission: str
    milestone: str
    unit: str
    period_end: date

    @property
    def stream(self) -> Stream:
        """Where the report belongs."""
        return self.milestone, self.unit


@dataclass(frozen=True)
class Base:
    """What the form was filled from; `turn` tells one filling from the next, so that fields start anew.

    `start` are the values by the contract's names; `version` and `seen` what they were begun on (see `Present`), which
    for a `draft` may be older than what is `present` now.
    """

    place: Place
    present: Present
    turn: int
    start: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    seen: int = 0
    draft: Draft | None = None

    @property
    def key(self) -> str:
        """Begins the keys of this filling's fields."""
        return f"report-{self.place.milestone}-{self.place.unit}-{self.turn}"


@dataclass(frozen=True)
class Clash:
    """A report that was not taken, since another had come meanwhile."""

    order: ReportProgress
    base: Base
    present: Present


def show(place: Place, f: Format) -> None:
    """The form for `place`, with the refusals or the conflict of the report that was sent from it."""
    base = _base(place)
    _outcome(place, f)
    clash: Clash | None = st.session_state.get(_CLASH)
    if clash is not None and clash.base.key == base.key:
        _decide(clash, f)
    _origin(base, f)
    problems = st.container()
    raw = _fields(base, f)
    sent = st.button(f.say("report.send"), type="primary", icon=":material/send:", key=f"{base.key}-send")
    if sent:
        with problems:
            _take(base, raw, f)
    else:
        _keep(base, typed.kept(raw), f)


def forget() -> None:
    """Lets the form be filled from what stands now; fields start anew."""
    base: Base | None = st.session_state.get(_BASE)
    if base is not None:
        _fill(base.place)


def _outcome(place: Place, f: Format) -> None:
    """Says what the report that was sent last has changed."""
    if _DONE in st.session_state:
        before, after, waits, took = st.session_state[_DONE]
        if (after.milestone, after.unit) == place.stream:
            ui.draw(shown.taken(before, after, f, waits=waits, took=took), key="report-taken")


def _base(place: Place) -> Base:
    """What the form is filled from; it stays the same while somebody types, whatever comes in meanwhile."""
    base: Base | None = st.session_state.get(_BASE)
    if base is None or base.place != place:
        st.session_state.pop(_CLASH, None)
        base = _fill(place)
    return base


def _fill(place: Place) -> Base:
    last: Base | None = st.session_state.get(_BASE)
    present = reporting.present(data.desk(), place.milestone, place.unit)
    own = drafts.own(data.desk(), place.commission)
    draft = next((each for each in own if each.stream == place.stream), None)
    base = Base(
        place=place,
        present=present,
        turn=last.turn + 1 if last else 0,
        start=typed.readable(draft.fields) if draft else _start(present, place),
        version=draft.base_version if draft else present.version,
        seen=draft.seen if draft else present.seen,
        draft=draft,
    )
    st.session_state[_BASE] = base
    return base


def _start(present: Present, place: Place) -> dict[str, Any]:
    """What was sent and is not settled yet, else the report that counts, on the day to begin with."""
    report = present.case.submission.report if present.case else present.report
    if report is None:
        return {"effective": place.period_end}
    day = report.effective if present.case else max(report.effective, place.period_end)
    return {name: getattr(report, name) for name in shown.FIELDS} | {"effective": day}


def _origin(base: Base, f: Format) -> None:
    """What the form was filled from, where that is not the report that counts."""
    case = base.present.case
    if base.draft:
        st.caption(f.say("draft.continued", when=deliveries.when(base.draft.saved, data.desk().zone, f)))
    if case:
        moved = case.submission.base_version != base.present.version
        ui.draw(shown.came_back(case, base.present.report, moved=moved, f=f), key="report-case")


def _fields(base: Base, f: Format) -> dict[str, object]:
    """The form's fields with what stands in them, by the contract's names."""
    start, today, key = base.start, data.today(), base.key
    first = data.desk().programme.programme.start
    left, right = st.columns(2)
    with left:
        day = date_field(
            f.say("field.effective"),
            start.get("effective"),
            key=f"{key}-effective",
            today=today,
            f=f,
            limits=(first, today),
        )
        state = _state(start.get("state"), key, f)
        percent = st.number_input(
            f.say("field.percent"), 0.0, 100.0, start.get("percent") or 0.0, 1.0, "%g", key=f"{key}-percent"
        )
    with right:
        forecast = date_field(
            f.say("field.forecast_finish"),
            start.get("forecast_finish"),
            key=f"{key}-forecast",
            today=today,
            f=f,
            required=False,
        )
        confidence = _confidence(start.get("confidence"), key, f)
        spent = st.number_input(
            f"{f.say('field.spent')} ({data.desk().programme.programme.currency.in_(f.language)})",
            0.0,
            value=start.get("spent"),
            format="%g",
            key=f"{key}-spent",
        )
    texts = {name: _text(name, start.get(name), key, f) for name in ("narrative", "blocker", "evidence")}
    numbers = {"percent": percent, "spent": spent}
    return {"effective": day, "state": state, "confidence": confidence, "forecast_finish": forecast, **numbers, **texts}


def _state(stands: State | None, key: str, f: Format) -> State:
    start = list(State).index(stands or State.IN_PROGRESS)
    label, name = f.say("field.state"), lambda each: f.say(f"state.{each}")
    return State(st.selectbox(label, [each.value for each in State], start, name, key=f"{key}-state"))


def _confidence(stands: Confidence | None, key: str, f: Format) -> Confidence | None:
    options = ["", *(each.value for each in Confidence)]
    label, name = f.say("field.confidence"), lambda each: f.say(f"confidence.{each or 'none'}")
    start, meaning = options.index(stands.value if stands else ""), f.say("meaning.confidence")
    picked = st.selectbox(label, options, start, name, key=f"{key}-confidence", help=meaning)
    return Confidence(picked) if picked else None


def _text(name: str, stands: str | None, key: str, f: Format) -> str:
    height, note = 100 if name == "narrative" else 68, f.say("report.evidence_help") if name == "evidence" else None
    return st.text_area(f.say(f"field.{name}"), stands or "", height, _LONGEST, f"{key}-{name}", help=note)


def _keep(base: Base, now: Mapping[str, str], f: Format) -> None:
    """Keeps what was typed, once it differs from what the form was filled from."""
    remembered = f"{base.key}-kept"
    before = st.session_state.setdefault(remembered, now)
    if now != before:
        drafts.keep(
            data.desk(),
            base.place.stream,
            now,
            commission=base.place.commission,
            base_version=base.version,
            seen=base.seen,
        )
        st.session_state[remembered] = now
        st.session_state[f"{base.key}-saved"] = True
    st.caption(f.say("draft.saved" if f"{base.key}-saved" in st.session_state else "draft.note"))


def _take(base: Base, raw: Mapping[str, object], f: Format) -> None:
    fields = shown.filled({"milestone": base.place.milestone, "unit": base.place.unit, **raw})
    order = reporting.read(fields, base_version=base.version)
    if isinstance(order, ReportProgress):
        _post(order, base, f)
    else:
        _refuse(order, f)


def _post(order: ReportProgress, base: Base, f: Format) -> None:
    answer = reporting.report(data.desk(), order, commission=base.place.commission, seen=base.seen, day=data.today())
    if answer.refusal is None:
        _finish(order, base, answer)
    elif answer.refusal.code in CLASHES:
        st.session_state.pop(_DONE, None)
        st.session_state[_CLASH] = Clash(order, base, answer.present)
        st.rerun()
    else:
        _refuse([answer.refusal], f)


def _refuse(refusals: Sequence[Refusal], f: Format) -> None:
    st.session_state.pop(_DONE, None)
    ui.draw(alert(shown.sentences(refusals, f), kind="problem"), key="report-problems")


def _finish(order: ReportProgress, base: Base, answer: Answer) -> None:
    before = base.present.case
    took = answer.waits and before is not None and before.fate is Fate.WAITING and before.number != answer.present.seen
    st.session_state[_DONE] = (base.present.report, order.report, answer.waits, took)
    _begin_anew(base)
    # What is no longer due would make room for the next: stay with what was sent.
    st.query_params["milestone"] = order.report.milestone
    st.rerun()


def _begin_anew(base: Base) -> None:
    """Throws the draft away and fills the form from what stands now."""
    drafts.discard(data.desk(), base.place.stream, commission=base.place.commission)
    st.session_state.pop(_CLASH, None)
    _fill(base.place)


def _decide(clash: Clash, f: Format) -> None:
    """Two reports, one to stand: the person's own over the other, or the other."""
    ui.draw(shown.conflict(clash.order.report, _theirs(clash), f), key="report-conflict")
    with st.container(horizontal=True):
        mine = st.button(f.say("report.send_mine"), type="primary", key="report-mine")
        theirs = st.button(f.say("report.keep_theirs"), key="report-theirs")
    if mine:
        present = clash.present
        seen = replace(clash.base, present=present, version=present.version, seen=present.seen)
        _post(replace(clash.order, base_version=present.version), seen, f)
    elif theirs:
        _begin_anew(clash.base)
        st.rerun()


def _theirs(clash: Clash) -> ProgressReported | None:
    """What came meanwhile: a report that waits, unless the person had seen it, else the one that counts."""
    present = clash.present
    if present.case and present.seen != clash.base.seen:
        return present.case.submission.report
    return present.report
