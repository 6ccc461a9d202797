"""Read by every Airflow process at its start; does something in those only whose forks run tasks.

Loading what a pull needs (Great Expectations above all) takes seconds. A task is a fork of the executor's worker, which
is a fork of the scheduler, or of a Celery worker: what those have loaded is there at once. Elsewhere it would be waste.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

_RUN_TASKS = (("scheduler",), ("celery", "worker"))


def runs_tasks(arguments: Sequence[str]) -> bool:
    """Whether `airflow <arguments>` is a process whose forks run tasks."""
    return any(tuple(arguments[: len(command)]) == command for command in _RUN_TASKS)


if runs_tasks(sys.argv[1:]):
    importlib.import_module("roadmap.services.warming").load()
    importlib.import_module("roadmap.services.refresh")
