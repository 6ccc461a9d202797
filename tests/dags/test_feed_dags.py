"""How often a commission's feed is asked, as Airflow sees it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from croniter import croniter

from dags.conduct import every_so_often
from roadmap.feed import Minutes
from tests.dags.conftest import HARBOUR, parsed

FEED = '[commissions.feed]\nkind = "files"\nformat = "json"\n'
ASKED = '[commissions.feed]\nkind = "http"\nconnection = "registry"\npath = "reports"\nevery_minutes = 15\n'


@pytest.fixture(scope="module")
def asked_dags(tmp_path_factory) -> dict[str, Any]:
    """The DAGs of the small programme, one of whose feeds is asked."""
    folder = tmp_path_factory.mktemp("asked")
    shutil.copy(HARBOUR.with_suffix(".csv"), folder)
    document = HARBOUR.read_text("utf-8")
    assert document.count(FEED) == 1
    (folder / "harbour.toml").write_text(document.replace(FEED, ASKED), "utf-8")
    return parsed(folder, folder / "harbour.toml")["dags"]


def test_a_feed_is_asked_as_often_as_its_entry_says_and_its_inbox_is_watched_all_the_same(asked_dags):
    told = asked_dags
    assert told["pull_cranes"]["clock"] == "1-59/15 * * * *"
    assert told["pull_quays"]["clock"] == "0-59/5 * * * *"
    assert told["pull_cranes"]["assets"] == ["inbox of cranes"]
    assert "every 15 minutes" in told["pull_cranes"]["doc"]
    assert (told["pull_cranes"]["at_once"], told["pull_quays"]["at_once"]) == (True, False)


def test_a_feed_is_asked_in_a_task_of_its_own_that_the_next_run_tries_again(asked_dags):
    told = asked_dags
    assert {name: task["retries"] for name, task in told["pull_cranes"]["tasks"].items()} == {
        "drain_inbox": 3,
        "ask_feed": 0,
    }
    assert {tuple(task["outlets"]) for task in told["pull_cranes"]["tasks"].values()} == {("roadmap of cranes",)}
    assert list(told["pull_quays"]["tasks"]) == ["drain_inbox"]


@pytest.mark.parametrize("minutes", get_args(Minutes))
def test_the_clock_strikes_in_equal_steps_over_the_full_hour(minutes):
    strikes = croniter(every_so_often(minutes, first=67), datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    times = [strikes.get_next(datetime) for _ in range(60 // minutes + 2)]
    assert {later - before for before, later in pairwise(times)} == {timedelta(minutes=minutes)}
