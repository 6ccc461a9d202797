"""The Report page's parts: what is due, what a report changes, and two reports beside each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashboard import tables
from dashboard.format import Format
from dashboard.markup import Html, Target, link, tag, text
from dashboard.parts import Item, listing
from dashboard.shown import deliveries, words
from dashboard.shown import milestone as milestones
from dashboard.tables import Column
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import NATIONAL, Unit, UnitKind
from roadmap.domain.refusals import Refusal
from roadmap.domain.reviewing import Case, Review, Submission
from roadmap.services.drafts import Draft
from roadmap.services.reporting import Due
from roadmap.services.standing import Line

#: What a person fills in, in the order of the form.
FIELDS: Final = (
    "effective", "state", "percent", "confidence", "forecast_finish", "spent", "narrative", "blocker", "evidence",
)  # fmt: skip


def due_sentence(view: Due, today: date, f: Format) -> str:
    """For which period reports are due, until when they are on time, and how many are late by now."""
    told = f.say("report.due_until", month=f.month(view.period_end), deadline=f.day(view.deadline))
    late = len(view.due) if today > view.deadline else 0
    return f"{told} {f.say('report.overdue', n=late, count=f.number(late))}" if late else told


def due(view: Due, f: Format) -> Html:
    """The milestones that miss a report; each opens its form."""
    items = [_due(line, f) for line in view.due]
    return listing(items, f, empty=f.say("report.all_in", month=f.month(view.period_end)))


def _due(line: Line, f: Format) -> Item:
    last = line.reported.last_report
    told = f.say("report.last", day=f.day(last)) if last else f.say("report.never")
    facts = (line.code, told, f.say("report.planned", planned=f.percent(line.planned)))
    target = form_page(line.milestone.commission, line.code)
    return Item(line.milestone.title.in_(f.language), facts, line.status, f.percent(line.reported.percent), target)


def form_page(commission: str, milestone: str, unit: str = NATIONAL) -> Target:
    """The form of a milestone, and of a unit where it is reported for units."""
    place = () if unit == NATIONAL else (("unit", unit),)
    return Target("report", (("commission", commission), ("milestone", milestone), *place))


def returned(view: Due, zone: ZoneInfo, f: Format) -> Html:
    """What came back: by whom, when and why; one click opens the form with what was sent."""
    return tag("ol", *(tag("li", _returned(case, view, zone, f)) for case in view.returned), class_="b-story")


def _returned(case: Case, view: Due, zone: ZoneInfo, f: Format) -> Html:
    milestone, unit = case.submission.stream
    head = tag("header", tag("strong", text(_title(case, view, f))), tag("small", _by(case.review, zone, f)))
    place = tag("small", f.join([milestone, "" if unit == NATIONAL else unit, f.day(case.submission.report.effective)]))
    said = case.review.said.reason if case.review else None
    way = link(form_page(case.submission.commission, milestone, unit), f.say("report.correct"), class_="b-link")
    return tag("article", head, place, tag("div", tables.passage(said or ""), class_="b-said"), tag("p", way))


def _by(stated: Review | Submission | None, zone: ZoneInfo, f: Format) -> str:
    """Who sent or reviewed it, and when."""
    if stated is None:
        return ""
    author, when = words.author(stated.actor, f), deliveries.when(stated.recorded, zone, f)
    return f.say("report.by", author=f.isolate(author), when=when)


def waiting(view: Due, zone: ZoneInfo, f: Format) -> Html:
    """What waits for review; each opens its form, where it can still be replaced."""
    items = [_waiting(case, view, zone, f) for case in view.waiting]
    return listing(items, f, empty=f.say("report.none_waiting"))


def _waiting(case: Case, view: Due, zone: ZoneInfo, f: Format) -> Item:
    milestone, unit = case.submission.stream
    facts = (milestone, "" if unit == NATIONAL else unit, _by(case.submission, zone, f))
    percent = value("percent", case.submission.report, f)
    return Item(_title(case, view, f), facts, None, percent, form_page(case.submission.commission, milestone, unit))


def draft(each: Draft, saved: str, f: Format) -> Html:
    """A report that was begun: what it is about, and since when it is kept; opens its form."""
    milestone, unit = each.stream
    name = f.join([milestone, "" if unit == NATIONAL else unit])
    way = link(form_page(each.commission, milestone, unit), name, class_="b-link")
    return tag("p", way, " ", tag("small", f.say("draft.kept", when=saved)))


def _title(case: Case, view: Due, f: Format) -> str:
    code = case.submission.report.milestone
    return next((line.milestone.title.in_(f.language) for line in view.own if line.code == code), code)


def choices(view: Due, f: Format) -> dict[str, str]:
    """The milestones that can be reported on, those that are due first, by code."""
    missing = {line.code for line in view.due}
    ordered = [*view.due, *(line for line in view.own if line.code not in missing)]
    return {line.code: f.join([line.code, line.milestone.title.in_(f.language)]) for line in ordered}


def units(found: Sequence[Unit], f: Format) -> dict[str, str]:
    """The units of a milestone's scope, by code; the list is searched by title and by code."""
    return {
        unit.code: unit.title.in_(f.language) if unit.kind is UnitKind.NATIONAL else _unit(unit, f) for unit in found
    }


def _unit(unit: Unit, f: Format) -> str:
    return f.join([unit.title.in_(f.language), unit.code])


def filled(raw: Mapping[str, object]) -> dict[str, object]:
    """The fields of a form that hold something; empty texts are no texts."""
    # A state is a str too: stripped, it would be one of the contract's states no more.
    trimmed = {name: value.strip() if type(value) is str else value for name, value in raw.items()}
    return {name: value for name, value in trimmed.items() if value not in {None, ""}}


def sentences(refusals: Sequence[Refusal], f: Format) -> list[str]:
    """Why a report is not taken, a sentence each."""
    return [words.refusal(each.field, each.text, f) for each in refusals]


def value(name: str, report: ProgressReported | None, f: Format) -> str:
    """The field `name` of a report in the reader's words; a dash where there is nothing."""
    found = getattr(report, name) if report else None
    return f.day(None) if found is None else _WRITERS.get(name, _as_it_is)(found, f)


def _as_it_is(found: Any, _f: Format) -> str:  # noqa: ANN401 — a text
    return str(found)


_WRITERS: Final[dict[str, Callable[[Any, Format], str]]] = {
    "effective": lambda day, f: f.day(day),
    "forecast_finish": lambda day, f: f.day(day),
    "state": words.state,
    "confidence": words.confidence,
    "percent": lambda percent, f: f.percent(percent, 1 if percent % 1 else 0),
    "spent": lambda amount, f: f.compact(amount),
}


def changed(before: ProgressReported | None, after: ProgressReported) -> list[str]:
    """The fields in which `after` differs from what stood before it."""
    return [name for name in FIELDS if getattr(after, name) != (getattr(before, name) if before else None)]


def taken(before: ProgressReported | None, after: ProgressReported, f: Format, *, waits: bool, took: bool) -> Html:
    """That the report stands in the log, and what it changed; `took` the place of one that waited."""
    columns = [Column(f.say("report.field")), Column(f.say("report.was")), Column(f.say("report.is"))]
    rows = [[words.field(name, f), said(name, before, f), said(name, after, f)] for name in changed(before, after)]
    place = f.join([after.milestone, "" if after.unit == NATIONAL else after.unit])
    sentences = [f.say("report.waits" if waits else "report.taken", place=place)]
    sentences += [f.say("report.took_place")] if took else []
    changes = tables.table(f.say("report.changes"), columns, rows, empty=f.say("report.nothing_changed"))
    way = tag("p", link(milestones.page(after.milestone), f.say("report.see_milestone"), class_="b-link"))
    return tag("div", tables.alert(sentences, kind="success"), changes, way)


def conflict(mine: ProgressReported, theirs: ProgressReported | None, f: Format) -> Html:
    """Two reports beside each other: the one that came meanwhile, and the one that was not taken."""
    notice = tables.alert([f.say("report.conflict")], kind="problem")
    return tag("div", notice, both(mine, theirs, ("report.theirs", "report.mine"), f))


def both(mine: ProgressReported, theirs: ProgressReported | None, titles: tuple[str, str], f: Format) -> Html:
    """The fields in which two reports differ; `titles` are the keys of the headings of theirs and mine."""
    columns = [Column(f.say("report.field")), *(Column(f.say(key)) for key in titles)]
    rows = [[words.field(name, f), said(name, theirs, f), said(name, mine, f)] for name in changed(theirs, mine)]
    return tables.table(f.say("report.both"), columns, rows, empty=f.say("report.same"))


def came_back(case: Case, standing: ProgressReported | None, *, moved: bool, f: Format) -> Html:
    """What the form is filled from: a report that waits or came back, and what counts now if that has `moved` since."""
    sentence = tables.alert([f.say(f"report.filled.{case.fate.value}")], kind="notice")
    why = case.review.said.reason if case.review else None
    reason = tag("div", tables.passage(why), class_="b-said") if why else Html("")
    if not moved:
        return tag("div", sentence, reason)
    notice = tables.alert([f.say("report.moved")], kind="problem")
    return tag("div", sentence, reason, notice, both(case.submission.report, standing, _MOVED, f))


_MOVED: Final = ("report.counts", "report.mine")


def said(name: str, report: ProgressReported | None, f: Format) -> Html:
    """The field `name` of a report as it was written, evidence that is an address as a link."""
    found = value(name, report, f)
    return evidence(found) if name == "evidence" else tables.passage(found, "b-passage")


def evidence(written: str) -> Html:
    """What a report rests on: a link if it is an address of the web and nothing else, plain text otherwise."""
    if _ADDRESS.fullmatch(written):
        return tag("p", tables.outside(written, written), class_="b-passage", dir="ltr")
    return tables.passage(written)


_ADDRESS: Final = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
