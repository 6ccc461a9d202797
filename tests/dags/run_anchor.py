"""Run in a process of its own: runs `anchor` of the folder once for each list of places, and tells how each ended."""

import json
import os
import sys

from airflow.dag_processing.dagbag import DagBag

anchor = DagBag(sys.argv[1]).dags["anchor"]


def ended(places):
    os.environ["ROADMAP_ANCHORS"] = places
    [task] = anchor.test().get_task_instances()
    return str(task.state)


sys.stdout.write("\nTOLD " + json.dumps([ended(places) for places in sys.argv[2:]]))
