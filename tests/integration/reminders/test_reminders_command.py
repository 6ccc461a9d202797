"""`roadmap remind`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from roadmap import settings as configuration
from roadmap.cli import app
from roadmap.services import actions
from roadmap.settings import Settings
from tests.factories import TODAY
from tests.reminding import person


@pytest.fixture
def command(config, monkeypatch):
    """Runs `roadmap remind` with the settings given."""

    def run_it(settings: Settings = config, *options: str):
        monkeypatch.setattr(configuration, "read", lambda: settings)
        return CliRunner().invoke(app, ["remind", *options])

    return run_it


def test_the_command_says_what_it_planned_and_sent(desk, mails, command):
    person(desk, "Secretary", "secretariat")
    actions.give(desk, "First.", owner="", due=TODAY)
    told = command()
    assert told.exit_code == 0
    assert told.stdout.startswith("Planned: 1 new reminders, 0 that are no longer due.\nSent: ")
    assert command().stdout.startswith("Planned: 0 new reminders")


def test_the_command_tells_scripts_as_json(desk, command, config):
    told = json.loads(command(config, "--json").stdout)
    assert told == {"added": 0, "dropped": 0, "digests": 0, "reminders": 0, "waiting": 0, "given_up": 0}


def test_the_command_says_what_is_missing_where_nothing_can_be_sent(desk, settings, command):
    told = command(settings)
    assert told.exit_code == 1
    assert "set ROADMAP_SMTP_HOST" in told.stderr
