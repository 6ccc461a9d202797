"""The running tracker on one machine: what `roadmap up` starts, watches and ends.

    up ─► embedded PostgreSQL (or the given one)
       └► honcho's manager ─► guard, board, Airflow's api-server, scheduler, dag-processor, triggerer,
                           the push endpoint if a commission has a token

Airflow and Streamlit are started as programmes, never imported.
"""

from roadmap.errors import RoadmapError


class StackError(RoadmapError):
    """A part of the running tracker does not start or has ended: look at the log that the message names."""
