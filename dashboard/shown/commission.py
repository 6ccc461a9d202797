"""The Commission page's parts, from one `CommissionView`."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import charts, parts, tables
from dashboard.format import Format
from dashboard.look import GRAVITY, MARKS
from dashboard.markup import Html, Target, badge, link, sign, tag, text
from dashboard.parts import Tile
from dashboard.shown import words
from dashboard.tables import Column
from roadmap.domain.model import Horizon, Status
from roadmap.services.commission import CommissionView
from roadmap.services.standing import Line


def page(code: str, **filters: str | None) -> Target:
    """The Commission page of `code`, with those filters that are given."""
    given = tuple((name, value) for name, value in filters.items() if value)
    return Target("commission", (("commission", code), *given))


def headline(view: CommissionView, f: Format) -> Html:
    """Where the commission is, in one sentence."""
    title, facts = view.commission.title.in_(f.language), [view.commission.lead.in_(f.language)]
    if view.percent is None or view.planned is None:
        return parts.headline(f.say("commission.nothing", commission=title), facts=facts, f=f)
    points = round(view.percent - view.planned, 1)
    gap = f.say(
        "commission.as_planned" if points == 0 else "commission.ahead" if points > 0 else "commission.behind",
        points=f.number(abs(points), 1),
    )
    sentence = f.say(
        "commission.headline",
        commission=title,
        percent=f.percent(view.percent, 1),
        planned=f.percent(view.planned, 1),
        gap=gap,
    )
    return parts.headline(sentence, facts=facts, f=f)


def tiles(view: CommissionView, f: Format, *, sees_reviews: bool) -> Html:
    """What waits: each state that has to be looked at, contradictions, reporting, rejects.

    Reports that wait for review lead there for a reader who `sees_reviews`.
    """
    code, counts = view.commission.code, view.statuses
    waiting = [
        Tile(
            f.say(f"status.{status.value}"),
            f.number(counts[status]),
            f.say("commission.of", n=len(view.lines), count=f.number(len(view.lines))),
            status if counts[status] else None,
            target=page(code, status=status.value) if counts[status] else None,
        )
        for status in (Status.LATE, Status.AT_RISK, Status.DONE)
    ]
    others = [
        _flagged(view, f),
        _reporting(view, f),
        *([_reviews(view, f, leads=sees_reviews)] if view.waiting else []),
        _rejected(view, f),
    ]
    return parts.tiles([*waiting, *others], f)


def _flagged(view: CommissionView, f: Format) -> Tile:
    count = sum(line.flagged for line in view.lines)
    note = f.say("commission.flagged_note" if count else "commission.no_flags")
    return Tile(f.say("commission.flagged"), f.number(count), note, Status.LATE if count else None)


def _reporting(view: CommissionView, f: Format) -> Tile:
    rate, month = view.reporting, f.month(view.period_end)
    if rate.percent is None:
        return Tile(f.say("commission.reporting"), f.percent(None), f.say("commission.none_expected", month=month))
    note = f.say(
        "commission.reported_of", complete=f.number(rate.complete), expected=f.number(rate.expected), month=month
    )
    status = Status.DONE if rate.complete == rate.expected else Status.AT_RISK
    return Tile(f.say("commission.reporting"), f.percent(rate.percent), note, status)


def _reviews(view: CommissionView, f: Format, *, leads: bool) -> Tile:
    target = Target("review", (("commission", view.commission.code),)) if leads else None
    return Tile(f.say("review.tile"), f.number(view.waiting), f.say("review.tile_note"), Status.STALE, target=target)


def _rejected(view: CommissionView, f: Format) -> Tile:
    count = view.rejected_rows
    note = f.say("commission.see_rejects" if count else "commission.no_rejects")
    target = Target("quality", (("commission", view.commission.code),))
    return Tile(f.say("commission.rejected"), f.number(count), note, Status.AT_RISK if count else None, target=target)


def matrix(view: CommissionView, horizons: Sequence[Horizon], f: Format) -> Html:
    """The commission's row of the matrix; a cell filters the milestones below."""
    code = view.commission.code
    cells = tuple(
        parts.Cell(cell.percent, cell.planned, cell.statuses, page(code, horizon=cell.horizon))
        if cell.milestones
        else None
        for cell in view.cells
    )
    titles = [horizon.title.in_(f.language) for horizon in horizons]
    row = parts.MatrixRow(view.commission.title.in_(f.language), cells, page(code))
    return parts.matrix(titles, [row], f)


def curve(view: CommissionView, f: Format) -> charts.Chart:
    """The commission's S-curve."""
    points = [charts.CurvePoint(p.day, p.planned, p.actual, p.forecast, p.low, p.high) for p in view.curve]
    return charts.curve(points, today=view.moment.day, f=f, height=260)


def money(view: CommissionView, currency: str, f: Format) -> Html:
    """Asked, allocated and spent, each as a bar of what was asked."""
    amounts = (
        ("asked", view.money.asked, None),
        ("allocated", view.money.allocated, view.money.asked),
        ("spent", view.money.spent, view.money.allocated),
    )
    most = max(amount for _, amount, _ in amounts)
    entries = [_amount(name, amount, whole, most, f) for name, amount, whole in amounts]
    return tag("ul", *entries, tag("li", tag("small", f.say("money.unit", unit=currency))), class_="b-money")


def _amount(name: str, amount: float, whole: float | None, most: float, f: Format) -> Html:
    share = f.say(f"money.{name}_share", share=f.percent(100 * amount / whole)) if whole else ""
    length = 100 * amount / most if most else 0.0
    head = tag("span", tag("span", f.say(f"money.{name}")), tag("strong", f.number(amount)))
    note = tag("small", share) if share else Html("")
    return tag("li", head, parts.bar(length, None, MARKS[Status.DONE].colour), note)


def chosen(lines: Sequence[Line], horizon: str | None, status: str | None) -> list[Line]:
    """Those of `lines` in the horizon and in the computed status, the gravest first; no filter lets all through."""
    found = [
        line for line in lines if horizon in {None, "", line.milestone.horizon} and status in {None, "", line.status}
    ]
    return sorted(found, key=lambda line: (GRAVITY.index(line.status), -line.variance_days, line.code))


def milestones(lines: Sequence[Line], horizons: dict[str, str], f: Format) -> Html:
    """The milestones with their dates and both statuses; `horizons` are titles by code."""
    columns = [
        Column(f.say("table.title")),
        Column(f.say("table.percent"), f.say("meaning.percent")),
        Column(f.say("milestone.statuses"), f.say("meaning.statuses")),
        Column(f.say("table.planned"), f.say("meaning.baseline")),
        Column(f.say("table.expected_finish"), f.say("meaning.expected")),
        Column(f.say("table.forecast"), f.say("meaning.p50_p80")),
    ]
    rows = [_milestone(line, horizons, f) for line in lines]
    return tables.table(f.say("commission.milestones"), columns, rows, empty=f.say("commission.none_match"))


def _milestone(line: Line, horizons: dict[str, str], f: Format) -> list[str]:
    milestone = line.milestone
    target = Target("milestone", (("milestone", line.code),))
    facts = f.join([line.code, horizons[milestone.horizon]])
    return [
        link(target, text(milestone.title.in_(f.language), "b-what"), tag("small", facts), class_="b-row"),
        tables.meter(line.reported.percent, line.planned, line.status, f),
        statuses(line, f),
        tag("span", f.short_day(milestone.finish), class_="b-day"),
        tables.lines(tag("span", f.short_day(line.expected_finish), class_="b-day"), slip(line, f)),
        forecast(line, f),
    ]


def statuses(line: Line, f: Format) -> Html:
    """The judgement, a reviewer's if there is one, beside the computed status; a flag where they contradict."""
    key = "milestone.flag" if line.status is Status.LATE else "milestone.flag_risk"
    flag = tag("span", sign(Status.LATE), f.say(key), class_="b-flag") if line.flagged else Html("")
    return tag("span", badge(line.status, f), words.declared(line.judged, f), flag, class_="b-badges")


def slip(line: Line, f: Format) -> Html:
    """The variance in days, coloured where it is late."""
    days = line.variance_days
    key = "milestone.days_later" if days > 0 else "milestone.days_earlier"
    told = f.say(key, n=abs(days), days=f.number(abs(days))) if days else f.slip(0)
    return tag("b", told, style=f"color:{MARKS[Status.LATE if days > 0 else Status.DONE].ink}")


def forecast(line: Line, f: Format) -> Html:
    """The days of P50 and P80."""
    if line.forecast is None:
        return tag("span", f.day(None))
    return tag(
        "span",
        tag("span", tag("small", f.say("milestone.p50")), f.short_day(line.forecast.p50)),
        tag("span", tag("small", f.say("milestone.p80")), f.short_day(line.forecast.p80)),
        class_="b-pair",
    )
