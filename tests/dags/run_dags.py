"""Run in a process of its own: runs DAGs of the folder, one after the other, and tells how each ended.

usage: run_dags.py FOLDER RUNS, with RUNS a JSON list of pairs: a DAG, and what is set in the environment for it.
"""

import json
import os
import sys

from airflow.dag_processing.dagbag import DagBag

bag = DagBag(sys.argv[1])


def ended(dag_id, environment):
    os.environ.update(environment)
    run = bag.dags[dag_id].test()
    tasks = {task.task_id: str(task.state) for task in run.get_task_instances()}
    return {"run": str(run.state), "tasks": tasks, "run_id": run.run_id}


sys.stdout.write("\nTOLD " + json.dumps([ended(*each) for each in json.loads(sys.argv[2])]))
