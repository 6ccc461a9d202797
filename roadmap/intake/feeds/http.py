"""A feed that hands out JSON records over HTTP: all pages of one asking become one file, a list of records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from urllib3.exceptions import ReadTimeoutError

from roadmap.errors import FeedUnavailableError
from roadmap.feed import HttpFeed
from roadmap.intake.feeds.connections import connection
from roadmap.intake.feeds.landing import Catch, Fetched, TooMuchError, catching, generated_name
from roadmap.intake.feeds.memory import Answered, recall
from roadmap.intake.feeds.session import Session
from roadmap.settings import Settings

_PIECE_BYTES: Final = 64 * 1024
#: More pages than this are a server that goes round in a circle.
_MOST_PAGES: Final = 10_000

Record = dict[str, Any]


class Page(NamedTuple):
    """One answer: its records, where the next one is, and the server's mark of this one."""

    records: list[Record]
    following: str | None
    etag: str | None


def fetch(feed: HttpFeed, cursor: str | None, folder: Path, settings: Settings) -> Iterator[Fetched]:
    """What is new at the feed's server, as one file in `folder`; none where nothing is.

    When the server hands out more than a file may hold, the file has the beginning and is longer than it may be.

    Raises:
        FeedUnavailableError: the server is away, slow, refuses, or answers what is no list of records.
        ProgrammeError: its connection is missing.
    """
    known = recall(Answered, feed, cursor)
    with Session(connection(feed.connection, settings), attempts=feed.attempts) as session, catching(settings) as catch:
        try:
            found = _caught(_Asking(feed, session, settings.max_file_bytes), known, catch)
        except TooMuchError as error:
            catch.overflow(error.content)
            found = known.model_copy(update={"digest": catch.digest})
        if found is not None and found.digest != known.digest:
            path = folder / generated_name(feed.kind, ".json")
            catch.lay(path)
            yield Fetched(path, found.text())


def _caught(asking: _Asking, known: Answered, catch: Catch) -> Answered | None:
    """Writes every record that is handed out into `catch`; what to remember of it, None where there was none."""
    first, since, etag, pages = asking.address(known.since), known.since, None, 0
    for page in asking.pages(first, known.etag if known.address == first else None):
        for record in page.records:
            catch.write((b",\n" if catch.size else b"[") + _written(record))
            since = _newest(since, record.get(asking.feed.cursor or ""))
        etag, pages = page.etag, pages + 1
    if not catch.size:
        return None
    catch.write(b"]\n")
    # The mark of the first of several pages says nothing of the others.
    mark = etag if pages == 1 else None
    return Answered(feed=known.feed, since=since, digest=catch.digest, address=first, etag=mark)


class _Asking:
    """One asking of one feed, page after page, all of them together not larger than `limit` bytes."""

    def __init__(self, feed: HttpFeed, session: Session, limit: int) -> None:
        self.feed, self._session, self._left = feed, session, limit

    def address(self, since: str | None) -> str:
        """Of the first page."""
        address = f"{self._session.base.rstrip('/')}/{self.feed.path.lstrip('/')}"
        if self.feed.since is None or since is None:
            return address
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode({self.feed.since: since})}"

    def pages(self, first: str, etag: str | None) -> Iterator[Page]:
        """Each page, and none where the server says that `etag` still holds."""
        address: str | None = first
        for _ in range(_MOST_PAGES):
            if address is None:
                return
            page = self._page(address, etag)
            if page is None:
                return
            yield page
            address, etag = page.following, None
        raise self._failure(f"goes on after {_MOST_PAGES} pages")

    def _page(self, address: str, etag: str | None) -> Page | None:
        with self._told(), self._session.ask(address, etag=etag, timeout=self.feed.timeout_seconds) as answer:
            if answer.status_code == HTTPStatus.NOT_MODIFIED:
                return None
            if answer.status_code != HTTPStatus.OK:
                raise self._failure(f"answers with status {answer.status_code}")
            document = _document(self._content(answer))
            return Page(self._records(document), self._following(document, answer), answer.headers.get("ETag"))

    def _content(self, answer: requests.Response) -> bytes:
        pieces = []
        for piece in answer.iter_content(_PIECE_BYTES):
            self._left -= len(piece)
            pieces.append(piece)
            if self._left < 0:
                raise TooMuchError(b"".join(pieces))
        return b"".join(pieces)

    def _records(self, document: object) -> list[Record]:
        records = _at(document, self.feed.records)
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise self._failure(f"has no list of records at {self.feed.records or 'the top of its answer'!r}")
        return records

    def _following(self, document: object, answer: requests.Response) -> str | None:
        """Where the next page is: told in the answer itself or, where the feed names no place in it, by its Link."""
        told = _at(document, self.feed.next) if self.feed.next else answer.links.get("next", {}).get("url")
        return urljoin(answer.url, str(told)) if told else None

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever goes wrong on the way, in a sentence without addresses: in those there may be secrets."""
        try:
            yield
        except (requests.ConnectionError, requests.Timeout) as error:
            if _is_slow(error):
                raise self._failure(f"did not answer within {self.feed.timeout_seconds:g} s") from None
            raise self._failure("cannot be reached, or broke the connection off") from None
        except (requests.RequestException, UnicodeError, ValueError, RecursionError) as error:
            raise self._failure(f"answers what cannot be read ({type(error).__name__})") from None

    def _failure(self, what: str) -> FeedUnavailableError:
        return FeedUnavailableError(
            f"The server of connection {self.feed.connection!r} {what}; it is asked again later."
        )


def _is_slow(error: requests.RequestException) -> bool:
    """Whether the server was silent: told by the class, or by what is wrapped, after several attempts twice."""
    cause = error.args[0] if error.args else error
    return isinstance(error, requests.Timeout) or isinstance(getattr(cause, "reason", cause), ReadTimeoutError)


def _document(content: bytes) -> object:
    return json.loads(content, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> Record:
    """An object that names nothing twice: Python would keep the last value in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("repeated name")
    return found


def _at(document: Any, place: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """What stands at the dotted `place` of `document`; None where there is none."""
    for name in place.split(".") if place else ():
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _written(record: Record) -> bytes:
    """One line; half of a surrogate pair, which UTF-8 does not have, stays the escape that it was."""
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _newest(newest: str | None, value: object) -> str | None:
    """The larger of two values of a cursor; one that is no text or number does not count."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return newest
    return str(value) if newest is None else max(newest, str(value), key=_rank)


def _rank(value: str) -> tuple[bool, Decimal, str]:
    """Numbers by their size, before all texts; texts, such as ISO times, by their letters."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return True, Decimal(0), value
    return (not number.is_finite(), number if number.is_finite() else Decimal(0), value)
