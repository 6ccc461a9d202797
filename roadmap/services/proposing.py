"""A commission proposes changes of the roadmap, the secretariat checks, the commander decides: the next baseline.

Who acts on a proposal says which of its steps they were looking at (`seen`); of two who act at once the second is told.
What a decision changed since a proposal was made is never written over: the proposal goes back to be made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection

from roadmap.domain.events import (
    Change,
    ChangeProposed,
    Event,
    IndicatorBaselined,
    MilestoneBaselined,
    MilestonePut,
    ProposalChecked,
    ProposalDecided,
    ProposalWithdrawn,
)
from roadmap.domain.plan_rules import Frame
from roadmap.domain.proposing import Proposal, Told, may, overtaken, sentences, step
from roadmap.domain.text import has_bidi_controls
from roadmap.services import about, refresh
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.services.proposal_refusals import OvertakenError, ProposalRefusedError, say
from roadmap.services.proposals import everything, frame, one
from roadmap.store import decisions, log
from roadmap.store import proposals as store
from roadmap.store.log import Writer

__all__ = ["OvertakenError", "ProposalRefusedError", "Verdict", "check", "decide", "propose", "withdraw"]

Verdict = Literal["approved", "rejected", "sent_back"]
_Fact = TypeVar("_Fact", ChangeProposed, ProposalChecked, ProposalDecided, ProposalWithdrawn)


@allowed(Action.PROPOSE, "commission")
def propose(  # noqa: PLR0913 - a proposal is as much
    desk: Desk,
    commission: str,
    changes: Sequence[Change],
    *,
    reason: str,
    baseline: int,
    draft: str,
    again: str | None = None,
    seen: int = 0,
    clock: log.Clock = log.now,
) -> Proposal:
    """Sends `changes` to the secretariat as a proposal of `commission`.

    Args:
        desk: the database, the programme and who proposes.
        commission: whose proposal it is; it changes what is its own.
        changes: what is to be otherwise, each about another milestone or indicator.
        reason: why; at most 1,000 characters.
        baseline: the number of the baseline that the changes were made on.
        draft: names what was drafted: sent twice, it is proposed once.
        again: the proposal that came back and is sent again, in place of a new one.
        seen: the number of its step that was looked at.
        clock: tells when.

    Raises:
        ProposalRefusedError: the plan cannot be changed so.
        OvertakenError: somebody acted on it first, or a decision changed the same meanwhile.
    """
    same = ["propose", commission, desk.who.actor, draft]
    with log.writing(desk.engine, clock) as writer:
        if (first := store.known(writer, same)) is not None:
            return _by_batch(writer.connection, first.last_seq)
        found = everything(writer.connection, _SEQ)
        code = again or f"{commission}-{sum(each.proposed.commission == commission for each in found.values()) + 1}"
        told = _fact(
            ChangeProposed, proposal=code, commission=commission, baseline=baseline, changes=changes, reason=reason,
            effective=desks.today(desk),
        )  # fmt: skip
        if again is not None and (again not in found or found[again].proposed.commission != commission):
            raise ProposalRefusedError([say("unknown", code=again)])
        _may(found.get(code), told, seen)
        _fits(writer.connection, told, frame(desk))
        store.append(writer, [told], source=code, same=same, actor=desk.who.actor)
        return one(writer.connection, _SEQ, code)


@allowed(Action.PROPOSE, about.proposal)
def withdraw(desk: Desk, code: str, *, reason: str, seen: int, clock: log.Clock = log.now) -> Proposal:
    """Takes the proposal `code` back before it is decided.

    Raises:
        ProposalRefusedError: there is none, it is decided already, or there is no reason.
        OvertakenError: somebody acted on it since the step `seen`.
    """
    told = _fact(ProposalWithdrawn, proposal=code, reason=reason, effective=desks.today(desk))
    return _act(desk, told, seen, clock)


@allowed(Action.CHECK_PROPOSAL)
def check(desk: Desk, code: str, *, fit: bool, remark: str, seen: int, clock: log.Clock = log.now) -> Proposal:
    """Finds the proposal `code` fit for a decision, or gives it back to the commission, with a remark.

    Raises:
        ProposalRefusedError: there is none, it does not wait for that, there is no remark, or it is the own one.
        OvertakenError: somebody acted on it since the step `seen`.
    """
    told = _fact(ProposalChecked, proposal=code, fit=fit, remark=remark, effective=desks.today(desk))
    return _act(desk, told, seen, clock)


@allowed(Action.DECIDE_PROPOSAL)
def decide(
    desk: Desk,
    code: str,
    verdict: Verdict,
    *,
    reason: str,
    seen: int,
    session: str | None = None,
    clock: log.Clock = log.now,
) -> Proposal:
    """Decides on the proposal `code`; an approved one is the next baseline, from today on.

    Args:
        desk: the database, the programme and who decides.
        code: the proposal's.
        verdict: approved, rejected, or sent back to the commission.
        reason: why; at most 1,000 characters.
        seen: the number of the step that was looked at.
        session: the council session in which it was decided, if in one.
        clock: tells when.

    Raises:
        ProposalRefusedError: there is none, it was not checked, there is no reason or no such session, it is the own
            one, or the plan would not hold together.
        OvertakenError: somebody acted on it first, or a decision changed the same meanwhile.
    """
    told = _fact(
        ProposalDecided, proposal=code, verdict=verdict, reason=reason, session=session, effective=desks.today(desk)
    )
    decided = _act(desk, told, seen, clock)
    if verdict == "approved":
        refresh.forecast_anew(desk.engine, desks.today(desk))
    return decided


#: Inside the writing transaction everything is known.
_SEQ: Final = 2**62


def _act(desk: Desk, told: Told, seen: int, clock: log.Clock) -> Proposal:
    """Appends a step on a proposal that is there, with what follows from it, in one batch."""
    same = [told.type, told.proposal, seen, desk.who.actor, told.model_dump(mode="json")]
    with log.writing(desk.engine, clock) as writer:
        present = one(writer.connection, _SEQ, told.proposal)
        if store.known(writer, same) is None:
            _may(present, told, seen)
            _is_others(present, told, desk.who.actor)
            events = _following(writer, present, told, desk)
            store.append(writer, events, source=told.proposal, same=same, actor=desk.who.actor)
        return one(writer.connection, _SEQ, told.proposal)


def _following(writer: Writer, proposal: Proposal, told: Told, desk: Desk) -> list[Event]:
    """`told` and, where it approves `proposal`, the events of the next baseline."""
    if not isinstance(told, ProposalDecided):
        return [told]
    _in_session(writer.connection, told.session)
    if told.verdict != "approved":
        return [told]
    _fits(writer.connection, proposal.proposed, frame(desk))
    number = store.laid(writer.connection, _SEQ)[-1].number + 1
    laid = (_baselined(change, number, told.effective) for change in proposal.proposed.changes)
    return [told.model_copy(update={"baseline": number}), *laid]


def _baselined(change: Change, number: int, day: date) -> Event:
    if isinstance(change, MilestonePut):
        return MilestoneBaselined(effective=day, baseline=number, milestone=change.milestone)
    return IndicatorBaselined(effective=day, baseline=number, indicator=change.indicator)


def _may(present: Proposal | None, told: Told, seen: int) -> None:
    """Whether the step may follow, and nobody has acted since `seen`."""
    if present is not None and present.seen != seen:
        last = present.steps[-1]
        raise OvertakenError(present.code, last.actor)
    if not may(present.stage if present else None, step(told)):
        name = "unchecked" if isinstance(told, ProposalDecided) else "not_now"
        raise ProposalRefusedError([say(name, code=told.proposal)])


def _is_others(proposal: Proposal, told: Told, actor: str) -> None:
    """Nobody checks or decides on what they sent themselves."""
    if not isinstance(told, ProposalWithdrawn) and proposal.sent.actor == actor:
        raise ProposalRefusedError([say("own", code=proposal.code)])


def _in_session(connection: Connection, session: str | None) -> None:
    called = decisions.made(connection, "session_called", _SEQ, session) if session else [None]
    if not called:
        raise ProposalRefusedError([say("no_session", code=session or "")])


def _fits(connection: Connection, proposed: ChangeProposed, frame: Frame) -> None:
    """Whether what was proposed can be put into the plan as it stands now."""
    base, now = store.plan(connection, _SEQ, proposed.baseline), store.plan(connection, _SEQ)
    touched = overtaken(proposed.changes, base, now)
    if touched:
        raise OvertakenError(", ".join(code for _, code in touched))
    if wrong := sentences(proposed.commission, proposed.changes, now, frame):
        raise ProposalRefusedError(wrong)


def _by_batch(connection: Connection, seq: int) -> Proposal:
    """The proposal that the event `seq` is about, as it stands now."""
    found = everything(connection, _SEQ).values()
    return next(each for each in found if any(taken.seq == seq for taken in each.steps))


def _fact(kind: type[_Fact], **fields: object) -> _Fact:
    """The event of those fields; what the model does not take is told in its field's name."""
    hidden = [name for name, value in fields.items() if isinstance(value, str) and has_bidi_controls(value)]
    if hidden:
        raise ProposalRefusedError([say("hidden")])
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        if any(each["loc"][0] in {"reason", "remark"} for each in error.errors()):
            raise ProposalRefusedError([say("no_reason")]) from None
        raise ProposalRefusedError([say("unreadable", code=_place(error))]) from None


def _place(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
