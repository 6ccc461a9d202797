"""The offices of a demonstration: what is asked of their feeds stands on this machine, where nobody has connected them.

Each feed that names a connection gets what its kind asks: a server of records, a view, a folder. What opens them is
made at every start, lies in a file that only its owner may read, and ends with `roadmap up`. A feed whose connection an
operator has set is the operator's: nothing is made for it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from roadmap.demo import feeds, records
from roadmap.domain.events import ProgressReported
from roadmap.feed import AnyFeed, FilesFeed, HttpFeed, PushFeed, SqlFeed
from roadmap.intake.feeds import connections
from roadmap.programme import Programme
from roadmap.settings import Settings
from roadmap.store.durable import whole

#: They are on this machine, for this machine.
HOST: Final = "127.0.0.1"


def unconnected(plan: Programme) -> dict[str, AnyFeed]:
    """The feeds, by commission, that are asked by a connection which nobody has set."""
    found = {code: entry.feed for code, entry in plan.by_commission.items()}
    return {code: feed for code, feed in found.items() if (named := variable_of(feed)) and named not in os.environ}


def connected(plan: Programme, settings: Settings) -> dict[str, AnyFeed]:
    """The feeds, by commission, that are asked from the offices of the demonstration that runs."""
    return {code: entry.feed for code, entry in plan.by_commission.items() if _is_ours(entry.feed, settings)}


def variable_of(feed: AnyFeed) -> str | None:
    """The variable of the connection by which `feed` is asked; None where nothing is asked, or without one."""
    name = feed.connection if feed.asked and not isinstance(feed, PushFeed) else None
    return connections.variable_of(name) if name else None


def connect(wanted: Mapping[str, AnyFeed], settings: Settings, *, port: int, database: bool) -> None:
    """Makes connections for as many of the feeds `wanted` as there can be offices for; those of last time are gone.

    The offices' server is to listen on `port`. With `database`, PostgreSQL is the embedded one, and runs.
    """
    made = {variable_of(feed): _connection(feed, settings, port, database=database) for feed in wanted.values()}
    connections.demonstrate(settings, {name: json.dumps(parts) for name, parts in made.items() if name and parts})


def lay(code: str, feed: AnyFeed, reports: Sequence[ProgressReported], settings: Settings) -> Path:
    """Has the office of the commission `code` hand out `reports`, or sends them to the inbox; the file they are in.

    A list that comes whole whenever it changes has no rows that are wrong: they would come back each time.
    """
    ours = _is_ours(feed, settings)
    comes_whole = ours and isinstance(feed, HttpFeed) and feed.since is None
    name = f"{code}-{max(report.effective for report in reports)}.{feed.format}"
    path = _place(code, name, feed, settings) if ours else settings.inbox / code / name
    path.parent.mkdir(parents=True, exist_ok=True)
    feeds.write(path, feed, reports, mishaps=not comes_whole)
    if ours and isinstance(feed, HttpFeed):
        _stamp(path, feed)
    if ours and isinstance(feed, SqlFeed):
        records.fill(settings.state_dir, feed, path)
    return path


def records_of(code: str, feed: AnyFeed, settings: Settings) -> Path:
    """The file with what the office of the commission `code` hands out row by row."""
    return settings.demo_dir / f"{code}.{feed.format}"


def _is_ours(feed: AnyFeed, settings: Settings) -> bool:
    return variable_of(feed) in connections.demonstrated(settings)


def _connection(feed: AnyFeed, settings: Settings, port: int, *, database: bool) -> dict[str, Any] | None:
    """As Airflow's variables have it; None where there can be no such office here."""
    match feed:
        case HttpFeed():
            token = {"Authorization": f"Bearer {secrets.token_urlsafe(32)}"}
            return {"conn_type": "http", "host": f"http://{HOST}:{port}", "extra": token}
        case SqlFeed() if database:
            return records.opened(settings.state_dir, feed)
        case FilesFeed(url=str(url)) if urlsplit(url).scheme == "file":
            _folder(feed, settings).mkdir(parents=True, exist_ok=True)
            return {"conn_type": "fs", "extra": {"path": str(_share(settings))}}
        case _:
            return None


def _place(code: str, name: str, feed: AnyFeed, settings: Settings) -> Path:
    return _folder(feed, settings) / name if isinstance(feed, FilesFeed) else records_of(code, feed, settings)


def _folder(feed: FilesFeed, settings: Settings) -> Path:
    return _share(settings) / urlsplit(str(feed.url)).path.lstrip("/")


def _share(settings: Settings) -> Path:
    return settings.demo_dir / "share"


def _stamp(path: Path, feed: HttpFeed) -> None:
    """Gives each record in `path` the time of its change, if the feed asks for what changed since a time."""
    if feed.cursor is not None:
        stamp = {feed.cursor: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        stamped = [record | stamp for record in json.loads(path.read_text("utf-8"))]
        with whole(path) as fresh:
            fresh.write_text(json.dumps(stamped, ensure_ascii=False, indent=1), "utf-8")
