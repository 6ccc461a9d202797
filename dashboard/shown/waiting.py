"""The files that wait for the secretariat's decision: what, since when, why; and what became of one."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard import tables
from dashboard.data_docs import PREFIX
from dashboard.format import Format
from dashboard.markup import Html, tag
from dashboard.shown import deliveries, ledger
from dashboard.shown.ledger import Around
from dashboard.tables import Column
from roadmap.services.waiting import Held, Receipt


def table(held: Sequence[Held], around: Around, f: Format) -> Html:
    """Files that are held back, each with why and since when."""
    columns = [
        Column(f.say("delivery.source")),
        Column(f.say("held.why")),
        Column(f.say("held.since")),
    ]
    rows = [_row(each, around, f) for each in held]
    return tables.table(f.say("held.title"), columns, rows, empty=f.say("held.none"))


def _row(each: Held, around: Around, f: Format) -> list[str]:
    receipt = each.receipt
    title = around.titles.get(receipt.commission, receipt.commission)
    return [
        tables.lines(tables.code(receipt.source, "b-code b-what"), f.join([title, deliveries.number_of(receipt, f)])),
        tables.lines(tag("span", ledger.sentence(each.line.reject, f), class_="b-code"), _page(receipt, f)),
        tables.lines(deliveries.when(receipt.recorded, around.zone, f), _age(each, around, f)),
    ]


def _page(receipt: Receipt, f: Format) -> Html:
    """The way to the page of its checks."""
    docs = receipt.checks.get("docs")
    return tables.outside(f"{PREFIX}/{docs}", f.say("check.page")) if docs else Html("")


def _age(each: Held, around: Around, f: Format) -> str:
    days = each.line.age(around.today, around.zone)
    return f.say("time.days", n=days, count=f.number(days)) if days else f.say("time.today")


def name(each: Held, around: Around, f: Format) -> str:
    """A file in a list to choose from."""
    title = around.titles.get(each.receipt.commission, each.receipt.commission)
    return f.join([each.receipt.source, title, deliveries.number_of(each.receipt, f)])


def released(receipt: Receipt, f: Format) -> str:
    """What became of the rows of a file that was released."""
    return f.say(
        "held.released",
        source=receipt.source,
        accepted=f.number(receipt.accepted),
        duplicates=f.number(receipt.duplicates),
        rejected=f.number(receipt.rejected),
    )
