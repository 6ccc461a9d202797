"""The review page's parts: what waits beside the last accepted report and the plan, and what became of a review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from dashboard import tables
from dashboard.format import Format
from dashboard.markup import Html, badge, link, sign, tag, text
from dashboard.shown import deliveries, words
from dashboard.shown import milestone as milestones
from dashboard.shown import report as reports
from dashboard.tables import Column
from roadmap.domain.model import NATIONAL, Status
from roadmap.domain.reviewing import Case, Obstacle, Verdict
from roadmap.services.review_queue import Waiting
from roadmap.services.reviewing import Left, Reviewed
from roadmap.services.standing import Line

#: Reasons that are often given, by the keys of their texts.
REASONS: Final = (
    "review.why_evidence",
    "review.why_percent",
    "review.why_late",
    "review.why_blocker",
    "review.why_day",
)


@dataclass(frozen=True)
class Around:
    """Titles of commissions by code, the programme's zone, and the time it is."""

    titles: Mapping[str, str]
    zone: ZoneInfo
    now: datetime


def head(each: Waiting, around: Around, f: Format) -> Html:
    """Which milestone it is about, who sent it and how long it waits, and what is said of the milestone."""
    submission = each.case.submission
    title = each.line.milestone.title.in_(f.language) if each.line else f.say("review.no_milestone")
    place = [submission.report.milestone, around.titles.get(submission.commission, submission.commission)]
    unit = [] if submission.report.unit == NATIONAL else [submission.report.unit]
    return tag(
        "header",
        tag("h3", link(milestones.page(submission.report.milestone), text(title), class_="b-link")),
        tag("p", f.join([*place, *unit])),
        tag("small", f.join([sent(each.case, around.zone, f), age(each, around, f)])),
        _standing(each.line, f) if each.line else Html(""),
        class_="b-head",
    )


def sent(case: Case, zone: ZoneInfo, f: Format) -> str:
    """Who sent it, and when."""
    author = words.author(case.submission.actor, f)
    when = deliveries.when(case.submission.recorded, zone, f)
    return f.say("review.sent", author=f.isolate(author), when=when)


def age(each: Waiting, around: Around, f: Format) -> str:
    """For how long it has waited."""
    days = each.age(around.now)
    return f.say("review.age", n=days, days=f.number(days)) if days else f.say("review.age_today")


def _standing(line: Line, f: Format) -> Html:
    flag = tag("span", sign(Status.LATE), f.say("milestone.flag"), class_="b-flag") if line.flagged else Html("")
    return tag("p", badge(line.status, f), flag, class_="b-badges")


def compare(each: Waiting, f: Format) -> Html:
    """The report that waits beside the plan and the last one that counts, with what changed marked."""
    columns = [
        Column(f.say("report.field")),
        Column(f.say("review.plan"), f.say("meaning.baseline")),
        Column(f.say("review.last")),
        Column(f.say("review.waiting")),
    ]
    rows = [_row(name, each, f) for name in reports.FIELDS if _matters(name, each)]
    return tag("div", tables.table(f.say("review.side_by_side"), columns, rows, empty=""), class_="b-compare")


def _matters(name: str, each: Waiting) -> bool:
    """Whether one of the two reports says anything of the field."""
    return any(getattr(report, name, None) is not None for report in (each.case.submission.report, each.last))


def _row(name: str, each: Waiting, f: Format) -> list[str]:
    report = each.case.submission.report
    value = reports.said(name, report, f)
    is_new = each.last is not None and getattr(each.last, name) != getattr(report, name)
    planned = _planned(name, each.line, f) if each.line else ""
    last = reports.said(name, each.last, f) if each.last else f.day(None)
    marked = tag("mark", value, tag("span", f.say("review.changed"), class_="b-hidden")) if is_new else value
    return [words.field(name, f), planned, last, marked]


def _planned(name: str, line: Line, f: Format) -> str:
    """What the plan says where it says anything."""
    match name:
        case "percent":
            return f.percent(line.planned)
        case "forecast_finish":
            return f.day(line.milestone.finish)
        case "spent":
            return f.compact(line.milestone.budget.allocated)
        case _:
            return ""


def holds_up(each: Waiting, f: Format) -> Html:
    """The milestones that wait for this one, one click away."""
    count = len(each.holds_up)
    if not count:
        return tag("p", tag("small", f.say("review.holds_up_none")))
    told = tag("summary", f.say("review.holds_up", n=count, count=f.number(count)))
    return tag("details", told, milestones.neighbours(each.holds_up, {}, "", f))


def name(case: Case, f: Format) -> str:
    """A submission in a sentence: what it is about."""
    milestone, unit = case.submission.stream
    return f.join([milestone, "" if unit == NATIONAL else unit])


def done(verdict: Verdict, outcome: Reviewed, zone: ZoneInfo, f: Format) -> Html:
    """What a review has settled, and what it has left and why."""
    count = len(outcome.taken)
    success = tables.alert([f.say(f"review.done.{verdict.value}", n=count, count=f.number(count))], kind="success")
    return tag("div", success if count else Html(""), *(left(each, zone, f) for each in outcome.left))


def left(each: Left, zone: ZoneInfo, f: Format) -> Html:
    """Why a submission was left as it is; where it no longer fits, both reports beside each other."""
    place = name(each.case, f) if each.case else f.number(each.number)
    sentences = [f.say(f"review.left.{each.obstacle.value}", place=place)]
    if each.obstacle is Obstacle.SETTLED and each.case:
        sentences.append(fate(each.case, zone, f))
    if each.refusal:
        sentences += reports.sentences([each.refusal], f)
    both = Html("")
    if each.obstacle is Obstacle.UNFIT and each.case:
        both = reports.both(each.case.submission.report, each.standing, ("report.counts", "review.waiting"), f)
    return tag("div", tables.alert(sentences, kind="problem"), both)


def fate(case: Case, zone: ZoneInfo, f: Format) -> str:
    """What became of a submission, by whom and when."""
    if case.review is None:
        return f.say(f"fate.{case.fate.value}")
    author = words.author(case.review.actor, f)
    when = deliveries.when(case.review.recorded, zone, f)
    return f.say(f"fate.{case.fate.value}_by", author=f.isolate(author), when=when)


def reason(case: Case) -> Html:
    """Why it was returned, as it was written."""
    return tables.passage(case.review.said.reason or "") if case.review else Html("")


def history(found: Sequence[Case], zone: ZoneInfo, f: Format) -> Html:
    """Reports that were sent, the newest first: who sent what, and what a reviewer said of it."""
    if not found:
        return tag("p", f.say("review.none_sent"), class_="b-empty")
    return tag("ol", *(tag("li", _told(case, zone, f)) for case in found), class_="b-story")


def _told(case: Case, zone: ZoneInfo, f: Format) -> Html:
    report = case.submission.report
    head = tag("header", tag("strong", f.day(report.effective)), _unit(case), tag("small", sent(case, zone, f)))
    said = tag("p", tag("b", reports.value("percent", report, f)), words.state(report.state, f), class_="b-figures")
    rating = case.review.said.rating if case.review else None
    judged = tag("span", f.say("review.rating"), " ", words.declared(rating, f)) if rating else Html("")
    became = tag("p", tag("span", fate(case, zone, f)), " ", judged)
    why = tag("div", reason(case), class_="b-said") if case.review and case.review.said.reason else Html("")
    return tag("article", head, said, became, why)


def _unit(case: Case) -> Html:
    unit = case.submission.report.unit
    return Html("") if unit == NATIONAL else tag("span", tables.code(unit), class_="b-unit")
