"""A real Chromium against a real server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
#: As root there is no sandbox, and the browser's own errands would leave the machine.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; no longer than a module, since Playwright keeps an event loop running in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


class Sample:
    """The sample board: its address, and the head that it reads."""

    def __init__(self, url: str, head: Path):
        self.url, self._head = url, head

    def move(self, head: int) -> None:
        self._head.write_text(str(head))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """The board's foundation, served by Streamlit as in production."""
    head = tmp_path_factory.mktemp("sample") / "head"
    head.write_text("812")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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


@pytest.fixture
def visit(chromium: Browser, sample: Sample) -> Iterator[Visit]:
    """Opens pages; whatever a page complains of, or asks another host for, fails the test at its end."""
    visits = Visit(chromium, sample)
    yield visits
    visits.close()
    assert visits.complaints == []


class Visit:
    """Browser windows of one test."""

    def __init__(self, browser: Browser, sample: Sample):
        self._browser, self._sample = browser, sample
        self.complaints: list[str] = []
        self._contexts = []

    def __call__(self, path: str, language: str, *, width: int = 1440) -> Page:
        context = self._browser.new_context(viewport={"width": width, "height": 900}, is_mobile=width < 600)
        self._contexts.append(context)
        page = context.new_page()
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
        for context in self._contexts:
            context.close()


def wait_for(url: str, seconds: float = 60) -> None:
    """Returns as soon as something answers at `url`."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 — our own server
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(url)
