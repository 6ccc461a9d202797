"""What `roadmap up` does around the stack: prepare, follow the feeds, print where everything is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from roadmap import running
from roadmap.demo import feeds
from roadmap.errors import FeedUnavailableError
from roadmap.intake import pipeline
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.stack.up import Urls
from tests.factories import report

URLS = Urls("http://127.0.0.1:1", "http://127.0.0.1:2", "admin", Path("passwords.json"))


def laid(desk: Desk, settings: Settings) -> Path:
    """A file of one report, laid into the inbox of the commission whose milestone it is about."""
    path = settings.inbox / "quays" / "october.csv"
    path.parent.mkdir(parents=True)
    feeds.write(path, desk.programme.commission("quays").feed, [report("Q-1", effective=date(2026, 10, 31))])
    return path


def test_a_first_start_lays_the_programme_and_a_second_finds_it(settings: Settings) -> None:
    said: list[str] = []
    for _ in range(2):
        running._prepare(settings, said.append)
    assert [line.split(" (")[0] for line in said] == [
        "Programme … laid, 14 events in the log",
        "Programme … found, 14 events in the log",
    ]


def test_each_feed_is_told_when_its_receipt_is_there(desk: Desk, settings: Settings) -> None:
    path, said = laid(desk, settings), []
    pipeline.pull("quays", settings, today=date(2026, 11, 21))
    running._follow(desk, [path], said.append)
    assert said == ["Feed 1 of 1 … quays: 1 rows in, 0 back"]


def test_a_feed_that_never_arrives_is_named(desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_PATIENCE_SECONDS", 0.0)
    with pytest.raises(FeedUnavailableError, match=r"october\.csv"):
        running._follow(desk, [laid(desk, settings)], print)


def test_when_all_is_ready_it_says_where_everything_is(desk: Desk, settings: Settings) -> None:
    assert desk.programme.programme.code == "harbour"
    said: list[str] = []
    running._go(settings, URLS, said.append)
    text = "\n".join(said)
    for shown in (URLS.board, URLS.airflow, "passwords.json", str(settings.inbox), "Ctrl-C"):
        assert shown in text


def test_the_demonstration_lays_its_feeds_and_waits_for_them(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody pulls here, so the waiting ends with the names of what was laid."""
    assert desk.programme.programme.code == "harbour"
    monkeypatch.setattr(running, "_PATIENCE_SECONDS", 0.0)
    demo = settings.model_copy(update={"demo": True})
    for code in ("quays", "cranes"):
        (settings.inbox / code).mkdir(parents=True)
    with pytest.raises(FeedUnavailableError, match="quays-"):
        running._go(demo, URLS, print)
