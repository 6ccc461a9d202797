"""The push endpoint as a commission's system meets it: HTTP on loopback, and a real log behind it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import time_machine
from pydantic import SecretStr
from sqlalchemy import text

from roadmap import organisation, running
from roadmap.domain.people import SHELL
from roadmap.intake import pipeline
from roadmap.push import delivery, endpoint, envelope
from roadmap.push.endpoint import Endpoint
from roadmap.push.server import server as uvicorn_server
from roadmap.services import reopening
from roadmap.services.desk import Desk
from roadmap.services.establishing import establish
from roadmap.stack import health, ports
from roadmap.stack.up import Urls
from roadmap.store import database, embedded, verifying
from tests.factories import TODAY

TOKENS = {"quays": "q" * 40, "cranes": "c" * 40}
SINGLE, BATCH = endpoint.SINGLE, endpoint.BATCH
ROW = {"milestone": "Q-1", "effective": "2026-10-31", "state": "in_progress", "percent": 40.5}


def event(data=ROW, *, id="e-1", **changes):  # noqa: A002 - CloudEvents' own word
    attributes = {"specversion": "1.0", "id": id, "source": "/harbour/system", "type": "roadmap.progress_report.v1"}
    return attributes | {"data": data} | changes


@contextmanager
def serving(desk, settings) -> Iterator[str]:
    """The address of a running endpoint."""
    given = settings.model_copy(update={"push_token": {code: SecretStr(token) for code, token in TOKENS.items()}})
    with ThreadPoolExecutor(1) as worker:
        running = uvicorn_server(Endpoint(desk, given, worker), "127.0.0.1", 0)
        thread = threading.Thread(target=running.run)
        thread.start()
        try:
            while not running.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()


@contextmanager
def knocking(desk, settings, commission="quays") -> Iterator[httpx.Client]:
    with serving(desk, settings) as url, httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        client.headers["authorization"] = f"Bearer {TOKENS[commission]}"
        yield client


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def client(desk, settings) -> Iterator[httpx.Client]:
    """A system that has the token of the quays."""
    with knocking(desk, settings) as client:
        yield client


def push(client, body, media_type=SINGLE, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/events", content=content, headers={"content-type": media_type, **headers})


def counts(told):
    return tuple(told[name] for name in ("rows_read", "accepted", "duplicates", "rejected"))


def rows(engine, statement):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def reports(engine):
    return rows(engine, "select percent from event where type = 5 order by seq")


def kept(settings, folder):
    return sorted(path.name for path in (settings.state_dir / folder).rglob("*") if path.is_file())


def eventually(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_event_is_answered_with_its_receipt_when_it_is_written(client, desk, settings):
    answer = push(client, event())
    told = answer.json()
    assert (answer.status_code, counts(told), told["rejects"], told["more_rejects"]) == (200, (1, 1, 0, 0), [], False)
    assert (told["channel"], told["source"], told["repeated"]) == ("push", "/harbour/system e-1", False)
    assert reports(desk.engine) == [(40.5,)]
    (receipt,) = rows(desk.engine, "select id, channel, actor, commission from batch where channel = 'push'")
    assert receipt == (told["batch"], "push", "push token", "quays")
    assert kept(settings, "done") == [f"{told['batch']:06}-_harbour_system e-1.json"]
    assert kept(settings, "staging") == []
    verifying.verify(desk.engine)


def test_the_example_in_the_docs_is_answered_as_they_say(client):
    document = (Path(__file__).parents[2] / "docs" / "push.md").read_text(encoding="utf-8")
    example, answer = document.split("-d '")[1].split("'\n")[0], document.split("\n\n{")[1].split("```")[0]
    told = json.loads("{" + answer.replace(",\n", ",").replace("\n", " "))
    assert push(client, example.encode()).json() | {"recorded": ""} == told | {"recorded": ""}


def test_what_is_wrong_with_a_row_is_told_with_its_place_in_both_languages(client):
    told = push(client, event([ROW, ROW | {"percent": 140}, {"milestone": "Q-1", "colour": "blue"}])).json()
    assert counts(told) == (3, 1, 0, 2)
    assert [(line["row"], line["field"], line["value"], line["code"]) for line in told["rejects"]] == [
        (2, "percent", "140.0", "out_of_range"),
        (3, "effective", "", "missing"),
        (3, "state", "", "missing"),
        (3, "percent", "", "missing"),
    ]
    assert "0–100" in told["rejects"][0]["en"]
    assert "بازهٔ مجاز" in told["rejects"][0]["fa"]
    assert told["columns_not_used"] == ["colour"]


def test_hidden_characters_and_a_number_in_two_scripts_come_back(client):
    told = push(client, event(ROW | {"percent": "1۲", "narrative": "abc\u202edef"})).json()
    assert {line["code"] for line in told["rejects"]} == {"mixed_digits", "bidi_controls"}


def test_the_offices_own_headers_and_words_are_read_by_the_rules_of_its_feed(client, desk):
    own = {"Code": "Q-1", "As of": "2026-10-31", "State": "doing", "Done %": "40,5"}
    assert counts(push(client, event(own)).json()) == (1, 1, 0, 0)
    assert reports(desk.engine) == [(40.5,)]


def test_rows_in_the_contracts_own_form_are_read_by_it_whatever_the_feed_says(desk, settings):
    feed = desk.programme.commission("quays").feed
    jalali = feed.model_copy(update={"options": feed.options.model_copy(update={"date": "jalali"})})
    entries = [each.model_copy(update={"feed": jalali}) for each in desk.programme.commissions]
    persian = replace(desk, programme=desk.programme.model_copy(update={"commissions": tuple(entries)}))
    vars(persian.programme).pop("by_commission", None)
    with knocking(persian, settings) as client:
        assert counts(push(client, event(id="a")).json()) == (1, 0, 0, 1)
        assert counts(push(client, event(id="b", dataschema=envelope.SCHEMA)).json()) == (1, 1, 0, 0)
        own = {"Code": "Q-1", "As of": "1405-08-08", "State": "doing", "Done %": "41"}
        assert counts(push(client, event(own, id="c")).json()) == (1, 1, 0, 0)


def test_a_batch_is_answered_in_its_order_and_one_bad_event_keeps_no_other(client, desk):
    other = ROW | {"effective": "2026-10-30", "percent": 30}
    answer = push(client, [event(), event(id="e-2", type="else"), event(other, id="e-3"), event(7, id="e-4")], BATCH)
    first, second, third, fourth = answer.json()
    assert (answer.status_code, counts(first), counts(third)) == (200, (1, 1, 0, 0), (1, 1, 0, 0))
    assert (second["status"], second["type"]) == (400, "urn:roadmap-tracker:problem:attribute_value")
    assert (fourth["refused"], [line["code"] for line in fourth["rejects"]]) == (True, ["not_rows"])
    assert reports(desk.engine) == [(40.5,), (30.0,)]
    assert push(client, [], BATCH).json() == []


def test_in_binary_mode_the_body_is_the_rows(client, desk):
    attributes = {f"ce-{name}": value for name, value in event().items() if name != "data"}
    assert counts(push(client, [ROW], "application/json", **attributes).json()) == (1, 1, 0, 0)
    assert push(client, event()).json()["repeated"]
    assert reports(desk.engine) == [(40.5,)]


def test_the_same_id_gets_the_first_receipt_again_even_with_other_rows(client, desk, settings):
    first = push(client, event([ROW, ROW | {"state": "?"}])).json()
    again = push(client, event(ROW | {"percent": 99})).json()
    assert again == first | {"repeated": True}
    assert reports(desk.engine) == [(40.5,)]
    assert len(kept(settings, "done")) == 1
    assert not push(client, event(source="/another")).json()["repeated"]


def test_the_same_id_eight_times_at_once_is_taken_once(client, desk):
    with ThreadPoolExecutor(8) as pool:
        told = [each.json() for each in pool.map(lambda _: push(client, event()), range(8))]
    assert {each["batch"] for each in told} == {told[0]["batch"]}
    assert [each["repeated"] for each in told].count(False) == 1
    assert reports(desk.engine) == [(40.5,)]


def test_two_endpoints_on_one_log_take_the_same_id_once(desk, settings):
    with knocking(desk, settings) as one, knocking(desk, settings) as other, ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: push((one, other)[n % 2], event()), range(8)))
    assert {each.status_code for each in told} == {200}
    assert len({each.json()["batch"] for each in told}) == 1
    assert reports(desk.engine) == [(40.5,)]


def test_the_same_rows_by_file_and_by_push_are_one_set_of_events(client, desk, settings):
    inbox = settings.inbox / "quays"
    inbox.mkdir(parents=True)
    (inbox / "october.csv").write_text("Code;As of;State;Done %\nQ-1;2026-10-31;doing;40,5\n", encoding="utf-8")
    os.utime(inbox / "october.csv", (1, 1))
    (receipt,) = pipeline.pull("quays", settings, today=TODAY)
    assert receipt.accepted == 1
    assert counts(push(client, event()).json()) == (1, 0, 1, 0)
    assert counts(push(client, event(id="e-2")).json()) == (1, 0, 1, 0)
    assert reports(desk.engine) == [(40.5,)]


def test_a_token_writes_for_its_own_commission_and_shows_nothing_of_another(desk, settings):
    with knocking(desk, settings) as quays, knocking(desk, settings, "cranes") as cranes:
        assert push(quays, event()).json()["accepted"] == 1
        told = push(cranes, event()).json()
    assert (told["commission"], told["repeated"], counts(told)) == ("cranes", False, (1, 0, 0, 1))
    assert [line["code"] for line in told["rejects"]] == ["foreign_milestone"]
    assert "quays" not in json.dumps(told)


@pytest.mark.parametrize("header", [None, "Bearer " + "x" * 40, "Basic " + TOKENS["quays"], "Bearer"])
def test_without_the_right_token_nothing_is_read_and_nothing_told(client, desk, header):
    del client.headers["authorization"]
    answer = push(client, b"not even JSON", **({"authorization": header} if header else {}))
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["www-authenticate"] == 'Bearer realm="roadmap"'
    told = answer.json()
    assert set(told) == {"type", "title", "status", "detail", "detail_fa"}
    assert "quays" not in answer.text
    assert reports(desk.engine) == []


def test_what_is_too_large_is_refused_without_waiting_for_its_end(desk, settings):
    small = settings.model_copy(update={"max_file_bytes": 100_000})
    with knocking(desk, small) as client:
        assert push(client, b" " * 100_001).json()["type"] == "urn:roadmap-tracker:problem:too_large"
        assert push(client, [event()] * 1001, BATCH).status_code == 413
        assert push(client, event()).status_code == 200
        with socket.create_connection((client.base_url.host, client.base_url.port), timeout=30) as raw:
            head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKENS['quays']}\r\n"
            kind = f"Content-Type: {SINGLE}\r\nTransfer-Encoding: chunked\r\n\r\n"
            raw.sendall(f"{head}{kind}{100_001:x}\r\n".encode() + b" " * 100_001 + b"\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", SINGLE, 400),
        (b"[]", SINGLE, 400),
        (event(), BATCH, 400),
        (ROW, "application/json", 400),
        (event(), "text/plain", 415),
        (b"Code;As of", "text/csv", 415),
    ],
)
def test_what_is_no_event_is_told_so_in_both_languages(client, desk, body, media_type, status):
    answer = push(client, body, media_type)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json()["detail"].endswith(".")
    assert answer.json()["detail_fa"].endswith(".")
    assert rows(desk.engine, "select count(*) from batch where channel = 'push'") == [(0,)]


def test_what_is_compressed_is_not_unpacked(client):
    assert push(client, b"\x1f\x8b", **{"content-encoding": "gzip"}).status_code == 415


def test_other_addresses_and_methods_are_problems_too_and_no_answer_names_the_server(client):
    found = [
        client.get("/"),
        client.get("/docs"),
        client.get("/events"),
        client.options("/events"),
        client.get("/healthz"),
    ]
    assert [answer.status_code for answer in found] == [404, 404, 405, 405, 200]
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in found[:4])
    for answer in found:
        assert not {"server", "access-control-allow-origin"} & set(answer.headers)


def test_one_request_more_than_there_is_room_for_is_told_to_come_again(client, monkeypatch):
    monkeypatch.setattr(endpoint, "MOST_REQUESTS", 1)
    arrived, go_on = threading.Event(), threading.Event()

    def slow():
        arrived.set()
        yield b" "
        assert go_on.wait(30)
        yield json.dumps(event()).encode()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/events", content=slow(), headers={"content-type": SINGLE})
        assert arrived.wait(30)
        deadline = time.monotonic() + 20
        while (answer := push(client, b"{}")).status_code != 503 and time.monotonic() < deadline:
            pass
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        go_on.set()
        assert first.result().status_code == 200
    assert push(client, event()).json()["repeated"]


def test_a_request_that_never_ends_is_given_up(client, monkeypatch):
    monkeypatch.setattr(endpoint, "_BODY_SECONDS", 0.2)
    over = threading.Event()

    def stuck():
        yield b"{"
        over.wait(0.6)

    assert client.post("/events", content=stuck(), headers={"content-type": SINGLE}).status_code == 408


def test_a_sender_that_hangs_up_leaves_the_endpoint_well(client, desk):
    def broken():
        yield b"{"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        client.post("/events", content=broken(), headers={"content-type": SINGLE})
    assert push(client, event()).status_code == 200


def test_more_rejects_than_an_answer_holds_are_counted_and_the_rest_is_in_the_ledger(client, desk, monkeypatch):
    monkeypatch.setattr(endpoint, "_MOST_REJECTS", 3)
    wrong = [ROW | {"percent": 101, "effective": f"2026-10-{day:02}"} for day in range(1, 3)]
    first, second = push(client, [event(wrong, id="a"), event(wrong, id="b")], BATCH).json()
    assert (len(first["rejects"]), first["more_rejects"]) == (2, False)
    assert (len(second["rejects"]), second["more_rejects"], second["rejected"]) == (1, True, 2)
    assert rows(desk.engine, "select count(*) from reject") == [(4,)]


def test_what_nobody_has_thought_of_is_a_problem_without_particulars(client, monkeypatch, caplog):
    def broken(*_given):
        message = "secret particulars"
        raise RuntimeError(message)

    monkeypatch.setattr(delivery, "deliver", broken)
    answer = push(client, event())
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    eventually(lambda: "secret particulars" in caplog.text)


def test_up_says_where_to_push(desk, settings):
    said: list[str] = []
    urls = Urls("http://127.0.0.1:1", "http://127.0.0.1:2", "admin", Path("passwords.json"), push="http://127.0.0.1:3")
    running._go(settings, urls, said.append)
    assert any("http://127.0.0.1:3/events" in line for line in said)


def environment(settings, **more):
    """What `roadmap up` tells the endpoint's process."""
    told = {"STATE_DIR": settings.state_dir, "PROGRAMME": settings.programme, "DEMO": False} | more
    told["DATABASE_URL"] = settings.database_url
    return dict(os.environ) | {f"ROADMAP_{name}": str(value) for name, value in told.items()}


def test_the_process_answers_logs_a_line_a_request_without_a_token_and_ends_when_asked(desk, settings, tmp_path):
    port = ports.choose("127.0.0.1", wanted=None, first=8600, setting="")
    url, header = f"http://127.0.0.1:{port}", {"authorization": f"Bearer {TOKENS['quays']}"}
    variables = environment(settings, PUSH_PORT=port, PUSH_TOKEN_QUAYS=TOKENS["quays"])
    command = [sys.executable, "-m", "roadmap.push"]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, env=variables, stderr=log) as process:
        try:
            eventually(lambda: process.poll() is not None or health.answers(f"{url}/healthz"))
            with httpx.Client(base_url=url, headers=header, timeout=60, trust_env=False) as client:
                assert push(client, event()).json()["accepted"] == 1
                assert (
                    client.post(f"/events?token={TOKENS['quays']}", headers={"authorization": "x"}).status_code == 401
                )
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 128 + signal.SIGTERM
    told = (tmp_path / "log").read_text(encoding="utf-8")
    lines = [line.partition(" INFO ")[2] for line in told.splitlines() if "/events" in line]
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        "127.0.0.1 quays POST /events 200",
        "127.0.0.1 - POST /events 401",
    ]
    assert TOKENS["quays"] not in told
    assert "Traceback" not in told


def test_a_token_for_no_commission_keeps_the_process_from_starting_in_one_sentence(desk, settings):
    variables = environment(settings, PUSH_TOKEN_NOBODY="n" * 40)
    command = [sys.executable, "-m", "roadmap.push"]
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("roadmap: Setting ROADMAP_PUSH_TOKEN_NOBODY stands for no comm")
    assert "n" * 40 not in ended.stderr


def test_while_the_database_is_away_the_answer_is_503_and_afterwards_all_goes_on(harbour, settings):
    with tempfile.TemporaryDirectory(prefix="roadmap-test-") as folder:
        place = Path(folder)
        try:
            urls = embedded.start(place)
            database.migrate(urls.owner, urls.application)
            engine = database.connect(urls.application)
            establish(engine, harbour, organisation.units(harbour))
            with knocking(Desk(engine, harbour, SHELL), settings) as client:
                assert push(client, event()).status_code == 200
                embedded.stop(place)
                answer = push(client, event(ROW | {"effective": "2026-10-30"}, id="e-2"))
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
                assert answer.headers["content-type"] == "application/problem+json"
                assert push(client, [event(), event(id="e-3")], BATCH).status_code == 503
                assert client.get("/healthz").status_code == 200
                embedded.start(place)
                assert push(client, event()).json()["repeated"]
                assert counts(push(client, event(ROW | {"effective": "2026-10-30"}, id="e-2")).json()) == (1, 1, 0, 0)
            engine.dispose()
        finally:
            embedded.stop(place)


FRACTIONS = [ROW | {"effective": f"2026-10-{day:02}", "percent": 0.4} for day in range(1, 26)]
CONTRACT = {"dataschema": envelope.SCHEMA}


def test_an_event_that_is_held_back_is_answered_as_a_problem_and_goes_in_when_it_is_released(client, desk, settings):
    answer = client.post("/events", json=event(FRACTIONS, **CONTRACT), headers={"content-type": SINGLE})
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/problem+json")
    assert (told["type"], told["held"], told["rows_read"]) == ("urn:roadmap-tracker:problem:held", True, 0)
    assert "25 of 25 rows that have begun stand below one percent" in told["rejects"][0]["en"]
    again = client.post("/events", json=[event(FRACTIONS, **CONTRACT)], headers={"content-type": BATCH})
    assert [(each["batch"], each["status"]) for each in again.json()] == [(told["batch"], 202)]
    receipt = reopening.release(desk, settings, told["batch"], reason="So it is.", day=TODAY)
    assert (receipt.channel, receipt.accepted, receipt.refused) == ("push", 25, False)
    (third,) = client.post("/events", json=[event(FRACTIONS, **CONTRACT)], headers={"content-type": BATCH}).json()
    assert (third["batch"], third["repeated"], third["held"]) == (receipt.batch, True, False)
