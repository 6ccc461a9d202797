"""What `roadmap up` does around the stack: prepare, open the offices, follow the feeds, print where everything is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from roadmap import running
from roadmap.demo import feeds
from roadmap.errors import FeedUnavailableError
from roadmap.intake import pipeline
from roadmap.intake.feeds import connections
from roadmap.running import Awaited
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.stack import StackError
from roadmap.stack.up import Urls
from tests.factories import report
from tests.feeding import told

URLS = Urls("http://127.0.0.1:1", "http://127.0.0.1:2", "admin", Path("passwords.json"))
ASKED = 'kind = "http"\nconnection = "registry"\npath = "reports"\n'


def laid(desk: Desk, settings: Settings) -> Awaited:
    """A file of one report, laid into the inbox of the commission whose milestone it is about."""
    path = settings.inbox / "quays" / "october.csv"
    path.parent.mkdir(parents=True)
    feeds.write(path, desk.programme.commission("quays").feed, [report("Q-1", effective=date(2026, 10, 31))])
    return Awaited(("quays",), after=1)


def test_a_first_start_lays_the_programme_and_a_second_finds_it(settings: Settings) -> None:
    said: list[str] = []
    for _ in range(2):
        running._install(settings, said.append)
    assert [line.split(" (")[0] for line in said] == [
        "Programme … laid, 14 events in the log",
        "Programme … found, 14 events in the log",
    ]


def test_each_feed_is_told_when_its_receipt_is_there(desk: Desk, settings: Settings) -> None:
    awaited, said = laid(desk, settings), []
    pipeline.pull("quays", settings, today=date(2026, 11, 21))
    running._follow(desk, awaited, said.append)
    assert said == ["Feed 1 of 1 … quays: 1 rows in, 0 back"]


def test_what_came_before_is_not_what_is_awaited(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    awaited = laid(desk, settings)
    (before,) = pipeline.pull("quays", settings, today=date(2026, 11, 21))
    monkeypatch.setattr(running, "_PATIENCE_SECONDS", 0.0)
    with pytest.raises(FeedUnavailableError, match="quays; look at the runs in Airflow"):
        running._follow(desk, Awaited(awaited.commissions, before.batch), print)


def test_when_all_is_ready_it_says_where_everything_is(desk: Desk, settings: Settings) -> None:
    assert desk.programme.programme.code == "harbour"
    said: list[str] = []
    running._go(settings, URLS, said.append)
    text = "\n".join(said)
    for shown in (URLS.board, URLS.airflow, "passwords.json", str(settings.inbox), "Ctrl-C"):
        assert shown in text
    assert "Offices" not in text


def test_the_demonstration_lays_its_feeds_and_awaits_them(desk: Desk, settings: Settings) -> None:
    assert desk.programme.programme.code == "harbour"
    assert running._laid(settings) == Awaited()
    awaited = running._laid(settings.model_copy(update={"demo": True}))
    assert "quays" in awaited.commissions
    assert awaited.after == 1
    for code in awaited.commissions:
        assert len(list((settings.inbox / code).iterdir())) == 1


def test_a_demonstrations_server_is_started_for_a_feed_that_nobody_has_connected(
    desk: Desk, settings: Settings
) -> None:
    demo, said = told(settings, ASKED).model_copy(update={"demo": True}), []
    [guest] = running._open_offices(demo, said.append, embedded=False)
    assert guest.health.startswith("http://127.0.0.1:")
    assert guest.command[-1] in guest.health
    assert said == []
    running._go(demo, URLS, said.append)
    assert f"  Offices  {demo.state_dir / 'demo'}" in "\n".join(said)


@pytest.mark.parametrize("connected", [True, False])
def test_nothing_is_started_for_what_an_operator_has_connected_or_where_no_demonstration_runs(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch, *, connected: bool
) -> None:
    connections.demonstrate(settings, {"AIRFLOW_CONN_REGISTRY": "http://127.0.0.1:1"})  # left by one that was killed
    if connected:
        monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", "http://registry.example")
    config = told(settings, ASKED).model_copy(update={"demo": connected})
    assert running._open_offices(config, pytest.fail, embedded=True) == []
    assert connections.demonstrated(config) == {}


def test_without_the_embedded_postgresql_there_is_no_view_and_it_is_said_what_to_set(
    desk: Desk, settings: Settings
) -> None:
    entry = 'kind = "sql"\nconnection = "records"\nview = "office.reports"\ncursor = "changed"\n'
    demo, said = told(settings, entry, "").model_copy(update={"demo": True}), []
    assert running._open_offices(demo, said.append, embedded=False) == []
    assert said == [
        "Feed of quays … has nothing to ask here: set AIRFLOW_CONN_RECORDS; this month's rows go to its inbox"
    ]
    assert "quays" in running._laid(demo).commissions
    assert len(list((demo.inbox / "quays").iterdir())) == 1


def test_what_opens_the_offices_is_gone_when_the_demonstration_ends(
    desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo, seen = told(settings, ASKED).model_copy(update={"demo": True}), []

    def up(config, *, prepare, **_):
        prepare(config)
        seen.append(connections.demonstrated(config))
        raise StackError("A component has ended.")

    monkeypatch.setattr(running.up, "run", up)
    with pytest.raises(StackError, match="has ended"):
        running.run(demo, lambda _: None)
    assert list(seen[0]) == ["AIRFLOW_CONN_REGISTRY"]
    assert connections.demonstrated(demo) == {}


def test_a_second_up_that_is_refused_leaves_the_running_ones_connections(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_, **__):
        raise StackError("`roadmap up` already runs.")

    connections.demonstrate(settings, {"AIRFLOW_CONN_REGISTRY": "http://127.0.0.1:1"})
    monkeypatch.setattr(running.up, "run", refused)
    with pytest.raises(StackError, match="already runs"):
        running.run(settings.model_copy(update={"demo": True}), print)
    assert connections.demonstrated(settings) != {}
