"""The page around the board: language, direction, fonts and security headers, decided for each request.

Streamlit serves one English, left-to-right `index.html`. This middleware rewrites it on the way out, by `?lang=` or
the cookie that it leaves. It leans on that file's text (the version is pinned) and says so loudly when it changes.
"""

from __future__ import annotations

import re
import secrets
from functools import cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import texts
from roadmap.domain.text import LANGUAGES, Language

COOKIE: Final = "lang"
DIRECTION: Final[dict[Language, str]] = {"fa": "rtl", "en": "ltr"}
LOCALE: Final[dict[Language, str]] = {"fa": "fa-IR", "en": "en-GB"}

_ASSETS: Final = Path(__file__).with_name("assets")
_FONT: Final[dict[Language, str]] = {"fa": "vazirmatn-persian-digits.woff2", "en": "vazirmatn.woff2"}
_FONT_PRELOAD: Final = re.compile(r"<link\s+rel=\"preload\"\s+href=\"[^\"]+\"\s+as=\"font\"[^>]*>")
_YEAR: Final = 365 * 24 * 3600
# The page is rewritten, so neither a compressed, a partial nor a cached copy of the original is of use.
_DROPPED: Final = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}
_SECURITY: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Shell:
    """ASGI middleware: each HTML page leaves in the reader's language, with a policy that names no other host.

    Args:
        app: the application that serves Streamlit's page.
        default: the language of a reader who has not chosen.
    """

    def __init__(self, app: ASGIApp, default: Language = "fa") -> None:
        self._app, self._default = app, default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "text/html" not in headers.get("accept", ""):
            await self._app(scope, receive, send)
            return
        language = chosen(scope, headers, self._default)
        kept = [(name, value) for name, value in scope["headers"] if name.lower() not in _DROPPED]
        await self._app({**scope, "headers": kept}, receive, _Rewriter(send, language))


class _Rewriter:
    """Collects one HTML response and sends it rewritten; any other goes through as it comes."""

    def __init__(self, send: Send, language: Language) -> None:
        self._send, self._language = send, language
        self._start: Message = {}
        self._html = False
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            headers = Headers(raw=message["headers"])
            # A page that brings a policy of its own is none of Streamlit's.
            is_ours = "content-security-policy" in headers
            self._html = headers.get("content-type", "").startswith("text/html") and not is_ours
        elif self._html:
            self._body += message.get("body", b"")
        if not self._html:
            await self._send(message)
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            await self._finish()

    async def _finish(self) -> None:
        nonce = secrets.token_urlsafe(16)
        page = rewrite(self._body.decode(), self._language, nonce).encode()
        headers = MutableHeaders(raw=list(self._start["headers"]))
        for name in ("etag", "last-modified", "content-encoding", "accept-ranges"):
            del headers[name]
        headers["content-length"] = str(len(page))
        headers["content-security-policy"] = policy(nonce)
        headers.update(_SECURITY)
        headers.append("set-cookie", f"{COOKIE}={self._language}; Path=/; Max-Age={_YEAR}; SameSite=Lax")
        await self._send({**self._start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": page})


def chosen(scope: Scope, headers: Headers, default: Language) -> Language:
    """The reader's language: the address says it, else the cookie, else `default`."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(COOKIE, [])
    kept = _cookie(headers.get("cookie", ""))
    return next((code for wish in [*asked, kept] for code in LANGUAGES if code == wish), default)


def rewrite(page: str, language: Language, nonce: str) -> str:
    """Streamlit's `index.html` for `language`; `nonce` lets the page's own inline scripts run, and no other.

    Raises:
        LookupError: the page is not the one this was written for.
    """
    say = texts.load(language)
    title, skip = say("board.title"), say("board.skip")
    for old, new in (
        ('<html lang="en">', f'<html lang="{language}" dir="{DIRECTION[language]}">'),
        ("<title>Streamlit</title>", f"{_head(language)}<title>{title}</title>"),
        ('<div id="root">', f'<a class="b-skip" href="#stMain">{skip}</a><div id="root">'),
    ):
        if old not in page:
            raise LookupError(f"Streamlit's index.html has no {old}: the board's shell has to be adapted")
        page = page.replace(old, new, 1)
    preload = f'<link rel="preload" href="./app/static/{_FONT[language]}" as="font" type="font/woff2" crossorigin>'
    page = _FONT_PRELOAD.sub(preload, page, count=1)
    return re.sub(r"<script(?=[\s>])", f'<script nonce="{nonce}"', page)


def policy(nonce: str) -> str:
    """The content security policy of a page: nothing may load from, or be sent to, another host.

    Streamlit and Vega compile code in the browser, which 'unsafe-eval' and blob: allow; styles are set inline.
    """
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' blob: data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


@cache
def _head(language: Language) -> str:
    style = _asset("board.css") + (_asset("rtl.css") if DIRECTION[language] == "rtl" else "")
    return f'<script data-locale="{LOCALE[language]}">{_asset("shell.js")}</script><style>{style}</style>'


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _cookie(header: str) -> str | None:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None
