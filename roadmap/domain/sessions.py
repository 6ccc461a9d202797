"""Council sessions, what was decided in them, and the actions that were given: a fold of the log's entries.

What may follow on what is `session_rules`. The agenda is not here: it is made of the data whenever somebody looks
(`services.agenda`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from roadmap.domain.events import ActionGiven, ActionSettled, Event, MinutesKept, SessionCalled, SessionDecided

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


def open_ones(council: Council) -> list[ActionItem]:
    """The open actions, the one that is due first before the others."""
    found = (each for each in council.actions.values() if each.outcome == "open")
    return sorted(found, key=lambda each: (each.due, each.code))
