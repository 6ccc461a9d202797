"""How completely and how punctually commissions report: for the period that is due, and for the last ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from dashboard import tables
from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.markup import Html, Target, link, tag
from dashboard.shown import deliveries
from dashboard.tables import Column
from roadmap.domain.model import Status
from roadmap.services.ledger import Open
from roadmap.services.periods import PeriodRates, Rate
from roadmap.services.quality import CommissionQuality

#: How strongly a cell of the strip is coloured at most, of 1: its figures stay easy to read.
_STRONGEST: Final = 0.42
#: From so many percent on, most came.
_MOST: Final = 50


def page(**filters: str) -> Target:
    """The Data quality page with those filters."""
    return Target("quality", tuple(filters.items()))


def summary(found: Sequence[CommissionQuality], f: Format) -> str:
    """The period that reports are due for, in one sentence; nothing before the first one has ended."""
    last = next((each.periods[0].period for each in found if each.periods), None)
    return f.say("quality.period", month=f.month(last.last), deadline=f.day(last.deadline)) if last else ""


def commissions(
    found: Sequence[CommissionQuality], waits: Mapping[str, Open], titles: Mapping[str, str], zone: ZoneInfo, f: Format
) -> Html:
    """How each commission reports for the period that is due, and how many of its rejected rows wait."""
    columns = [
        Column(f.say("matrix.commission")),
        Column(f.say("quality.rate"), f.say("meaning.rate")),
        Column(f.say("quality.on_time"), f.say("meaning.on_time")),
        Column(f.say("quality.last")),
        Column(f.say("quality.open"), f.say("meaning.open"), number=True),
    ]
    rows = [_commission(each, waits.get(each.code), titles, zone, f) for each in found]
    return tables.table(f.say("quality.by_commission"), columns, rows, empty=f.say("quality.none"))


def _commission(
    each: CommissionQuality, waits: Open | None, titles: Mapping[str, str], zone: ZoneInfo, f: Format
) -> list[str]:
    told = each.periods[0] if each.periods else None
    return [
        link(Target("commission", (("commission", each.code),)), titles[each.code]),
        _meter(told.completeness, f) if told else _nothing(f),
        _in_time(told, f) if told else _nothing(f),
        _last(each, zone, f),
        _open(each.code, waits, f),
    ]


def _open(code: str, waits: Open | None, f: Format) -> str:
    """How many rows wait, with the way to them; a dash where that is not for the reader."""
    if waits is None:
        return f.number(None)
    return link(page(commission=code), open_rows(waits, f), class_="b-link") if waits.rows else f.number(0)


def open_rows(waits: Open, f: Format) -> str:
    """How many rows wait; at least so many where the ledger is longer than what was looked through."""
    count = f.number(waits.rows)
    return f.say("quality.at_least", count=count) if waits.more else count


def _meter(rate: Rate, f: Format) -> Html:
    if rate.percent is None:
        return _nothing(f)
    status = Status.AT_RISK if rate.missing else Status.DONE
    return tag("span", tables.meter(rate.percent, None, status, f), tag("small", of(rate, f)), class_="b-lines")


def _in_time(told: PeriodRates, f: Format) -> Html:
    """How many came in time; what is still missing may, until the deadline has passed."""
    if told.timeliness.percent is None:
        return _nothing(f)
    note = f.say("quality.still", day=f.short_day(told.period.deadline)) if told.is_open else of(told.timeliness, f)
    return tables.lines(tag("b", f.percent(told.timeliness.percent)), note)


def of(rate: Rate, f: Format) -> str:
    """The figures behind a rate."""
    return f.say("quality.of", n=rate.expected, complete=f.number(rate.complete), expected=f.number(rate.expected))


def _nothing(f: Format) -> Html:
    return tag("span", f.say("quality.none_expected"), class_="b-pale")


def _last(each: CommissionQuality, zone: ZoneInfo, f: Format) -> Html:
    if each.last is None:
        return tag("span", f.say("quality.never"), class_="b-pale")
    return tables.lines(deliveries.when(each.last.recorded, zone, f), tables.code(each.last.source))


def strip(found: Sequence[CommissionQuality], titles: Mapping[str, str], f: Format) -> Html:
    """A commission a line, a period a column, the last one at the end; the fuller, the darker."""
    periods = [each.period for each in reversed(found[0].periods)] if found else []
    columns = [Column(f.say("matrix.commission")), *(Column(f.month(period.last)) for period in periods)]
    rows = [[titles[each.code], *(_cell(told, f) for told in reversed(each.periods))] for each in found if periods]
    told = tables.table(f.say("quality.strip"), columns, rows, empty=f.say("quality.no_period"))
    return tag("div", told, class_="b-strip")


def _cell(told: PeriodRates, f: Format) -> Html:
    complete, in_time = told.completeness, told.timeliness
    if complete.percent is None:
        return tag("span", f.number(None), title=f.say("quality.none_expected"), class_="b-pale")
    figures = f.say("quality.figures", complete=f.number(complete.complete), expected=f.number(complete.expected))
    share = _STRONGEST * complete.percent / 100
    late = f.say("quality.in_time", percent=f.percent(in_time.percent))
    return tag(
        "span",
        tag("b", f.percent(complete.percent)),
        tag("small", figures),
        tag("small", late),
        class_="b-heat",
        style=f"--share:{share:.3f};--heat:{MARKS[_how(told)].colour}",
    )


def _how(told: PeriodRates) -> Status:
    """Whether most of what was expected came, and came in time."""
    if (told.completeness.percent or 0) < _MOST:
        return Status.LATE
    came_late = not told.is_open and (told.timeliness.percent or 0) < _MOST
    return Status.AT_RISK if came_late else Status.ON_TRACK
