"""A real Chromium against a real server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.browser import harbour
from tests.browser.board import ROOT, Board, People, harbour_board
from tests.browser.waiting import wait_for
from tests.ports import free_port

#: The modules of each board that several share.
SHARED = {
    "reviewed": ("accessibility.py", "keyboard.py", "people_story.py", "three_clicks.py"),
    "board": ("mapping.py", "people.py", "workbook.py"),
}
#: The first that is there: all are Chromium, the first one without the windows that nobody looks at (see .ci).
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
#: As root there is no sandbox, and the browser's own errands would leave the machine.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class ByBoard(LoadScopeScheduling):
    """Tests that share a board share a worker as well: it is started once."""

    def _split_scope(self, nodeid: str) -> str:
        module = super()._split_scope(nodeid)
        return next((board for board, modules in SHARED.items() if module.endswith(modules)), module)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByBoard:
    """What takes longest begins first (see below), not what has the most tests."""
    config.option.loadscopereorder = False
    return ByBoard(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The whole stack is started while another worker does all the rest."""
    items.sort(key=lambda item: item.path.name != "test_story.py")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; for these tests alone, since Playwright keeps an event loop running in this thread."""
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def board(stock, tmp_path_factory) -> Iterator[Board]:
    """A board of the harbour on which what is written counts at once."""
    with (
        stock.lent() as databases,
        harbour_board(databases, tmp_path_factory.mktemp("board"), review="none") as board,
    ):
        yield board


@pytest.fixture(scope="package")
def crew(board: Board, chromium: Browser) -> Iterator[People]:
    """Whoever is signed in to that board."""
    people = People(chromium, board.url)
    yield people
    people.leave()


@pytest.fixture(scope="package")
def reviewed(stock, tmp_path_factory) -> Iterator[Board]:
    """A board of the harbour whose forms wait for review, and where somebody has been at work."""
    with (
        stock.lent() as databases,
        harbour_board(databases, tmp_path_factory.mktemp("reviewed"), review="forms") as board,
    ):
        harbour.lived_in(board.desk)
        yield board


@pytest.fixture(scope="package")
def office(reviewed: Board, chromium: Browser) -> Iterator[People]:
    """Whoever is signed in to that one."""
    people = People(chromium, reviewed.url)
    yield people
    people.leave()


class Sample:
    """The sample board: its address, and the head that it reads."""

    def __init__(self, url: str, head: Path):
        self.url, self._head = url, head

    def move(self, head: int) -> None:
        self._head.write_text(str(head))


@pytest.fixture(scope="package")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """The board's foundation, served by Streamlit as in production."""
    head = tmp_path_factory.mktemp("sample") / "head"
    head.write_text("812")
    port = free_port()
    server = ROOT / "tests" / "browser" / "sample" / "server.py"
    command = [sys.executable, "-m", "streamlit", "run", str(server)]
    flags = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    environment = {**os.environ, "SAMPLE_HEAD": str(head), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*command, *flags], env=environment, cwd=head.parent)
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield Sample(f"http://127.0.0.1:{port}", head)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="package")
def wide(chromium: Browser) -> BrowserContext:
    """A desk's window; what it has loaded once it need not load again."""
    return chromium.new_context(viewport={"width": 1440, "height": 900})


@pytest.fixture(scope="package")
def narrow(chromium: Browser) -> BrowserContext:
    """A phone's."""
    return chromium.new_context(viewport={"width": 390, "height": 900}, is_mobile=True)


@pytest.fixture
def visit(wide: BrowserContext, narrow: BrowserContext, sample: Sample) -> Iterator[Visit]:
    """Opens pages; whatever a page complains of, or asks another host for, fails the test at its end."""
    visits = Visit(wide, narrow, sample)
    yield visits
    visits.close()
    assert visits.complaints == []


class Visit:
    """Browser windows of one test."""

    def __init__(self, wide: BrowserContext, narrow: BrowserContext, sample: Sample):
        self._wide, self._narrow, self._sample = wide, narrow, sample
        self.complaints: list[str] = []
        self._pages = []

    def __call__(self, path: str, language: str, *, width: int = 1440) -> Page:
        page = (self._narrow if width < 600 else self._wide).new_page()
        self._pages.append(page)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._hear(request.url))
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"{self._sample.url}/{path}?lang={language}")
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        return page

    def _hear(self, url: str) -> None:
        if not url.startswith((self._sample.url, "data:", "blob:")):
            self.complaints.append(url)

    def close(self) -> None:
        for page in self._pages:
            page.close()
