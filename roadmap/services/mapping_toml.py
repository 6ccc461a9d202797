"""A feed as the programme file has it, so that a mapping made on the board can be put there and reviewed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from roadmap.feed import Feed

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def as_toml(feed: Feed) -> str:
    """The tables `[commissions.feed]` of `feed`; read back they are the same feed."""
    told = {"kind": feed.kind, **feed.model_dump(mode="json", exclude_defaults=True, exclude_none=True)}
    values, options = told.pop("values", {}), told.pop("options", {})
    mapping = told.pop("mapping")
    tables = {
        "commissions.feed": told | {"format": feed.format},
        "commissions.feed.mapping": mapping,
        **{f"commissions.feed.values.{_key(field)}": words for field, words in values.items()},
        **({"commissions.feed.options": options} if options else {}),
    }
    return "\n".join(line for name, table in tables.items() for line in _table(name, table))


def _table(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{name}]"
    yield from (f"{_key(key)} = {_value(value)}" for key, value in table.items())
    yield ""


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(key))} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """A basic string of TOML, which is one of JSON but for the last of the control characters."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
