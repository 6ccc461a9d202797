"""How every task of the tracker behaves: owner, patience, and what it does about an error.

One reaction a class of error: what may pass is tried again, what will not is not.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException

from roadmap.errors import FeedUnavailableError, RoadmapError, StoreError

log = logging.getLogger(__name__)


def tell_failure(context: Context) -> None:
    """One line for whoever reads the log: which task, which run, why."""
    task = context["task_instance"]
    log.error(
        "%s.%s gave up after attempt %s (run %s): %s",
        task.dag_id,
        task.task_id,
        task.try_number,
        task.run_id,
        context.get("exception"),
    )


@contextmanager
def reactions() -> Iterator[None]:
    """Try again when a feed or the database is away; any other refusal of ours fails at once, in its own words."""
    try:
        yield
    except (FeedUnavailableError, StoreError):
        raise
    except RoadmapError as error:
        raise AirflowFailException(str(error)) from error


def every_so_often(minutes: int, *, first: int) -> str:
    """The cron line of every so many `minutes`, a part of an hour; `first` shifts it against others."""
    return f"{first % minutes}-59/{minutes} * * * *"


DEFAULTS: Final[dict[str, Any]] = {
    "owner": "council secretariat",
    "retries": 3,  # Airflow's default is none
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(minutes=30),
    "on_failure_callback": tell_failure,
}
