"""Where a commission's reports come from, and how its headers, words, days and numbers read: an entry of data.

An entry holds neither a server's address nor a secret: it names a `connection`, which each installation sets for
itself, as Airflow does (see docs/adding-a-feed.md).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from roadmap.domain.calendar import Calendar
from roadmap.domain.model import Value
from roadmap.feed_options import FeedOptions

#: Name of a connection; in capitals it ends the variable that holds it.
ConnectionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=64)]
#: Name of a view, with its schema in front of it if need be; never an expression.
ViewName = Annotated[str, StringConstraints(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)?$", max_length=127)]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=63)]
#: How often a commission's pull runs by the clock: parts of an hour, so that the hands say when.
Minutes = Literal[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]
#: How long a server may be silent, in seconds.
Patience = Annotated[float, Field(gt=0, le=600)]

#: Where a files feed may lie; its host, if there is one, belongs to the connection.
_HOSTLESS: Final = {"file", "sftp"}
_PLACES: Final = _HOSTLESS | {"s3"}


class Feed(Value):
    """What feeds of all kinds have. The local inbox of a commission is open whatever the kind."""

    kind: Literal["files", "http", "sql", "push"]
    format: Literal["xlsx", "csv", "json"]
    mapping: dict[str, str]
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    options: FeedOptions = FeedOptions()
    every_minutes: Minutes = 5

    @property
    def asked(self) -> bool:
        """Whether there is anything to ask beside the local inbox."""
        return self.kind in {"http", "sql"}


class FilesFeed(Feed):
    """Files that somebody puts into the inbox; with `url`, also those that lie in a folder elsewhere."""

    kind: Literal["files"]
    url: str | None = None
    pattern: Annotated[str, Field(min_length=1)] = "*"
    connection: ConnectionName | None = None

    @property
    def asked(self) -> bool:
        """Whether there is a folder elsewhere."""
        return self.url is not None

    @field_validator("url")
    @classmethod
    def _says_no_host_and_no_secret(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in _PLACES:
            raise ValueError(f"a folder's url begins with one of {', '.join(sorted(_PLACES))}, not with {parts.scheme}")
        if "@" in parts.netloc or (parts.netloc and parts.scheme in _HOSTLESS):
            raise ValueError("a url has no user, password or host; they belong to the connection")
        return url

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.url is not None and self.url.startswith("sftp:") and self.connection is None:
            raise ValueError("an sftp folder needs a connection, which says the host")
        return self


class HttpFeed(Feed):
    """Records that a server hands out as JSON, page by page.

    `records` and `next` are dotted places in the answer (`data.items`): of the list of records (empty: the answer is
    the list) and of the next page's address. Without `next` the header Link tells it. `since` is the query parameter
    that asks for what is newer than the largest value of the records' field `cursor`.
    """

    kind: Literal["http"]
    format: Literal["json"] = "json"
    connection: ConnectionName
    path: str
    records: str = ""
    next: str | None = None
    since: str | None = None
    cursor: str | None = None
    timeout_seconds: Patience = 30
    attempts: Annotated[int, Field(ge=1, le=10)] = 4

    @field_validator("path")
    @classmethod
    def _is_below_the_connection(cls, path: str) -> str:
        parts = urlsplit(path)
        if parts.scheme or parts.netloc:
            raise ValueError("a path has no host; it belongs to the connection")
        return path

    @model_validator(mode="after")
    def _asks_since_something(self) -> Self:
        if (self.since is None) != (self.cursor is None):
            raise ValueError("since (what is asked) and cursor (the field it is the largest value of) go together")
        return self


class SqlOptions(FeedOptions):
    """A view's rows are written here, in one way; only the calendar of days that it holds as text is its own."""

    date: Calendar = "gregorian"
    decimal: Literal["."] = "."
    encoding: Literal["utf-8"] = "utf-8"
    sheet: None = None
    delimiter: Literal[","] = ","


class SqlFeed(Feed):
    """Rows of a view in a PostgreSQL database; `cursor` is a column that grows whenever a row is new or changed."""

    kind: Literal["sql"]
    format: Literal["csv"] = "csv"
    options: SqlOptions = SqlOptions()
    connection: ConnectionName
    view: ViewName
    cursor: ColumnName
    timeout_seconds: Patience = 30


class PushFeed(Feed):
    """Reports that the sender brings as events, each by itself: nothing is asked for."""

    kind: Literal["push"]
    format: Literal["json"] = "json"


#: A commission's feed, as the programme file has it.
AnyFeed = Annotated[FilesFeed | HttpFeed | SqlFeed | PushFeed, Field(discriminator="kind")]
