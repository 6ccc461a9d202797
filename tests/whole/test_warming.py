"""What the taking of a file needs is loaded before the first file comes, and nobody waits for the loading."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import HARBOUR

#: Serves as long as the loading takes, and tells what was loaded when it began to serve, and what afterwards.
BOARD = """
import asyncio, sys, threading
from dashboard import app
async def serve():
    async with app.lifespan(app.app):
        print("great_expectations.expectations" in sys.modules)
        [thread] = [each for each in threading.enumerate() if each.name == "warming"]
        print(thread.daemon)
        await asyncio.to_thread(thread.join, 100)
    print("great_expectations.expectations" in sys.modules, "roadmap.intake.pipeline" in sys.modules)
asyncio.run(serve())
"""
AIRFLOW = """
import sys
sys.argv = ["airflow", *sys.argv[1:]]
import airflow_local_settings
print("great_expectations.expectations" in sys.modules, "roadmap.services.refresh" in sys.modules)
"""
ROOT = Path(__file__).parents[2]


def said(script: str, folder: Path, *arguments: str) -> list[str]:
    """What the script prints in a process of its own."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "dags" / "config")]),
        "ROADMAP_STATE_DIR": str(folder),
        "ROADMAP_PROGRAMME": str(HARBOUR),
        "ROADMAP_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
    }
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_board_serves_at_once_and_has_loaded_soon_after_without_any_upload(tmp_path: Path) -> None:
    assert said(BOARD, tmp_path) == ["False", "True", "True True"]


@pytest.mark.parametrize(("command", "loaded"), [("scheduler", "True True"), ("dag-processor", "False False")])
def test_of_airflow_only_what_runs_tasks_has_loaded_it(tmp_path: Path, command: str, loaded: str) -> None:
    assert said(AIRFLOW, tmp_path, command) == [loaded]
