"""Receipts as a table: what came, when, what became of its rows, and what the batch check said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from dashboard import tables, workbook_links
from dashboard.data_docs import PREFIX
from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.markup import Html, Target, link, sign, tag
from dashboard.shown import words
from dashboard.tables import Column, Fold
from roadmap.domain.model import Status
from roadmap.domain.text import persian_digits
from roadmap.services.permissions import Action
from roadmap.services.quality import Receipt

#: So many deliveries are shown at once.
_FIRST: Final = 8


#: Whether the reader may do something for a commission: what the server asks at a link's other end.
May = Callable[[Action, str], bool]


@dataclass(frozen=True)
class Around:
    """What deliveries are shown with: commissions' titles by code, the time zone, what the reader may do."""

    commissions: Mapping[str, str]
    zone: ZoneInfo
    may: May


def table(receipts: Sequence[Receipt], around: Around, f: Format) -> Html:
    """`receipts` as they come, each with its counts."""
    columns = [
        Column(f.say("delivery.source")),
        Column(f.say("delivery.when")),
        Column(f.say("delivery.rows"), f.say("meaning.rows"), number=True),
        Column(f.say("delivery.accepted"), number=True),
        Column(f.say("delivery.duplicates"), f.say("meaning.duplicates"), number=True),
        Column(f.say("delivery.rejected"), number=True),
        Column(f.say("delivery.check"), f.say("meaning.check")),
    ]
    rows = [_row(receipt, around, f) for receipt in receipts]
    fold = Fold(_FIRST, lambda others: f.say("delivery.more", n=others, count=f.number(others)))
    return tables.table(f.say("delivery.caption"), columns, rows, empty=f.say("delivery.none"), fold=fold)


def _row(receipt: Receipt, around: Around, f: Format) -> list[str]:
    facts = [around.commissions.get(receipt.commission, ""), words.channel(receipt.channel, f), number_of(receipt, f)]
    return [
        tables.lines(tables.code(receipt.source, "b-code b-what"), f.join(facts)),
        when(receipt.recorded, around.zone, f),
        f.number(receipt.rows_read),
        f.number(receipt.accepted),
        f.number(receipt.duplicates),
        _rejected(receipt, around.may, f),
        check(receipt, around.may, f),
    ]


def number_of(receipt: Receipt, f: Format) -> str:
    """Which batch of the log it is."""
    return f.say("delivery.batch", number=f.number(receipt.batch))


def when(moment: datetime, zone: ZoneInfo, f: Format) -> str:
    """Day and time of `moment` where the programme is."""
    local = moment.astimezone(zone)
    clock = f"{local:%H:%M}"
    return f.say("time.at", day=f.short_day(local.date()), clock=persian_digits(clock) if f.rtl else clock)


def _rejected(receipt: Receipt, may: May, f: Format) -> str:
    count = f.number(receipt.rejected)
    if not (receipt.rejected or receipt.refused):
        return count
    told = tag("b", count, style=f"color:{MARKS[Status.LATE].ink}")
    if receipt.channel == "form" or not may(Action.READ_DELIVERY, receipt.commission):
        return told
    back = tag("a", f.say("delivery.marked"), href=workbook_links.returned(receipt.batch), download="", class_="b-link")
    return tables.lines(told, back)


def outcome(receipt: Receipt, f: Format) -> str:
    """What became of a file, in a sentence."""
    if receipt.refused:
        return f.say("workbook.refused", name=f.isolate(receipt.source))
    return f.say(
        "workbook.counts",
        name=f.isolate(receipt.source),
        rows=f.number(receipt.rows_read),
        accepted=f.number(receipt.accepted),
        duplicates=f.number(receipt.duplicates),
        rejected=f.number(receipt.rejected),
    )


def check(receipt: Receipt, may: May, f: Format) -> Html:
    """What the batch check found, with its page for who may open that; a form has no batch to check."""
    if receipt.refused and not receipt.checks.get("held"):
        refused = _found(Status.LATE, f.say("check.refused"))
        if not may(Action.READ_MAPPING, receipt.commission):
            return refused
        mapping = link(Target("mapping", (("commission", receipt.commission),)), f.say("page.mapping"), class_="b-link")
        return tables.lines(refused, mapping)
    if not receipt.checks.get("evaluated"):
        return tag("span", f.number(None), title=f.say("check.none"), class_="b-pale")
    verdict = _found(Status.LATE, f.say("check.held")) if receipt.refused else _verdict(receipt, f)
    docs = receipt.checks.get("docs")
    if not docs or not may(Action.READ_DELIVERY, receipt.commission):
        return verdict
    return tag("span", verdict, tables.outside(f"{PREFIX}/{docs}", f.say("check.page")), class_="b-lines")


def _verdict(receipt: Receipt, f: Format) -> Html:
    broken, odd = len(receipt.checks.get("errors", ())), len(receipt.checks.get("failed", ()))
    if broken:
        return _found(Status.STALE, f.say("check.broken", n=broken, count=f.number(broken)))
    if odd:
        return _found(Status.AT_RISK, f.say("check.odd", n=odd, count=f.number(odd)))
    return _found(Status.ON_TRACK, f.say("check.plausible"))


def _found(status: Status, sentence: str) -> Html:
    return tag("span", sign(status), sentence, class_="b-count", style=f"color:{MARKS[status].ink}")
