"""Actions that the council gives: to a commission or the secretariat, with a day; settled by whoever owns them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from roadmap.domain import session_rules as rules
from roadmap.domain.events import ActionGiven, ActionSettled
from roadmap.domain.session_rules import SessionRefusedError
from roadmap.domain.sessions import Council, Outcome, open_ones
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.sessions import made
from roadmap.store import sessions as store
from roadmap.store import views


def _owner(desk: Desk, arguments: Mapping[str, Any]) -> str | None:
    """The commission that owns the action of the argument `action`; None for the secretariat's and for none."""
    with desk.engine.connect() as connection:
        found = store.council(connection, views.head(connection).seq).actions.get(arguments["action"])
    return (found.owner or None) if found else None


@allowed(Action.HOLD_SESSION)
def give(
    desk: Desk, text: str, *, owner: str, due: date, session: str | None = None, milestone: str | None = None
) -> str:
    """Gives an action to the commission `owner` (empty: the secretariat) that is due on `due`; its code.

    The same action given twice in one session, while it is open, is one.

    Raises:
        SessionRefusedError: there is no such session, commission or milestone; it is due before today; an unfit text.
    """
    _refers(desk, owner, milestone, due)
    code = ""

    def order(now: Council) -> ActionGiven | None:
        nonlocal code
        if session is not None:
            rules.begun(now, session, desks.today(desk))
        given = (session, text.strip(), owner, due, milestone)
        code = next((each.code for each in open_ones(now) if each.given == given), "")
        if code:
            return None
        code = rules.next_action(now)
        return _given(desk, code, session, text, owner, due, milestone)

    store.record(desk.engine, order, actor=desk.who.actor)
    return code


@allowed(Action.HOLD_SESSION)
def change(desk: Desk, action: str, text: str, *, owner: str, due: date) -> None:
    """Gives an open action another text, owner or day.

    Raises:
        SessionRefusedError: there is no such action or commission, it is not open, due before today, or an unfit text.
    """
    _refers(desk, owner, None, due)

    def order(now: Council) -> ActionGiven | None:
        found = rules.action(now, action)
        if found.outcome != "open":
            raise SessionRefusedError("not_open")
        if (found.text, found.owner, found.due) == (text.strip(), owner, due):
            return None
        return _given(desk, action, found.session, text, owner, due, found.milestone)

    store.record(desk.engine, order, actor=desk.who.actor)


@allowed(Action.SETTLE_ACTION, _owner)
def settle(desk: Desk, action: str, outcome: Outcome, remark: str) -> None:
    """Says that an action is done, is given up, or is open again; the remark says what came of it or why.

    Raises:
        SessionRefusedError: there is no such action, it is so already, or there is no remark.
    """

    def order(now: Council) -> ActionSettled:
        if rules.action(now, action).outcome == outcome:
            raise SessionRefusedError("already")
        return made(ActionSettled, effective=desks.today(desk), action=action, outcome=outcome, remark=remark)

    store.record(desk.engine, order, actor=desk.who.actor)


def _given(
    desk: Desk, action: str, session: str | None, text: str, owner: str, due: date, milestone: str | None
) -> ActionGiven:
    today = desks.today(desk)
    return made(
        ActionGiven,
        effective=today,
        action=action,
        session=session,
        text=text,
        owner=owner,
        due=due,
        milestone=milestone,
    )


def _refers(desk: Desk, owner: str, milestone: str | None, due: date) -> None:
    """Whether what an action names is there."""
    if owner and owner not in desk.programme.by_commission:
        raise SessionRefusedError("unknown_owner")
    if due < desks.today(desk):
        raise SessionRefusedError("due_before")
    if milestone is not None:
        moment = desks.moment(desk)
        with desk.engine.connect() as connection:
            known = {each.code for each in views.milestones(connection, moment.seq, moment.day)}
        if milestone not in known:
            raise SessionRefusedError("unknown_milestone")
