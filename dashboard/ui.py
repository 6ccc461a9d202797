"""What pages use to draw: parts with links, charts with their tables, cards, the sidebar's head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.charts import Chart
from dashboard.format import Format
from dashboard.markup import Html, tag
from dashboard.shell import COOKIE, LOCALE
from roadmap.domain.text import LANGUAGES, Language

#: Parameters of the address that say which moment is looked at (`data` reads them).
MOMENT: Final = ("day", "known")
_PAGES: Final = "ui.pages"
# A file of ours: the favicon of a Material icon would be asked of another host.
ICON: Final = Path(__file__).with_name("assets") / "icon.svg"

_part = st.components.v2.component(
    "board_part",
    html='<div class="b-part"></div>',
    js=Path(__file__).with_name("assets").joinpath("part.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def language() -> Language:
    """The language the page was served in; the shell has told it to the browser, which tells it to us."""
    locale = st.context.locale
    return next((code for code in LANGUAGES if LOCALE[code] == locale), LANGUAGES[0])


def draw(*parts: Html, key: str) -> None:
    """Puts markup on the page; a click on one of its links opens that page inside the board."""

    def follow() -> None:
        opened = st.session_state[key]["open"]
        go(opened["page"], dict(parse_qsl(opened["query"])))

    _part(key=key, data={"html": "".join(parts)}, on_open_change=follow)


def know(pages: Mapping[str, StreamlitPage]) -> None:
    """Tells `go` the reader's pages by their codes; the site map does."""
    st.session_state[_PAGES] = dict(pages)


def go(page: str, query: Mapping[str, str]) -> None:
    """Opens the page of that code, with its filters in the address; the moment that is looked at stays."""
    moment = {name: st.query_params[name] for name in MOMENT if name in st.query_params}
    st.switch_page(st.session_state[_PAGES][page], query_params={**moment, **query})


@contextmanager
def card(title: str, *, note: str = "") -> Iterator[None]:
    """A framed part of the page with a heading."""
    with st.container(border=True, height="stretch"):
        st.subheader(title, anchor=False)
        if note:
            st.caption(note)
        yield


def chart(made: Chart, *, key: str, f: Format) -> None:
    """A chart, and the table behind it one click away."""
    st.vega_lite_chart(made.spec, theme=None, width="stretch", key=key, alt=made.alt)
    if made.table:
        with st.popover(f.say("chart.table"), type="tertiary", icon=":material/table_rows:"):
            grid(made.table, key=f"{key}-table", f=f)


def grid(rows: list[dict[str, str]], *, key: str, f: Format) -> None:
    """Rows to look through, sort and search; under the headings of the first one."""
    st.dataframe(_in_reading_order(rows, f), hide_index=True, key=key)


def brand(title: str, subtitle: str, f: Format) -> Html:
    """The sidebar's head: the programme's name, and the way to the other language."""
    others = [
        tag("a", f.say(f"language.{code}"), href=_in_language(code), lang=code, hreflang=code, target="_self")
        for code in LANGUAGES
        if code != f.language
    ]
    return tag("div", tag("strong", title), tag("small", subtitle), tag("nav", *others), class_="b-brand b-part")


def _in_language(code: Language) -> str:
    kept = [(name, value) for name in st.query_params if name != COOKIE for value in st.query_params.get_all(name)]
    return "?" + urlencode([*kept, (COOKIE, code)])


def _in_reading_order(rows: list[dict[str, str]], f: Format) -> list[dict[str, str]]:
    """Grids run from left to right whatever the page does: the first column goes last for a Persian reader."""
    return [dict(reversed(row.items())) for row in rows] if f.rtl else rows
