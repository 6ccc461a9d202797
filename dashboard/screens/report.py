"""A lead's page: what is due, what came back and why, what waits; one report at a time, or many in a grid.

What somebody else wrote meanwhile is shown, never overwritten. Who may not report sees that said; the service refuses
it all the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import data, form, grid, ui
from dashboard.filters import choose, search
from dashboard.form import Place
from dashboard.format import Format
from dashboard.shown import deliveries
from dashboard.shown import report as shown
from dashboard.tables import alert
from roadmap.domain.model import NATIONAL, Scope, Unit
from roadmap.domain.people import Role
from roadmap.services import drafts, reporting
from roadmap.services.desk import Desk, Moment
from roadmap.services.drafts import Draft
from roadmap.services.reporting import Due

_ONE, _MANY = "one", "many"


def render() -> None:
    """Draws the page for the commission, the milestone and the unit of the address."""
    f, desk = data.form(), data.desk()
    own = desk.who.own(Role.LEAD)
    if not own:
        ui.draw(alert([f.say("report.not_lead")], kind="notice"), key="report-refused")
    elif not data.is_now(data.moment()):
        ui.draw(alert([f.say("report.only_now")], kind="notice"), key="report-then")
    else:
        titles = {entry.code: entry.title.in_(f.language) for entry in desk.programme.commissions}
        code = _commission({each: titles.get(each, each) for each in own}, f)
        if code is not None:
            _lead(code, f)


def _commission(own: dict[str, str], f: Format) -> str | None:
    """The commission that is reported for; somebody who leads one alone need not choose."""
    asked = st.query_params.get("commission")
    if len(own) == 1 and asked in {None, *own}:
        return next(iter(own))
    clears = ("milestone", "unit")
    return choose(f.say("matrix.commission"), own, param="commission", f=f, default=next(iter(own)), clears=clears)


def _lead(commission: str, f: Format) -> None:
    view = data.cached(reporting.due, commission)
    if view.returned:
        title = f.say("report.came_back", n=len(view.returned), count=f.number(len(view.returned)))
        with ui.card(title, note=f.say("report.came_back_note")):
            ui.draw(shown.returned(view, data.desk().zone, f), key="report-returned")
    with ui.card(f.say("report.due"), note=shown.due_sentence(view, data.today(), f)):
        ui.draw(shown.due(view, f), key="report-due")
    if view.waiting:
        with ui.card(f.say("report.waiting"), note=f.say("report.waiting_note")):
            ui.draw(shown.waiting(view, data.desk().zone, f), key="report-waiting")
    with ui.card(f.say("report.form")):
        _write(view, commission, f)
    # Below: what appears while somebody types must not push the form away.
    _drafts(drafts.own(data.desk(), commission), f)


def _write(view: Due, commission: str, f: Format) -> None:
    ways = {_ONE: f.say("report.one"), _MANY: f.say("report.many")}
    way = choose(f.say("report.way"), ways, param="way", f=f, default=_ONE, row=True)
    if way == _MANY:
        streams = _streams(view, f)
        if streams:
            grid.show(view, commission, streams, f)
        return
    place = _place(view, commission, f)
    if place is not None:
        form.show(place, f)


def _place(view: Due, commission: str, f: Format) -> Place | None:
    """What is reported on: a milestone, and a unit of its scope."""
    options = shown.choices(view, f)
    first = next(iter(options), None)
    milestone = choose(f.say("page.milestone"), options, param="milestone", f=f, default=first, clears=("unit",))
    if milestone is None:
        return None
    line = next(line for line in view.own if line.code == milestone)
    unit = NATIONAL
    if line.milestone.scope is not Scope.NATIONAL:
        found = shown.units(data.cached(_units, milestone), f)
        picked = choose(f.say("field.unit"), found, param="unit", f=f)
        if picked is None:
            st.caption(f.say("report.pick_unit", count=f.number(len(found))))
            return None
        unit = picked
    return Place(commission, milestone, unit, view.period_end)


def _streams(view: Due, f: Format) -> list[tuple[tuple[str, str], str]]:
    """The rows of the grid: the country's milestones, or the units of one that is reported for units."""
    scoped = {line.code: line for line in view.own if line.milestone.scope is not Scope.NATIONAL}
    names = {code: f.join([code, line.milestone.title.in_(f.language)]) for code, line in scoped.items()}
    options = {NATIONAL: f.say("grid.country")} | names
    picked = choose(f.say("grid.rows"), options, param="rows", f=f, default=NATIONAL)
    if picked is None:
        return []
    if picked == NATIONAL:
        found = grid.of_country(view, f)
    else:
        sought = search(f.say("grid.search"), param="seek")
        found = grid.of_units(scoped[picked], data.cached(_units, picked), sought, f)
    _counted(found, f)
    return found


def _counted(found: Sequence[object], f: Format) -> None:
    if not found:
        st.caption(f.say("grid.none"))
    elif len(found) > grid.MOST:
        st.caption(f.say("grid.first", count=f.number(grid.MOST), all=f.number(len(found))))


def _units(desk: Desk, _moment: Moment, milestone: str) -> list[Unit]:
    return reporting.units_in_scope(desk, milestone)


def _drafts(found: Sequence[Draft], f: Format) -> None:
    """What the reader has begun to write and not sent: each is one click from its form."""
    if not found:
        return
    with ui.card(f.say("draft.title"), note=f.say("draft.title_note")):
        for draft in found:
            with st.container(horizontal=True, vertical_alignment="center"):
                _draft(draft, f)


def _draft(draft: Draft, f: Format) -> None:
    milestone, unit = draft.stream
    key = f"{milestone}-{unit}"
    saved = deliveries.when(draft.saved, data.desk().zone, f)
    ui.draw(shown.draft(draft, saved, f), key=f"draft-{key}")
    with st.popover(f.say("draft.discard"), icon=":material/delete:"):
        st.text(f.say("draft.sure"))
        if st.button(f.say("draft.discard_now"), key=f"draft-discard-{key}"):
            drafts.discard(data.desk(), draft.stream, commission=draft.commission)
            form.forget()
            grid.forget()
            st.rerun()
