"""`python -m roadmap.demo.office PORT`: the server of the demonstration's offices that hand their records out as JSON.

Each feed that is asked over HTTP finds here what its entry says: records page by page where it has a place for the next
one, those after a cursor where it asks for them, and a mark of every answer. Records lie in `demo/<commission>.json` of
the state folder and are read at every request, so whoever changes one there sees it come in. It listens on this
machine only, and answers whoever has the token of the feed's connection.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from roadmap import programme, serving
from roadmap import settings as configuration
from roadmap.demo import offices
from roadmap.feed import HttpFeed
from roadmap.intake.feeds.connections import connection
from roadmap.settings import Settings

_PAGE: Final = 50

_logger = logging.getLogger(__name__)

Record = dict[str, Any]


def application(settings: Settings) -> Starlette:
    """What the feeds ask for, and `/healthz`."""
    feeds = offices.connected(programme.load(settings.programme), settings)
    served = [(code, feed) for code, feed in feeds.items() if isinstance(feed, HttpFeed)]
    routes = [Route(f"/{feed.path.lstrip('/')}", _answering(code, feed, settings)) for code, feed in served]
    return Starlette(routes=[Route("/healthz", _healthz), *routes])


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _answering(code: str, feed: HttpFeed, settings: Settings) -> Callable[[Request], Response]:
    token = connection(feed.connection, settings).texts["Authorization"].encode()
    file = offices.records_of(code, feed, settings)

    def answer(request: Request) -> Response:
        if not secrets.compare_digest(request.headers.get("authorization", "").encode(), token):
            return JSONResponse({"error": "unauthorized"}, HTTPStatus.UNAUTHORIZED)
        try:
            records = _records(file)
        except (OSError, TypeError, ValueError) as error:
            _logger.warning("%s cannot be read (%s); correct it", file, error)
            return JSONResponse({"error": "records cannot be read"}, HTTPStatus.SERVICE_UNAVAILABLE)
        return _marked(page(feed, records, request.query_params), request)

    return answer


def _records(file: Path) -> list[Record]:
    records = json.loads(file.read_text("utf-8")) if file.exists() else []
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        message = "no list of records"
        raise TypeError(message)
    return records


def page(feed: HttpFeed, records: list[Record], asked: Mapping[str, str]) -> object:
    """The answer of `feed`'s server to the query `asked`."""
    newer = _newer(feed, records, asked)
    document: Record = {}
    if feed.next is not None:
        first = _PAGE * int(asked.get("page", "1")) - _PAGE
        more = len(newer) > first + _PAGE
        following = urlencode({**asked, "page": first // _PAGE + 2})
        _put(document, feed.next, f"?{following}" if more else None)
        newer = newer[first : first + _PAGE]
    if not feed.records:
        return newer
    _put(document, feed.records, newer)
    return document


def _newer(feed: HttpFeed, records: list[Record], asked: Mapping[str, str]) -> list[Record]:
    since = asked.get(feed.since or "")
    if since is None or feed.cursor is None:
        return records
    return [record for record in records if str(record.get(feed.cursor, "")) > since]


def _put(document: Record, place: str, value: object) -> None:
    """Puts `value` at the dotted `place` of `document`."""
    *outer, last = place.split(".")
    for name in outer:
        document = document.setdefault(name, {})
    document[last] = value


def _marked(document: object, request: Request) -> Response:
    content = json.dumps(document, ensure_ascii=False).encode()
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": mark})
    return Response(content, media_type="application/json", headers={"ETag": mark})


def server(settings: Settings, port: int) -> uvicorn.Server:
    """The server on `port` of this machine, not started yet."""
    return serving.server(application(settings), offices.HOST, port, last_seconds=1)


if __name__ == "__main__":
    serving.begin()
    server(configuration.read(), int(sys.argv[1])).run()
