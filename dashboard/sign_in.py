"""What goes around Streamlit's own sign-in: cookies for TLS alone, sessions that end with it, and the way back.

Streamlit sets its cookies without `Secure`, forgets them without telling us, and leads everybody who signs in to the
first page. This middleware mends all three on the way through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import visitors

LOGIN, LOGOUT, CALLBACK = "/auth/login", "/auth/logout", "/oauth2callback"
#: Where whoever signs in came from, for as long as signing in may take.
_BACK: Final = "board_back"
_MINUTES: Final = 10


class SignIn:
    """ASGI middleware around Streamlit's routes of signing in and out.

    Args:
        app: the application.
        secure: whether people reach the board by TLS, whatever this connection is.
        leave: ends the session of somebody who signs out, by the provider's claims; it may block.
    """

    def __init__(self, app: ASGIApp, *, secure: bool, leave: Callable[[Mapping[str, Any]], None]) -> None:
        self._app, self._secure, self._leave = app, secure, leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), scope["path"]
        if path.endswith(LOGOUT):
            await asyncio.to_thread(self._leave, visitors.claims(HTTPConnection(scope)))

        async def mended(message: Message) -> None:
            if message["type"] == "http.response.start":
                changed = MutableHeaders(raw=message["headers"])
                if path.endswith(LOGIN):
                    _remember(changed, headers)
                if path.endswith(CALLBACK):
                    _go_back(changed, HTTPConnection(scope).cookies.get(_BACK))
                if self._secure or headers.get("x-forwarded-proto") == "https":
                    _secure(changed)
                message = {**message, "headers": changed.raw}
            await send(message)

        await self._app(scope, receive, mended)


def _remember(answer: MutableHeaders, asked: Headers) -> None:
    """Keeps which page of the board asked to sign in."""
    place = urlsplit(asked.get("referer", ""))
    if place.netloc == asked.get("host") and place.path.startswith("/"):
        kept = quote(f"{place.path}?{place.query}" if place.query else place.path, safe="")
        answer.append("set-cookie", f"{_BACK}={kept}; Path=/; Max-Age={_MINUTES * 60}; HttpOnly; SameSite=Lax")


def _go_back(answer: MutableHeaders, kept: str | None) -> None:
    """Leads whoever has signed in to the page they came from: a page of ours, whatever the cookie holds."""
    if kept is None or "location" not in answer:
        return
    answer.append("set-cookie", f"{_BACK}=; Path=/; Max-Age=0")
    place = unquote(kept)
    if place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable():
        answer["location"] = quote(place, safe="/?&=%:;,@+-._~")


def _secure(answer: MutableHeaders) -> None:
    """Marks every cookie as one for TLS alone."""
    cookies = answer.getlist("set-cookie")
    del answer["set-cookie"]
    for cookie in cookies:
        marked = any(part.strip().lower() == "secure" for part in cookie.split(";"))
        answer.append("set-cookie", cookie if marked else f"{cookie}; Secure")
