"""The board alone, without Airflow, and the provider at which people sign in to it: both as `roadmap up` runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from roadmap import entrance, programme
from roadmap.demo import cast
from roadmap.domain.people import SHELL
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.stack import plan, signing_in
from roadmap.store import database
from roadmap.store.embedded import Databases
from tests.browser import harbour
from tests.browser.waiting import wait_for
from tests.factories import established
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
ANSWER_MS = 60_000
#: Nothing scrolls sideways.
FITS = "document.documentElement.scrollWidth <= innerWidth"
SIGN_IN = ".st-key-entry-sign-in button"


@dataclass
class Board:
    """A board that is served: its address, the desk behind it (with every role), its settings."""

    url: str
    desk: Desk
    settings: Settings

    @property
    def machine(self) -> Desk:
        """The desk of the command line."""
        return replace(self.desk, who=SHELL)


@contextmanager
def served(settings: Settings, desk: Desk) -> Iterator[Board]:
    """The board of `settings`, with one person of each role to sign in as; ended with the block."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    demonstration = settings.model_copy(update={"board_url": url, "demo": True})
    known, [provider] = entrance.opened(demonstration, free_port())  # apart from those of a whole stack beside
    known = known.model_copy(update={"demo": settings.demo})
    signing_in.write(known)
    environment = plan.base_environment(known, os.environ) | {"PYTHONPATH": str(ROOT)}
    board = Board(url, desk, known)
    cast.lay(board.machine)
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard" / "app.py")]
    flags = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    secrets = ["--secrets.files", str(signing_in.file_of(known))]
    with ExitStack() as ended:
        ended.enter_context(_process([*provider.command], environment))
        with_database = environment | {"ROADMAP_DATABASE_URL": str(settings.database_url)}
        ended.enter_context(_process([*command, *flags, *secrets], with_database))
        wait_for(provider.health)
        wait_for(f"{url}/_stcore/health")
        yield board


@contextmanager
def harbour_board(databases: Databases, folder: Path, *, review: str) -> Iterator[Board]:
    """The harbour of all modules (see `harbour`) on an empty database; its forms are reviewed ("forms") or not."""
    path = harbour.programme(folder, review=review)
    engine = database.connect(databases.application)
    settings = Settings(
        _env_file=None, state_dir=folder / "state", programme=path, demo=False,
        database_url=databases.application, owner_database_url=databases.owner,
    )  # fmt: skip
    with served(settings, established(engine, programme.load(path))) as board:
        yield board
    engine.dispose()


@contextmanager
def _process(command: list[str], environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=dict(environment))
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


class People:
    """People who stay signed in for as long as the board is served: each signs in once, and opens windows at will.

    A window shares the browser's cache with the person's others. Whoever was signed out meanwhile signs in again.
    """

    def __init__(self, chromium: Browser, board: str):
        self._chromium, self._board = chromium, board
        self._known: dict[str, BrowserContext] = {}

    def window(self, person: str, path: str = "", language: str = "fa", *, width: int = 1440) -> Page:
        """A new window of `person` (`lead:quays`) at `path` of the board; whoever opens it closes it."""
        if person not in self._known:
            self._known[person] = self._chromium.new_context()
        page = self._known[person].new_page()
        page.set_viewport_size({"width": width, "height": 900})
        return self.show(page, person, path, language)

    def show(self, page: Page, person: str, path: str, language: str = "fa") -> Page:
        """Leads a window of `person` to `path`, past the sign-in if need be."""
        page.goto(f"{self._board}/{path}{'&' if '?' in path else '?'}lang={language}")
        page.locator(f"{SIGN_IN}, .b-account").first.wait_for(state="attached", timeout=ANSWER_MS)
        if page.locator(SIGN_IN).count():
            sign_in(page, person)
        settled(page)
        return page

    def leave(self) -> None:
        """Closes all windows."""
        for context in self._known.values():
            context.close()


def signed_in(
    chromium: Browser, board: str, person: str, path: str = "", language: str = "fa", *, width: int = 1440
) -> Page:
    """A window in a browser of its own, in which `person` signs in: for what is about signing in."""
    page = chromium.new_context(viewport={"width": width, "height": 900}).new_page()
    page.goto(f"{board}/{path}{'&' if '?' in path else '?'}lang={language}")
    sign_in(page, person)
    return page


def sign_in(page: Page, person: str) -> None:
    """Signs in on the page that asks to, by a click on a name; the board comes back to where it was."""
    page.locator(SIGN_IN).click(timeout=ANSWER_MS)
    page.locator(f'button[value="{person}"]').click(timeout=ANSWER_MS)
    settled(page)
    expect(page.locator(SIGN_IN)).to_have_count(0, timeout=ANSWER_MS)


def settled(page: Page) -> None:
    """Waits until the page is drawn."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=ANSWER_MS)
