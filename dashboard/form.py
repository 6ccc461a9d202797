"""The report's form: filled from what stands in the log, sent with the version it was filled from.

What is typed is kept as a draft at every change. A report that came meanwhile is shown beside it; only the person
decides which of the two is to stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import streamlit as st

from dashboard import data, filling, form_fields, typed, ui
from dashboard.filling import Filling
from dashboard.format import Format
from dashboard.shown import deliveries
from dashboard.shown import report as shown
from dashboard.tables import alert
from roadmap.domain.changes import ReportProgress, Stream
from roadmap.domain.events import ProgressReported
from roadmap.domain.refusals import Refusal
from roadmap.domain.reviewing import Fate
from roadmap.services.reporting import Answer, Present

_BASE, _DONE, _CLASH = "report.base", "report.done", "report.clash"


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
    """What the form was filled from; `turn` tells one filling from the next, so that fields start anew."""

    place: Place
    filling: Filling
    turn: int

    @property
    def key(self) -> str:
        """Begins the keys of this filling's fields."""
        return f"report-{self.place.milestone}-{self.place.unit}-{self.turn}"

    @property
    def start(self) -> dict[str, Any]:
        """The values that the fields begin with, by the contract's names."""
        return {"effective": self._day} | typed.readable(self.filling.texts)

    @property
    def _day(self) -> date:
        """The day to begin with: that of what waits or came back, else the period's end."""
        present, due = self.filling.present, self.place.period_end
        if present.case:
            return present.case.submission.report.effective
        return max(present.report.effective, due) if present.report else due


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
    texts = typed.kept(form_fields.fields(base.start, base.key, f))
    sent = st.button(f.say("report.send"), type="primary", icon=":material/send:", key=f"{base.key}-send")
    if sent:
        with problems:
            _take(base, texts, f)
    else:
        _keep(base, texts, f)


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
    [filled] = filling.fill(place.commission, [place.stream])
    base = Base(place, filled, last.turn + 1 if last else 0)
    st.session_state[_BASE] = base
    return base


def _origin(base: Base, f: Format) -> None:
    """What the form was filled from, where that is not the report that counts."""
    draft, present = base.filling.draft, base.filling.present
    if draft:
        st.caption(f.say("draft.continued", when=deliveries.when(draft.saved, data.desk().zone, f)))
    if present.case:
        moved = present.case.submission.base_version != present.version
        ui.draw(shown.came_back(present.case, present.report, moved=moved, f=f), key="report-case")


def _keep(base: Base, now: Mapping[str, str], f: Format) -> None:
    """Keeps what was typed, once it differs from what the form was filled from."""
    remembered = f"{base.key}-kept"
    before = st.session_state.setdefault(remembered, now)
    if now != before:
        filling.keep(base.filling, now)
        st.session_state[remembered] = now
        st.session_state[f"{base.key}-saved"] = True
    st.caption(f.say("draft.saved" if f"{base.key}-saved" in st.session_state else "draft.note"))


def _take(base: Base, texts: Mapping[str, str], f: Format) -> None:
    order = filling.read(base.filling, texts)
    if isinstance(order, ReportProgress):
        _post(order, base, f)
    else:
        _refuse(order, f)


def _post(order: ReportProgress, base: Base, f: Format) -> None:
    answer = filling.post(order, base.filling)
    if answer.refusal is None:
        _finish(order, base, answer)
    elif filling.is_clash(answer.refusal):
        st.session_state.pop(_DONE, None)
        st.session_state[_CLASH] = Clash(order, base, answer.present)
        st.rerun()
    else:
        _refuse([answer.refusal], f)


def _refuse(refusals: Sequence[Refusal], f: Format) -> None:
    st.session_state.pop(_DONE, None)
    ui.draw(alert(shown.sentences(refusals, f), kind="problem"), key="report-problems")


def _finish(order: ReportProgress, base: Base, answer: Answer) -> None:
    present = base.filling.present
    before = present.case
    took = answer.waits and before is not None and before.fate is Fate.WAITING and before.number != answer.present.seen
    st.session_state[_DONE] = (present.report, order.report, answer.waits, took)
    _begin_anew(base)
    # What is no longer due would make room for the next: stay with what was sent.
    st.query_params["milestone"] = order.report.milestone
    st.rerun()


def _begin_anew(base: Base) -> None:
    """Fills the form from what stands now."""
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
        seen = replace(clash.base.filling, present=present, version=present.version, seen=present.seen)
        _post(replace(clash.order, base_version=present.version), replace(clash.base, filling=seen), f)
    elif theirs:
        filling.discard(clash.base.filling)
        _begin_anew(clash.base)
        st.rerun()


def _theirs(clash: Clash) -> ProgressReported | None:
    """What came meanwhile: a report that waits, unless the person had seen it, else the one that counts."""
    present = clash.present
    if present.case and present.seen != clash.base.filling.seen:
        return present.case.submission.report
    return present.report
