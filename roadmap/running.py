"""`roadmap up`: the stack, made ready beforehand, and the demonstration's feeds until they are on the board."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from roadmap import entrance, installation
from roadmap.demo import offices
from roadmap.errors import FeedUnavailableError
from roadmap.feed import HttpFeed
from roadmap.intake.feeds import connections
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.quality import arrived
from roadmap.settings import Settings
from roadmap.stack import ports, up
from roadmap.stack.plan import Guest
from roadmap.stack.up import Urls
from roadmap.store import views
from roadmap.store.log import Receipt

Say = Callable[[str], None]

_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 0.5
_OFFICES_PORT = 8700


@dataclass(frozen=True)
class Awaited:
    """Commissions whose feeds have something that is not on the board yet, and the last batch before it."""

    commissions: tuple[str, ...] = ()
    after: int = 0


def run(settings: Settings, say: Say) -> None:
    """Runs everything in the foreground until it is ended; see `roadmap.stack.up.run` for what it refuses."""
    awaited: Awaited | None = None
    with_sign_in, provider = entrance.opened(settings)

    def prepare(ready: Settings) -> list[Guest]:
        nonlocal awaited
        _install(ready, say)
        guests = _open_offices(ready, say, embedded=settings.database_url is None)
        awaited = _laid(ready)
        return [*provider, *guests]

    try:
        up.run(with_sign_in, prepare=prepare, on_ready=lambda ready, urls: _go(ready, urls, say, awaited), say=say)
    finally:
        if awaited is not None:  # another `up` that was found running needs them still
            connections.forget(settings)


def _install(settings: Settings, say: Say) -> None:
    began = time.monotonic()
    done = installation.install(settings)
    word = "laid" if done.new else "found"
    say(f"Programme … {word}, {done.events} events in the log ({time.monotonic() - began:.1f} s)")


def _open_offices(settings: Settings, say: Say, *, embedded: bool) -> list[Guest]:
    """What a demonstration's feeds are asked from, as far as nobody has connected them; what is to run of it."""
    connections.forget(settings)
    if not settings.demo:
        return []
    with desks.desk(settings) as desk:
        wanted = offices.unconnected(desk.programme)
        port = ports.choose(offices.HOST, wanted=None, first=_OFFICES_PORT, setting=None)
        offices.connect(wanted, settings, port=port, database=embedded)
        made = offices.connected(desk.programme, settings)
    for code in (code for code in wanted if code not in made):
        variable = offices.variable_of(wanted[code])
        say(f"Feed of {code} … has nothing to ask here: set {variable}; this month's rows go to its inbox")
    return [_server(port)] if any(isinstance(feed, HttpFeed) for feed in made.values()) else []


def _server(port: int) -> Guest:
    command = (sys.executable, "-m", "roadmap.demo.office", str(port))
    return Guest("office", "Offices' records", command, f"http://{offices.HOST}:{port}/healthz")


def _laid(settings: Settings) -> Awaited:
    if not settings.demo:
        return Awaited()
    with desks.desk(settings) as desk:
        with desk.engine.connect() as connection:
            last = views.head(connection).batch
        return Awaited(tuple(installation.lay_demo_feeds(desk, settings)), last)


def _go(settings: Settings, urls: Urls, say: Say, awaited: Awaited | None = None) -> None:
    say(f"Board … {urls.board}")
    with desks.desk(settings) as desk:
        _follow(desk, awaited or Awaited(), say)
    say("")
    say(f"  Board    {urls.board}/?lang=fa   {urls.board}/?lang=en")
    say(f"  Airflow  {urls.airflow}   (user {urls.airflow_user}, password in {urls.airflow_password_file})")
    if urls.push:
        say(f"  Push     {urls.push}/events: CloudEvents, with a commission's token")
    say(f"  Inboxes  {settings.inbox}/<commission>: drop a file there and watch the board")
    if connections.demonstrated(settings):
        say(f"  Offices  {settings.demo_dir}: what the other feeds are asked for; change it there and watch the board")
    say("  Ctrl-C ends everything.")


def _follow(desk: Desk, awaited: Awaited, say: Say) -> None:
    """Tells of each feed when the first receipt of what it has is there."""
    waiting = set(awaited.commissions)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while waiting:
        for receipt in arrived(desk, awaited.after):
            if receipt.commission in waiting:
                waiting.discard(receipt.commission)
                count = len(awaited.commissions)
                say(f"Feed {count - len(waiting)} of {count} … {_told(receipt)}")
        if waiting and time.monotonic() > deadline:
            left = ", ".join(sorted(waiting))
            message = f"Not on the board after {_PATIENCE_SECONDS:.0f} s: {left}; look at the runs in Airflow."
            raise FeedUnavailableError(message)
        if waiting:
            time.sleep(_LOOK_SECONDS)


def _told(receipt: Receipt) -> str:
    return f"{receipt.commission}: {receipt.accepted} rows in, {receipt.rejected} back"
