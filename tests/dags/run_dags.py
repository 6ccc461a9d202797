"""Run in a process of its own: runs the DAGs named after the folder, one after the other, and tells how each ended."""

import json
import sys

from airflow.dag_processing.dagbag import DagBag

bag = DagBag(sys.argv[1])


def ended(dag_id):
    run = bag.dags[dag_id].test()
    tasks = {task.task_id: str(task.state) for task in run.get_task_instances()}
    return {"run": str(run.state), "tasks": tasks, "run_id": run.run_id}


sys.stdout.write("\nTOLD " + json.dumps([ended(dag_id) for dag_id in sys.argv[2:]]))
