"""Who gets to know what opens the feeds."""

from __future__ import annotations

from pathlib import Path

from roadmap.settings import Settings
from roadmap.stack import plan
from roadmap.stack.airflow import Airflow, Keys

SECRET = "http://user:se-cret@registry.example/"  # noqa: S105


def test_only_the_process_that_runs_the_tasks_knows_the_connections(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, state_dir=tmp_path)
    installed = Airflow(tmp_path, tmp_path, "postgresql://host/airflow", 8080, {"AIRFLOW_CONN_REGISTRY": SECRET})
    base = plan.base_environment(settings, {"AIRFLOW_CONN_REGISTRY": SECRET, "PATH": "/bin"})
    components = plan.components(settings, installed, Keys("f", "j", "s"), board_port=1, watched=[1], base=base)
    knowing = {made.name for made in components if SECRET in made.environment.values()}
    assert knowing == {"scheduler"}
    assert "se-cret" not in repr(installed)
