"""A milestone's story: each report with what it changed, what was said, and the way every number of it came."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dashboard import tables
from dashboard.format import Format
from dashboard.markup import Html, tag, text
from dashboard.shown import deliveries, review, words
from dashboard.shown.deliveries import May
from dashboard.shown.report import evidence
from dashboard.tables import Fact
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import NATIONAL
from roadmap.domain.reviewing import Case
from roadmap.services.milestone import Entry, Told


def story(entries: Sequence[Entry], zone: ZoneInfo, may: May, f: Format) -> Html:
    """The reports in the order given, with the links that the reader may follow."""
    if not entries:
        return tag("p", f.say("story.none"), class_="b-empty")
    return tag("ol", *(tag("li", _entry(entry, zone, may, f)) for entry in entries), class_="b-story")


def _entry(entry: Entry, zone: ZoneInfo, may: May, f: Format) -> Html:
    told = entry.told
    byline = tag("small", _byline(entry, zone, f))
    head = tag("header", tag("strong", f.day(told.report.effective)), _unit(told, f), byline)
    said = [_figures(entry, f), *_words(told.report, f), *_reviewed(entry.case, zone, f)]
    return tag("article", head, *said, _provenance(told, zone, may, f))


def _byline(entry: Entry, zone: ZoneInfo, f: Format) -> str:
    """Who reported; of what was reviewed that is who sent it, not who let it in."""
    receipt, case = entry.told.receipt, entry.case
    author = words.author(case.submission.actor if case else receipt.actor, f)
    return f.join([author, f.say("story.recorded", when=deliveries.when(receipt.recorded, zone, f))])


def _reviewed(case: Case | None, zone: ZoneInfo, f: Format) -> list[Html]:
    """Who accepted it and when, with their rating."""
    if case is None or case.review is None:
        return []
    rating = case.review.said.rating
    judged = [tag("span", f.say("review.rated"), " ", words.declared(rating, f))] if rating else []
    return [tag("p", tag("small", review.fate(case, zone, f)), " ", *judged, class_="b-reviewed")]


def _unit(told: Told, f: Format) -> Html:
    if told.unit.code == NATIONAL:
        return Html("")
    return tag(
        "span", text(told.unit.title.in_(f.language)), " ", tag("small", tables.code(told.unit.code)), class_="b-unit"
    )


def _figures(entry: Entry, f: Format) -> Html:
    report = entry.told.report
    figures = [
        tag("b", f.percent(report.percent, 1 if report.percent % 1 else 0)),
        tag("span", change(entry, f)),
        tag("span", words.state(report.state, f), class_="b-badge b-quiet"),
        words.declared(report.confidence, f) if report.confidence else Html(""),
        _small(f.say("story.forecast", day=f.day(report.forecast_finish))) if report.forecast_finish else Html(""),
        _small(f.say("story.spent", amount=f.compact(report.spent))) if report.spent is not None else Html(""),
    ]
    return tag("p", *figures, class_="b-figures")


def change(entry: Entry, f: Format) -> str:
    """By how much the report moved the percent of its unit."""
    if entry.before is None:
        return f.say("story.first")
    moved = round(entry.told.report.percent - entry.before.percent, 1)
    return (
        f.say("story.moved", points=f.number(moved, 1 if moved % 1 else 0, sign=True)) if moved else f.say("story.same")
    )


def _small(value: str) -> Html:
    return tag("small", value)


def _words(report: ProgressReported, f: Format) -> list[Html]:
    """What the reporter wrote, as plain text."""
    said = {"blocker": report.blocker, "evidence": report.evidence}
    narrative = [tables.passage(report.narrative)] if report.narrative else []
    return [
        *narrative,
        *(
            tag("div", tag("span", words.field(name, f)), _passage(name, value), class_=f"b-said b-{name}")
            for name, value in said.items()
            if value
        ),
    ]


def _passage(name: str, value: str) -> Html:
    return evidence(value) if name == "evidence" else tables.passage(value)


def _provenance(told: Told, zone: ZoneInfo, may: May, f: Format) -> Html:
    receipt = told.receipt
    entries = [
        Fact(f.say("origin.channel"), words.channel(receipt.channel, f)),
        Fact(f.say("origin.source"), tables.code(receipt.source)),
        Fact(f.say("origin.sheet"), text(told.sheet or f.say("origin.no_sheet"))),
        Fact(f.say("origin.row"), f.number(told.row)),
        Fact(f.say("origin.batch"), f.number(receipt.batch), f.say("meaning.batch")),
        Fact(f.say("origin.event"), f.number(told.seq), f.say("meaning.event")),
        Fact(f.say("origin.version"), f.number(told.version), f.say("meaning.version")),
        Fact(f.say("origin.actor"), words.author(receipt.actor, f)),
        Fact(f.say("origin.recorded"), deliveries.when(receipt.recorded, zone, f)),
        Fact(f.say("origin.run"), tables.code(receipt.run) if receipt.run else f.say("origin.no_run")),
        Fact(f.say("origin.check"), deliveries.check(receipt, may, f)),
    ]
    return tag("details", tag("summary", f.say("origin.title")), tables.facts(entries))
