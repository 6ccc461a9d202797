"""Council sessions, what was decided in them, and the actions that were given: a fold of the log's entries, and rules.

The agenda is not here: it is made of the data whenever somebody looks (`services.agenda`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal

from roadmap.domain.calendar import Calendar, write_day
from roadmap.domain.events import ActionGiven, ActionSettled, Event, MinutesKept, SessionCalled, SessionDecided
from roadmap.domain.text import Text
from roadmap.errors import RoadmapError

Outcome = Literal["done", "given_up", "open"]


@dataclass(frozen=True)
class Entry:
    """An event as it stands in the log: under its number, by whom, when."""

    seq: int
    event: Event
    actor: str
    recorded: datetime


@dataclass(frozen=True)
class Minutes:
    """A version (1, 2, …) of a session's minutes; `seq` is where in the log its board is frozen."""

    version: int
    text: str
    seq: int
    actor: str
    recorded: datetime


@dataclass(frozen=True)
class Decision:
    """What a session decided; `corrected_by` is the number of the decision that took its place."""

    seq: int
    text: str
    actor: str
    recorded: datetime
    corrected_by: int | None = None


@dataclass(frozen=True)
class Session:
    """A council session as it was called last, with its decisions and all versions of its minutes, oldest first."""

    code: str
    on: date
    title: str
    called_off: bool = False
    decisions: tuple[Decision, ...] = ()
    minutes: tuple[Minutes, ...] = ()


@dataclass(frozen=True)
class Settled:
    """What was said of an action: done, given up, or open again."""

    outcome: Outcome
    remark: str
    actor: str
    recorded: datetime


@dataclass(frozen=True)
class ActionItem:
    """An action as it was given last; `owner` is a commission's code, empty for the secretariat.

    `since` is the day on which it was given first, `settled` all that was said of its outcome, oldest first.
    """

    code: str
    session: str | None
    text: str
    owner: str
    due: date
    milestone: str | None
    since: date
    settled: tuple[Settled, ...] = ()

    @property
    def given(self) -> tuple[str | None, str, str, date, str | None]:
        """In which session, what, to whom, by when and for which milestone: what makes two of them the same."""
        return self.session, self.text, self.owner, self.due, self.milestone

    @property
    def outcome(self) -> Outcome:
        """What became of it so far."""
        return self.settled[-1].outcome if self.settled else "open"

    def overdue(self, day: date) -> bool:
        """Whether it is open on `day` though it was due before."""
        return self.outcome == "open" and self.due < day


@dataclass(frozen=True)
class Council:
    """All sessions and actions by their codes, in the order in which they were called and given first."""

    sessions: Mapping[str, Session] = field(default_factory=dict)
    actions: Mapping[str, ActionItem] = field(default_factory=dict)

    def last_before(self, day: date) -> Session | None:
        """The session that was held last before `day`; None where there was none."""
        held = (each for each in self.sessions.values() if each.on < day and not each.called_off)
        return max(held, key=lambda each: (each.on, each.code), default=None)

    def of(self, session: str) -> list[ActionItem]:
        """The actions that were given in `session`."""
        return [action for action in self.actions.values() if action.session == session]


def fold(entries: Iterable[Entry]) -> Council:
    """What `entries`, in their order, make of sessions and actions; events about anything else are passed over."""
    sessions: dict[str, Session] = {}
    actions: dict[str, ActionItem] = {}
    for entry in entries:
        match entry.event:
            case SessionCalled() as called:
                known = sessions.get(called.session, Session(called.session, called.on, called.title))
                changed = replace(known, on=called.on, title=called.title, called_off=called.called_off)
                sessions[called.session] = changed
            case SessionDecided() as decided:
                sessions[decided.session] = _decided(sessions[decided.session], decided, entry)
            case MinutesKept() as kept:
                sessions[kept.session] = _kept(sessions[kept.session], kept, entry)
            case ActionGiven() as given:
                actions[given.action] = _given(actions.get(given.action), given)
            case ActionSettled() as settled:
                actions[settled.action] = _settled(actions[settled.action], settled, entry)
            case _:
                pass
    return Council(sessions, actions)


def _decided(session: Session, event: SessionDecided, entry: Entry) -> Session:
    before = (
        replace(each, corrected_by=entry.seq) if each.seq == event.corrects else each for each in session.decisions
    )
    return replace(session, decisions=(*before, Decision(entry.seq, event.text, entry.actor, entry.recorded)))


def _kept(session: Session, event: MinutesKept, entry: Entry) -> Session:
    version = Minutes(len(session.minutes) + 1, event.text, event.seq, entry.actor, entry.recorded)
    return replace(session, minutes=(*session.minutes, version))


def _given(before: ActionItem | None, event: ActionGiven) -> ActionItem:
    since, settled = (before.since, before.settled) if before else (event.effective, ())
    return ActionItem(event.action, event.session, event.text, event.owner, event.due, event.milestone, since, settled)


def _settled(action: ActionItem, event: ActionSettled, entry: Entry) -> ActionItem:
    said = Settled(event.outcome, event.remark, entry.actor, entry.recorded)
    return replace(action, settled=(*action.settled, said))


# Rules


class SessionRefusedError(RoadmapError):
    """What was asked of a session or an action cannot be; `text` says why in both languages."""

    def __init__(self, code: str) -> None:
        self.code, self.text = code, _REFUSALS[code]
        super().__init__(self.text.en)


_REFUSALS: Final = {
    "unknown_session": Text(
        fa="چنین جلسه‌ای نیست؛ از فهرست جلسه‌ها برگزینید.", en="There is no such session; pick one from the list."
    ),
    "unknown_action": Text(
        fa="چنین اقدامی نیست؛ از فهرست اقدام‌ها برگزینید.", en="There is no such action; pick one from the list."
    ),
    "unknown_decision": Text(
        fa="این تصمیم در جلسه نیست یا پیش‌تر اصلاح شده است؛ صفحه را تازه کنید.",
        en="The session has no such decision, or it was corrected already; reload the page.",
    ),
    "called_off": Text(
        fa="این جلسه لغو شده است؛ اگر برگزار می‌شود، نخست آن را دوباره فرا بخوانید.",
        en="This session was called off; if it takes place, call it again first.",
    ),
    "not_yet": Text(
        fa="جلسه هنوز برگزار نشده است؛ تصمیم و صورت‌جلسه از روز جلسه به بعد ثبت می‌شود.",
        en="The session has not taken place yet; decisions and minutes are recorded from its day on.",
    ),
    "has_decisions": Text(
        fa="در این جلسه تصمیم یا صورت‌جلسه ثبت شده است؛ نه لغو می‌شود و نه به روزی در آینده می‌رود.",
        en="This session has decisions or minutes; it can neither be called off nor moved to a day that is to come.",
    ),
    "unknown_owner": Text(
        fa="مسئول اقدام، دبیرخانه یا یکی از کمیسیون‌هاست.", en="An action is the secretariat’s or a commission’s."
    ),
    "unknown_milestone": Text(
        fa="چنین نقطه عطفی در برنامه نیست.", en="There is no such milestone in the programme."
    ),
    "due_before": Text(
        fa="مهلت اقدام نمی‌تواند پیش از امروز باشد.", en="An action cannot be due before today."
    ),
    "already": Text(
        fa="این اقدام هم‌اکنون در همین وضعیت است؛ صفحه را تازه کنید.",
        en="The action is in that state already; reload the page.",
    ),
    "not_open": Text(
        fa="این اقدام بسته شده است؛ برای تغییر، نخست آن را دوباره باز کنید.",
        en="The action is closed; to change it, open it again first.",
    ),
    "unfit": Text(
        fa="متن خالی است، بیش از اندازه بلند است یا نویسهٔ نامجاز دارد؛ آن را اصلاح کنید.",
        en="The text is empty, too long, or holds control characters; correct it.",
    ),
}  # fmt: skip


def new_code(council: Council, on: date, calendar: Calendar) -> str:
    """A code for a session that meets on the day `on`: its day, and a number from the second one of a day on."""
    base = f"session-{write_day(on, calendar)}"
    names = (base if number == 1 else f"{base}-{number}" for number in range(1, len(council.sessions) + 2))
    return next(name for name in names if name not in council.sessions)


def session(council: Council, code: str) -> Session:
    """The session `code`.

    Raises:
        SessionRefusedError: there is none.
    """
    if code not in council.sessions:
        raise SessionRefusedError("unknown_session")
    return council.sessions[code]


def begun(council: Council, code: str, today: date) -> Session:
    """The session `code`, which has taken place, or does so `today`.

    Raises:
        SessionRefusedError: there is none, it was called off, or its day is still to come.
    """
    found = session(council, code)
    if found.called_off:
        raise SessionRefusedError("called_off")
    if found.on > today:
        raise SessionRefusedError("not_yet")
    return found


def may_change(found: Session, on: date, today: date, *, called_off: bool) -> None:
    """Whether `found` may be moved to the day `on`, or be called off.

    Raises:
        SessionRefusedError: it has taken place: something was recorded in it.
    """
    if (found.decisions or found.minutes) and (called_off or on > today):
        raise SessionRefusedError("has_decisions")


def correctable(found: Session, seq: int) -> None:
    """Whether the decision `seq` of `found` stands.

    Raises:
        SessionRefusedError: it is none of this session, or was corrected already.
    """
    if not any(each.seq == seq and each.corrected_by is None for each in found.decisions):
        raise SessionRefusedError("unknown_decision")


def next_action(council: Council) -> str:
    """A code for an action that is given now."""
    return f"action-{len(council.actions) + 1}"


def action(council: Council, code: str) -> ActionItem:
    """The action `code`.

    Raises:
        SessionRefusedError: there is none.
    """
    if code not in council.actions:
        raise SessionRefusedError("unknown_action")
    return council.actions[code]


def open_ones(council: Council) -> list[ActionItem]:
    """The open actions, the one that is due first before the others."""
    found = (each for each in council.actions.values() if each.outcome == "open")
    return sorted(found, key=lambda each: (each.due, each.code))
