"""Asks a commission's feed for what is new, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from roadmap.feed import AnyFeed, FilesFeed, HttpFeed, PushFeed, SqlFeed
from roadmap.intake.feeds import files, http, sql
from roadmap.intake.feeds.landing import Fetched
from roadmap.settings import Settings


def fetch(feed: AnyFeed, cursor: str | None, folder: Path, settings: Settings) -> Iterator[Fetched]:
    """What is new in `feed` since `cursor`, laid into `folder` file by file.

    The next file is fetched once the one before was dealt with, so its cursor covers that one too.

    Raises:
        FeedUnavailableError: the feed is away or does not answer as it should; asking later may help.
        ProgrammeError: the feed's entry or its connection is wrong.
    """
    match feed:
        case HttpFeed():
            yield from http.fetch(feed, cursor, folder, settings)
        case SqlFeed():
            yield from sql.fetch(feed, cursor, folder, settings)
        case FilesFeed() if feed.url is not None:
            yield from files.fetch(feed, cursor, folder, settings)
        case FilesFeed() | PushFeed():
            pass
