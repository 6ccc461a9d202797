"""Workbooks to download beside the board's pages: a commission's template, and a delivery with its marks.

They are made when they are asked for, by the services that know who may have them.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import visitors
from dashboard.workbook_links import PREFIX
from roadmap import settings
from roadmap.services import returns, templates

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes() -> list[Route]:
    """The routes of both."""
    return [
        Route(f"/{PREFIX}/template/{{commission}}", visitors.told(_template), methods=["GET"]),
        Route(f"/{PREFIX}/return/{{batch:int}}", visitors.told(_returned), methods=["GET"]),
    ]


def _template(request: Request) -> Response:
    made = templates.template(visitors.desk(request), settings.read(), request.path_params["commission"])
    return _file(made.name, made.content)


def _returned(request: Request) -> Response:
    back = returns.returned(visitors.desk(request), settings.read(), request.path_params["batch"])
    return _file(back.name, back.content)


def _file(name: str, content: bytes) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=_XLSX, headers={**visitors.HEADERS, "content-disposition": disposition})
