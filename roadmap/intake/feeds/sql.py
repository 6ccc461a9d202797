"""A feed that is a view in another database: its rows from the cursor on become one csv file.

The other server writes every value as text, by settings that leave nothing to be guessed: days as ISO has them, a
point before decimals. Nothing but the view is asked for, in a transaction that cannot write.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from roadmap.errors import FeedUnavailableError, ProgrammeError
from roadmap.feed import SqlFeed
from roadmap.intake.feeds.connections import connection
from roadmap.intake.feeds.landing import Catch, Fetched, TooMuchError, catching, generated_name
from roadmap.intake.feeds.memory import Newest, recall
from roadmap.settings import Settings

_KINDS: Final = {"postgres", "postgresql"}
#: Rows that come over the wire together.
_BLOCK_ROWS: Final = 2_000
_MILLISECONDS: Final = 1000
#: Days and moments, as PostgreSQL numbers its types.
_DAYS: Final = frozenset(psycopg.postgres.types[name].oid for name in ("date", "timestamp", "timestamptz"))

_Session = psycopg.Connection[tuple[Any, ...]]


def fetch(feed: SqlFeed, cursor: str | None, folder: Path, settings: Settings) -> Iterator[Fetched]:
    """The view's rows from the cursor on, as one file in `folder`; none where there are none but those of last time.

    When the view hands out more than a file may hold, the file has the beginning and is longer than it may be.

    Raises:
        FeedUnavailableError: the database is away or too slow.
        ProgrammeError: the connection is missing, or the view or its cursor is not as the feed says.
    """
    known = recall(Newest, feed, cursor)
    with catching(settings) as catch:
        try:
            with _told(feed), _connected(feed, settings) as session:
                found = _caught(session, feed, known, catch)
        except TooMuchError as error:
            catch.overflow(error.content)
            found = known.model_copy(update={"digest": catch.digest})
        if catch.size and catch.digest != known.digest:
            path = folder / generated_name(feed.kind, ".csv")
            catch.lay(path)
            yield Fetched(path, found.text())


@contextmanager
def _connected(feed: SqlFeed, settings: Settings) -> Iterator[_Session]:
    """A transaction that reads, and waits no longer than the feed's patience for each answer."""
    to = connection(feed.connection, settings)
    if to.kind not in _KINDS or not to.host:
        message = (
            f"The connection {feed.connection!r} is not of a PostgreSQL server; give postgres://user@host/database."
        )
        raise ProgrammeError(message)
    where = {"host": to.host, "port": to.port, "dbname": to.scheme or None, "user": to.login, "password": to.secret}
    options: dict[str, Any] = {**to.texts, **where, "connect_timeout": max(int(feed.timeout_seconds), 2)}
    with psycopg.connect(**options) as session:
        session.read_only = True
        limit = str(int(feed.timeout_seconds * _MILLISECONDS))
        for name, value in (("statement_timeout", limit), ("lock_timeout", limit), ("datestyle", "ISO, YMD")):
            session.execute("select set_config(%s, %s, true)", (name, value))
        yield session


def _caught(session: _Session, feed: SqlFeed, known: Newest, catch: Catch) -> Newest:
    """Writes the rows into `catch` below a header, nothing where there is none; what to remember.

    Its digest is of what the next asking hands out where nothing is new: rows without a cursor and those of its
    largest value.
    """
    columns = _columns(session, feed)
    place, newest = columns.index(feed.cursor), None
    always = again = hashlib.sha256(_line(columns))
    with session.cursor("feed") as rows:
        rows.itersize = _BLOCK_ROWS
        rows.execute(_question(feed, columns, known.since))
        for row in rows:
            line = _line(row)
            catch.write(line if catch.size else _line(columns) + line)
            if row[place] != newest:  # those without one come first
                newest, again = row[place], always.copy()
            again.update(line)
    return Newest(feed=known.feed, since=newest or known.since, digest=again.hexdigest())


def _columns(session: _Session, feed: SqlFeed) -> list[str]:
    """The view's columns, if they are as the feed says."""
    described = session.execute(sql.SQL("select * from {} limit 0").format(_view(feed))).description or []
    names = [column.name for column in described]
    if feed.cursor not in names:
        message = f"The view {feed.view} has no column {feed.cursor!r} (cursor); it has: {', '.join(names)}."
        raise ProgrammeError(message)
    mapped = [column.name for column in described if column.type_code in _DAYS and column.name in feed.mapping]
    if mapped and feed.options.date != "gregorian":
        message = (
            f"The view {feed.view} holds days in {', '.join(mapped)}, which are Gregorian; set options.date to it."
        )
        raise ProgrammeError(message)
    return names


def _question(feed: SqlFeed, columns: list[str], since: str | None) -> sql.Composed:
    """Every row from the cursor on, smallest first; rows without one are asked for always, so that none is lost."""
    cursor = sql.Identifier(feed.cursor)
    texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in columns)
    newer: sql.Composable = sql.SQL("")
    if since is not None:  # as a literal: a column's name may have a percent sign, which parameters do not go with
        newer = sql.SQL("where {0} >= {1} or {0} is null").format(cursor, sql.Literal(since))
    question = sql.SQL("select {} from {} {} order by {} nulls first")
    return question.format(texts, _view(feed), newer, cursor)


def _view(feed: SqlFeed) -> sql.Identifier:
    return sql.Identifier(*feed.view.split("."))


def _line(cells: tuple[Any, ...] | list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


@contextmanager
def _told(feed: SqlFeed) -> Iterator[None]:
    """What the database says, in a sentence: wrong questions are for an operator, anything else may pass."""
    try:
        yield
    except psycopg.errors.QueryCanceled:
        message = f"The view {feed.view} did not answer within {feed.timeout_seconds:g} s; it is asked again later."
        raise FeedUnavailableError(message) from None
    except (psycopg.ProgrammingError, psycopg.DataError) as error:
        reason = error.diag.message_primary or type(error).__name__
        message = f"The view {feed.view} cannot be asked ({reason}); correct the feed or its rights."
        raise ProgrammeError(message) from None
    except psycopg.Error as error:
        message = (
            f"The database of connection {feed.connection!r} is away ({type(error).__name__}); it is asked again later."
        )
        raise FeedUnavailableError(message) from None
