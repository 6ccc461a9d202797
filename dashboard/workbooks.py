"""Workbooks to download beside the board's pages: a commission's template, and a delivery with its marks.

They are made when they are asked for. A template says no more than the board does; what somebody sent in goes only to
those who may hand in (see `roles`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dashboard import data, roles, texts
from dashboard.roles import Visit
from dashboard.workbook_links import PREFIX
from roadmap import settings
from roadmap.domain.text import LANGUAGES
from roadmap.errors import RoadmapError
from roadmap.services import returns, templates

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEADERS: Final = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


def routes() -> list[Route]:
    """The routes of both."""
    return [
        Route(f"/{PREFIX}/template/{{commission}}", _told(_template), methods=["GET"]),
        Route(f"/{PREFIX}/return/{{batch:int}}", _told(_returned), methods=["GET"]),
    ]


def visit_of(address: str, headers: Mapping[str, str]) -> Visit:
    """Who asks for a file. A browser that follows a link tells no origin: it comes from where it asks."""
    told = {"origin": f"//{headers.get('host', '')}", **headers}
    return roles.visit((settings.read().host, st.get_option("server.address") or ""), address, told)


def _told(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """What cannot be given is said in a sentence."""

    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except RoadmapError as refused:
            return PlainTextResponse(f"{refused}\n", 404, headers=_HEADERS)

    return answer


def _template(request: Request) -> Response:
    made = templates.template(data.machine_desk(), settings.read(), request.path_params["commission"])
    return _file(made.name, made.content)


def _returned(request: Request) -> Response:
    address = request.client.host if request.client else ""
    if not roles.may_choose(visit_of(address, request.headers)):
        sentences = (texts.load(language)("role.refused") for language in LANGUAGES)
        return PlainTextResponse("\n".join(sentences), 403, headers=_HEADERS)
    back = returns.returned(data.machine_desk(), settings.read(), request.path_params["batch"])
    return _file(back.name, back.content)


def _file(name: str, content: bytes) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=_XLSX, headers={**_HEADERS, "content-disposition": disposition})
