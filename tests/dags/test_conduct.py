"""What a task does about an error, and which processes load the heavy libraries beforehand."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException

from dags.conduct import reactions, tell_failure
from dags.config.airflow_local_settings import runs_tasks
from roadmap.errors import FeedUnavailableError, LogBrokenError, ProgrammeError, StoreError


@pytest.mark.parametrize("error", [FeedUnavailableError, StoreError])
def test_what_may_pass_is_tried_again(error):
    with pytest.raises(error, match="away"), reactions():
        raise error("away")


@pytest.mark.parametrize("error", [ProgrammeError, LogBrokenError])
def test_what_will_not_pass_fails_at_once_in_its_own_words(error):
    with pytest.raises(AirflowFailException, match="Correct the file"), reactions():
        raise error("Correct the file.")


def test_an_error_of_the_code_stays_what_it_is():
    with pytest.raises(ZeroDivisionError), reactions():
        1 / 0  # noqa: B018


def test_a_failure_is_told_in_one_line(caplog):
    task = SimpleNamespace(dag_id="pull_quays", task_id="drain_inbox", run_id="r1", try_number=4)
    with caplog.at_level(logging.ERROR, logger="dags.conduct"):
        tell_failure({"task_instance": task, "exception": StoreError("The database is away.")})
    assert caplog.messages == ["pull_quays.drain_inbox gave up after attempt 4 (run r1): The database is away."]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["scheduler", "--skip-serve-logs"], True),
        (["celery", "worker"], True),
        (["celery", "flower"], False),
        (["api-server"], False),
        (["dag-processor"], False),
        (["triggerer"], False),
        ([], False),
    ],
)
def test_only_processes_whose_forks_run_tasks_load_the_heavy_libraries(arguments, expected):
    assert runs_tasks(arguments) is expected
