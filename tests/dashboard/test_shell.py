"""The shell, around Streamlit's real page."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from dashboard.shell import Shell, policy, rewrite

INDEX = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
HTML = {"accept": "text/html,*/*"}


class Browser:
    """Asks the application without a network, and keeps its cookies."""

    def __init__(self, app: Starlette):
        self.app, self.cookies = app, httpx.Cookies()

    def get(self, path: str, headers: dict[str, str]) -> httpx.Response:
        return asyncio.run(self._get(path, headers))

    async def _get(self, path, headers):
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://board", cookies=self.cookies) as client:
            answer = await client.get(path, headers=headers)
            self.cookies = client.cookies
        return answer


@pytest.fixture
def client():
    async def page(_request):
        return HTMLResponse(INDEX, headers={"etag": "old"})

    async def health(_request):
        return JSONResponse({"ok": True})

    routes = [Route("/", page), Route("/health", health)]
    return Browser(Starlette(routes=routes, middleware=[Middleware(Shell)]))


def test_a_reader_who_has_not_chosen_gets_persian_from_right_to_left(client):
    assert '<html lang="fa" dir="rtl">' in client.get("/", headers=HTML).text


def test_the_address_chooses_and_the_cookie_remembers(client):
    assert '<html lang="en" dir="ltr">' in client.get("/?lang=en", headers=HTML).text
    assert '<html lang="en" dir="ltr">' in client.get("/", headers=HTML).text
    assert '<html lang="fa" dir="rtl">' in client.get("/?lang=fa", headers=HTML).text


@pytest.mark.parametrize("wish", ["/?lang=de", "/?lang=", "/?lang=%3Cscript%3E"])
def test_an_unknown_language_is_ignored(client, wish):
    assert '<html lang="fa"' in client.get(wish, headers=HTML).text


def test_a_broken_cookie_does_no_harm(client):
    assert client.get("/", headers={**HTML, "cookie": "lang=\x7f; ;;==,"}).status_code == 200


def test_what_is_no_page_goes_through_unchanged(client):
    answer = client.get("/health", headers=HTML)
    assert answer.json() == {"ok": True}
    assert "content-security-policy" not in answer.headers
    assert "content-security-policy" not in client.get("/", headers={"accept": "*/*"}).headers


def test_the_rewritten_page_is_whole_and_not_mistaken_for_the_original(client):
    answer = client.get("/", headers=HTML)
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers


def test_the_policy_names_no_other_host_and_lets_only_our_scripts_run(client):
    answer = client.get("/", headers=HTML)
    allowed = answer.headers["content-security-policy"]
    assert not re.search(r"https?:|wss?:|\*", allowed)
    scripts = allowed.split("script-src")[1].split(";")[0]
    assert "'unsafe-inline'" not in scripts
    nonce = re.search(r"'nonce-([^']+)'", scripts)[1]
    assert len(re.findall("<script[ >]", answer.text)) == answer.text.count(f'<script nonce="{nonce}"')
    assert nonce not in client.get("/", headers=HTML).text


def test_every_source_of_the_policy_is_ours():
    sources = {word for rule in policy("n").split("; ") for word in rule.split()[1:]}
    ours = {"'self'", "'none'", "'nonce-n'", "'unsafe-eval'", "'unsafe-inline'", "blob:", "data:"}
    assert sources <= ours


def test_each_language_preloads_its_own_font_and_no_other():
    persian, english = rewrite(INDEX, "fa", "n"), rewrite(INDEX, "en", "n")
    assert persian.count('as="font"') == english.count('as="font"') == 1
    assert 'href="./app/static/vazirmatn-persian-digits.woff2"' in persian
    assert 'href="./app/static/vazirmatn.woff2"' in english
    assert "Board Persian" not in english.split("</style>")[0]


def test_a_page_of_another_streamlit_is_refused_loudly():
    with pytest.raises(LookupError, match="has to be adapted"):
        rewrite("<html><title>Other</title></html>", "fa", "n")
