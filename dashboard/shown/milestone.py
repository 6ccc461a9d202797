"""The head of the Milestone page: what was promised, what is so, where it is done, what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard import charts, tables
from dashboard.format import Format
from dashboard.markup import Html, Target, badge, link, sign, tag, text
from dashboard.parts import Item, listing
from dashboard.shown import commission, words
from dashboard.tables import Column, Fact, Fold
from dashboard.timeline import critical
from roadmap.domain.model import Milestone, Scope, Status
from roadmap.domain.reviewing import Fate
from roadmap.services.critical_path import CriticalPath
from roadmap.services.milestone import MilestoneView, PlaceLine
from roadmap.services.permissions import Action
from roadmap.services.standing import Line

#: What somebody may do about a milestone, from its page.
ACTIONS: Final = (Action.REPORT, Action.PROPOSE, Action.REVIEW)
#: So many provinces are shown at once.
_FIRST: Final = 8


def page(code: str, **query: str) -> Target:
    """The Milestone page of `code`."""
    return Target("milestone", (("milestone", code), *query.items()))


def head(view: MilestoneView, commissions: Mapping[str, str], horizons: Mapping[str, str], f: Format) -> Html:
    """Title, where it belongs, and what is said of it: reported, declared and computed side by side."""
    milestone = view.line.milestone
    owner = link(commission.page(milestone.commission), commissions[milestone.commission])
    place = tag("p", tag("bdi", milestone.code), " · ", owner, " · ", tag("bdi", horizons[milestone.horizon]))
    title = tag("h2", text(milestone.title.in_(f.language)))
    return tag("header", title, place, _verdicts(view.line, f), class_="b-head")


def _verdicts(line: Line, f: Format) -> Html:
    reported = tag("span", words.state(line.reported.state, f), class_="b-badge b-quiet")
    entries = [
        _verdict("milestone.reported", reported, "meaning.state", f),
        _verdict("milestone.declared", words.declared(line.reported.confidence, f), "meaning.confidence", f),
        *([_verdict("review.rated", words.declared(line.rating, f), "meaning.rating", f)] if line.rating else []),
        _verdict("milestone.computed", badge(line.status, f), "meaning.computed", f),
    ]
    flag = tag("p", sign(Status.LATE), f.say("milestone.flag_sentence"), class_="b-flag") if line.flagged else Html("")
    return tag("div", tag("dl", *entries, class_="b-verdicts"), flag)


def _verdict(key: str, value: Html, meaning: str, f: Format) -> Html:
    return tag("div", tag("dt", tables.term(f.say(key), f.say(meaning))), tag("dd", value))


def actions(view: MilestoneView, may: Mapping[Action, bool], f: Format) -> Html:
    """The ways to what the reader may do about it: report, propose a change, review what was sent; else nothing."""
    milestone = view.line.milestone
    own = (("commission", milestone.commission), ("milestone", milestone.code))
    waiting = sum(case.fate is Fate.WAITING for case in view.sent)
    ways = [
        (may[Action.REPORT], Target("report", own), f.say("milestone.to_report")),
        (may[Action.PROPOSE], Target("decisions", (("view", "propose"), *own)), f.say("milestone.to_propose")),
        (
            may[Action.REVIEW] and waiting > 0,
            Target("review", own[:1]),
            f.say("milestone.to_review", n=waiting, count=f.number(waiting)),
        ),
    ]
    links = [link(target, label, class_="b-way") for offered, target, label in ways if offered]
    return tag("p", *links, class_="b-ways") if links else Html("")


def progress(line: Line, f: Format) -> Html:
    """How much is done, beside the plan."""
    note = f.say("milestone.plan_today", planned=f.percent(line.planned))
    return tag(
        "div", tables.meter(line.reported.percent, line.planned, line.status, f), tag("small", note), class_="b-big"
    )


def dates(line: Line, path: CriticalPath, f: Format) -> list[Fact]:
    """What was promised, what is expected now, and by how much it may slip before the programme's end does."""
    milestone, forecast = line.milestone, line.forecast
    return [
        Fact(f.say("milestone.start"), f.day(milestone.start), f.say("meaning.baseline")),
        Fact(f.say("milestone.finish"), f.day(milestone.finish), f.say("meaning.baseline")),
        Fact(f.say("milestone.expected"), f.day(line.expected_finish), f.say("meaning.expected")),
        Fact(f.say("milestone.variance"), commission.slip(line, f), f.say("meaning.variance")),
        Fact(f.say("milestone.even"), f.day(forecast.p50 if forecast else None), f.say("meaning.p50")),
        Fact(f.say("milestone.sure"), f.day(forecast.p80 if forecast else None), f.say("meaning.p80")),
        *_slack(line, path, f),
    ]


def _slack(line: Line, path: CriticalPath, f: Format) -> list[Fact]:
    """Nothing of what is over: it can slip no more."""
    days = path.slack.get(line.code)
    if days is None:
        return []
    end = f.day(path.end)
    told = f.say("milestone.slack_of", n=days, days=f.number(days), end=end)
    value = critical(f.say("milestone.critical", end=end)) if path.holds(line.code) else told
    return [Fact(f.say("critical.slack_title"), value, f.say("meaning.slack"), wide=True)]


def promise(view: MilestoneView, currency: str, f: Format) -> list[Fact]:
    """What is to be delivered, by whom, how it will be seen, what it weighs and costs, and where that was read."""
    milestone, language = view.line.milestone, f.language
    source = view.source.in_(language) if view.source else f.say("milestone.illustrative")
    return [
        Fact(f.say("milestone.deliverable"), text(milestone.deliverable.in_(language)), wide=True),
        Fact(f.say("milestone.evidence"), text(milestone.evidence.in_(language)), f.say("meaning.evidence"), wide=True),
        Fact(f.say("milestone.owner"), text(milestone.owner.in_(language)), wide=True),
        Fact(f.say("milestone.scope"), _scope(view.line, f), f.say("meaning.scope")),
        Fact(f.say("milestone.weight"), f.compact(milestone.weight), f.say("meaning.weight")),
        Fact(f.say("milestone.money"), _money(view.line, currency, f), wide=True),
        Fact(f.say("milestone.source"), text(source), f.say("meaning.source"), wide=True),
    ]


def _scope(line: Line, f: Format) -> str:
    scope, units = line.milestone.scope, line.reported.units
    name = f.say(f"scope.{scope.value}")
    return name if scope is Scope.NATIONAL else f.say("milestone.scope_of", scope=name, count=f.number(units))


def _money(line: Line, currency: str, f: Format) -> str:
    budget = line.milestone.budget
    return f.say(
        "milestone.money_of",
        asked=f.compact(budget.asked),
        allocated=f.compact(budget.allocated),
        spent=f.compact(line.reported.spent),
        unit=currency,
    )


def trend(view: MilestoneView, f: Format) -> charts.Chart | None:
    """Planned against reported percent by month; None while there is nothing to draw."""
    points = [charts.CurvePoint(point.day, point.planned, point.actual) for point in view.trend]
    return charts.curve(points, today=view.moment.day, f=f, height=260) if len(points) > 1 else None


def places(rows: Sequence[PlaceLine], milestone: Milestone, f: Format) -> Html:
    """Where it is done: a province a row, the furthest first; beyond the first few on demand."""
    columns = [
        Column(f.say("map.province")),
        Column(f.say("table.percent")),
        Column(f.say("places.reporting"), f.say("meaning.reporting_units"), number=True),
        Column(f.say("places.last")),
    ]
    cells = [_place(place, f) for place in rows]
    caption = f.say("places.caption", title=milestone.title.in_(f.language))
    fold = Fold(_FIRST, lambda others: f.say("places.more", n=others, count=f.number(others)))
    return tables.table(caption, columns, cells, empty=f.say("places.none"), fold=fold)


def _place(place: PlaceLine, f: Format) -> list[str]:
    return [
        place.title.in_(f.language),
        tables.meter(place.percent, None, _standing(place), f),
        f.say("places.of", count=f.number(place.reporting), whole=f.number(place.units)),
        f.short_day(place.last_report),
    ]


def _standing(place: PlaceLine) -> Status:
    """The colour of a province's bar: what is complete is told from what is under way."""
    return Status.DONE if place.percent >= 100 else Status.ON_TRACK


def neighbours(lines: Sequence[Line], lags: Mapping[str, int], empty: str, f: Format) -> Html:
    """Milestones that this one waits for, or that wait for it, each with where it stands."""
    return listing([_neighbour(line, lags.get(line.code, 0), f) for line in lines], f, empty=empty)


def _neighbour(line: Line, lag: int, f: Format) -> Item:
    facts = [
        line.code,
        f.say(f"status.{line.status.value}"),
        f.percent(line.reported.percent),
        f.say("milestone.lag", n=lag, days=f.number(lag)) if lag else "",
    ]
    title = line.milestone.title.in_(f.language)
    return Item(title, tuple(facts), line.status, f.short_day(line.expected_finish), page(line.code))
