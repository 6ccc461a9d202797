"""The Sessions page's parts: sessions, the agenda, what was decided, actions with their age, minutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from dashboard import parts, tables
from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.markup import Html, Target, link, sign, tag, text
from dashboard.parts import Item
from dashboard.shown import words
from dashboard.shown.bars import story
from dashboard.shown.deliveries import when
from dashboard.tables import Column
from roadmap.domain.model import NATIONAL, Status
from roadmap.services.agenda import Agenda, Case, Change, Held, Matter, Proposal, Reason
from roadmap.services.sessions import ActionItem, Decision, Minutes, Session

_OUTCOMES = {"done": Status.DONE, "given_up": Status.CANCELLED, "open": Status.NOT_DUE}


@dataclass(frozen=True)
class Around:
    """Commissions' titles by code, the programme's zone, and the day that is looked at."""

    titles: Mapping[str, str]
    zone: ZoneInfo
    day: date


def page(code: str) -> Target:
    """The page of the session `code`."""
    return Target("sessions", (("session", code),))


def sessions(found: Sequence[Session], around: Around, f: Format, *, empty: str) -> Html:
    """Sessions to open, each with its day and what is recorded of it."""
    return parts.listing([_session(each, around, f) for each in found], f, empty=empty)


def _session(each: Session, around: Around, f: Format) -> Item:
    decisions = sum(decision.corrected_by is None for decision in each.decisions)
    kept = f.say("sessions.has_minutes") if each.minutes else ""
    facts = (
        f.day(each.on),
        f.say("sessions.decided", n=decisions, count=f.number(decisions)) if decisions else "",
        f.say("sessions.is_off") if each.called_off else kept,
    )
    return Item(each.title, facts, None, f.from_day(each.on, around.day), page(each.code))


def head(session: Session, around: Around, f: Format) -> Html:
    """What session it is and when, the way back to all of them, and to the boards of its day."""
    day = tag("p", f.join([f.day(session.on), f.from_day(session.on, around.day)]), " · ", tables.code(session.code))
    off = tag("p", f.say("sessions.is_off"), class_="b-flag") if session.called_off else Html("")
    back = link(Target("sessions"), f.say("sessions.to_all"), class_="b-link")
    then = Html("")
    if session.on < around.day:
        asked = (("day", session.on.isoformat()), ("known", session.on.isoformat()))
        then = link(Target("overview", asked), f.say("sessions.as_it_was"), class_="b-link")
    return tag(
        "header",
        tag("h2", text(session.title)),
        day,
        off,
        tag("p", back, *([" · ", then] if then else [])),
        class_="b-head",
    )


# The agenda


def matters(found: Sequence[Matter], around: Around, f: Format, *, empty: str) -> Html:
    """Milestones that are late or at risk, each with why."""
    items = [
        Item(
            each.line.milestone.title.in_(f.language),
            (
                f.join([each.line.code, around.titles.get(each.line.milestone.commission, "")]),
                *(_reason(reason, f) for reason in each.reasons),
            ),
            each.line.status,
            f.short_day(each.line.milestone.finish),
            story(each.line.code),
        )
        for each in found
    ]
    return parts.listing(items, f, empty=empty)


def _reason(reason: Reason, f: Format) -> str:
    days = round(reason.amount)
    return f.say(
        f"why.{reason.why}",
        n=days,
        length=f.duration(days),
        points=f.number(reason.amount),
        codes=f.join(reason.milestones),
    )


def moved(found: Sequence[Change], around: Around, f: Format) -> Html:
    """What slipped or became late since the session before."""
    items = [
        Item(
            each.line.milestone.title.in_(f.language),
            (
                around.titles.get(each.line.milestone.commission, ""),
                f.say(f"change.{each.kind}", day=f.day(each.line.expected_finish)),
            ),
            Status.LATE if each.kind == "became_late" else Status.AT_RISK,
            f.slip(each.days) if each.days else "",
            story(each.line.code),
        )
        for each in found
    ]
    return parts.listing(items, f, empty=f.say("agenda.no_moved"))


def waits(agenda: Agenda, around: Around, f: Format) -> Html:
    """What waits for the secretariat or the commander: proposals, reports, held files."""
    items = [
        *(_proposal(each, around, f) for each in agenda.proposals),
        *(_held(each, around, f) for each in agenda.held or ()),
        *(_report(each, agenda, around, f) for each in agenda.reports),
    ]
    return parts.listing(items, f, empty=f.say("agenda.no_waits"))


def _proposal(each: Proposal, around: Around, f: Format) -> Item:
    commission = each.proposed.commission
    facts = (around.titles.get(commission, commission), f.say(f"proposal_waits.{each.stage.value}"))
    target = Target("decisions", (("proposal", each.code),))
    return Item(each.code, facts, Status.AT_RISK, when(each.steps[-1].recorded, around.zone, f), target)


def _report(each: Case, agenda: Agenda, around: Around, f: Format) -> Item:
    report = each.submission.report
    title = agenda.titles[report.milestone].in_(f.language) if report.milestone in agenda.titles else report.milestone
    place = "" if report.unit == NATIONAL else report.unit
    commission = around.titles.get(each.submission.commission, "")
    facts = (f.join([report.milestone, commission, place]), f.say("agenda.report"))
    return Item(title, facts, Status.STALE, when(each.submission.recorded, around.zone, f), Target("review"))


def _held(each: Held, around: Around, f: Format) -> Item:
    receipt = each.receipt
    facts = (around.titles.get(receipt.commission, receipt.commission), f.say("agenda.held"))
    return Item(receipt.source, facts, Status.STALE, when(receipt.recorded, around.zone, f), Target("quality"))


# What is recorded


def decisions(found: Sequence[Decision], around: Around, f: Format) -> Html:
    """What was decided; a corrected one stays, marked, with the number of what took its place."""
    columns = [Column(f.say("decision.number")), Column(f.say("decision.text")), Column(f.say("decision.by"))]
    numbers = {each.seq: f.number(place) for place, each in enumerate(found, start=1)}
    rows = [[numbers[each.seq], _decided(each, numbers, f), _by(each, around, f)] for each in found]
    return tables.table(f.say("sessions.decisions"), columns, rows, empty=f.say("sessions.no_decisions"))


def _decided(each: Decision, numbers: Mapping[int, str], f: Format) -> Html:
    if each.corrected_by is None:
        return tables.passage(each.text)
    told = f.say("decision.corrected", number=numbers.get(each.corrected_by, ""))
    return tables.lines(tag("s", each.text, dir="auto"), told)


def _by(each: Decision | Minutes, around: Around, f: Format) -> Html:
    author = words.author(each.actor, f)
    return tables.lines(tag("bdi", author), when(each.recorded, around.zone, f))


def actions(found: Sequence[ActionItem], around: Around, f: Format, *, empty: str) -> Html:
    """Actions with who has them, by when, and what became of them; the text says itself what is to be done."""
    columns = [
        Column(f.say("action.what")),
        Column(f.say("action.owner")),
        Column(f.say("action.due")),
        Column(f.say("action.state")),
    ]
    rows = [[_what(each, f), owner(each, around, f), f.short_day(each.due), _state(each, around, f)] for each in found]
    return tables.table(f.say("sessions.actions"), columns, rows, empty=empty)


def _what(each: ActionItem, f: Format) -> Html:
    about = link(story(each.milestone), each.milestone, class_="b-link") if each.milestone else Html("")
    given = link(page(each.session), f.say("action.session"), class_="b-link") if each.session else Html("")
    return tables.lines(tag("bdi", each.text, dir="auto"), tables.code(each.code), about, given)


def owner(each: ActionItem, around: Around, f: Format) -> str:
    """Whose the action is."""
    return around.titles.get(each.owner, each.owner) or f.say("action.secretariat")


def _state(each: ActionItem, around: Around, f: Format) -> Html:
    """Open with its age or how long overdue, or what became of it with the remark."""
    late = each.overdue(around.day)
    status = Status.LATE if late else _OUTCOMES[each.outcome]
    return tables.lines(_marked(status, f.join(list(_outcome(each, around, f, late=late)))), *_said(each, f))


def _marked(status: Status, sentence: str) -> Html:
    return tag("span", sign(status), sentence, class_="b-count", style=f"color:{MARKS[status].ink}")


def _outcome(each: ActionItem, around: Around, f: Format, *, late: bool) -> Iterator[str]:
    if late:
        yield f.say("action.overdue", length=f.duration((around.day - each.due).days))
    else:
        yield f.say(f"outcome.{each.outcome}")
    if each.outcome == "open":
        yield f.say("action.age", when=f.from_day(each.since, around.day))


def _said(each: ActionItem, f: Format) -> list[str]:
    if not each.settled:
        return []
    last = each.settled[-1]
    return [tag("bdi", last.remark, dir="auto"), words.author(last.actor, f)]


def minutes(each: Minutes, around: Around, f: Format) -> Html:
    """A version of the minutes, as they were written, with where its board is frozen."""
    facts = f.join(
        [
            f.say("minutes.version", number=f.number(each.version)),
            words.author(each.actor, f),
            when(each.recorded, around.zone, f),
            f.say("minutes.seq", seq=f.number(each.seq)),
        ]
    )
    lines = (tables.passage(line) for line in each.text.split("\n") if line.strip())
    return tag("article", *lines, tag("small", facts))
