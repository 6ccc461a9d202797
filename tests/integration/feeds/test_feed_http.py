"""Feeds over HTTP: what comes in, and what of it is new."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.feeding import counts, cursor, events, pull, put_away, told, waiting
from tests.office import FEED, TOKEN, row


def paged(*pages: list[object], form: str = "body") -> Callable[[Request], Response]:
    """Answers page after page, told in the answer or in its Link."""

    def answer(request: Request) -> Response:
        number = int(request.query_params.get("page", "0"))
        following = f"?page={number + 1}" if number + 1 < len(pages) else None
        if form == "link":
            link = {"Link": f'<{following}>; rel="next"'} if following else {}
            return JSONResponse(pages[number], headers=link)
        return JSONResponse({"data": {"items": pages[number]}, "paging": {"next": following}})

    return answer


# what comes in


def test_records_of_all_pages_become_one_file_and_one_receipt(office, engine, settings):
    config = told(settings, FEED + 'records = "data.items"\nnext = "paging.next"')
    office.answer = paged([row(10)], [row(20, **{"As of": "2026-11-10"})], [])
    (receipt,) = pull(config)
    assert counts(receipt) == (2, 2, 0, 0)
    assert receipt.source.startswith("http-")
    assert events(engine) == [("Q-1", "2026-10-31", 10.0), ("Q-1", "2026-11-10", 20.0)]
    assert put_away(config) == [f"{receipt.batch:06}-{receipt.source}"]
    assert waiting(config) == []
    assert office.header("authorization") == [TOKEN] * 3


def test_pages_that_the_header_link_tells_are_followed(office, engine, settings):
    office.answer = paged([row(10)], [row(20, **{"As of": "2026-11-10"})], form="link")
    (receipt,) = pull(told(settings, FEED))
    assert counts(receipt) == (2, 2, 0, 0)


def test_a_login_is_sent_as_basic_authentication(office, settings, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", f"http://user:pw@127.0.0.1:{office.port}/")
    pull(told(settings, FEED))
    assert office.header("authorization") == ["Basic dXNlcjpwdw=="]


def test_texts_arrive_as_they_were_sent(office, engine, settings):
    half = json.dumps([row(10, Remarks="کار «آغاز» شد"), row(20, Remarks="\ud800", **{"As of": "2026-11-10"})])
    office.answer = lambda _: Response(half)
    (receipt,) = pull(told(settings, FEED))
    assert counts(receipt) == (2, 1, 0, 1)  # half a surrogate pair is no text, and is told as that
    assert "کار «آغاز» شد" in (settings.state_dir / "done" / "quays" / put_away(settings)[0]).read_text("utf-8")


# what is new


def test_where_nothing_is_new_there_is_no_file_and_no_receipt(office, engine, settings):
    config = told(settings, FEED)
    assert pull(config) == []
    assert cursor(engine) is None
    office.say(row(10))
    (receipt,) = pull(config)
    assert cursor(engine)[1] == receipt.batch
    assert pull(config) == []
    assert (len(put_away(config)), waiting(config)) == (1, [])


def test_the_mark_of_an_answer_is_sent_back_until_it_is_another_one(office, engine, settings):
    def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=304)
        return JSONResponse([row(percent)], headers={"ETag": mark})

    mark, percent = '"one"', 10
    office.answer, config = answer, told(settings, FEED)
    assert len(pull(config)) == 1
    assert pull(config) == []
    mark, percent = '"two"', 20
    assert len(pull(config)) == 1
    assert office.header("if-none-match") == [None, '"one"', '"one"']


def test_the_mark_of_the_first_of_several_pages_is_not_taken_for_all_of_them(office, settings):
    second = [row(20, **{"As of": "2026-11-10"})]

    def answer(request: Request) -> Response:
        if request.headers.get("if-none-match"):
            return Response(status_code=304)
        if "page" in request.query_params:
            return JSONResponse(second, headers={"ETag": '"two"'})
        return JSONResponse([row(10)], headers={"ETag": '"one"', "Link": '<?page=2>; rel="next"'})

    office.answer, config = answer, told(settings, FEED)
    assert len(pull(config)) == 1
    second[0] = row(30, **{"As of": "2026-11-10"})
    assert len(pull(config)) == 1


@pytest.mark.parametrize("exclusive", [True, False])
def test_only_what_is_newer_than_the_cursor_is_asked_for(office, engine, settings, exclusive):
    records = [row(10, at=9), row(20, at=10, **{"As of": "2026-11-10"})]

    def answer(request: Request) -> Response:
        since = int(request.query_params.get("after", "0")) + exclusive
        return JSONResponse([record for record in records if record["at"] >= since])

    office.answer, config = answer, told(settings, FEED + 'since = "after"\ncursor = "at"')
    assert [counts(receipt) for receipt in pull(config)] == [(2, 2, 0, 0)]
    again = pull(config)  # a server that also hands out what it handed out last is asked once more
    assert [counts(receipt) for receipt in again] == ([] if exclusive else [(1, 0, 1, 0)])
    assert pull(config) == []
    records.append(row(30, at=11, **{"As of": "2026-11-11"}))
    assert [receipt.accepted for receipt in pull(config)] == [1]
    assert {request.query_params.get("after") for request in office.asked} == {None, "10"}
    assert [percent for _, _, percent in events(engine)] == [10, 20, 30]


def test_a_changed_entry_is_asked_from_the_start_and_the_log_knows_what_it_has(office, engine, settings):
    office.say(row(10, at="2026-11-01T00:00:00Z"))
    since = 'since = "after"\ncursor = "at"\n'
    pull(told(settings, FEED + since))
    (receipt,) = pull(told(settings, FEED.replace("reports", "others") + since))
    assert office.asked[-1].query_params.get("after") is None
    assert len(events(engine)) == 1
    assert cursor(engine)[1] == receipt.batch
