"""Live boards: one task watches the head of the event log, and every open page is told when it moves.

Server: `HeadWatch` (its task, its two routes). Browser: `follow`, an element that reruns the page. It listens while
its tab is visible, so hidden tabs hold no connection, and asks every few seconds where streams do not get through.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from types import FrameType
from typing import Any, Final

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard import reader

EVENTS: Final = "/api/events"
HEAD: Final = "/api/head"
HEARTBEAT: Final = 15.0

_log = logging.getLogger(__name__)


class HeadWatch:
    """Knows the head of the log, and wakes whoever waits for it to move.

    Args:
        read: the number of the last event; it may block, and may fail for a while.
        admits: whether whoever asks may know it; it may block.
        every: seconds between two looks.
    """

    def __init__(self, read: Callable[[], int], admits: Callable[[Request], bool], every: float = 0.5) -> None:
        self._read, self._admits, self._every = read, admits, every
        self._head = 0
        self._moved = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def head(self) -> int:
        """The last head seen; 0 before the first look."""
        return self._head

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[dict[str, Any]]:
        """Watches as long as the application lives."""
        _call_first(asyncio.get_running_loop(), self.close)
        task = asyncio.create_task(self._watch())
        try:
            yield {}
        finally:
            self.close()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def close(self) -> None:
        """Ends all streams: a server waits for open ones before it stops."""
        self._closing.set()
        self._moved.set()

    def routes(self) -> list[Route]:
        """The stream of heads, and the present head for those who have to ask."""
        return [Route(EVENTS, self._stream), Route(HEAD, self._ask)]

    async def _watch(self) -> None:
        failing = False
        while True:
            try:
                self._see(await asyncio.to_thread(self._read))
                failing = False
            except Exception:  # noqa: BLE001 — whatever the database says, the boards stay and are told when it is back
                _log.log(logging.DEBUG if failing else logging.WARNING, "the head cannot be read", exc_info=True)
                failing = True
            await asyncio.sleep(self._every)

    def _see(self, head: int) -> None:
        if head != self._head:
            self._head = head
            self._moved.set()
            self._moved = asyncio.Event()

    async def heads(self) -> AsyncIterator[int | None]:
        """Each new head, the present one first; None when nothing moved for a while."""
        last = -1
        while not self._closing.is_set():
            moved = self._moved
            if self._head != last:
                last = self._head
                yield last
                continue
            try:
                await asyncio.wait_for(moved.wait(), HEARTBEAT)
            except TimeoutError:
                yield None

    async def _stream(self, request: Request) -> Response:
        if not await asyncio.to_thread(self._admits, request):
            return _shut()

        async def lines() -> AsyncIterator[bytes]:
            clock = asyncio.get_running_loop().time
            asked = clock()
            async for head in self.heads():
                if clock() - asked >= HEARTBEAT:  # a stream may last longer than the session it was opened in
                    if not await asyncio.to_thread(self._admits, request):
                        return
                    asked = clock()
                yield b": still here\n\n" if head is None else f"data: {head}\n\n".encode()

        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(lines(), media_type="text/event-stream", headers=headers)

    async def _ask(self, request: Request) -> Response:
        if not await asyncio.to_thread(self._admits, request):
            return _shut()
        return JSONResponse({"head": self._head}, headers={"cache-control": "no-store"})


def _shut() -> Response:
    return JSONResponse({"error": "sign in"}, HTTPStatus.UNAUTHORIZED, headers={"cache-control": "no-store"})


def _call_first(loop: asyncio.AbstractEventLoop, close: Callable[[], None]) -> None:
    """Runs `close` when the process is asked to stop, before the server's own handler begins to wait for streams."""

    def first(before: Any) -> Callable[[int, FrameType | None], None]:  # noqa: ANN401 — what `signal` returns
        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(close)
            if callable(before):
                before(number, frame)

        return handle

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # only the main thread may set a handler; elsewhere nobody waits for ours
            signal.signal(number, first(signal.getsignal(number)))


_follower = st.components.v2.component(
    "board_follow", js=Path(__file__).with_name("assets").joinpath("follow.js").read_text(encoding="utf-8")
)


def moved(head: int) -> bool:
    """Whether the log has moved on since this reader's page was drawn the last time."""
    before = st.session_state.get("live.head", head)
    st.session_state["live.head"] = head
    return before != head


def follow(head: int) -> None:
    """Reruns the page as soon as the log has moved on from `head`, the head this page was drawn from."""
    _follower(key="board-follow", data={"head": head}, on_head_change=reader.by_itself, height=1)
