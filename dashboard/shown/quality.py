"""The Data quality page's parts: how commissions report, the reject ledger, and the ledger as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from dashboard import csv_file, tables
from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.markup import Html, Target, link, sign, tag
from dashboard.shown import deliveries, words
from dashboard.tables import Column
from roadmap.domain.model import Status
from roadmap.domain.text import Text
from roadmap.services.quality import CommissionQuality, Quality, RejectRow


def page(**filters: str) -> Target:
    """The Data quality page with those filters."""
    return Target("quality", tuple(filters.items()))


def summary(view: Quality, f: Format) -> str:
    """The period that reports are due for, in one sentence."""
    return f.say("quality.period", month=f.month(view.period_end), deadline=f.day(view.deadline))


def commissions(view: Quality, titles: Mapping[str, str], zone: ZoneInfo, f: Format) -> Html:
    """How each commission reports."""
    columns = [
        Column(f.say("matrix.commission")),
        Column(f.say("quality.rate"), f.say("meaning.rate")),
        Column(f.say("quality.last")),
        Column(f.say("quality.on_time"), f.say("meaning.on_time")),
        Column(f.say("quality.rejected"), number=True),
    ]
    rows = [_commission(each, titles, zone, f) for each in view.commissions]
    return tables.table(f.say("quality.by_commission"), columns, rows, empty=f.say("quality.none"))


def _commission(each: CommissionQuality, titles: Mapping[str, str], zone: ZoneInfo, f: Format) -> list[str]:
    rejected = f.number(each.rejected_rows)
    return [
        link(Target("commission", (("commission", each.code),)), titles[each.code]),
        _rate(each, f),
        _last(each, zone, f),
        _on_time(each, f),
        link(page(commission=each.code), rejected, class_="b-link") if each.rejected_rows else rejected,
    ]


def _rate(each: CommissionQuality, f: Format) -> Html:
    rate = each.reporting
    if rate.percent is None:
        return tag("span", f.say("quality.none_expected"), class_="b-pale")
    status = Status.DONE if rate.complete == rate.expected else Status.AT_RISK
    note = f.say("quality.of", complete=f.number(rate.complete), expected=f.number(rate.expected))
    return tag("span", tables.meter(rate.percent, None, status, f), tag("small", note), class_="b-lines")


def _last(each: CommissionQuality, zone: ZoneInfo, f: Format) -> Html:
    if each.last is None:
        return tag("span", f.say("quality.never"), class_="b-pale")
    return tables.lines(deliveries.when(each.last.recorded, zone, f), tables.code(each.last.source))


def _on_time(each: CommissionQuality, f: Format) -> Html:
    if not each.reporting.expected:
        return tag("span", f.number(None), class_="b-pale")
    if each.on_time is None:
        return tag("span", f.say("quality.awaited"), class_="b-pale")
    status = Status.ON_TRACK if each.on_time else Status.LATE
    label = f.say("quality.in_time" if each.on_time else "quality.too_late")
    return tag("span", sign(status), label, class_="b-count", style=f"color:{MARKS[status].ink}")


def chosen(rows: Iterable[RejectRow], code: str | None) -> list[RejectRow]:
    """Those of `rows` that were refused for the reason `code`; without one, all."""
    return [row for row in rows if code in {None, "", row.code}]


def ledger(rows: Sequence[RejectRow], titles: Mapping[str, str], today: date, zone: ZoneInfo, f: Format) -> Html:
    """What was turned away, where it stands, why, and since when it waits."""
    columns = [
        Column(f.say("reject.where")),
        Column(f.say("reject.key"), f.say("meaning.key")),
        Column(f.say("reject.why")),
        Column(f.say("reject.value")),
        Column(f.say("reject.age"), f.say("meaning.age"), number=True),
    ]
    shown = [_reject(row, titles, today, zone, f) for row in rows]
    return tables.table(f.say("reject.caption"), columns, shown, empty=f.say("reject.none"))


def _reject(row: RejectRow, titles: Mapping[str, str], today: date, zone: ZoneInfo, f: Format) -> list[str]:
    place = f.join([titles.get(row.commission, row.commission), row.sheet or "", _row(row, f)])
    return [
        tables.lines(tables.code(row.source, "b-code b-what"), place),
        tables.lines(*(tables.code(part) for part in row.key.split(" · "))),
        tables.lines(tag("span", sentence(row, f), class_="b-code"), words.field(row.field, f)),
        tables.code(row.value, "b-code b-value"),
        tag("span", _waits(row, today, zone, f), class_="b-day"),
    ]


def _waits(row: RejectRow, today: date, zone: ZoneInfo, f: Format) -> str:
    days = age(row, today, zone)
    return f.say("time.days", n=days, count=f.number(days)) if days else f.say("time.today")


def _row(row: RejectRow, f: Format) -> str:
    return f.say("reject.whole_file") if row.row is None else f.say("reject.row", row=f.number(row.row))


def sentence(row: RejectRow, f: Format) -> str:
    """Why the row was turned away and what to do, in the reader's words."""
    return words.refusal(row.field, Text(fa=row.fa, en=row.en), f)


def age(row: RejectRow, today: date, zone: ZoneInfo) -> int:
    """For how many days the row waits to be sent again."""
    return (today - row.recorded.astimezone(zone).date()).days


def reasons(view: Quality, f: Format) -> dict[str, str]:
    """The reasons that occur, the most frequent first, by code and with how often."""
    return {
        code: f.say("reject.reason_of", reason=_reason(code, f), count=f.number(count))
        for code, count in view.by_code.items()
    }


def _reason(code: str, f: Format) -> str:
    """Why a row was refused in a few words; the many reasons for a whole file are one here."""
    key = f"refusal.{code}"
    return f.say(key if key in f.say.keys else "refusal.whole_file")


def as_csv(rows: Sequence[RejectRow], titles: Mapping[str, str], today: date, zone: ZoneInfo, f: Format) -> bytes:
    """`rows` for a spreadsheet: under the reader's headings, days ISO and codes as they are."""
    return csv_file.write([_record(row, titles, today, zone, f) for row in rows])


def _record(
    row: RejectRow, titles: Mapping[str, str], today: date, zone: ZoneInfo, f: Format
) -> dict[str, csv_file.Value]:
    return {
        f.say("csv.commission"): titles.get(row.commission, row.commission),
        f.say("csv.source"): row.source,
        f.say("csv.sheet"): row.sheet,
        f.say("csv.row"): row.row,
        f.say("csv.key"): row.key,
        f.say("csv.field"): words.field(row.field, f),
        f.say("csv.value"): row.value,
        f.say("csv.why"): sentence(row, f),
        f.say("csv.code"): row.code,
        f.say("csv.day"): row.recorded.astimezone(zone).date().isoformat(),
        f.say("csv.age"): age(row, today, zone),
    }
