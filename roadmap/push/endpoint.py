"""The HTTP endpoint: POST /events takes CloudEvents and answers with receipts, GET /healthz says that it is there.

Requests are read side by side and delivered one at a time, event by event, in a thread: a long batch does not keep a
short one waiting, and the log has one writer in this process.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from roadmap.errors import StoreError
from roadmap.intake.rejects import shown
from roadmap.push import delivery, envelope, problems
from roadmap.push.envelope import Event
from roadmap.push.problems import Problem
from roadmap.push.tokens import Keyring
from roadmap.services.desk import Desk
from roadmap.settings import Settings

_logger = logging.getLogger(__name__)

#: Requests that may be under way at once, each with a whole body in memory; one more is told to come again.
MOST_REQUESTS: Final = 16
#: How long a request may take to arrive, in seconds.
_BODY_SECONDS: Final = 60
#: Lines of rejects in one answer; the ledger on the board has them all.
_MOST_REJECTS: Final = 10_000
_MEGABYTE: Final = 1024 * 1024
_NOT_KEPT: Final = {"cache-control": "no-store"}
_CHALLENGE: Final = {"www-authenticate": 'Bearer realm="roadmap"'}
#: What stands in `Retry-After`, in seconds.
_SOON, _LATER = {"retry-after": "5"}, {"retry-after": "30"}

SINGLE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
_MEDIA_TYPES: Final = (SINGLE, BATCH, envelope.JSON)


def application(endpoint: Endpoint) -> Starlette:
    """The two addresses; whatever goes wrong behind them is answered as problem details."""
    return Starlette(
        routes=[Route("/events", endpoint.events, methods=["POST"]), Route("/healthz", _healthz)],
        middleware=[Middleware(AccessLog)],
        exception_handlers={
            Problem: _answer_problem,
            HTTPException: _answer_http,
            ClientDisconnect: _answer_nobody,
            Exception: _answer_failure,
        },
    )


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers=_NOT_KEPT)


class Endpoint:
    """What a request needs: who may push, where to, and the one thread that delivers."""

    def __init__(self, desk: Desk, settings: Settings, worker: ThreadPoolExecutor) -> None:
        """Takes the tokens out of `settings`: from here on only their hashes are kept.

        Raises:
            SettingsError: a token stands for no commission, or for two.
        """
        self._keyring = Keyring(settings.push_token, desk.programme.by_commission)
        self._settings = settings.model_copy(update={"push_token": dict[str, SecretStr]()})
        self._desk, self._worker = desk, worker
        self._under_way = 0

    async def events(self, request: Request) -> Response:
        """Takes what `request` holds; the answer says what became of each row. Problem where it is not taken."""
        commission = self._keyring.commission(request.headers.get("authorization"))
        if commission is None:
            raise Problem("unauthorized", _CHALLENGE)
        request.state.commission = commission
        media_type = _media_type(request)
        with self._place():
            events = _read(media_type, request, await self._body(request))
            answers = await self._answers(events, commission)
        return JSONResponse(answers, headers=_NOT_KEPT) if media_type == BATCH else _answer(answers[0])

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._under_way >= MOST_REQUESTS:
            raise Problem("busy", _SOON)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def _body(self, request: Request) -> bytes:
        """The whole body; one that is too large is not read to its end."""
        limit = self._settings.max_file_bytes
        too_large = Problem("too_large", limit=limit // _MEGABYTE)
        if int(request.headers.get("content-length", 0)) > limit:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > limit:
                        raise too_large
        except TimeoutError:
            raise Problem("too_slow", limit=_BODY_SECONDS) from None
        return bytes(body)

    async def _answers(self, events: list[Event | Problem], commission: str) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        room = _MOST_REJECTS
        for event in events:
            if isinstance(event, Problem):
                answers.append(event.told())
                continue
            delivered = self._worker.submit(self._delivered, event, commission, room)
            answers.append(await asyncio.wrap_future(delivered))
            room -= len(answers[-1]["rejects"])
        return answers

    def _delivered(self, event: Event, commission: str, room: int) -> dict[str, Any]:
        try:
            receipt = delivery.deliver(event, commission, self._desk, self._settings)
            told = delivery.told(receipt, self._desk, room)
            return told | Problem("held").told() if told["held"] else told
        except (StoreError, OperationalError, InterfaceError) as error:
            _logger.warning("The database is away: %s", error)
            raise Problem("unavailable", _LATER) from error


def _media_type(request: Request) -> str:
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found not in _MEDIA_TYPES or request.headers.get("content-encoding", "identity") != "identity":
        raise Problem("other_media_type", wanted=", ".join(_MEDIA_TYPES))
    return found


def _read(media_type: str, request: Request, body: bytes) -> list[Event | Problem]:
    if media_type == BATCH:
        return envelope.read_batch(body)
    return [envelope.read_single(body) if media_type == SINGLE else envelope.read_binary(request.headers, body)]


def _answer(told: dict[str, Any]) -> Response:
    """The answer to one event: its receipt, as problem details if it is held back."""
    if not told["held"]:
        return JSONResponse(told, headers=_NOT_KEPT)
    return JSONResponse(told, told["status"], _NOT_KEPT, problems.MEDIA_TYPE)


async def _answer_problem(_request: Request, problem: Exception) -> Response:
    if not isinstance(problem, Problem):
        raise problem
    headers = _NOT_KEPT | problem.headers
    return JSONResponse(problem.told(), problem.status, headers, problems.MEDIA_TYPE)


async def _answer_http(request: Request, error: Exception) -> Response:
    """An address or a method that is not there."""
    allowed = getattr(error, "headers", None)
    return await _answer_problem(request, Problem("other_method", allowed) if allowed else Problem("no_such_page"))


async def _answer_nobody(_request: Request, _gone: Exception) -> Response:
    """Whoever has hung up amid the request hears no answer; the line in the log wants one."""
    return Response(status_code=400)


async def _answer_failure(request: Request, _error: Exception) -> Response:
    """What nobody has thought of; the error itself goes on to the log."""
    return await _answer_problem(request, Problem("failed"))


class AccessLog:
    """A line a request: who asked for what, the answer's status, for which commission. No query, no header: no token.

    The server's own would print the query as well, where a token may stand by mistake.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wraps `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves as `app` does, and writes the line when it is done."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.monotonic()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            _logger.info("%s", _line(scope, status, time.monotonic() - began))


def _line(scope: Scope, status: int, seconds: float) -> str:
    client = (scope.get("client") or ("-",))[0]
    commission = scope.get("state", {}).get("commission", "-")
    return f"{client} {commission} {scope['method']} {shown(scope['path'])} {status} {seconds * 1000:.0f} ms"
