"""CloudEvents as they come: what is one, what is none and why, and that rows stay as their sender wrote them."""

from __future__ import annotations

import base64
import json

import pytest

from roadmap.intake import contracts
from roadmap.push import envelope
from roadmap.push.envelope import Event
from roadmap.push.problems import Problem

ATTRIBUTES = {"specversion": "1.0", "id": "e-1", "source": "/hr", "type": "roadmap.progress_report.v1"}


def written(data: str = "{}", **changes: object) -> bytes:
    """An event in JSON with `data` as it stands; an attribute that is None is left out."""
    attributes = {name: value for name, value in (ATTRIBUTES | changes).items() if value is not None}
    return f'{json.dumps(attributes)[:-1]}, "data": {data}}}'.encode()


def headers(**changes: str) -> dict[str, str]:
    return {f"ce-{name}": value for name, value in (ATTRIBUTES | changes).items()}


def refused(read, *given) -> Problem:
    with pytest.raises(Problem) as found:
        read(*given)
    return found.value


def test_an_event_is_known_by_its_source_and_id():
    assert envelope.read_single(written()) == Event("/hr", "e-1", b"[{}]", by_contract=False)


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (' {"percent": 8.10} ', b'[{"percent": 8.10}]'),
        ('[{"a": 1e400}, {"a": 1, "a": 2}]', b'[{"a": 1e400}, {"a": 1, "a": 2}]'),
        ("null", b"null"),
        ('"rows"', b'"rows"'),
    ],
)
def test_rows_stay_as_they_were_written_and_one_becomes_a_list_of_one(data, rows):
    assert envelope.read_single(written(data)).rows == rows


def test_an_event_without_data_is_an_event_without_rows():
    assert envelope.read_single(json.dumps(ATTRIBUTES).encode()).rows == b"null"


def test_data_may_come_as_base64_but_not_beside_data():
    packed = base64.b64encode(b'[{"milestone": "Q-1"}]').decode()
    assert envelope.read_single(json.dumps(ATTRIBUTES | {"data_base64": packed}).encode()).rows.startswith(b'[{"mile')
    assert refused(envelope.read_single, written(data_base64=packed)).code == "not_an_event"
    torn = base64.b64encode(b'[{"milestone"').decode()
    assert refused(envelope.read_single, json.dumps(ATTRIBUTES | {"data_base64": torn}).encode()).code == "not_json"


def test_extensions_and_what_else_cloudevents_knows_are_let_be():
    more = {"time": "2026-11-21T10:00:00Z", "subject": "October", "traceparent": "00-a-b-01"}
    assert envelope.read_single(written(**more, datacontenttype="Application/JSON; charset=utf-8")).id == "e-1"


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"id": None}, "attribute_text", "id"),
        ({"id": ""}, "attribute_text", "id"),
        ({"id": "x" * 201}, "attribute_text", "id"),
        ({"source": None}, "attribute_text", "source"),
        ({"id": 7}, "not_an_event", "$.id"),
        ({"specversion": "0.3"}, "attribute_value", "specversion"),
        ({"specversion": None}, "attribute_value", "specversion"),
        ({"type": "com.example.thing"}, "attribute_value", "type"),
        ({"datacontenttype": "text/csv"}, "attribute_value", "datacontenttype"),
        ({"dataschema": "https://example.org/other"}, "attribute_value", "dataschema"),
        ({"dataschema": ""}, "attribute_value", "dataschema"),
    ],
)
def test_an_attribute_that_is_not_what_it_has_to_be_is_named_in_both_languages(changes, code, named):
    problem = refused(envelope.read_single, written(**changes))
    assert (problem.code, problem.status) == (code, 400)
    assert named in problem.en
    assert named in problem.fa


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"id": "a",}', b'{"data": NaN}', b'{"id": "\xff"}', b'{"id": "\\ud800"}', b"[" * 200_000, b"{} {}"],
)
def test_what_is_not_json_is_told_so(body):
    assert refused(envelope.read_single, body).code in {"not_json", "not_an_event"}
    assert refused(envelope.read_single, b'{"data": ' + body + b"}").code == "not_json"


def test_the_schema_that_may_be_named_is_the_published_one():
    assert json.loads(contracts._schema("progress_report.v1.json"))["$id"] == envelope.SCHEMA
    assert envelope.read_single(written(dataschema=envelope.SCHEMA)).by_contract


def test_a_batch_keeps_its_order_and_one_that_is_none_keeps_nobody():
    found = envelope.read_batch(b"[" + b", ".join([written(), b"7", written(id="e-2"), b'{"id": "e-3"}']) + b"]")
    assert [each.id if isinstance(each, Event) else each.code for each in found] == [
        "e-1",
        "not_an_event",
        "e-2",
        "attribute_text",
    ]
    assert envelope.read_batch(b" [] ") == []


def test_a_batch_may_have_a_thousand_events_and_not_one_more():
    assert len(envelope.read_batch(b"[" + b",".join([written()] * 1000) + b"]")) == 1000
    problem = refused(envelope.read_batch, b"[" + b",".join([written()] * 1001) + b"]")
    assert (problem.code, problem.status) == ("too_many_events", 413)


@pytest.mark.parametrize(("body", "code"), [(written(), "not_an_event"), (b"[1,", "not_json"), (b"", "not_an_event")])
def test_what_is_no_batch_at_all_is_refused_whole(body, code):
    assert refused(envelope.read_batch, body).code == code


def test_in_binary_mode_the_attributes_stand_in_the_headers_percent_encoded():
    found = envelope.read_binary(
        headers(source="/%D9%85%D9%86%D8%A7%D8%A8%D8%B9%20hr", dataschema=envelope.SCHEMA), b"[]"
    )
    assert found == Event("/منابع hr", "e-1", b"[]", by_contract=True)


@pytest.mark.parametrize(
    ("given", "body", "code"),
    [
        ({}, b"[]", "not_an_event"),
        (headers(id="%FF"), b"[]", "not_an_event"),
        (headers(id=""), b"[]", "attribute_text"),
        (headers(), b"[", "not_json"),
        (headers(), b"", "not_json"),
    ],
)
def test_a_binary_request_that_is_no_event_is_refused(given, body, code):
    assert refused(envelope.read_binary, given, body).code == code
