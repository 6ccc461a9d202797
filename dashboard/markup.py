"""Safe HTML for the board's own elements: every text and attribute is escaped here, and only here."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from dashboard.format import Format
from dashboard.look import MARKS
from roadmap.domain.model import Status


class Html(str):
    """Markup that is safe to show; a plain `str` is text and gets escaped."""

    __slots__ = ()


@dataclass(frozen=True)
class Target:
    """Where a link leads: a page by its code, with its filters."""

    page: str
    query: tuple[tuple[str, str], ...] = ()

    @property
    def href(self) -> str:
        """The address, relative to any page of the board."""
        return f"{self.page}?{urlencode(self.query)}" if self.query else self.page


def tag(name: str, *children: str, **attributes: str | None) -> Html:
    """One element: `class_` stands for class, `data_page` for data-page; attributes that are None are left out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(child if isinstance(child, Html) else escape(child) for child in children)
    return Html(f"<{name}{given}>{inner}</{name}>")


def link(target: Target | None, *children: str, class_: str | None = None) -> Html:
    """`children` as a link inside the board; a `span` where there is nowhere to go."""
    if target is None:
        return tag("span", *children, class_=class_)
    return tag(
        "a", *children, class_=class_, href=target.href, data_page=target.page, data_query=urlencode(target.query)
    )


def text(value: str, class_: str | None = None) -> Html:
    """A title or narrative of unknown language, in its own direction."""
    return tag("bdi", value, class_=class_)


def sign(status: Status) -> Html:
    """The sign of a state; the words are beside it or in the element's label."""
    mark = MARKS[status]
    path = tag("path", d=mark.sign, fill=mark.colour)
    return tag("svg", path, class_="b-sign", viewBox="-1 -1 2 2", aria_hidden="true")


def badge(status: Status, f: Format) -> Html:
    """A state as sign and word on its tint."""
    mark = MARKS[status]
    style = f"background:{mark.tint};color:{mark.ink}"
    return tag("span", sign(status), f.say(f"status.{status.value}"), class_="b-badge", style=style)


def sparkline(values: tuple[float, ...], f: Format, colour: str) -> Html:
    """The course of `values` (0..100) up to now as a line with a dot at its end; it runs as the page reads."""
    if len(values) < 2:
        return Html("")
    low, high = min(values), max(values)
    span = max(high - low, 1.0)
    step = 100 / (len(values) - 1)
    points = [(100 - i * step if f.rtl else i * step, 26 - 24 * (value - low) / span) for i, value in enumerate(values)]
    line = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    shapes = (tag("path", d=line, stroke=colour), tag("path", d=f"M{x:.1f},{y:.1f}h0", stroke=colour, class_="b-dot"))
    return tag("svg", *shapes, class_="b-spark", viewBox="0 0 100 28", preserveAspectRatio="none", aria_hidden="true")
