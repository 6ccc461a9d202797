"""The Report page's parts: what is due, what a report changes, and two reports beside each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dashboard import tables
from dashboard.format import Format
from dashboard.markup import Html, Target, link, tag
from dashboard.parts import Item, listing
from dashboard.roles import Role
from dashboard.shown import milestone as milestones
from dashboard.shown import words
from dashboard.tables import Column
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import NATIONAL, Unit, UnitKind
from roadmap.domain.refusals import Refusal
from roadmap.services.reporting import Due
from roadmap.services.standing import Line

#: What a person fills in, in the order of the form.
FIELDS: Final = (
    "effective", "state", "percent", "confidence", "forecast_finish", "spent", "narrative", "blocker", "evidence",
)  # fmt: skip


def due_sentence(view: Due, f: Format) -> str:
    """For which period reports are due, and until when they are on time."""
    return f.say("report.due_until", month=f.month(view.period_end), deadline=f.day(view.deadline))


def due(view: Due, role: Role, f: Format) -> Html:
    """The milestones that miss a report; each opens its form."""
    items = [_due(line, role, f) for line in view.due]
    return listing(items, f, empty=f.say("report.all_in", month=f.month(view.period_end)))


def _due(line: Line, role: Role, f: Format) -> Item:
    last = line.reported.last_report
    told = f.say("report.last", day=f.day(last)) if last else f.say("report.never")
    facts = (line.code, told, f.say("report.planned", planned=f.percent(line.planned)))
    target = Target("report", (("role", role.code), ("milestone", line.code)))
    return Item(line.milestone.title.in_(f.language), facts, line.status, f.percent(line.reported.percent), target)


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


def taken(before: ProgressReported | None, after: ProgressReported, f: Format) -> Html:
    """That the report stands in the log, and what it changed."""
    names = changed(before, after)
    columns = [Column(f.say("report.field")), Column(f.say("report.was")), Column(f.say("report.is"))]
    rows = [[words.field(name, f), _said(name, before, f), _said(name, after, f)] for name in names]
    place = f.join([after.milestone, "" if after.unit == NATIONAL else after.unit])
    changes = tables.table(f.say("report.changes"), columns, rows, empty=f.say("report.nothing_changed"))
    way = tag("p", link(milestones.page(after.milestone), f.say("report.see_milestone"), class_="b-link"))
    return tag("div", tables.alert([f.say("report.taken", place=place)], kind="success"), changes, way)


def conflict(mine: ProgressReported, theirs: ProgressReported | None, f: Format) -> Html:
    """Two reports beside each other: the one that came meanwhile, and the one that was not taken."""
    columns = [Column(f.say("report.field")), Column(f.say("report.theirs")), Column(f.say("report.mine"))]
    rows = [[words.field(name, f), _said(name, theirs, f), _said(name, mine, f)] for name in changed(theirs, mine)]
    notice = tables.alert([f.say("report.conflict")], kind="problem")
    return tag("div", notice, tables.table(f.say("report.both"), columns, rows, empty=f.say("report.same")))


def _said(name: str, report: ProgressReported | None, f: Format) -> Html:
    return tables.passage(value(name, report, f), "b-passage")
