"""A commission's server for tests: a real one on this machine, that keeps what it was asked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.feeding import ROW

FEED = 'kind = "http"\nconnection = "registry"\npath = "reports"\n'
QUICK = FEED + "attempts = 1\n"
TOKEN = "Bearer se-cret"  # noqa: S105


@dataclass
class Office:
    """A server of a commission: how it answers, and which requests came."""

    port: int = 0
    answer: Callable[[Request], Response] = lambda _: JSONResponse([])
    asked: list[Request] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def say(self, *records: object, **headers: str) -> None:
        """Answers every request with these records."""
        self.answer = lambda _: JSONResponse(list(records), headers=headers)

    def header(self, name: str) -> list[str | None]:
        return [request.headers.get(name) for request in self.asked]


def started(office: Office) -> tuple[Office, uvicorn.Server, threading.Thread]:
    async def reply(request: Request) -> Response:
        office.asked.append(request)
        return office.answer(request)

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    office.port = listener.getsockname()[1]
    app = Starlette(routes=[Route("/{path:path}", reply)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=0, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    return office, server, thread


def row(percent: float, **more: object) -> dict[str, object]:
    return ROW | {"Done %": percent} | more
