"""What is remembered of a feed from one asking to the next: the text of its cursor.

A cursor is of the feed that it was kept for. When that feed's entry changes, be it only in its mapping, everything is
asked for once more: what is known already the log tells apart.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from roadmap.feed import Feed

_Memory = TypeVar("_Memory", bound="Memory")

#: How a feed is asked, not for what: a change of these changes nothing of what was handed out.
_MANNERS = {"every_minutes", "timeout_seconds", "attempts"}


class Memory(BaseModel):
    """What all kinds remember: `feed` is the fingerprint of the entry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed: str

    def text(self) -> str:
        """The cursor to keep."""
        return self.model_dump_json()


class Newest(Memory):
    """Up to which value records or rows were handed out, and the SHA-256 of the last of them as a file.

    `since` itself is asked for again, because others may come that share it; the digest tells when nothing did.
    """

    since: str | None = None
    digest: str | None = None


class Answered(Newest):
    """`etag` is the mark of the answer at `address`, which the server is asked to compare."""

    address: str | None = None
    etag: str | None = None


class Seen(Memory):
    """The files that were taken from a folder, each with its size and what else tells that it changed."""

    files: dict[str, tuple[int, str]] = Field(default_factory=dict)


def recall(kind: type[_Memory], feed: Feed, cursor: str | None) -> _Memory:
    """What `cursor` holds of `feed`; nothing where there is none, or it is of another feed."""
    mark = _fingerprint(feed)
    try:
        known = kind.model_validate_json(cursor or "")
    except ValidationError:
        return kind(feed=mark)
    return known if known.feed == mark else kind(feed=mark)


def _fingerprint(feed: Feed) -> str:
    return hashlib.sha256(feed.model_dump_json(exclude=_MANNERS).encode()).hexdigest()[:16]
