"""What a lead is told of a file that was handed in: counts, what is wrong row by row, the workbook with the marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboard import tables, workbook_links
from dashboard.format import Format
from dashboard.markup import Html, tag
from dashboard.shown import deliveries, words
from dashboard.tables import Column, Fold
from roadmap.domain.text import Text
from roadmap.services.conflicts import CODES
from roadmap.services.handing_in import Outcome
from roadmap.services.ledger import RejectRow

#: So many problems are shown at once.
_FIRST: Final = 10


def download(href: str, label: str) -> Html:
    """A link that saves a file."""
    return tag("a", label, href=href, download="", class_="b-link")


def template(commission: str, f: Format) -> Html:
    """The way to the commission's template."""
    return tag("p", download(workbook_links.template(commission), f.say("workbook.template")))


def outcome(found: Outcome, f: Format, *, again: bool) -> Html:
    """What became of the rows; `again` says that the very same file came before."""
    receipt = found.receipt
    sentences = [f.say("workbook.again", number=f.number(receipt.batch))] if again else []
    sentences.append(deliveries.outcome(receipt, f))
    is_clean = not (receipt.rejected or receipt.refused)
    notice = tables.alert(sentences, kind="success" if is_clean and not again else "notice")
    if is_clean:
        return notice
    way = tag("p", download(workbook_links.returned(receipt.batch), f.say("workbook.marked")))
    return tag("div", notice, way, problems(found.problems, f))


def problems(rows: Sequence[RejectRow], f: Format) -> Html:
    """What is wrong, where it stands in the file, and what to do."""
    columns = [
        Column(f.say("workbook.row")),
        Column(f.say("report.field")),
        Column(f.say("reject.value")),
        Column(f.say("reject.why")),
    ]
    fold = Fold(_FIRST, lambda others: f.say("workbook.more", n=others, count=f.number(others)))
    shown = [_problem(row, f) for row in rows]
    return tables.table(f.say("reject.caption"), columns, shown, empty=f.say("reject.none"), fold=fold)


def _problem(row: RejectRow, f: Format) -> list[str]:
    # Of a clash the value is a state and a percent, in the contract's words.
    value = words.refusal("", Text(fa=row.value, en=row.value), f) if row.code in CODES and row.value else row.value
    return [
        f.say("reject.whole_file") if row.row is None else f.say("reject.row", row=f.number(row.row)),
        words.field(row.field, f),
        tables.code(value, "b-code b-value"),
        words.refusal(row.field, Text(fa=row.fa, en=row.en), f),
    ]
