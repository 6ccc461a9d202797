"""A lead reports on the own commission's milestones. What somebody else wrote meanwhile is shown, never overwritten."""

from __future__ import annotations

import streamlit as st

from dashboard import acting, data, form, ui
from dashboard.filters import choose
from dashboard.form import Draft
from dashboard.format import Format
from dashboard.roles import Role
from dashboard.shown import report as shown
from dashboard.tables import alert
from roadmap.domain.model import NATIONAL, Scope, Unit
from roadmap.services import reporting
from roadmap.services.desk import Desk, Moment
from roadmap.services.reporting import Due


def render() -> None:
    """Draws the page for the role, the milestone and the unit of the address."""
    f = data.form()
    if not acting.may_choose():
        ui.draw(alert([f.say("role.refused")], kind="notice"), key="report-refused")
        return
    role = acting.role(f)
    if role is None:
        return
    if role.commission is None:
        ui.draw(alert([f.say(f"role.explained_{role.kind}")], kind="notice"), key="report-explained")
    elif data.is_now(data.moment()):
        _lead(role, role.commission, f)
    else:
        ui.draw(alert([f.say("report.only_now")], kind="notice"), key="report-then")


def _lead(role: Role, commission: str, f: Format) -> None:
    view = data.cached(reporting.due, commission)
    with ui.card(f.say("report.due"), note=shown.due_sentence(view, f)):
        ui.draw(shown.due(view, role, f), key="report-due")
    with ui.card(f.say("report.form")):
        draft = _stream(view, f)
        if draft is not None:
            form.show(draft, role, f)


def _stream(view: Due, f: Format) -> Draft | None:
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
    return Draft(milestone, unit, view.period_end)


def _units(desk: Desk, _moment: Moment, milestone: str) -> list[Unit]:
    return reporting.units_in_scope(desk, milestone)
