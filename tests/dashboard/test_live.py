import asyncio

import httpx
from starlette.applications import Starlette

from dashboard import live
from dashboard.live import HeadWatch


class Log:
    """A log whose head the test moves; `down` stands for a database that is away."""

    def __init__(self, head: int = 1):
        self.head, self.down, self.looks, self.admits = head, False, 0, True

    def read(self) -> int:
        self.looks += 1
        if self.down:
            raise ConnectionError
        return self.head


async def seen(watch: HeadWatch, head: int) -> None:
    async for each in watch.heads():
        if each == head:
            return


async def watching(log: Log, check) -> None:
    watch = HeadWatch(log.read, lambda _: log.admits, every=0.005)
    async with watch.lifespan(None):
        await asyncio.wait_for(check(watch), 5)


def test_everybody_who_listens_hears_each_new_head_from_one_watcher():
    log = Log(7)

    async def check(watch):
        await seen(watch, 7)
        listeners = [watch.heads() for _ in range(20)]
        assert [await anext(each) for each in listeners] == [7] * 20
        waiting = [asyncio.ensure_future(anext(each)) for each in listeners]
        await asyncio.sleep(0.02)
        log.looks, log.head = 0, 8
        assert await asyncio.gather(*waiting) == [8] * 20
        assert log.looks < 10

    asyncio.run(watching(log, check))


def test_a_database_that_goes_away_and_comes_back_is_survived():
    log = Log(1)

    async def check(watch):
        await seen(watch, 1)
        log.down = True
        await asyncio.sleep(0.03)
        log.down, log.head = False, 2
        await seen(watch, 2)

    asyncio.run(watching(log, check))


def test_closing_ends_every_stream():
    async def check(watch):
        await seen(watch, 1)
        listener = watch.heads()
        await anext(listener)
        waiting = asyncio.ensure_future(anext(listener, "ended"))
        await asyncio.sleep(0.01)
        watch.close()
        assert await waiting == "ended"

    asyncio.run(watching(Log(1), check))


def test_those_who_have_to_ask_are_told_the_head():
    async def check(watch):
        await seen(watch, 5)
        app = httpx.ASGITransport(Starlette(routes=watch.routes()))
        async with httpx.AsyncClient(transport=app, base_url="http://board") as client:
            answer = await client.get("/api/head")
        assert answer.json() == {"head": 5}
        assert answer.headers["cache-control"] == "no-store"

    asyncio.run(watching(Log(5), check))


def test_the_stream_carries_heads_as_events_and_ends_when_the_server_closes():
    async def check(watch):
        await seen(watch, 3)
        asyncio.get_running_loop().call_later(0.05, watch.close)
        app = httpx.ASGITransport(Starlette(routes=watch.routes()))
        async with httpx.AsyncClient(transport=app, base_url="http://board") as client:
            answer = await client.get("/api/events")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.text == "data: 3\n\n"

    asyncio.run(watching(Log(3), check))


def test_who_is_not_let_in_is_told_no_head():
    log = Log(5)
    log.admits = False

    async def check(watch):
        await seen(watch, 5)
        app = httpx.ASGITransport(Starlette(routes=watch.routes()))
        async with httpx.AsyncClient(transport=app, base_url="http://board") as client:
            for path in ("/api/head", "/api/events"):
                answer = await client.get(path)
                assert (answer.status_code, answer.json()) == (401, {"error": "sign in"})

    asyncio.run(watching(log, check))


def test_a_stream_does_not_outlast_the_session_it_was_opened_in(monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 0.02)
    log = Log(3)

    async def check(watch):
        await seen(watch, 3)
        asyncio.get_running_loop().call_later(0.05, lambda: setattr(log, "admits", False))
        app = httpx.ASGITransport(Starlette(routes=watch.routes()))
        async with httpx.AsyncClient(transport=app, base_url="http://board") as client:
            answer = await client.get("/api/events")
        assert answer.text.startswith("data: 3\n\n")

    asyncio.run(watching(log, check))
