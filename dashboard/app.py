"""How the board is served: Streamlit's pages (sitemap.py) behind the language shell, with the live routes.

`streamlit run dashboard/app.py` finds `app` here, and so does any ASGI server (`dashboard.app:app`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from dashboard import data, data_docs, workbooks
from dashboard.live import HeadWatch
from dashboard.shell import Shell
from roadmap import settings
from roadmap.services import warming
from roadmap.services.pulse import pulse

watch = HeadWatch(lambda: pulse(data.machine_desk()))


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
    middleware=[Middleware(Shell)],
)
