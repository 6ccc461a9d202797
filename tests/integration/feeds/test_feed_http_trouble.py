"""Feeds over HTTP: servers that are away, slow, wrong or sly."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time

import pytest
from sqlalchemy import Engine, text
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from roadmap.errors import FeedUnavailableError, ProgrammeError
from tests.feeding import ROW, cursor, drop, events, pull, put_away, told, waiting
from tests.office import FEED, QUICK, TOKEN
from tests.ports import free_port


def test_a_server_that_is_busy_is_asked_again_when_it_says_and_one_that_fails_after_a_while(office, settings):
    answers = [Response(status_code=429, headers={"Retry-After": "1"}), Response(status_code=500), JSONResponse([ROW])]
    office.answer = lambda _: answers[len(office.asked) - 1]
    began = time.monotonic()
    assert len(pull(told(settings, FEED))) == 1
    assert time.monotonic() - began > 1
    assert len(office.asked) == 3


def test_a_server_that_fails_twice_is_asked_a_third_time_and_then_no_more(office, settings):
    office.answer = lambda _: Response(status_code=500) if len(office.asked) < 3 else JSONResponse([ROW])
    with pytest.raises(FeedUnavailableError, match="'registry' answers with status 500; it is asked again later"):
        pull(told(settings, FEED + "attempts = 2"))
    assert len(office.asked) == 2
    assert len(pull(told(settings, FEED + "attempts = 2"))) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 204])
def test_a_server_that_refuses_is_not_asked_again_at_once(office, settings, status):
    office.answer = lambda _: Response(status_code=status, content=b"" if status == 204 else b"se-cret")
    with pytest.raises(FeedUnavailableError, match=f"answers with status {status}") as refused:
        pull(told(settings, FEED))
    assert "se-cret" not in str(refused.value)
    assert len(office.asked) == 1


@pytest.mark.parametrize("begins", [True, False])
def test_a_server_that_is_slow_is_given_up(office, settings, begins):
    async def drops():
        await asyncio.sleep(3)
        yield b"[]"

    async def nothing(scope, receive, send):
        await asyncio.sleep(3)

    office.answer = lambda _: StreamingResponse(drops()) if begins else nothing
    began = time.monotonic()
    with pytest.raises(FeedUnavailableError, match=r"did not answer within 0\.3 s"):
        pull(told(settings, QUICK + "timeout_seconds = 0.3"))
    assert time.monotonic() - began < 2.5


def test_a_server_that_is_away_keeps_no_file_of_the_local_inbox_waiting(desk, engine, settings, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", f"http://user:se-cret@127.0.0.1:{free_port()}")
    config = told(settings, QUICK)
    drop(config, json.dumps([ROW]))
    with pytest.raises(FeedUnavailableError, match=r"^The server of connection 'registry' cannot be reached") as away:
        pull(config)
    assert "se-cret" not in str(away.value)
    assert len(events(engine)) == 1


def test_a_connection_that_is_missing_is_told_and_keeps_no_file_waiting(desk, engine, settings):
    config = told(settings, FEED.replace("registry", "nobody"))
    drop(config, json.dumps([ROW]))
    with pytest.raises(ProgrammeError, match="set AIRFLOW_CONN_NOBODY"):
        pull(config)
    assert len(events(engine)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>", "what cannot be read"),
        (b"\xff\xfe[", "what cannot be read"),
        (b"[" * 100_000, "what cannot be read"),
        (b'[{"Code": 1, "Code": 2}]', "what cannot be read"),
        (b'{"data": []}', "has no list of records at 'the top of its answer'"),
        (b"[1]", "has no list of records"),
    ],
)
def test_an_answer_that_is_no_list_of_records_is_told(office, settings, content, reason):
    office.answer = lambda _: Response(content)
    with pytest.raises(FeedUnavailableError, match=reason):
        pull(told(settings, QUICK))


def refusals(engine: Engine) -> list[str]:
    """The codes of the ledger's lines on whole files."""
    with engine.connect() as connection:
        return list(connection.execute(text("select code from reject order by 1")).scalars())


def test_an_endless_answer_is_not_read_to_the_end_and_is_refused_once(office, engine, settings, caplog):
    sent = []

    async def endless():
        yield b"["
        while len(sent) < 5_000:
            sent.append(1)
            await asyncio.sleep(0)  # here the server ends it when nobody listens any more
            yield json.dumps(ROW).encode() + b"," * 1_000

    office.answer = lambda _: StreamingResponse(endless())
    config = told(settings, QUICK).model_copy(update={"max_file_bytes": 100_000})
    (receipt,) = pull(config)
    assert len(sent) < 5_000
    assert receipt.refused
    assert refusals(engine) == ["too_big"]
    assert (len(put_away(config, "quarantine")), waiting(config)) == (1, [])
    assert re.search(r"more than 0\.0954 MB at one asking.*ROADMAP_MAX_FILE_BYTES", caplog.text)
    assert pull(config) == []  # refused once, not at every asking
    office.say(ROW)
    assert [again.accepted for again in pull(config)] == [1]


def test_pages_that_never_end_are_too_much(office, settings):
    office.answer = lambda _: JSONResponse([ROW] * 100, headers={"Link": '<?page=1>; rel="next"'})
    config = told(settings, QUICK).model_copy(update={"max_file_bytes": 100_000})
    assert [receipt.refused for receipt in pull(config)] == [True]
    assert pull(config) == []


# secrets


def test_what_opens_a_server_stays_there_when_it_sends_us_elsewhere(office, elsewhere, settings):
    elsewhere.say(ROW)
    office.answer = lambda _: RedirectResponse(f"{elsewhere.address}/reports")
    assert len(pull(told(settings, FEED))) == 1
    assert office.header("authorization") == [TOKEN]
    assert office.header("x-key") == ["k"]
    assert elsewhere.header("authorization") == elsewhere.header("x-key") == [None]


def test_what_opens_a_server_goes_along_when_it_sends_us_to_another_place_of_its_own(office, settings):
    def answer(request: Request) -> Response:
        return JSONResponse([ROW]) if request.url.path == "/moved" else RedirectResponse("/moved")

    office.answer = answer
    assert len(pull(told(settings, FEED))) == 1
    assert office.header("x-key") == ["k", "k"]


def test_what_opens_a_server_stays_there_when_its_next_page_is_elsewhere(office, elsewhere, settings):
    office.say(ROW, Link=f'<{elsewhere.address}/more>; rel="next"')
    assert len(pull(told(settings, FEED))) == 1
    assert elsewhere.header("authorization") == elsewhere.header("x-key") == [None]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://[", "http://127.0.0.1:99999/"])
def test_a_page_that_is_not_http_is_not_opened(office, settings, address):
    office.say(ROW, Link=f'<{address}>; rel="next"')
    with pytest.raises(FeedUnavailableError, match="'registry'"):
        pull(told(settings, QUICK))


def test_no_secret_is_in_the_log_or_in_a_receipt(office, engine, settings, caplog):
    caplog.set_level(logging.DEBUG)
    office.answer = lambda _: Response(status_code=500) if len(office.asked) < 2 else JSONResponse([ROW])
    (receipt,) = pull(told(settings, FEED))
    office.answer = lambda _: Response(status_code=403)
    with pytest.raises(FeedUnavailableError):
        pull(told(settings, FEED))
    assert "se-cret" not in caplog.text + repr(receipt) + cursor(engine)[0]
