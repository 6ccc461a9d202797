"""The table of permissions as a page of the documentation, written from the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roadmap.domain.people import Role
from roadmap.services.permissions import PERMISSIONS, Action, Reach

#: What each action is, in a reader's words.
MEANINGS: Final[Mapping[Action, str]] = {
    Action.READ_BOARD: "See the board: overview, roadmap, commissions, milestones and their stories",
    Action.READ_QUALITY: "See what came in, and how completely and punctually commissions report",
    Action.READ_REJECTS: "See what was turned away",
    Action.READ_REPORTING: "See what is due, and get a commission's workbook",
    Action.READ_DELIVERY: "Get a delivery back with its marks, and the page of its checks",
    Action.READ_MAPPING: "See how a commission's files read",
    Action.READ_REVIEWS: "See what waits for review and what became of it",
    Action.READ_PROPOSALS: "See proposals and decisions",
    Action.READ_SESSIONS: "See sessions, their agenda, actions and minutes",
    Action.READ_AUDIT: "See who did what",
    Action.READ_PEOPLE: "See who may sign in, and as what",
    Action.REPORT: "Report on milestones",
    Action.HAND_IN: "Hand a file in",
    Action.REOPEN: "Have a refused file checked again",
    Action.RELEASE: "Let a file in that is held back",
    Action.WAIVE: "Give up what was turned away, or take that back",
    Action.MAP_FEED: "Say how a commission's files read",
    Action.REVIEW: "Accept or return what was reported, but for the own reports",
    Action.PROPOSE: "Propose a change of the roadmap, or take the proposal back",
    Action.CHECK_PROPOSAL: "Say that a proposal is fit for a decision, or send it back",
    Action.DECIDE_PROPOSAL: "Decide about a proposal",
    Action.HOLD_SESSION: "Call a session, keep its decisions, actions and minutes",
    Action.SETTLE_ACTION: "Say that an action is done or given up",
    Action.CHOOSE_DIGEST: "Choose how to be reminded",
    Action.MANAGE_PEOPLE: "Say who may sign in, and as what",
    Action.RUN: "Run what the scheduler runs",
}
_HEADS: Final[Mapping[Role, str]] = {
    Role.EXECUTIVE: "executive",
    Role.SECRETARIAT: "secretariat",
    Role.COMMANDER: "commander",
    Role.LEAD: "lead",
    Role.DATA_OFFICER: "data officer",
    Role.OPERATOR: "operator",
    Role.MACHINE: "machine",
}
_CELLS: Final[Mapping[Reach | None, str]] = {"any": "yes", "own": "own", None: ""}
_PAGE: Final = """# Who may do what

`yes`: for all commissions; `own`: for the own commission; nothing: not at all. The machine is the command line and the
scheduler's runs. The table is `roadmap/services/permissions.py`, which every service asks before it does anything; what
a page hides is hidden for tidiness alone. Who has which role is said with `roadmap user` ([people](using.md#people)).

{table}

This page is written by `make docs`.
"""


def page() -> str:
    """The page, as it should stand in docs/permissions.md."""
    head = f"| | {' | '.join(_HEADS.values())} |\n|{'---|' * (len(_HEADS) + 1)}"
    return _PAGE.format(table="\n".join([head, *map(_row, Action)]))


def _row(action: Action) -> str:
    cells = (_CELLS[PERMISSIONS[action].get(role)] for role in _HEADS)
    return f"| {MEANINGS[action]} | {' | '.join(cells)} |"
