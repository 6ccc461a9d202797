from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from roadmap.feed import AnyFeed, FilesFeed, HttpFeed, PushFeed, SqlFeed
from roadmap.intake.feeds import memory

FEEDS: TypeAdapter[AnyFeed] = TypeAdapter(AnyFeed)

FILES = {"kind": "files", "format": "csv"}
HTTP = {"kind": "http", "connection": "registry", "path": "/reports"}
SQL = {"kind": "sql", "connection": "registry", "view": "office.reports", "cursor": "changed"}


def feed(entry: dict[str, object], **more: object) -> AnyFeed:
    return FEEDS.validate_python({"mapping": {"Code": "milestone"}} | entry | more)


@pytest.mark.parametrize(
    ("entry", "kind", "asked"),
    [
        (FILES, FilesFeed, False),
        (FILES | {"url": "s3://bucket/folder"}, FilesFeed, True),
        (HTTP, HttpFeed, True),
        (SQL, SqlFeed, True),
        ({"kind": "push"}, PushFeed, False),
    ],
)
def test_the_kind_says_what_else_a_feed_has_and_whether_it_is_asked(entry, kind, asked):
    found = feed(entry)
    assert isinstance(found, kind)
    assert found.asked is asked
    assert found.every_minutes == 5


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"kind": "post"}, "post"),
        (HTTP | {"format": "csv"}, "format"),
        (HTTP | {"path": "https://elsewhere.example/reports"}, "a path has no host"),
        (HTTP | {"path": "//elsewhere.example/reports"}, "a path has no host"),
        (HTTP | {"since": "after"}, "go together"),
        (HTTP | {"attempts": 0}, "attempts"),
        (HTTP | {"timeout_seconds": 0}, "timeout_seconds"),
        (HTTP | {"connection": "a b"}, "connection"),
        (HTTP | {"every_minutes": 7}, "every_minutes"),
        (HTTP | {"password": "x"}, "password"),
        (SQL | {"view": "reports; drop table event"}, "view"),
        (SQL | {"view": "(select 1)"}, "view"),
        (SQL | {"options": {"decimal": ","}}, "decimal"),
        (FILES | {"url": "ftp://host/folder"}, "begins with one of file, s3, sftp"),
        (FILES | {"url": "sftp://host/folder", "connection": "c"}, "they belong to the connection"),
        (FILES | {"url": "s3://key:secret@bucket/folder"}, "they belong to the connection"),
        (FILES | {"url": "sftp:///folder"}, "needs a connection"),
    ],
)
def test_an_entry_that_cannot_work_or_holds_what_a_connection_must_hold_is_refused(entry, told):
    with pytest.raises(ValidationError, match=told):
        feed(entry)


def test_a_views_rows_are_gregorian_unless_the_entry_says_otherwise():
    assert feed(SQL).options.date == "gregorian"
    assert feed(SQL, options={}).options.date == "gregorian"
    assert feed(SQL, options={"date": "jalali"}).options.date == "jalali"


def test_what_is_remembered_is_of_one_entry_and_not_of_how_it_is_asked():
    known = memory.recall(memory.Newest, feed(HTTP), None).model_copy(update={"since": "7"})
    assert memory.recall(memory.Newest, feed(HTTP, every_minutes=60, attempts=9), known.text()) == known
    assert memory.recall(memory.Newest, feed(HTTP, mapping={"Code": "unit"}), known.text()).since is None


@pytest.mark.parametrize("cursor", [None, "", "{", "[]", '{"feed": 1}', '{"feed": "x", "files": {}}'])
def test_a_cursor_that_cannot_be_read_is_no_cursor(cursor):
    assert memory.recall(memory.Newest, feed(HTTP), cursor).since is None
