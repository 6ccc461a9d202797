"""Pages, run by Streamlit's own test runner against the small harbour programme in a real database."""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard import data
from dashboard.shell import LOCALE
from roadmap import programme
from roadmap import settings as configuration
from roadmap.domain.people import OF_PEOPLE, Grant
from roadmap.domain.refusals import refuse
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import refresh
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.store import log
from tests.conftest import HARBOUR
from tests.databases import State
from tests.factories import TODAY, acting, deliver, established, everybody, report

Open = Callable[..., "Opened"]
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


@pytest.fixture(scope="session", autouse=True)
def what_is_installed_is_looked_up_once() -> Iterator[None]:
    """AppTest makes Streamlit's runtime anew for each page, and that reads every installed package's description."""
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture
def laid() -> State:
    """What most pages are looked at with."""
    return under_way


@pytest.fixture
def desk(laid: State, engine: Engine, harbour: Programme) -> Desk:
    """Q-1 is late at 90 percent, Q-2 at 50 and 10 in its provinces, C-1 without a report; one row was sent back."""
    return Desk(engine, harbour, everybody(harbour))


def under_way(engine: Engine) -> None:
    """The small programme with two deliveries, evaluated for the day of all tests."""
    desk = established(engine, programme.load(HARBOUR))
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


@pytest.fixture
def installed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that the board reads are the test's."""
    monkeypatch.setattr(configuration, "read", lambda **_: settings)
    return settings


@pytest.fixture
def reads(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Says who reads: `reads("lead:quays")`; None, as at first, stands for somebody with all roles."""
    of_people = [grant for grant in desk.who.grants if grant.role in OF_PEOPLE]
    at = {"desk": acting(desk, desk.who.actor, *of_people)}
    monkeypatch.setattr(data, "desk", lambda: at["desk"])
    monkeypatch.setattr(data, "machine_desk", lambda: desk)
    data._kept.clear()
    data.names.clear()

    def read(role: str | None) -> None:
        at["desk"] = acting(desk, role or desk.who.actor, *([Grant.read(role)] if role else of_people))

    return read


@pytest.fixture
def board(reads: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page, `board("roadmap", "fa", horizon="near", role="lead:quays")`, on the day of all tests."""
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)

    def opened(page: str, language: str = "en", /, *, role: str | None = None, **query: str) -> Opened:
        reads(role)
        app = AppTest.from_string(_PAGE.format(page=page), default_timeout=30)
        app.context["locale"] = LOCALE[language]
        for name, value in query.items():
            app.query_params[name] = value
        return Opened(app.run())

    return opened
