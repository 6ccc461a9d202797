"""`roadmap user …` on a real database: sentences for people, JSON for scripts, one line for what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from typer.testing import CliRunner

from roadmap import cli
from roadmap import settings as configuration
from roadmap.services.desk import Desk
from roadmap.settings import Settings

User = Callable[..., Result]


@pytest.fixture
def user(desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(configuration, "read", lambda **_: settings)
    runner = CliRunner()
    return lambda *words, answer="": runner.invoke(cli.app, ["user", *words], input=answer)


def test_the_operators_way_from_nobody_to_a_lead_and_back(user: User) -> None:
    assert user("list").stdout == "Nobody yet.\n"
    added = user("add", "Maryam", "--email", "m@example.org")
    assert added.stdout == "Person 1 (Maryam) may sign in; `roadmap user roles` gives roles.\n"
    given = user("roles", "1", "lead:quays", "executive", "--reason", "Appointed.")
    assert given.stdout == "Person 1 (Maryam): executive, lead:quays.\n"
    assert user("list").stdout == "   1  Maryam  m@example.org  executive, lead:quays  never signed in\n"
    [listed] = json.loads(user("list", "--json").stdout)
    assert (listed["id"], listed["roles"], listed["active"]) == (1, ["executive", "lead:quays"], True)
    assert user("roles", "1", "--reason", "Left.").stdout == "Person 1 (Maryam): no role.\n"
    assert user("deactivate", "1", "--reason", "Left.").stdout == "Person 1 (Maryam) may see nothing any more.\n"
    assert "deactivated" in user("list").stdout
    assert user("activate", "1").exit_code == 0
    assert user("sign-out", "1").stdout == "Person 1: 0 sessions ended.\n"


def test_erasing_asks_first(user: User) -> None:
    user("add", "Maryam", "--email", "m@example.org")
    assert user("erase", "1", "--reason", "Asked.", answer="n\n").exit_code == 1
    assert "Maryam" in user("list").stdout
    assert user("erase", "1", "--reason", "Asked.", "--yes").stdout == "Person 1 has no name any more.\n"
    assert "(erased)" in user("list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["roles", "9", "executive", "--reason", "So."], "There is no person with the number 9"),
        (["roles", "1", "emperor", "--reason", "So."], "emperor is no role; there are executive"),
        (["roles", "1", "lead:ships", "--reason", "So."], "There is no commission ships"),
        (["add", "Somebody"], "Give a name"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(user: User, words: list[str], said: str) -> None:
    user("add", "Maryam", "--email", "m@example.org")
    refused = user(*words)
    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"roadmap: {said}")
    assert refused.stderr.count("\n") == 1
