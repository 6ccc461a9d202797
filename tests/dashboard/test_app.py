import asyncio
import json
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard import data, reader
from dashboard.app import home
from dashboard.shell import LOCALE
from roadmap.errors import StoreError
from roadmap.services import desk as desks
from roadmap.services import refresh
from roadmap.services.pulse import pulse
from tests.factories import TODAY, deliver, report

SITE = Path(dashboard.__file__).with_name("sitemap.py")
PAGES = (
    *("overview", "roadmap", "commission", "milestone", "report", "review", "decisions", "sessions"),
    *("quality", "mapping", "audit", "me"),
)


@pytest.fixture
def site(board, reads):
    """Opens the whole board at its first page."""

    def opened(language="en", *, role=None, **query):
        reads(role)
        app = AppTest.from_file(SITE, default_timeout=30)
        app.context["locale"] = LOCALE[language]
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return opened


def test_the_board_opens_on_the_overview_under_the_programmes_name(site):
    app = site()
    assert [title.value for title in app.title] == ["Overview"]
    assert not app.exception
    assert "Harbour renewal" in app.sidebar.get("html")[0].proto.body
    assert [title.value for title in site("fa").title] == ["نمای کلی"]


def test_the_pages_are_known_by_their_codes(site):
    assert tuple(site().session_state["ui.pages"]) == PAGES


def test_the_menu_shows_only_what_somebody_may_use(site):
    def menu(role):
        pages = site(role=role).session_state["ui.pages"]
        return {code for code, page in pages.items() if page.visibility == "visible"}

    assert menu("executive") >= {"overview", "roadmap", "commission", "milestone", "quality"}
    assert menu("executive").isdisjoint({"report", "mapping"})
    assert menu("lead:quays") >= {"report", "mapping"}
    assert "report" not in menu("operator")


def test_the_address_of_a_page_that_is_not_theirs_says_so(site):
    app = AppTest.from_string(
        "from dashboard import data, refusals; refusals.not_theirs(data.form())", default_timeout=30
    )
    app.context["locale"] = LOCALE["en"]
    assert "This page is not for your role" in app.run().error[0].value


def test_the_sidebar_says_who_reads_and_as_what(site):
    app = site(role="lead:quays")
    told = [json.loads(each.proto.mixed.json or each.proto.json)["html"] for each in app.sidebar.get("bidi_component")]
    assert "Lead of Quays" in "".join(told)
    assert [button.label for button in app.sidebar.button] == ["Sign out"]


def test_todays_board_has_no_bar_and_an_older_one_has_the_way_back(site):
    assert "asof-now" not in {button.key for button in site().button}
    app = site(day="2026-10-10", known="1405-07-20", horizon="near")
    assert any("Board for 10 October 2026, as known on 12 October 2026." in each.value for each in app.markdown)
    app.button(key="asof-now").click().run()
    assert dict(app.query_params) == {"horizon": "near"}
    assert "asof-now" not in {button.key for button in app.button}


def test_nonsense_in_the_address_is_told_with_a_way_home(site):
    app = site(day="soon")
    assert [error.value for error in app.error] == ["“soon” is not a date; write it as 2026-11-21 or 1405-08-30."]
    assert [button.label for button in app.main.button] == ["To today's overview"]


@pytest.mark.parametrize("failure", [StoreError("down"), OperationalError("select 1", {}, Exception("down"))])
def test_a_database_that_is_away_is_one_sentence_and_no_trace(site, monkeypatch, failure):
    def away():
        raise failure

    monkeypatch.setattr(data, "desk", away)
    app = site("fa")
    assert "پایگاه داده اکنون پاسخ نمی‌دهد" in app.error[0].value
    assert not app.exception


def test_the_moment_goes_along_to_another_page_and_filters_stay_behind(site):
    app = AppTest.from_string("import streamlit as st; from dashboard import asof; asof.keep(st.session_state.page)")
    app.session_state["page"] = "overview"
    app.query_params["day"] = "2026-10-10"
    app.run()
    app.session_state["page"] = "roadmap"
    app.query_params.clear()
    app.run()
    assert dict(app.query_params) == {"day": "2026-10-10"}
    app.query_params.clear()
    app.run()
    assert dict(app.query_params) == {}


def test_a_new_delivery_is_announced_once(site, desk):
    app = site()
    assert not app.toast
    deliver(desk, report("Q-1", effective=TODAY, percent=95))
    assert [toast.value for toast in app.run().toast] == ["Updated just now"]
    assert not app.run().toast


def test_the_pulse_moves_with_deliveries_and_with_forecasts(desk):
    before = pulse(desk)
    deliver(desk, report("Q-1", effective=TODAY, percent=95))
    delivered = pulse(desk)
    refresh.refresh_at(desk, TODAY)
    assert before < delivered < pulse(desk)


@pytest.mark.parametrize("written", ["2026-11-21", "1405-08-30", "1405/8/30", " ۱۴۰۵/۰۸/۳۰ "])
def test_a_day_reads_in_either_calendar(written):
    assert data.read(written) == TODAY


def test_the_desk_opens_what_the_settings_name(desk, settings, monkeypatch):
    data.machine_desk.clear()
    monkeypatch.setattr(reader, "who", lambda machine: machine.who)
    for name in ("database_url", "programme", "demo", "state_dir"):
        monkeypatch.setenv(f"ROADMAP_{name.upper()}", str(getattr(settings, name)))
    opened = data.desk()
    assert opened.programme.programme.code == "harbour"
    assert desks.moment(opened, day=TODAY).seq == desks.moment(desk, day=TODAY).seq
    opened.engine.dispose()
    data.machine_desk.clear()


@pytest.mark.parametrize(("asked", "led_to"), [("/overview", "./"), ("/overview?horizon=near", "./?horizon=near")])
def test_a_link_that_names_the_first_page_leads_to_the_root(asked, led_to):
    async def get():
        app = Starlette(routes=[Route("/overview", home)])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://board") as client:
            return await client.get(asked)

    answer = asyncio.run(get())
    assert (answer.status_code, answer.headers["location"]) == (307, led_to)
