"""Around Streamlit's sign-in: cookies for TLS, the session that ends with it, the way back, who sees a page."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from dashboard import data, reader, visitors
from dashboard.shell import LOCALE
from dashboard.sign_in import SignIn
from roadmap.domain.people import SHELL, Grant
from roadmap.services import people
from tests.dashboard.test_app import SITE


def served(*, secure=False, left=None):
    """A stand-in for Streamlit's three routes behind the middleware."""

    def cookie(_request):
        answer = Response("ok")
        answer.set_cookie("_streamlit_user", "a")
        answer.set_cookie("other", "b", secure=True)
        return answer

    routes = [
        Route("/auth/login", lambda _: RedirectResponse("https://sign.in/")),
        Route("/auth/logout", lambda _: RedirectResponse("/")),
        Route("/oauth2callback", lambda _: RedirectResponse("/", 302)),
        Route("/", cookie),
    ]
    leave = (left if left is not None else []).append
    return Starlette(routes=routes, middleware=[Middleware(SignIn, secure=secure, leave=leave)])


def ask(app, path, **headers):
    async def asked():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://board") as client:
            return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return asyncio.run(asked())


@pytest.mark.parametrize(("secure", "headers"), [(True, {}), (False, {"x_forwarded_proto": "https"})])
def test_behind_tls_every_cookie_is_for_tls_alone(secure, headers):
    cookies = ask(served(secure=secure), "/", **headers).headers.get_list("set-cookie")
    assert [each.lower().count("; secure") for each in cookies] == [1, 1]


def test_without_tls_a_browser_would_not_send_them():
    first, _ = ask(served(), "/").headers.get_list("set-cookie")
    assert "secure" not in first.lower()


def test_signing_out_ends_the_session_of_the_cookie(monkeypatch):
    monkeypatch.setattr(visitors, "claims", lambda _: {"sub": "k-17"})
    left = []
    ask(served(left=left), "/auth/logout")
    ask(served(left=left), "/")
    assert left == [{"sub": "k-17"}]


def test_whoever_signs_in_comes_back_to_where_they_were():
    sent = ask(served(), "/auth/login", referer="http://board/milestone?milestone=Q-1&lang=fa")
    kept = sent.headers["set-cookie"].split(";")[0]
    back = ask(served(), "/oauth2callback", cookie=kept)
    assert back.headers["location"] == "/milestone?milestone=Q-1&lang=fa"
    assert "board_back=; " in back.headers["set-cookie"]


@pytest.mark.parametrize("referer", ["https://evil.example/x", "", "http://board.evil.example/x"])
def test_no_other_site_says_where_that_was(referer):
    assert "set-cookie" not in ask(served(), "/auth/login", referer=referer).headers


@pytest.mark.parametrize(
    "kept", ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example", "%2Fa%0D%0Ab"]
)
def test_a_forged_way_back_leads_to_the_first_page(kept):
    assert ask(served(), "/oauth2callback", cookie=f"board_back={kept}").headers["location"] == "/"


# Before the page


@pytest.fixture
def visit(desk, monkeypatch):
    """The whole board, opened by whom the provider calls `k-17`; signed out without `signed_in`."""
    monkeypatch.setattr(data, "machine_desk", lambda: replace(desk, who=SHELL))
    data._kept.clear()
    data.names.clear()
    reader.rules.clear()

    def opened(language="en", *, signed_in=True, nonce="n-1"):
        app = AppTest.from_file(SITE, default_timeout=30)
        app.context["locale"] = LOCALE[language]
        told = {"iss": "https://sign.in", "sub": "k-17", "nonce": nonce, "iat": datetime.now(UTC).timestamp()}
        app.user = {**told, "name": "مریم <b>رضایی", "is_logged_in": True} if signed_in else {"is_logged_in": False}
        return app.run()

    return opened


def shown(app):
    from tests.dashboard.conftest import Opened  # noqa: PLC0415 - a helper of the same room

    return Opened(app).markup


def test_whoever_is_not_signed_in_is_asked_to_and_shown_nothing(visit):
    app = visit(signed_in=False)
    assert "Sign in to see the board." in shown(app)
    assert not app.title
    assert not app.exception
    assert "برای دیدن تابلو وارد شوید." in shown(visit("fa", signed_in=False))


def test_whoever_has_no_role_is_told_the_number_to_name_and_may_leave(visit, desk):
    app = visit()
    [account] = people.accounts(replace(desk, who=SHELL))
    assert "You have no role yet" in shown(app)
    assert f"by the number {account.person.id}" in shown(app)
    assert [button.label for button in app.button] == ["Sign out"]


def test_with_a_role_the_board_opens_and_the_name_is_text(visit, desk):
    visit()
    machine = replace(desk, who=SHELL)
    [account] = people.accounts(machine)
    people.assign(machine, account.person.id, [Grant.read("executive")], "Appointed.")
    app = visit()
    assert [title.value for title in app.title] == ["Overview"]
    sidebar = [json.loads(each.proto.mixed.json or each.proto.json) for each in app.sidebar.get("bidi_component")]
    assert "مریم &lt;b&gt;رضایی" in sidebar[0]["html"]
    people.sign_out(machine, account.person.id)
    assert "Your session has been ended." in shown(app.run())
