"""How the board is served: Streamlit's pages (sitemap.py) behind the language shell, with the live routes.

`streamlit run dashboard/app.py` finds `app` here, and so does any ASGI server (`dashboard.app:app`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from dashboard import data, data_docs, visitors, workbooks
from dashboard.live import HeadWatch
from dashboard.shell import Shell
from dashboard.sign_in import SignIn
from roadmap import settings
from roadmap.errors import RoadmapError
from roadmap.services import entering, warming
from roadmap.services.pulse import pulse


def admits(request: Request) -> bool:
    """Whether whoever asks may know that something has come in; a page that is open is nobody's doing."""
    try:
        visitors.desk(request, acts=False)
    except RoadmapError:
        return False
    return True


def is_secure() -> bool:
    """Whether people reach the board by TLS."""
    return (settings.read().board_url or "").startswith("https:")


def leave(claims: Mapping[str, Any]) -> None:
    """Ends the session of somebody who signs out."""
    entering.leave(data.machine_desk(), claims)


watch = HeadWatch(lambda: pulse(data.machine_desk()), admits)


@asynccontextmanager
async def lifespan(served: object) -> AsyncIterator[dict[str, Any]]:
    """As long as the board is served; a file that a lead hands in finds loaded what it needs."""
    async with watch.lifespan(served) as state:
        warming.load_behind()
        yield state


async def home(request: Request) -> RedirectResponse:
    """Streamlit serves its first page at the root alone; a link that names that page is to work as well."""
    query = request.url.query
    return RedirectResponse(f"./?{query}" if query else "./")


app = st.App(
    Path(__file__).with_name("sitemap.py"),
    lifespan=lifespan,
    routes=[
        *watch.routes(),
        Route("/overview", home),
        data_docs.route(lambda: settings.read().reports),
        *workbooks.routes(),
    ],
    middleware=[Middleware(SignIn, secure=is_secure(), leave=leave), Middleware(Shell)],
)
