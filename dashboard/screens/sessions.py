"""Council sessions: what comes up and what was held; one session with its agenda, decisions, actions and minutes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import data, ui
from dashboard import sessions as forms
from dashboard.format import Format
from dashboard.shown import sessions as shown
from dashboard.shown.sessions import Around
from dashboard.tables import alert
from roadmap.services import agenda as agendas
from roadmap.services import gate
from roadmap.services import sessions as services
from roadmap.services.agenda import Agenda
from roadmap.services.desk import Desk, Moment
from roadmap.services.permissions import Action
from roadmap.services.sessions import ActionItem, Council, Session


def render() -> None:
    """Draws all sessions, or the one of the address."""
    f, desk = data.form(), data.desk()
    titles = {entry.code: entry.title.in_(f.language) for entry in desk.programme.commissions}
    around = Around(titles, desk.zone, data.moment().day)
    council: Council = data.cached(services.council)
    code = st.query_params.get("session")
    forms.outcome()
    if code is None:
        _all(council, around, f)
    elif code in council.sessions:
        _one(council.sessions[code], council, around, f)
    else:
        st.warning(f.say("filter.unknown", value=f.isolate(code)), icon=":material/help:")
        _all(council, around, f)


def _all(council: Council, around: Around, f: Format) -> None:
    _mine(council, around, f)
    coming = [each for each in council.sessions.values() if each.on >= around.day]
    held = [each for each in council.sessions.values() if each.on < around.day]
    left, right = st.columns(2)
    with left, ui.card(f.say("sessions.coming"), note=f.say("sessions.coming_note")):
        found = sorted(coming, key=lambda each: each.on)
        ui.draw(shown.sessions(found, around, f, empty=f.say("sessions.none_coming")), key="sessions-coming")
        if forms.may_hold():
            forms.call(f)
    with right, ui.card(f.say("sessions.held")):
        found = sorted(held, key=lambda each: each.on, reverse=True)
        ui.draw(shown.sessions(found, around, f, empty=f.say("sessions.none_held")), key="sessions-held")
    _follow_up(council, around, f)


def _mine(council: Council, around: Around, f: Format) -> None:
    """The open actions of those who have a commission of their own, before anything else."""
    own = gate.within(data.desk().who, Action.SETTLE_ACTION)
    if not own:
        return
    with ui.card(f.say("sessions.mine")):
        found = [each for each in services.open_ones(council) if each.owner in own]
        ui.draw(shown.actions(found, around, f, empty=f.say("sessions.none_mine")), key="sessions-mine")
        forms.settle(found, f)


def _follow_up(council: Council, around: Around, f: Format) -> None:
    """All open actions, and those that were settled last; who holds sessions gives, changes and settles them."""
    found = services.open_ones(council)
    closed = [each for each in council.actions.values() if each.outcome != "open"]
    closed.sort(key=lambda each: each.settled[-1].recorded, reverse=True)
    with ui.card(f.say("sessions.follow_up"), note=f.say("sessions.follow_up_note")):
        ui.draw(shown.actions(found, around, f, empty=f.say("sessions.none_open")), key="sessions-open")
        if forms.may_hold():
            _acting(found, [*found, *closed], around, f)
    if closed:
        with st.expander(f.say("sessions.closed", n=len(closed), count=f.number(len(closed)))):
            ui.draw(shown.actions(closed, around, f, empty=""), key="sessions-closed")


def _acting(found: Sequence[ActionItem], every: Sequence[ActionItem], around: Around, f: Format) -> None:
    forms.settle(every, f)
    forms.reassign(found, around.titles, f)
    with st.expander(f.say("action.give_title"), icon=":material/assignment_add:"):
        forms.give(None, around.titles, data.cached(_milestones, f), f)


def _one(session: Session, council: Council, around: Around, f: Format) -> None:
    ui.draw(shown.head(session, around, f), key="session-head")
    _agenda(session, around, f)
    records = forms.may_hold() and session.on <= around.day and not session.called_off
    with ui.card(f.say("sessions.decisions"), note=f.say("sessions.decisions_note")):
        ui.draw(shown.decisions(session.decisions, around, f), key="session-decisions")
        if records:
            forms.decide(session, f)
    with ui.card(f.say("sessions.actions")):
        found = council.of(session.code)
        ui.draw(shown.actions(found, around, f, empty=f.say("sessions.no_actions")), key="session-actions")
        if records:
            forms.give(session.code, around.titles, data.cached(_milestones, f), f)
        forms.settle(found, f)
    _minutes(session, around, f, records=records)
    if forms.may_hold():
        forms.change(session, f)


def _agenda(session: Session, around: Around, f: Format) -> None:
    view = data.cached(_agenda_of, session)
    known = view.moment.known
    note = f.say("agenda.frozen", day=f.day(known)) if known else f.say("agenda.now")
    st.subheader(f.say("agenda.title"), anchor=False)
    st.caption(note)
    left, right = st.columns(2)
    with left:
        with ui.card(f.say("agenda.late", n=len(view.late), count=f.number(len(view.late)))):
            ui.draw(shown.matters(view.late, around, f, empty=f.say("agenda.no_late")), key="agenda-late")
        with ui.card(f.say("agenda.moved", since=f.day(view.since))):
            ui.draw(shown.moved(view.moved, around, f), key="agenda-moved")
    with right:
        with ui.card(f.say("agenda.at_risk", n=len(view.at_risk), count=f.number(len(view.at_risk)))):
            ui.draw(shown.matters(view.at_risk, around, f, empty=f.say("agenda.no_risk")), key="agenda-risk")
        with ui.card(f.say("agenda.waits")):
            ui.draw(shown.waits(view, around, f), key="agenda-waits")
    then = Around(around.titles, around.zone, view.moment.day)
    with ui.card(f.say("agenda.actions"), note=f.say("agenda.actions_note")):
        ui.draw(shown.actions(view.actions, then, f, empty=f.say("sessions.none_open")), key="agenda-actions")


def _agenda_of(desk: Desk, moment: Moment, session: Session) -> Agenda:
    """The agenda of a session: as it was on its day; of one to come, or on an older board, as things stand there."""
    return agendas.agenda(desk, services.frozen(desk, session) if moment.known is None else moment)


def _minutes(session: Session, around: Around, f: Format, *, records: bool) -> None:
    with ui.card(f.say("minutes.title")):
        if session.minutes:
            ui.draw(shown.minutes(session.minutes[-1], around, f), key="session-minutes")
        else:
            st.caption(f.say("minutes.none"))
        if earlier := session.minutes[:-1]:
            with st.expander(f.say("minutes.earlier", n=len(earlier), count=f.number(len(earlier)))):
                ui.draw(*(shown.minutes(each, around, f) for each in reversed(earlier)), key="session-minutes-before")
        if records:
            forms.keep_minutes(session, f)
        elif session.on > around.day and forms.may_hold():
            ui.draw(alert([f.say("sessions.not_yet")], kind="notice"), key="session-not-yet")


def _milestones(desk: Desk, moment: Moment, f: Format) -> dict[str, str]:
    """Milestones by code, to pick one that an action is about."""
    titles = agendas.agenda(desk, moment).titles
    return {code: f.join([code, title.in_(f.language)]) for code, title in titles.items()}
