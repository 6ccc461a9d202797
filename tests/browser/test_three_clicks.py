"""Nothing that anybody does takes more than three clicks from their start page, and nothing is destroyed by a slip."""

from __future__ import annotations

from pathlib import Path

import pytest

from roadmap.domain.people import OF_PEOPLE, Role
from roadmap.services.permissions import PERMISSIONS, Action
from tests.browser import harbour
from tests.browser.board import Board, People
from tests.browser.hands import Mouse, walk
from tests.browser.ways import WAYS, Way

pytestmark = pytest.mark.timeout(300)
#: What only the command line offers (`roadmap user`).
BY_COMMAND = {Action.MANAGE_PEOPLE}


@pytest.fixture(scope="module")
def work(reviewed: Board) -> None:
    """Something to do for everybody, whatever was done before."""
    harbour.propose(reviewed.desk)
    harbour.draft(reviewed.desk)


def offered() -> list[tuple[Action, Role]]:
    """Every action that writes, with each role of people that may do it on the board."""
    writing = {action: roles for action, roles in PERMISSIONS.items() if not action.name.startswith("READ_")}
    return [
        (action, role) for action, roles in writing.items() if action not in BY_COMMAND for role in roles
        if role in OF_PEOPLE
    ]  # fmt: skip


@pytest.mark.parametrize(("action", "role"), offered())
def test_whoever_may_do_something_has_a_way_to_it_of_three_clicks_at_most(action: Action, role: Role) -> None:
    known = [way for way in WAYS if way.action is action and any(who.split(":")[0] == role for who in way.people)]
    assert known
    assert [way.what for way in known if way.clicks > 3] == []


@pytest.mark.parametrize("way", [way for way in WAYS if way.told and not way.elsewhere], ids=lambda way: way.what)
def test_the_board_says_that_it_is_done_after_as_many_clicks(
    work: None, office: People, tmp_path: Path, way: Way
) -> None:
    (tmp_path / "odd.csv").write_text("what is this\n1\n", "utf-8")
    page = office.window(way.people[0], "")
    walk(way, Mouse(page), tmp_path)
    assert page.locator("[data-testid=stException]").count() == 0
    page.close()
