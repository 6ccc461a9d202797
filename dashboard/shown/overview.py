"""The Overview's parts, from one `Overview`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import charts, parts
from dashboard.format import Format
from dashboard.markup import Html, Target
from dashboard.parts import Bullet, Item, Tile
from dashboard.shown import commission
from dashboard.shown.bars import bar, story
from dashboard.shown.deliveries import when
from dashboard.timeline import Group, timeline
from roadmap.domain.model import Commission, Horizon, IndicatorKind, Status
from roadmap.services.desk import Desk
from roadmap.services.overview import Change, IndicatorLine, Overview, ProvinceLine
from roadmap.services.proposals import Waiting
from roadmap.services.standing import Cell

#: What the state of a change's line cannot say: that it came back.
_STATES = {"finished": Status.DONE, "recovered": Status.ON_TRACK}
_MILLION = 1_000_000
#: As many provinces are named from the top and from the bottom of the ranking.
_ENDS = 4


def headline(view: Overview, horizon: Horizon | None, desk: Desk, f: Format) -> Html:
    """Where the programme is, what moved in the past month, and what waits, in one sentence."""
    if view.percent is None or view.planned is None:
        return parts.headline(f.say("overview.nothing"), facts=[], f=f)
    kinds = Counter(change.kind for change in view.changes)
    sentence = f.say(
        "overview.sentence",
        progress=_progress(view.percent, view.planned, horizon, f),
        finished=_counted("finished", kinds["finished"], f),
        slipped=_counted("slipped", kinds["slipped"] + kinds["became_late"], f),
        late=_counted("late", view.statuses[Status.LATE], f),
        risk=_counted("risk", view.statuses[Status.AT_RISK], f),
    )
    return parts.headline(sentence, facts=_facts(view, desk, f), f=f)


def _progress(percent: float, planned: float, horizon: Horizon | None, f: Format) -> str:
    gap = round(percent - planned, 1)
    return f.say(
        "overview.in_horizon" if horizon else "overview.in_all",
        horizon=horizon.title.in_(f.language) if horizon else "",
        percent=f.percent(percent, 1),
        gap=_gap(gap, f),
    )


def _gap(points: float, f: Format) -> str:
    key = "overview.even" if points == 0 else "overview.ahead" if points > 0 else "overview.behind"
    return f.say(key, points=f.number(abs(points), 1))


def _counted(what: str, count: int, f: Format) -> str:
    return f.say(f"tally.{what}", n=count, count=f.number(count)) if count else f.say(f"tally_none.{what}")


def _facts(view: Overview, desk: Desk, f: Format) -> list[str]:
    return [
        f.day(view.moment.day),
        f.say("overview.milestones", n=len(view.lines), count=f.number(len(view.lines))),
        _updated(view, desk, f),
    ]


def _updated(view: Overview, desk: Desk, f: Format) -> str:
    return f.say("overview.updated", moment=when(view.updated, desk.zone, f)) if view.updated else ""


@dataclass(frozen=True)
class Waits:
    """What waits for people: where the reports lead that wait for review, and the proposals; each None for who may not.

    `mine` is whether proposals wait for the reader: then they come before everything else.
    """

    reviews: Target | None = None
    proposals: Waiting | None = None
    mine: bool = False


def tiles(view: Overview, horizon: str | None, waits: Waits, desk: Desk, f: Format) -> Html:
    """Progress, what is finished of what is due, and what has to be looked at; each leads to its milestones."""
    counts = view.statuses
    waiting = [_waiting(status, counts[status], horizon, f) for status in (Status.LATE, Status.AT_RISK, Status.STALE)]
    unreviewed = [_unreviewed(view, waits.reviews, f)] if view.waiting else []
    others = [_overall(view, f), _finished(view, horizon, f), *waiting, *unreviewed]
    due = decisions_due(waits.proposals, desk, f) if waits.proposals else []
    return parts.tiles([*due, *others] if waits.mine else [*others, *due], f)


def decisions_due(waits: Waiting, desk: Desk, f: Format) -> list[Tile]:
    """How many proposals wait for a decision and since when, and how many are being checked; none where none is."""
    if not (waits.to_decide or waits.to_check):
        return []
    checking, told = len(waits.to_check), []
    if waits.to_decide:
        since = waits.to_decide[0].steps[-1].recorded.astimezone(desk.zone).date()
        told.append(f.say("decisions.due_since", day=f.short_day(since)))
    if checking:
        told.append(f.say("decisions.due_check", n=checking, count=f.number(checking)))
    label, count = f.say("decisions.due"), f.number(len(waits.to_decide))
    return [Tile(label, count, f.join(told), Status.STALE, target=Target("decisions"))]


def _overall(view: Overview, f: Format) -> Tile:
    percent, planned = view.percent, view.planned
    note = "" if percent is None or planned is None else _gap(round(percent - planned, 1), f)
    trend = tuple(point.actual for point in view.curve if point.actual is not None)
    return Tile(f.say("overview.progress"), f.percent(percent, 1), note, trend=trend)


def _finished(view: Overview, horizon: str | None, f: Format) -> Tile:
    done = view.statuses[Status.DONE]
    note = f.say("overview.finished_of", count=f.number(len(view.lines)))
    if view.finished_share is not None:
        note = f.say("overview.finished_share", share=f.percent(100 * view.finished_share))
    return Tile(f.say("status.done"), f.number(done), note, target=milestones(horizon, Status.DONE))


def _unreviewed(view: Overview, target: Target | None, f: Format) -> Tile:
    count = sum(view.waiting.values())
    return Tile(f.say("review.tile"), f.number(count), f.say("review.tile_note"), Status.STALE, target=target)


def _waiting(status: Status, count: int, horizon: str | None, f: Format) -> Tile:
    note = f.say(f"waiting.{status.value}" if count else "waiting.none")
    target = milestones(horizon, status) if count else None
    return Tile(f.say(f"status.{status.value}"), f.number(count), note, status if count else None, target=target)


def milestones(horizon: str | None, status: Status) -> Target:
    """The Roadmap of those milestones."""
    asked = {"horizon": horizon, "status": status.value}
    return Target("roadmap", tuple((name, value) for name, value in asked.items() if value))


def matrix(
    cells: Sequence[Cell], commissions: Sequence[Commission], horizons: Sequence[Horizon], only: str | None, f: Format
) -> Html:
    """Commissions by horizons, or by the horizon `only`; cells and rows lead to the Commission page."""
    shown = [horizon for horizon in horizons if only in {None, horizon.code}]
    by_place = {(cell.commission, cell.horizon): _cell(cell) for cell in cells}
    rows = [
        parts.MatrixRow(
            each.title.in_(f.language),
            tuple(by_place[each.code, horizon.code] for horizon in shown),
            commission.page(each.code, horizon=only),
        )
        for each in commissions
    ]
    return parts.matrix([horizon.title.in_(f.language) for horizon in shown], rows, f)


def _cell(cell: Cell) -> parts.Cell | None:
    if not cell.milestones:
        return None
    target = commission.page(cell.commission, horizon=cell.horizon)
    return parts.Cell(cell.percent, cell.planned, cell.statuses, target)


def curve(view: Overview, f: Format) -> charts.Chart:
    """The S-curve with plan, actual, forecast and the band of P20 to P80."""
    points = [charts.CurvePoint(p.day, p.planned, p.actual, p.forecast, p.low, p.high) for p in view.curve]
    return charts.curve(points, today=view.moment.day, f=f)


def slips(view: Overview, titles: dict[str, str], f: Format) -> Html:
    """Those that slip most; `titles` are commissions' by code."""
    bars = tuple(bar(line, (titles[line.milestone.commission],), f) for line in view.slips)
    return timeline([Group("", bars)], today=view.moment.day, f=f)


def changes(found: Sequence[Change], titles: dict[str, str], f: Format) -> Html:
    """What happened to which milestone, the gravest first; `titles` are commissions' by code."""
    return parts.listing([_change(each, titles, f) for each in found], f, empty=f.say("overview.unchanged"))


def _change(each: Change, titles: dict[str, str], f: Format) -> Item:
    line = each.line
    return Item(
        line.milestone.title.in_(f.language),
        (titles[line.milestone.commission], f.say(f"change.{each.kind}", day=f.day(line.expected_finish))),
        _STATES.get(each.kind, line.status),
        f.slip(each.days) if each.days else "",
        story(line.code),
    )


def indicators(found: Sequence[IndicatorLine], f: Format) -> Html:
    """Key indicators against the targets that are next due."""
    return parts.bullets([_bullet(each, f) for each in found], f)


def _bullet(each: IndicatorLine, f: Format) -> Bullet:
    result, indicator = each.result, each.indicator
    seen = (
        f.say("indicator.seen", day=f.short_day(result.observed_on))
        if result.observed_on
        else f.say("indicator.unseen")
    )
    share = f.say("indicator.share", share=f.percent(100 * result.share)) if result.share is not None else ""
    until = f.say("indicator.until", day=f.short_day(result.target.date)) if result.target else ""
    return Bullet(
        indicator.title.in_(f.language),
        amount(result.actual, indicator.kind, f),
        amount(result.target.value if result.target else None, indicator.kind, f),
        result.share,
        each.due,
        each.status,
        f.join([indicator.measure.in_(f.language), seen, share, until]),
    )


def amount(value: float | None, kind: IndicatorKind, f: Format) -> str:
    """An indicator's value; from a million on in millions."""
    if kind is IndicatorKind.PERCENTAGE:
        return f.percent(value, 0 if value is None or float(value).is_integer() else 1)
    if value is None or abs(value) < _MILLION:
        return f.compact(value)
    return f.say("number.million", number=f.number(value / _MILLION, 1 if value % _MILLION else 0))


def province_map(found: Sequence[ProvinceLine], f: Format) -> charts.Chart:
    """Progress of the milestones that are carried out in provinces."""
    values = [charts.ProvinceValue(each.code, each.title.in_(f.language), each.percent) for each in found]
    return charts.provinces(values, measure=f.say("table.percent"), write=lambda value: f.percent(value, 1), f=f)


def ranking(found: Sequence[ProvinceLine], f: Format) -> Html:
    """The provinces at both ends; all of them where there are no more than that."""
    ends = list(found) if len(found) <= 2 * _ENDS else [*found[:_ENDS], *found[-_ENDS:]]
    ranks = {each.code: place for place, each in enumerate(found, start=1)}
    items = [_province(each, ranks[each.code], f) for each in ends]
    return parts.listing(items, f, empty=f.say("overview.no_provinces"))


def _province(each: ProvinceLine, rank: int, f: Format) -> Item:
    title = f.say("overview.ranked", rank=f.number(rank), title=each.title.in_(f.language))
    return Item(title, aside=f.percent(each.percent, 1))


def rejects(view: Overview, desk: Desk, f: Format) -> Html:
    """The last delivery and how many rows were sent back; leads to Data quality."""
    count = view.rejected_rows
    item = Item(
        _counted("rejects", count, f),
        (_updated(view, desk, f),),
        Status.AT_RISK if count else Status.DONE,
        f.say("overview.to_quality"),
        Target("quality"),
    )
    return parts.listing([item], f, empty="")
