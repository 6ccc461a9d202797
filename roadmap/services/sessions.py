"""Council sessions: called, moved, called off; what was decided in them, and their minutes. The log keeps who and when.

A thing that is asked for twice is recorded once. Nothing is edited: a decision is corrected by another one, minutes
that are kept again are a new version, and the earlier ones can be read.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from roadmap.domain import session_rules as rules
from roadmap.domain.events import Fact, MinutesKept, SessionCalled, SessionDecided
from roadmap.domain.session_rules import SessionRefusedError
from roadmap.domain.sessions import ActionItem, Council, Decision, Minutes, Session, Settled, open_ones
from roadmap.services import desk as desks
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import sessions as store

__all__ = [
    "ActionItem",
    "Council",
    "Decision",
    "Minutes",
    "Session",
    "SessionRefusedError",
    "Settled",
    "call",
    "change",
    "council",
    "decide",
    "frozen",
    "keep_minutes",
    "last_before",
    "open_ones",
]

Event = TypeVar("Event", bound=Fact)
_WHITE: Final = frozenset("\n\t")


@allowed(Action.READ_SESSIONS)
def council(desk: Desk, moment: Moment) -> Council:
    """All sessions and actions as known at `moment`."""
    with desk.engine.connect() as connection:
        return store.council(connection, moment.seq)


@allowed(Action.READ_BOARD)
def last_before(desk: Desk, moment: Moment) -> Session | None:
    """The session that was held last before the day of `moment`: since when an executive wants to know what changed."""
    with desk.engine.connect() as connection:
        return store.council(connection, moment.seq).last_before(moment.day)


@allowed(Action.READ_SESSIONS)
def frozen(desk: Desk, session: Session) -> Moment:
    """The board of `session`: of its day, as its minutes froze it, else as known at that day's end; now, if to come."""
    today = desks.today(desk)
    if session.on > today:
        return desks.moment(desk)
    if session.minutes:
        return Moment(session.on, session.minutes[-1].seq, session.on)
    return desks.moment(desk, day=session.on, known=session.on if session.on < today else None)


@allowed(Action.HOLD_SESSION)
def call(desk: Desk, on: date, title: str) -> str:
    """Calls the council together for the day `on`; the session's code, which is made of that day.

    Called twice for the same day under the same title, it is one session.

    Raises:
        SessionRefusedError: the title is empty or longer than 200 characters.
    """
    code = ""

    def order(now: Council) -> SessionCalled | None:
        nonlocal code
        same = (each.code for each in now.sessions.values() if (each.on, each.title) == (on, title.strip()))
        code = next(same, "")
        if code and not now.sessions[code].called_off:
            return None
        code = code or rules.new_code(now, on, desk.programme.programme.calendar)
        return made(SessionCalled, effective=desks.today(desk), session=code, on=on, title=title)

    store.record(desk.engine, order, actor=desk.who.actor)
    return code


@allowed(Action.HOLD_SESSION)
def change(desk: Desk, session: str, on: date, title: str, *, called_off: bool = False) -> None:
    """Moves a session, renames it, calls it off or, with `called_off` False again, back in; its code stays.

    Raises:
        SessionRefusedError: there is no such session, it has taken place, or the title is unfit.
    """

    def order(now: Council) -> SessionCalled | None:
        found = rules.session(now, session)
        rules.may_change(found, on, desks.today(desk), called_off=called_off)
        if (found.on, found.title, found.called_off) == (on, title.strip(), called_off):
            return None
        today = desks.today(desk)
        return made(SessionCalled, effective=today, session=session, on=on, title=title, called_off=called_off)

    store.record(desk.engine, order, actor=desk.who.actor)


@allowed(Action.HOLD_SESSION)
def decide(desk: Desk, session: str, text: str, *, corrects: int | None = None) -> None:
    """Records what `session` decided, in words; with `corrects` in place of the decision with that number.

    Raises:
        SessionRefusedError: there is no such session or decision, it is still to come, or the text is unfit.
    """

    def order(now: Council) -> SessionDecided | None:
        found = rules.begun(now, session, desks.today(desk))
        if corrects is not None:
            rules.correctable(found, corrects)
        elif any(each.text == text.strip() and each.corrected_by is None for each in found.decisions):
            return None
        today = desks.today(desk)
        return made(SessionDecided, effective=today, session=session, text=text, corrects=corrects)

    store.record(desk.engine, order, actor=desk.who.actor)


@allowed(Action.HOLD_SESSION)
def keep_minutes(desk: Desk, session: str, text: str) -> None:
    """Keeps the minutes of `session` and freezes its board; kept again, they are a new version.

    On the session's own day the board is frozen as it is at this moment, later as it was known at that day's end.

    Raises:
        SessionRefusedError: there is no such session, it is still to come, or the text is unfit.
    """

    def order(now: Council) -> MinutesKept | None:
        today = desks.today(desk)
        found = rules.begun(now, session, today)
        if found.minutes and found.minutes[-1].text == text.strip():
            return None
        seq = desks.moment(desk, known=found.on if found.on < today else None).seq
        return made(MinutesKept, effective=today, session=session, text=text, seq=seq)

    store.record(desk.engine, order, actor=desk.who.actor)


def made(kind: type[Event], **fields: Any) -> Event:  # noqa: ANN401 - whatever the event's fields hold
    """The event of those `fields`.

    Raises:
        SessionRefusedError: a text of it is empty, too long, or holds control characters.
    """
    values = {name: _one_kind_of_line_end(value) for name, value in fields.items()}
    texts = (value for value in values.values() if isinstance(value, str))
    if any(ord(letter) < ord(" ") and letter not in _WHITE for value in texts for letter in value):
        raise SessionRefusedError("unfit")
    try:
        return kind.model_validate(values)
    except ValidationError:
        raise SessionRefusedError("unfit") from None


def _one_kind_of_line_end(value: object) -> object:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
