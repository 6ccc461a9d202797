"""The way of the data, once, for real: a file in an inbox, Airflow, the checks, the log, an open Persian board."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, Page, expect

from roadmap.demo import feeds
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import Scope, State, Status
from roadmap.domain.text import persian_digits
from roadmap.programme import CommissionEntry
from roadmap.services import desk as desks
from roadmap.services import standing
from roadmap.services.standing import Line
from tests.browser.board import ANSWER_MS, FITS, signed_in
from tests.browser.stack import Stack, running

pytestmark = pytest.mark.timeout(600)
SCREENS = ("", "roadmap", "commission", "milestone", "report", "quality")
DROP_TO_BOARD_MS = 15_000
#: What only a first start makes.
TABLES = "Airflow's tables"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The tracker with its demonstration; at the end nothing of it may be left."""
    with TemporaryDirectory(prefix="roadmap-story-") as folder, running(Path(folder) / "state") as up:
        yield up


@pytest.fixture(scope="module")
def page(stack: Stack, chromium: Browser) -> Iterator[Page]:
    """A window of a Persian reader, of the secretariat."""
    page = signed_in(chromium, stack.url, "secretariat")
    yield page
    page.context.close()


def open_lines(stack: Stack, form: str) -> tuple[CommissionEntry, list[Line], date]:
    """A commission that sends `form`, its national milestones under way, and the board's day."""
    with stack.desk() as desk:
        at = desks.moment(desk)
        for commission in desk.programme.commissions:
            own = [line for line in standing.lines(desk, at) if is_open(line, commission.code)]
            if commission.feed.format == form and own:
                return commission, own, at.day
    raise AssertionError(f"no commission sends {form}")


def is_open(line: Line, commission: str) -> bool:
    under_way = line.reported.state is State.IN_PROGRESS and line.status is not Status.DONE
    return under_way and line.milestone.commission == commission and line.milestone.scope is Scope.NATIONAL


def reported(line: Line, day: date, percent: float) -> ProgressReported:
    return ProgressReported(milestone=line.code, effective=day, state=State.IN_PROGRESS, percent=percent)


def drop(stack: Stack, commission: CommissionEntry, name: str, reports: list[ProgressReported]) -> Path:
    path = stack.settings.inbox / commission.code / f"{name}.{commission.feed.format}"
    feeds.write(path, commission.feed, reports)
    return path


def show(page: Page, stack: Stack, path: str) -> None:
    page.goto(f"{stack.url}/{path}")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def test_all_feeds_came_by_airflow_and_are_told(stack: Stack) -> None:
    with stack.desk() as desk:
        codes = list(desk.programme.by_commission)
    told = [line for line in stack.said if line.startswith("Feed ")]
    assert len(told) == len(codes)
    assert any(line.startswith(TABLES) for line in stack.said)
    status = json.loads(command(stack, "status", "--json"))
    assert all(status["last_batch"][code]["channel"] == "file" for code in codes)
    assert status["head"]["seq"] == status["events"]
    assert command(stack, "verify").startswith("Clean:")


def command(stack: Stack, *words: str) -> str:
    environment = {"ROADMAP_STATE_DIR": str(stack.settings.state_dir), "PATH": "/usr/bin:/bin"}
    roadmap = str(Path(sys.executable).with_name("roadmap"))
    return subprocess.run([roadmap, *words], env=environment, check=True, capture_output=True, text=True).stdout


def test_a_workbook_in_the_inbox_changes_the_open_persian_board(stack: Stack, page: Page) -> None:
    commission, lines, day = open_lines(stack, "xlsx")
    line, percent = lines[0], 97.0 if lines[0].reported.percent < 97 else 96.0
    show(page, stack, f"milestone?milestone={line.code}&lang=fa")
    wanted = page.get_by_text(f"{persian_digits(f'{percent:g}')}٪").first
    expect(wanted).not_to_be_visible()
    drop(stack, commission, "month", [reported(line, day, percent)])
    expect(wanted).to_be_visible(timeout=DROP_TO_BOARD_MS)


def test_of_five_rows_three_come_back_with_sentences_and_two_are_in(stack: Stack, page: Page) -> None:
    commission, lines, day = open_lines(stack, "csv")
    good = lines[0]
    path = drop(stack, commission, "five", [reported(good, day, percent) for percent in (95.0, 11.0, 12.0, 13.0, 95.0)])
    spoil(path, commission)
    show(page, stack, f"quality?commission={commission.code}&lang=fa")
    expect(page.get_by_text("five.csv").first).to_be_visible(timeout=DROP_TO_BOARD_MS)
    for sentence in ("عدد نیست", "رقم‌های فارسی و لاتین", "تاریخ درستی نیست"):
        expect(page.get_by_text(re.compile(sentence)).first).to_be_visible()
    last = json.loads(command(stack, "status", "--json"))["last_batch"][commission.code]
    assert [last[name] for name in ("rows_read", "accepted", "duplicates", "rejected")] == [5, 1, 1, 3]


def spoil(path: Path, commission: CommissionEntry) -> None:
    """Makes rows 3, 4 and 5 of a csv wrong, each in its own way, as a person would who edits the file in place."""
    header, first, *middle, last = path.read_text("utf-8-sig").splitlines()
    columns = header.split(commission.feed.options.delimiter)
    own = {field: columns.index(name) for name, field in commission.feed.mapping.items() if name in columns}
    for index, (field, typed) in enumerate((("percent", "نیمی"), ("percent", "1۲"), ("effective", "1404-12-31"))):
        cells = middle[index].split(commission.feed.options.delimiter)
        cells[own[field]] = typed
        middle[index] = commission.feed.options.delimiter.join(cells)
    part = path.with_name(path.name + ".part")
    part.write_text("\n".join([header, first, *middle, last]), "utf-8")
    part.replace(path)


@pytest.mark.parametrize(("language", "direction"), [("fa", "rtl"), ("en", "ltr")])
def test_every_page_reads_well_in_both_languages(stack: Stack, page: Page, language: str, direction: str) -> None:
    foreign = []
    page.on(
        "request", lambda sent: None if sent.url.startswith((stack.url, "data:", "blob:")) else foreign.append(sent)
    )
    for screen in SCREENS:
        show(page, stack, f"{screen}?lang={language}")
        assert page.locator("html").get_attribute("dir") == direction
        assert page.locator("[data-testid=stException]").count() == 0, screen
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_function(FITS, timeout=ANSWER_MS)
    assert foreign == []


def test_a_second_start_goes_on_with_the_data(stack: Stack) -> None:
    events = json.loads(command(stack, "status", "--json"))["events"]
    stack.process.send_signal(signal.SIGINT)
    stack.process.communicate(timeout=60)
    began = time.monotonic()
    with running(stack.settings.state_dir, end=signal.SIGTERM) as again:
        assert not [line for line in again.said if line.startswith(("Feed ", TABLES))]
        assert json.loads(command(again, "status", "--json"))["events"] == events
    assert time.monotonic() - began < 240
