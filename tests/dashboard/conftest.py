"""Pages, run by Streamlit's own test runner against the small harbour programme in a real database."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard import data, reader, roles
from dashboard.shell import LOCALE
from roadmap import settings as configuration
from roadmap.domain.refusals import refuse
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import refresh
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.store import log
from tests.factories import TODAY, deliver, established, report

Open = Callable[..., "Opened"]
HERE = {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}
AT_HOME = roles.visit(("127.0.0.1", "127.0.0.1"), "127.0.0.1", HERE)
#: A page as the site map runs it, without what stands around it.
_PAGE = """
from dashboard import data, refusals
from dashboard.screens import {page}
with refusals.told(data.form()):
    {page}.render()
"""


class Opened:
    """What a reader has before them."""

    def __init__(self, app: AppTest):
        self.app = app

    @property
    def markup(self) -> str:
        """The HTML of all the board's own elements, its entities read."""
        return html.unescape(self.sent)

    @property
    def sent(self) -> str:
        """The HTML of all the board's own elements as the browser gets it."""
        found = [element for element in self.app.main if element.type == "bidi_component"]
        return "".join(_data(element) for element in found)

    @property
    def text(self) -> str:
        """Every text on the page; directional marks are left out."""
        native = [*self.app.error, *self.app.warning, *self.app.info, *self.app.caption, *self.app.subheader]
        plain = re.sub(r"<[^>]+>", " ", self.markup) + " " + " ".join(str(element.value) for element in native)
        return " ".join(re.sub("[\u2066-\u2069]", "", plain).split())

    @property
    def address(self) -> dict[str, Any]:
        """The filters in the address."""
        return dict(self.app.query_params)


def _data(element: Any) -> str:
    sent = json.loads(element.proto.mixed.json or element.proto.json)
    return str(sent.get("html", "")) if isinstance(sent, dict) else ""


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    """Q-1 is late at 90 percent, Q-2 at 50 and 10 in its provinces, C-1 without a report; one row was sent back."""
    desk = established(engine, harbour)
    deliver(desk, report("Q-1", effective=date(2026, 9, 30), percent=70), on=date(2026, 10, 5))
    deliver(
        desk,
        report("Q-1", percent=90, confidence="green", forecast_finish=date(2026, 12, 10)),
        report("Q-2", unit="P-1", percent=50),
        report("Q-2", unit="P-2", percent=10),
        on=date(2026, 11, 5),
        rejected=(log.Rejected("Q-9", (refuse("unknown_milestone", "milestone", "Q-9"),), "Report", 9),),
    )
    refresh.refresh_at(desk, TODAY)
    return desk


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader sits at this machine: the test runner has no connection that could tell."""
    monkeypatch.setattr(reader, "visit", lambda: AT_HOME)


@pytest.fixture
def installed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that the board reads are the test's."""
    monkeypatch.setattr(configuration, "read", lambda **_: settings)
    return settings


@pytest.fixture
def board(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page, `board("roadmap", "fa", horizon="near")`, on the day of all tests."""
    monkeypatch.setattr(data, "desk", lambda: desk)
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)
    data._kept.clear()

    def opened(page: str, language: str = "en", /, **query: str) -> Opened:
        app = AppTest.from_string(_PAGE.format(page=page), default_timeout=30)
        app.context["locale"] = LOCALE[language]
        for name, value in query.items():
            app.query_params[name] = value
        return Opened(app.run())

    return opened
