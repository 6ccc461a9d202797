"""The forms of the Sessions page: sessions are called and changed, decisions, actions and minutes recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

import streamlit as st

from dashboard import data, ui
from dashboard.format import Format
from dashboard.picker import date_field
from dashboard.tables import alert
from roadmap.domain.sessions import Outcome
from roadmap.services import actions as action_services
from roadmap.services import gate
from roadmap.services import sessions as services
from roadmap.services.gate import NotAllowedError
from roadmap.services.permissions import Action
from roadmap.services.sessions import ActionItem, Session, SessionRefusedError

_DONE, _TURN = "sessions.done", "sessions.turn"
_LONGEST, _LONGEST_MINUTES, _LONGEST_TITLE = 1_000, 20_000, 200
_USUALLY: Final = timedelta(days=30)
_OUTCOMES: Final[tuple[Outcome, ...]] = ("done", "given_up")


def outcome() -> None:
    """Says what was done last."""
    if _DONE in st.session_state:
        ui.draw(alert([st.session_state[_DONE]], kind="success"), key="sessions-done")


def may_hold() -> bool:
    """Whether the reader holds sessions, on a board that is today's."""
    return gate.permits(data.desk().who, Action.HOLD_SESSION) and data.is_now(data.moment())


def may_settle(action: ActionItem) -> bool:
    """Whether the reader says what becomes of `action`, on a board that is today's."""
    allowed = gate.permits(data.desk().who, Action.SETTLE_ACTION, action.owner or None)
    return allowed and data.is_now(data.moment())


def call(f: Format) -> None:
    """The form that calls a session."""
    with st.form(_key("call"), border=False, enter_to_submit=False):
        on, title = _session_fields(data.today() + timedelta(days=7), "", "call", f)
        sent = st.form_submit_button(f.say("sessions.call"), type="primary", icon=":material/event:")
    if sent and on is not None:
        _do(lambda: services.call(data.desk(), on, title), f.say("sessions.called", day=f.day(on)), f)


def change(session: Session, f: Format) -> None:
    """Moves or renames `session`, or calls it off and in again."""
    with ui.card(f.say("sessions.change")):
        with st.form(_key(f"change-{session.code}"), border=False, enter_to_submit=False):
            on, title = _session_fields(session.on, session.title, f"change-{session.code}", f)
            moved = st.form_submit_button(f.say("sessions.change_now"), type="primary")
        word = "sessions.call_in" if session.called_off else "sessions.call_off"
        turned = st.button(f.say(word), key=_key(f"off-{session.code}"), icon=":material/event_busy:")
    if moved and on is not None:
        move = partial(services.change, data.desk(), session.code, on, title, called_off=session.called_off)
        _do(move, f.say("sessions.changed"), f)
    if turned:
        turn = partial(services.change, data.desk(), session.code, session.on, session.title)
        _do(partial(turn, called_off=not session.called_off), f.say("sessions.changed"), f)


def _session_fields(on: date, title: str, name: str, f: Format) -> tuple[date | None, str]:
    left, right = st.columns([1, 2])
    with left:
        day = date_field(f.say("sessions.day"), on, key=_key(f"{name}-day"), today=data.today(), f=f)
    with right:
        written = st.text_input(f.say("sessions.title"), title, _LONGEST_TITLE, key=_key(f"{name}-title"))
    return day, written


def decide(session: Session, f: Format) -> None:
    """Records a decision, or one in the place of another."""
    standing = [each for each in session.decisions if each.corrected_by is None]
    names = {0: f.say("decision.new")} | {
        each.seq: f.say("decision.instead", text=f.isolate(_short(each.text))) for each in standing
    }
    with st.form(_key("decide"), border=False, enter_to_submit=False):
        text = st.text_area(f.say("decision.text"), max_chars=_LONGEST, height=90, key=_key("decide-text"))
        corrects = 0
        if standing:
            corrects = st.selectbox(
                f.say("decision.kind"), list(names), format_func=lambda each: names[each], key=_key("decide-instead")
            )
        sent = st.form_submit_button(f.say("decision.record"), type="primary", icon=":material/gavel:")
    if sent:
        record = partial(services.decide, data.desk(), session.code, text, corrects=corrects or None)
        _do(record, f.say("decision.recorded"), f)


def give(session: str | None, titles: Mapping[str, str], milestones: Mapping[str, str], f: Format) -> None:
    """Gives an action: to whom, by when, for which milestone."""
    with st.form(_key("give"), border=False, enter_to_submit=False):
        text = st.text_area(f.say("action.what"), max_chars=_LONGEST, height=90, key=_key("give-text"))
        left, middle, right = st.columns(3)
        with left:
            owner = _owner("", titles, "give-owner", f)
        with middle:
            due = _due(data.today() + _USUALLY, "give-due", f)
        with right:
            about = st.selectbox(
                f.say("action.milestone"),
                ["", *milestones],
                format_func=lambda code: milestones.get(code, f.say("action.no_milestone")),
                key=_key("give-milestone"),
            )
        sent = st.form_submit_button(f.say("action.give"), type="primary", icon=":material/assignment_add:")
    if sent and due is not None:
        order = partial(action_services.give, data.desk(), text, owner=owner, due=due, session=session)
        _do(partial(order, milestone=about or None), f.say("action.given"), f)


def settle(found: Sequence[ActionItem], f: Format) -> None:
    """Says what became of one of the actions `found` that the reader answers for."""
    mine = {each.code: each for each in found if may_settle(each)}
    if not mine:
        return
    with st.expander(f.say("action.settle_title"), icon=":material/task_alt:"):
        names = {code: f.join([code, _short(each.text)]) for code, each in mine.items()}
        code = st.selectbox(
            f.say("action.which"), list(mine), format_func=lambda each: names[each], key=_key("settle-which")
        )
        if code in mine:
            _settle(mine[code], f)


def _settle(action: ActionItem, f: Format) -> None:
    offered: tuple[Outcome, ...] = _OUTCOMES if action.outcome == "open" else ("open",)
    with st.form(_key(f"settle-{action.code}"), border=False, enter_to_submit=False):
        outcome = st.radio(
            f.say("action.outcome"),
            offered,
            format_func=lambda each: f.say(f"outcome.{each}"),
            horizontal=True,
            key=_key(f"settle-outcome-{action.code}"),
        )
        remark = st.text_area(
            f.say("action.remark"), max_chars=_LONGEST, height=80, key=_key(f"settle-remark-{action.code}")
        )
        sent = st.form_submit_button(f.say("action.settle"), type="primary", icon=":material/task_alt:")
    if sent and outcome is not None:
        order = partial(action_services.settle, data.desk(), action.code, outcome, remark)
        _do(order, f.say("action.settled"), f)


def reassign(found: Sequence[ActionItem], titles: Mapping[str, str], f: Format) -> None:
    """Gives an open action another text, owner or day."""
    own = {each.code: each for each in found if each.outcome == "open"}
    if not own:
        return
    with st.expander(f.say("action.change_title"), icon=":material/edit:"):
        names = {code: f.join([code, _short(each.text)]) for code, each in own.items()}
        code = st.selectbox(
            f.say("action.which"), list(own), format_func=lambda each: names[each], key=_key("change-which")
        )
        if code not in own:
            return
        action = own[code]
        with st.form(_key(f"reassign-{code}"), border=False, enter_to_submit=False):
            text = st.text_area(f.say("action.what"), action.text, 90, _LONGEST, key=_key(f"reassign-text-{code}"))
            left, right = st.columns(2)
            with left:
                owner = _owner(action.owner, titles, f"reassign-owner-{code}", f)
            with right:
                due = _due(max(action.due, data.today()), f"reassign-due-{code}", f)
            sent = st.form_submit_button(f.say("action.change"), type="primary")
    if sent and due is not None:
        order = partial(action_services.change, data.desk(), code, text, owner=owner, due=due)
        _do(order, f.say("action.changed"), f)


def _owner(stands: str, titles: Mapping[str, str], name: str, f: Format) -> str:
    owners = ["", *titles]
    picked = st.selectbox(
        f.say("action.owner"),
        owners,
        owners.index(stands) if stands in owners else 0,
        format_func=lambda code: titles.get(code, f.say("action.secretariat")),
        key=_key(name),
    )
    return picked or ""


def _due(day: date, name: str, f: Format) -> date | None:
    today = data.today()
    return date_field(f.say("action.due"), day, key=_key(name), today=today, f=f, limits=(today, None))


def keep_minutes(session: Session, f: Format) -> None:
    """Keeps the minutes, beginning with those that stand."""
    stands = session.minutes[-1].text if session.minutes else ""
    with st.form(_key("minutes"), border=False, enter_to_submit=False):
        text = st.text_area(f.say("minutes.text"), stands, 260, _LONGEST_MINUTES, key=_key("minutes-text"))
        st.caption(f.say("minutes.freezes"))
        word = "minutes.keep_again" if session.minutes else "minutes.keep"
        sent = st.form_submit_button(f.say(word), type="primary", icon=":material/inventory:")
    if sent:
        _do(partial(services.keep_minutes, data.desk(), session.code, text), f.say("minutes.kept"), f)


def _do(act: Callable[[], object], done: str, f: Format) -> None:
    """Does it, and says so on the page that is drawn anew; what is refused stays as it was typed."""
    try:
        act()
    except (SessionRefusedError, NotAllowedError) as refused:
        st.session_state.pop(_DONE, None)
        ui.draw(alert([refused.text.in_(f.language)], kind="problem"), key="sessions-problem")
    else:
        st.session_state[_DONE] = done
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        st.rerun()


def _key(name: str) -> str:
    """The fields of one filling of the forms have keys of their own, so that the next one begins anew."""
    return f"sessions-{name}-{st.session_state.get(_TURN, 0)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
