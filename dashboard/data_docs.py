"""The batch checks' pages beside the board, for whoever may see the delivery.

They are read-only, found by their exact name, and leave with a policy that lets nothing run or load.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard import visitors
from roadmap.services import gate
from roadmap.services.permissions import Action

#: Relative, as all of the board's links are: it may live below a path of a proxy.
PREFIX: Final = "data-docs"
_COMMISSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_PAGE: Final = re.compile(r"[0-9a-f]{16}\.html", re.ASCII)
#: The pages hold what strangers wrote in their files: sandboxed, they are no part of the board's origin.
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "private, no-cache",
}
_GONE: Final = "There is no such page any more.\nاین صفحه دیگر در دسترس نیست.\n"


def route(folder: Callable[[], Path]) -> Route:
    """The route that serves the pages below `folder()`: one folder a commission, a page a file's digest."""

    def page(request: Request) -> Response:
        commission = request.path_params["commission"]
        gate.check(visitors.desk(request).who, Action.READ_DELIVERY, commission)
        path = found(folder(), commission, request.path_params["page"])
        if path is None:
            return PlainTextResponse(_GONE, 404, headers=_HEADERS)
        return FileResponse(path, media_type="text/html; charset=utf-8", headers=_HEADERS)

    return Route(f"/{PREFIX}/{{commission}}/{{page}}", visitors.told(page), methods=["GET"])


def found(folder: Path, commission: str, page: str) -> Path | None:
    """The regular file of that name below `folder`; None for any other name, a link, or a file that is not there."""
    if not (_COMMISSION.fullmatch(commission) and _PAGE.fullmatch(page)):
        return None
    root = folder.resolve()
    path = root / commission / page
    return path if path.is_file() and path.resolve() == path else None
