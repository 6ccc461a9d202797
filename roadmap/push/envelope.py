"""CloudEvents 1.0 as they come over HTTP: structured, batched or binary. The reports inside stay unread.

Only the envelope is read here. `data` is seen to be JSON and is otherwise kept as the bytes that came: the parser's own
process reads it, within its limits, and a number stays as its sender wrote it. (The CloudEvents SDK reads data into
objects, and makes up an id where there is none; with ids as the key of what was sent, that would take things twice.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from msgspec import Raw

from roadmap.push.problems import Problem

TYPE: Final = "roadmap.progress_report.v1"
#: What `dataschema` says of rows in the contract's own form (the `$id` of the published schema).
SCHEMA: Final = "urn:roadmap-tracker:progress_report:v1"
JSON: Final = "application/json"
MOST_EVENTS: Final = 1_000
#: Characters of an id, and of a source.
LONGEST: Final = 200

_PREFIX: Final = "ce-"
_IN_HEADERS: Final = ("specversion", "id", "source", "type", "dataschema")
_SPACE: Final = b" \t\r\n"


@dataclass(frozen=True)
class Event:
    """An event fit to be delivered: `source` and `id` tell it from every other one of its commission.

    `rows` is a JSON document in the form of a json feed's file. `by_contract`: its sender says that it is in the
    contract's own form, whatever the feed says.
    """

    source: str
    id: str
    rows: bytes
    by_contract: bool


class _Envelope(msgspec.Struct):
    specversion: str = ""
    id: str = ""
    source: str = ""
    type: str = ""
    datacontenttype: str = JSON
    dataschema: str | None = None
    data: Raw = Raw()
    data_base64: bytes | None = None


#: Reading ends at the first element too many: a list that is read first and counted then could be of ten million.
_Batch: Final = msgspec.defstruct(
    "_Batch", [(f"e{n}", Raw, Raw()) for n in range(MOST_EVENTS)], array_like=True, forbid_unknown_fields=True
)


def read_single(body: bytes) -> Event:
    """The event of a structured request; Problem where it is none."""
    return _event(_decoded(body, _Envelope))


def read_batch(body: bytes) -> list[Event | Problem]:
    """The events of a batch in their order, for one that is none its Problem; Problem where it is no batch at all."""
    if not body.lstrip(_SPACE).startswith(b"["):
        raise Problem("not_an_event", reason="a batch is a list")
    batch = _decoded(body, _Batch, unfit="too_many_events")
    return [_event_or_problem(element) for element in msgspec.structs.astuple(batch) if len(element)]


def read_binary(headers: Mapping[str, str], body: bytes) -> Event:
    """The event of a request that has the attributes in its headers and the rows as its body; Problem where not."""
    found = {name: headers[_PREFIX + name] for name in _IN_HEADERS if _PREFIX + name in headers}
    if not found:
        raise Problem("not_an_event", reason="no ce- headers")
    attributes: dict[str, Any] = {name: _unquoted(name, value) for name, value in found.items()}
    _decoded(body, Raw)
    return _event(_Envelope(**attributes, data=Raw(body)))


def _event_or_problem(element: Raw) -> Event | Problem:
    try:
        return read_single(bytes(element))
    except Problem as problem:
        return problem


def _event(envelope: _Envelope) -> Event:
    """The event in `envelope`, whose attributes are what they have to be."""
    for name in ("id", "source"):
        if not 1 <= len(getattr(envelope, name)) <= LONGEST:
            raise Problem("attribute_text", name=name, limit=LONGEST)
    _insist("specversion", envelope.specversion, "1.0")
    _insist("type", envelope.type, TYPE)
    _insist("datacontenttype", envelope.datacontenttype.partition(";")[0].strip().lower(), JSON)
    if envelope.dataschema is not None:
        _insist("dataschema", envelope.dataschema, SCHEMA)
    return Event(envelope.source, envelope.id, _rows(_data(envelope)), by_contract=envelope.dataschema is not None)


def _insist(name: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise Problem("attribute_value", name=name, wanted=wanted)


def _data(envelope: _Envelope) -> bytes:
    if envelope.data_base64 is None:
        return bytes(envelope.data)
    if len(envelope.data):
        raise Problem("not_an_event", reason="data and data_base64")
    _decoded(envelope.data_base64, Raw)
    return envelope.data_base64


def _rows(data: bytes) -> bytes:
    """`data` as a list of rows: a single row becomes a list of one, and nothing becomes what is no list."""
    bare = data.strip(_SPACE) or b"null"
    return b"[" + bare + b"]" if bare.startswith(b"{") else bare


def _unquoted(name: str, value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise Problem("not_an_event", reason=f"{name} is not percent-encoded UTF-8") from None


def _decoded(body: bytes, kind: Any, *, unfit: str = "not_an_event") -> Any:  # noqa: ANN401 - of whatever kind
    try:
        str(body, "utf-8")  # in what stays raw nobody else looks
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Problem(unfit, reason=error, limit=MOST_EVENTS) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("not_json", reason=error) from None
