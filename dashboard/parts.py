"""The board's own elements as HTML: they wrap on a phone, read aloud as tables and lists, and carry links.

Pure functions of values; `ui.draw` puts their markup on a page and follows its links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboard.format import Format
from dashboard.look import GRAVITY, MARKS, MUTED, PRIMARY
from dashboard.markup import Html, Target, link, sign, sparkline, tag, text
from roadmap.domain.model import Status


@dataclass(frozen=True)
class Tile:
    """One figure of the top row. `status` colours the note, `trend` is the figure's course (0..100)."""

    label: str
    value: str
    note: str = ""
    status: Status | None = None
    trend: tuple[float, ...] = ()
    target: Target | None = None


@dataclass(frozen=True)
class Cell:
    """A commission in a horizon: percent done and planned (0..100), and how many milestones are in which state."""

    percent: float | None
    planned: float | None
    counts: dict[Status, int] = field(default_factory=dict)
    target: Target | None = None

    @property
    def band(self) -> Status:
        """The gravest state that occurs."""
        return next((status for status in GRAVITY if self.counts.get(status)), Status.NOT_DUE)


@dataclass(frozen=True)
class MatrixRow:
    """A commission's cells, one a horizon in the order of the columns."""

    title: str
    cells: tuple[Cell | None, ...]
    target: Target | None = None


@dataclass(frozen=True)
class Bullet:
    """An indicator against its target. `share` is the achievement and `due` where the trajectory should be (0..1)."""

    title: str
    value: str
    goal: str
    share: float | None
    due: float | None
    status: Status
    note: str = ""
    target: Target | None = None


@dataclass(frozen=True)
class Item:
    """A line of a list: what, a few facts, its state and where it leads."""

    title: str
    facts: tuple[str, ...] = ()
    status: Status | None = None
    aside: str = ""
    target: Target | None = None


def headline(sentence: str, *, facts: Sequence[str], f: Format) -> Html:
    """Where the programme is, in one sentence, and what that was read from."""
    return tag("div", tag("p", sentence), tag("small", f.join(facts)), class_="b-headline")


def tiles(items: Sequence[Tile], f: Format) -> Html:
    """The top row of figures; as many beside each other as there is room for."""
    return tag("ul", *(_tile(item, f) for item in items), class_="b-tiles")


def _tile(item: Tile, f: Format) -> Html:
    mark = MARKS[item.status] if item.status else None
    note = tag(
        "span",
        sign(item.status) if item.status else Html(""),
        text(item.note),
        class_="b-note",
        style=f"background:{mark.tint};color:{mark.ink}" if mark else None,
    )
    body = (
        tag("span", item.label, class_="b-label"),
        tag("strong", item.value),
        note if item.note else Html(""),
        sparkline(item.trend, f, mark.colour if mark else PRIMARY),
    )
    return tag("li", link(item.target, *body, class_="b-tile"))


def matrix(columns: Sequence[str], rows: Sequence[MatrixRow], f: Format) -> Html:
    """Commissions by horizons: percent, where the plan is, and what waits."""
    say = f.say
    heads = [tag("th", title, scope="col") for title in (say("matrix.commission"), *columns)]
    body = [
        tag("tr", tag("th", link(row.target, row.title), scope="row"), *(_cell(c, f) for c in row.cells))
        for row in rows
    ]
    caption = tag("caption", say("matrix.caption"), class_="b-hidden")
    return tag("table", caption, tag("thead", tag("tr", *heads)), tag("tbody", *body), class_="b-matrix")


def _cell(cell: Cell | None, f: Format) -> Html:
    if cell is None:
        return tag("td", tag("span", f.say("matrix.empty"), class_="b-hidden"), class_="b-none")
    mark = MARKS[cell.band]
    waiting = [
        tag("span", sign(status), f.number(count), title=f.say(f"status.{status.value}"), class_="b-count")
        for status in GRAVITY[:3]
        if (count := cell.counts.get(status))
    ]
    body = (
        tag("strong", f.percent(cell.percent)),
        tag("span", *(waiting or [sign(cell.band)]), class_="b-counts"),
        bar(cell.percent, cell.planned, mark.colour),
        tag("span", _spoken(cell, f), class_="b-hidden"),
    )
    return tag("td", link(cell.target, *body, class_="b-cell"), style=f"--tint:{mark.tint};--ink:{mark.ink}")


def _spoken(cell: Cell, f: Format) -> str:
    counts = [
        f.say("count.of_state", count=f.number(count), state=f.say(f"status.{status.value}"))
        for status in GRAVITY
        if (count := cell.counts.get(status))
    ]
    return f.say("matrix.spoken", planned=f.percent(cell.planned), counts=" · ".join(counts))


def bar(share: float | None, due: float | None, colour: str) -> Html:
    """A bar of percents (0..100) with a tick where the plan is."""
    fill = tag("i", style=f"inline-size:{max(0.0, min(share or 0.0, 100.0)):.1f}%;background:{colour}")
    tick = Html("") if due is None else tag("b", style=f"inset-inline-start:{max(0.0, min(due, 100.0)):.1f}%")
    return tag("span", fill, tick, class_="b-bar", aria_hidden="true")


def bullets(items: Sequence[Bullet], f: Format) -> Html:
    """Indicators against their targets, one a line."""
    return tag("ul", *(_bullet(item, f) for item in items), class_="b-bullets")


def _bullet(item: Bullet, f: Format) -> Html:
    share = None if item.share is None else item.share * 100
    due = None if item.due is None else item.due * 100
    figures = tag("span", tag("strong", item.value), " ", f.say("bullet.of", goal=item.goal), class_="b-figures")
    body = (
        tag("span", sign(item.status), text(item.title), class_="b-title"),
        figures,
        bar(share, due, MARKS[item.status].colour),
        tag("small", item.note) if item.note else Html(""),
        tag("span", f.say(f"status.{item.status.value}"), class_="b-hidden"),
    )
    return tag("li", link(item.target, *body, class_="b-bullet"))


def listing(items: Sequence[Item], f: Format, *, empty: str) -> Html:
    """A list of things to look at; `empty` says what it means that there are none."""
    if not items:
        return tag("p", empty, class_="b-empty")
    return tag("ul", *(_item(item, f) for item in items), class_="b-list")


def _item(item: Item, f: Format) -> Html:
    body = (
        sign(item.status) if item.status else tag("i", class_="b-sign"),
        tag("span", text(item.title, "b-what"), tag("small", f.join(item.facts)), class_="b-main"),
        tag("span", item.aside, class_="b-aside", style=f"color:{MARKS[item.status].ink if item.status else MUTED}"),
    )
    return tag("li", link(item.target, *body, class_="b-item"))


def legend(statuses: Sequence[Status], f: Format, *others: Html) -> Html:
    """What the signs mean, and `others` beside those of states."""
    entries = (tag("span", sign(status), f.say(f"status.{status.value}")) for status in statuses)
    return tag("p", *entries, *others, class_="b-legend")
