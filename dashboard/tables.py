"""Tables, lists of facts and bars as HTML: a table becomes a stack of cards where the page is narrow.

Pure functions like `parts`; the caller hands over texts (escaped here) or markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.markup import Html, tag
from dashboard.parts import bar
from roadmap.domain.model import Status


@dataclass(frozen=True)
class Column:
    """A column's heading; `meaning` explains the term, `number` sets its values to the line's end."""

    title: str
    meaning: str | None = None
    number: bool = False


@dataclass(frozen=True)
class Fact:
    """A term and its value; `meaning` explains the term, `wide` gives the value the whole line."""

    term: str
    value: str
    meaning: str | None = None
    wide: bool = False


@dataclass(frozen=True)
class Fold:
    """Only the first `rows` are shown at once; the others open under the word that `more` says of their number."""

    rows: int
    more: Callable[[int], str]


def table(
    caption: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, empty: str, fold: Fold | None = None
) -> Html:
    """`rows` under `columns`; a row's first cell names it. `empty` says what it means that there are no rows."""
    if not rows:
        return tag("p", empty, class_="b-empty")
    if fold is None or len(rows) <= fold.rows:
        return _table(caption, columns, rows)
    others = rows[fold.rows :]
    rest = tag("details", tag("summary", fold.more(len(others))), _table(caption, columns, others))
    return tag("div", _table(caption, columns, rows[: fold.rows]), rest)


def _table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Html:
    heads = tag("tr", *(_head(column) for column in columns))
    body = tag("tbody", *(_row(columns, row) for row in rows))
    return tag("table", tag("caption", caption, class_="b-hidden"), tag("thead", heads), body, class_="b-table")


def _head(column: Column) -> Html:
    return tag("th", column.title, scope="col", title=column.meaning, class_="b-number" if column.number else None)


def _row(columns: Sequence[Column], cells: Sequence[str]) -> Html:
    first, *others = cells
    return tag("tr", tag("th", first, scope="row"), *(_cell(*pair) for pair in zip(columns[1:], others, strict=True)))


def _cell(column: Column, value: str) -> Html:
    inner = tag("span", value) if value else Html("")
    return tag("td", inner, data_label=column.title, class_="b-number" if column.number else None)


def facts(entries: Sequence[Fact]) -> Html:
    """Terms with their values, as many beside each other as there is room for."""
    return tag("dl", *(_fact(entry) for entry in entries), class_="b-facts")


def _fact(entry: Fact) -> Html:
    return tag(
        "div",
        tag("dt", term(entry.term, entry.meaning)),
        tag("dd", entry.value),
        class_="b-wide" if entry.wide else None,
    )


def term(name: str, meaning: str | None) -> Html:
    """A word that explains itself when pointed at, touched or reached by the keyboard."""
    if meaning is None:
        return tag("span", name)
    return tag("span", name, tag("span", meaning, class_="b-meaning", role="tooltip"), class_="b-term", tabindex="0")


def meter(percent: float | None, planned: float | None, status: Status, f: Format) -> Html:
    """A percent (0..100) as number and bar, with a tick where the plan is."""
    return tag("span", tag("b", f.percent(percent)), bar(percent, planned, MARKS[status].colour), class_="b-meter")


def lines(*values: str) -> Html:
    """One value above the others in one cell; empty ones are left out."""
    first, *others = [value for value in values if value]
    return tag("span", first, *(tag("small", value) for value in others), class_="b-lines")


def code(value: str, class_: str = "b-code") -> Html:
    """A code, a file's name or a value as it stands in a file, its digits as they were written."""
    return tag("bdi", value, class_=class_)


def passage(value: str, class_: str = "b-passage") -> Html:
    """What a person wrote, as plain text in its own direction, line breaks kept."""
    return tag("p", value, class_=class_, dir="auto")


def outside(href: str, label: str) -> Html:
    """A link to a page beside the board, which opens beside it."""
    return tag("a", label, href=href, target="_blank", rel="noopener", class_="b-link")


def alert(sentences: Sequence[str], *, kind: str) -> Html:
    """Sentences that a person has to see now; `kind` is problem, notice or success."""
    return tag(
        "div",
        *(tag("p", sentence) for sentence in sentences),
        class_=f"b-alert b-{kind}",
        role="alert" if kind == "problem" else "status",
    )
