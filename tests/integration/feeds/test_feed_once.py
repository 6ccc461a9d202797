"""What comes twice, or is cut short, is in the log once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from starlette.responses import JSONResponse

from tests.feeding import HEAD, LINE, ROW, counts, cursor, drop, events, pull, told, waiting
from tests.office import FEED, row

LAID = """
    pipeline._take_away = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""
APPENDED = """
    @event.listens_for(Engine, "commit")
    def die(connection):
        if connection.scalar(text("select count(*) from batch where channel = 'file'")):
            os.kill(os.getpid(), signal.SIGKILL)
"""
PULL = """
import os, signal
from datetime import date
from sqlalchemy import Engine, event, text
from roadmap import settings
from roadmap.intake import pipeline
{place}
pipeline.pull("quays", settings.read(), today=date(2026, 11, 21))
"""


def test_what_came_as_a_file_and_comes_again_from_a_server_is_one_set_of_events(office, engine, settings):
    drop(settings, f"{HEAD}\n{LINE}\n", "report.csv")
    assert [counts(receipt) for receipt in pull(settings)] == [(1, 1, 0, 0)]
    office.say(ROW)
    config = told(settings, FEED)
    assert [counts(receipt) for receipt in pull(config)] == [(1, 0, 1, 0)]
    assert len(events(engine)) == 1


def test_the_very_file_that_came_before_has_its_receipt_again_and_moves_the_cursor(office, engine, settings):
    config = told(settings, FEED)
    drop(config, json.dumps([ROW], ensure_ascii=False)[:-1] + "]\n")
    (first,) = pull(config)  # the server has nothing yet
    office.say(ROW)
    (again,) = pull(config)
    assert (again.batch, again.repeated) == (first.batch, True)
    assert cursor(engine)[1] == first.batch
    assert pull(config) == []


@pytest.mark.parametrize("place", [LAID, APPENDED], ids=["laid", "appended"])
def test_a_pull_that_is_killed_between_the_server_and_the_log_loses_nothing_and_doubles_nothing(
    office, engine, settings, place
):
    """It dies once the file lies in the inbox, or when all is written and not yet committed."""
    office.answer = lambda request: JSONResponse([] if request.query_params.get("after") else [row(10, at=5)])
    config = told(settings, FEED + 'since = "after"\ncursor = "at"')
    killed(config, place)
    assert [path.name[:5] for path in waiting(config)] == ["http-"]
    assert (events(engine), cursor(engine)) == ([], None)
    receipts = pull(config)
    assert [counts(receipt) for receipt in receipts] == [(1, 1, 0, 0)] * 2  # one receipt, told for either file
    assert len({receipt.batch for receipt in receipts}) == 1
    assert (len(events(engine)), waiting(config)) == (1, [])
    assert cursor(engine)[1] == receipts[0].batch
    assert pull(config) == []


def killed(config, place):
    """A pull in a process of its own that is killed with -9 at `place`."""
    names = ("state_dir", "programme", "database_url", "owner_database_url", "airflow_database_url")
    variables = {f"ROADMAP_{name.upper()}": str(getattr(config, name)) for name in names}
    command = [sys.executable, "-c", PULL.format(place=textwrap.dedent(place))]
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
