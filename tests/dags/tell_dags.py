"""Run in a process of its own: parses the DAG folder given and tells on standard output, as JSON, what Airflow sees."""

import json
import sys

from airflow.dag_processing.dagbag import DagBag

HEAVY = (
    *("great_expectations", "pandas", "s3fs", "streamlit"),
    *("roadmap.intake.pipeline", "roadmap.services.anchors", "roadmap.services.refresh"),
    *("apprise", "roadmap.services.reminders"),
)


def told_task(task):
    return {
        "owner": task.owner,
        "retries": task.retries,
        "retry_delay": task.retry_delay.total_seconds(),
        "has_time_limit": task.execution_timeout is not None,
        "tells_failure": bool(task.on_failure_callback),
        "outlets": [outlet.name for outlet in task.outlets],
    }


def told_dag(dag):
    condition = getattr(dag.timetable, "asset_condition", None)
    assets = {asset.name: asset for asset in getattr(condition, "objects", [condition] if condition else [])}
    clock = getattr(dag.timetable, "timetable", dag.timetable)
    return {
        "title": dag.dag_display_name,
        "tags": sorted(dag.tags),
        "doc": dag.doc_md,
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "clock": getattr(clock, "expression", None),
        "at_once": getattr(clock, "run_immediately", None),
        "assets": sorted(assets),
        "triggers": [watcher.trigger.serialize() for asset in assets.values() for watcher in asset.watchers],
        "tasks": {task.task_id: told_task(task) for task in dag.tasks},
    }


bag = DagBag(sys.argv[1])
loaded = [name for name in HEAVY if name in sys.modules]
dags = {dag.dag_id: told_dag(dag) for dag in bag.dags.values()}
sys.stdout.write("TOLD " + json.dumps({"errors": bag.import_errors, "loaded": loaded, "dags": dags}))
