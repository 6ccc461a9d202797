"""The Audit page's parts: who did what, as a table and as a file; how the chain stands; reminders that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard import csv_file, tables
from dashboard.format import Format
from dashboard.markup import Html, Target, link, tag
from dashboard.shown import deliveries, words
from dashboard.shown.deliveries import when
from dashboard.tables import Column, Fact, Fold
from roadmap.domain.events import (
    ActionGiven,
    ActionSettled,
    ChangeProposed,
    DeliveryReopened,
    Event,
    MinutesKept,
    ProposalChecked,
    ProposalDecided,
    ProposalWithdrawn,
    RejectsWaived,
    ReportReviewed,
    RoleAssigned,
    SessionCalled,
    SessionDecided,
)
from roadmap.services.audit import DECIDED, Chain, Entry, Looked, SignIn
from roadmap.services.people import ACTOR
from roadmap.services.reminders import Failure

#: Channels whose entries are no decisions of people.
_CHANNELS = ("file", "form", "push", "history", "programme")
#: The page on which a thing is, by its kind, and the parameter that names it there.
_PAGES = {
    "milestone": ("milestone", "milestone"),
    "commission": ("commission", "commission"),
    "proposal": ("decisions", "proposal"),
    "session": ("sessions", "session"),
}
_LONGEST = 160
#: So many sign-ins are shown at once.
_FIRST = 8


@dataclass(frozen=True)
class Around:
    """Commissions' titles by code, the programme's time zone, the day."""

    titles: Mapping[str, str]
    zone: ZoneInfo
    day: date


def kinds(f: Format) -> dict[str, str]:
    """What the entries can be narrowed to, by code: decisions of people, and the ways by which figures come."""
    decided = {name: f.say(f"event.{name}") for name in DECIDED}
    return decided | {name: f.say(f"channel.{name}") for name in _CHANNELS}


def table(found: Sequence[Entry], around: Around, f: Format) -> Html:
    """Entries, newest first: when, who, what, and about what."""
    columns = [
        Column(f.say("audit.when")),
        Column(f.say("audit.who")),
        Column(f.say("audit.what")),
        Column(f.say("audit.about")),
    ]
    rows = [_row(each, around, f) for each in found]
    return tables.table(f.say("audit.entries"), columns, rows, empty=f.say("audit.none"))


def _row(each: Entry, around: Around, f: Format) -> list[str]:
    receipt = each.receipt
    number = f.say("audit.numbers", batch=f.number(receipt.batch), seq=f.number(receipt.last_seq))
    return [
        tables.lines(tag("span", when(receipt.recorded, around.zone, f)), number),
        tag("bdi", words.author(receipt.actor, f)),
        _what(each, around.titles, f),
        _about(each, around, f),
    ]


def _what(each: Entry, titles: Mapping[str, str], f: Format) -> Html:
    if not each.events:
        channel = words.channel(each.receipt.channel, f)
        return tables.lines(tag("span", channel), deliveries.outcome(each.receipt, f))
    told = [tag("span", f.say(f"event.{event.type}")) for event, _, _ in each.events[:1]]
    said = [tag("bdi", _short(text), dir="auto") for event, _, _ in each.events for text in _said(event, titles, f)]
    more = len(each.events) - 1
    others = [f.say("audit.more_events", n=more, count=f.number(more))] if more else []
    return tables.lines(*told, *said[:2], *others)


def _said(event: Event, titles: Mapping[str, str], f: Format) -> Iterator[str]:
    """The words of a decision: its verdict, and the reason or text that goes with it."""
    match event:
        case SessionCalled() | MinutesKept():
            yield event.title if isinstance(event, SessionCalled) else event.text
        case SessionDecided() | ActionGiven():
            yield event.text
        case ActionSettled():
            yield f.say(f"outcome.{event.outcome}")
            yield event.remark
        case ProposalDecided() | ReportReviewed():
            yield f.say(f"audit_verdict.{event.verdict}")
            yield event.reason or ""
        case ProposalChecked():
            yield event.remark
        case RoleAssigned():
            yield f.join([words.role(grant, titles, f) for grant in event.grants]) or f.say("audit.no_role")
            yield event.reason
        case ChangeProposed() | ProposalWithdrawn() | DeliveryReopened() | RejectsWaived():
            yield event.reason
        case _:
            return


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _about(each: Entry, around: Around, f: Format) -> Html:
    """What it is about, as a link to where that is shown."""
    if not each.events:
        commission = each.receipt.commission
        target = Target("quality", (("commission", commission), ("state", "all"))) if commission else None
        return link(target, around.titles.get(commission, each.receipt.source), class_="b-link")
    kind, code = each.events[0][1:]
    if kind == "person":
        return tag("bdi", words.author(f"{ACTOR}{code}", f))
    if kind == "action":
        return link(Target("sessions"), tables.code(code), class_="b-link")
    page, parameter = _PAGES[kind]
    named = around.titles.get(code) if kind == "commission" else None
    return link(Target(page, ((parameter, code),)), named or tables.code(code), class_="b-link")


def as_csv(found: Sequence[Entry], around: Around, f: Format) -> bytes:
    """`found` for a spreadsheet: a line an event, or an entry without any; days ISO, codes as they are."""
    rows = [record for each in found for record in _records(each, around, f)]
    return csv_file.write(rows)


def _records(each: Entry, around: Around, f: Format) -> Iterator[dict[str, csv_file.Value]]:
    receipt = each.receipt
    for event, kind, code in each.events or [(None, "", receipt.source)]:
        said = " – ".join(text for text in _said(event, around.titles, f) if text) if event else ""
        yield {
            f.say("audit.batch"): receipt.batch,
            f.say("audit.when"): receipt.recorded.astimezone(around.zone).isoformat(timespec="seconds"),
            f.say("audit.who"): words.author(receipt.actor, f),
            f.say("audit.actor"): receipt.actor,
            f.say("audit.what"): f.say(f"event.{event.type}") if event else words.channel(receipt.channel, f),
            f.say("audit.kind"): kind,
            f.say("audit.about"): code,
            f.say("audit.words"): said,
            f.say("delivery.accepted"): receipt.accepted,
            f.say("delivery.rejected"): receipt.rejected,
        }


def chain(found: Chain, now: datetime, around: Around, f: Format) -> Html:
    """The head, the newest anchor with its age and place, and when all of it was verified last."""
    head, newest, whole = found.head, found.newest, found.verified
    return tables.facts(
        [
            Fact(f.say("chain.events"), f.number(head.seq)),
            Fact(f.say("chain.batches"), f.number(head.batch)),
            Fact(f.say("chain.recorded"), when(head.recorded, around.zone, f)),
            Fact(f.say("chain.anchored"), _anchored(found, now, around, f) if newest else f.say("chain.no_anchor")),
            Fact(
                f.say("chain.verified"),
                tables.lines(
                    tag("span", when(whole.at, around.zone, f)), f.say("chain.up_to", seq=f.number(whole.events))
                )
                if whole
                else f.say("chain.not_verified"),
            ),
            Fact(f.say("chain.head"), tables.code(head.chain.hex()), f.say("meaning.chain"), wide=True),
        ]
    )


def _anchored(found: Chain, now: datetime, around: Around, f: Format) -> Html:
    place, newest = max(found.anchors.items(), key=lambda each: each[1].anchored)
    hours = int((now - newest.anchored).total_seconds() // 3600)
    age = f.say("chain.hours", n=hours, count=f.number(hours)) if hours else f.say("chain.this_hour")
    facts = f.join([age, f.say("chain.up_to", seq=f.number(newest.seq))])
    return tables.lines(tag("span", when(newest.anchored, around.zone, f)), facts, tables.code(place))


def looked(found: Looked | None, f: Format) -> str:
    """What the look at the newest batches found."""
    if found is None:
        return f.say("chain.empty")
    return f.say("chain.sound", first=f.number(found.first), last=f.number(found.last), events=f.number(found.events))


def sign_ins(found: Sequence[SignIn], around: Around, f: Format) -> Html:
    """Who signed in, since when and until when, and why a session ended."""
    columns = [
        Column(f.say("audit.who")),
        Column(f.say("audit.began")),
        Column(f.say("audit.last_seen")),
        Column(f.say("audit.ended")),
    ]
    rows = [
        [
            tag("bdi", words.author(f"{ACTOR}{each.person}", f)),
            when(each.began, around.zone, f),
            when(each.last_seen, around.zone, f),
            _ended(each, around, f),
        ]
        for each in found
    ]
    fold = Fold(_FIRST, lambda others: f.say("audit.more_sign_ins", n=others, count=f.number(others)))
    return tables.table(f.say("audit.sign_ins"), columns, rows, empty=f.say("audit.no_sign_ins"), fold=fold)


def _ended(each: SignIn, around: Around, f: Format) -> Html:
    if each.ended is None:
        return tag("span", f.say("sign_in.open"))
    return tables.lines(tag("span", when(each.ended, around.zone, f)), f.say(f"sign_in.{each.why}"))


def failures(found: Sequence[Failure], around: Around, f: Format) -> Html:
    """Digests that did not get through: whose, since when, why, and whether they are tried again."""
    columns = [Column(f.say("audit.whose")), Column(f.say("audit.since")), Column(f.say("audit.why"))]
    rows = [
        [
            tag("bdi", words.author(f"{ACTOR}{each.person}", f)),
            when(each.begun, around.zone, f),
            tables.lines(
                tables.code(each.error),
                f.say("audit.given_up" if each.given_up else "audit.tried", n=each.tries, count=f.number(each.tries)),
            ),
        ]
        for each in found
    ]
    return tables.table(f.say("audit.failures"), columns, rows, empty=f.say("audit.no_failures"))
