"""`roadmap up`: the stack, made ready beforehand, and the demonstration's feeds until they are on the board."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from roadmap import installation
from roadmap.errors import FeedUnavailableError
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.quality import deliveries
from roadmap.settings import Settings
from roadmap.stack import up
from roadmap.stack.up import Urls
from roadmap.store.log import Receipt

Say = Callable[[str], None]

_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 0.5


def run(settings: Settings, say: Say) -> None:
    """Runs everything in the foreground until it is ended; see `roadmap.stack.up.run` for what it refuses."""
    up.run(
        settings,
        prepare=lambda ready: _prepare(ready, say),
        on_ready=lambda ready, urls: _go(ready, urls, say),
        say=say,
    )


def _prepare(settings: Settings, say: Say) -> None:
    began = time.monotonic()
    done = installation.install(settings)
    word = "laid" if done.new else "found"
    say(f"Programme … {word}, {done.events} events in the log ({time.monotonic() - began:.1f} s)")


def _go(settings: Settings, urls: Urls, say: Say) -> None:
    say(f"Board … {urls.board}")
    with desks.desk(settings) as desk:
        laid = installation.lay_demo_feeds(desk, settings) if settings.demo else []
        _follow(desk, laid, say)
    say("")
    say(f"  Board    {urls.board}/?lang=fa   {urls.board}/?lang=en")
    say(f"  Airflow  {urls.airflow}   (user {urls.airflow_user}, password in {urls.airflow_password_file})")
    if urls.push:
        say(f"  Push     {urls.push}/events: CloudEvents, with a commission's token")
    say(f"  Inboxes  {settings.inbox}/<commission>: drop a file there and watch the board")
    say("  Ctrl-C ends everything.")


def _follow(desk: Desk, laid: list[Path], say: Say) -> None:
    """Tells of each laid file when its receipt is there."""
    waiting = {(path.parent.name, path.name) for path in laid}
    deadline = time.monotonic() + _PATIENCE_SECONDS
    count = len(waiting)
    while waiting:
        for receipt in deliveries(desk, waiting):
            waiting.discard((receipt.commission, receipt.source))
            say(f"Feed {count - len(waiting)} of {count} … {_told(receipt)}")
        if waiting and time.monotonic() > deadline:
            left = ", ".join(sorted(name for _, name in waiting))
            message = f"Not on the board after {_PATIENCE_SECONDS:.0f} s: {left}; look at the runs in Airflow."
            raise FeedUnavailableError(message)
        time.sleep(_LOOK_SECONDS)


def _told(receipt: Receipt) -> str:
    return f"{receipt.commission}: {receipt.accepted} rows in, {receipt.rejected} back"
