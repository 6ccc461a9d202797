"""Who may do what, as data; `gate` asks here and nowhere else, and the documentation is rendered from it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

from roadmap.domain.people import Role

#: Of all commissions, or of the own one alone.
Reach = Literal["any", "own"]


class Action(StrEnum):
    """What somebody does or looks at."""

    READ_BOARD = "read_board"
    READ_QUALITY = "read_quality"
    READ_REJECTS = "read_rejects"
    READ_REPORTING = "read_reporting"
    READ_DELIVERY = "read_delivery"
    READ_MAPPING = "read_mapping"
    READ_REVIEWS = "read_reviews"
    READ_PROPOSALS = "read_proposals"
    READ_SESSIONS = "read_sessions"
    READ_AUDIT = "read_audit"
    READ_PEOPLE = "read_people"
    REPORT = "report"
    HAND_IN = "hand_in"
    REOPEN = "reopen"
    RELEASE = "release"
    WAIVE = "waive"
    MAP_FEED = "map_feed"
    REVIEW = "review"
    PROPOSE = "propose"
    CHECK_PROPOSAL = "check_proposal"
    DECIDE_PROPOSAL = "decide_proposal"
    HOLD_SESSION = "hold_session"
    SETTLE_ACTION = "settle_action"
    CHOOSE_DIGEST = "choose_digest"
    MANAGE_PEOPLE = "manage_people"
    RUN = "run"


def _row(
    *,
    executive: Reach | None = None,
    secretariat: Reach | None = None,
    commander: Reach | None = None,
    lead: Reach | None = None,
    officer: Reach | None = None,
    operator: Reach | None = None,
    machine: Reach | None = None,
) -> Mapping[Role, Reach]:
    told = {
        Role.EXECUTIVE: executive,
        Role.SECRETARIAT: secretariat,
        Role.COMMANDER: commander,
        Role.LEAD: lead,
        Role.DATA_OFFICER: officer,
        Role.OPERATOR: operator,
        Role.MACHINE: machine,
    }
    return {role: reach for role, reach in told.items() if reach is not None}


_ALL: Final = _row(
    executive="any", secretariat="any", commander="any", lead="any", officer="any", operator="any", machine="any"
)
#: The commission's own people, and those who watch over all of them.
_WATCHED: Final = _row(secretariat="any", lead="own", officer="own", operator="any", machine="any")

PERMISSIONS: Final[Mapping[Action, Mapping[Role, Reach]]] = {
    Action.READ_BOARD: _ALL,
    Action.READ_QUALITY: _ALL,
    Action.READ_REJECTS: _WATCHED,
    Action.READ_REPORTING: _row(secretariat="any", lead="own", officer="own", machine="any"),
    Action.READ_DELIVERY: _WATCHED,
    Action.READ_MAPPING: _WATCHED,
    Action.READ_REVIEWS: _row(secretariat="any", commander="any", lead="own", officer="own"),
    Action.READ_PROPOSALS: _row(executive="any", secretariat="any", commander="any", lead="any", officer="any"),
    Action.READ_SESSIONS: _row(executive="any", secretariat="any", commander="any", lead="any", officer="any"),
    Action.READ_AUDIT: _row(secretariat="any", commander="any", operator="any", machine="any"),
    Action.READ_PEOPLE: _row(operator="any", machine="any"),
    Action.REPORT: _row(lead="own"),
    Action.HAND_IN: _row(lead="own", officer="own", machine="any"),
    Action.REOPEN: _row(secretariat="any", lead="own", officer="own", operator="any", machine="any"),
    Action.RELEASE: _row(secretariat="any", machine="any"),
    Action.WAIVE: _row(secretariat="any"),
    Action.MAP_FEED: _row(secretariat="any", lead="own", officer="own", operator="any"),
    Action.REVIEW: _row(secretariat="any"),
    Action.PROPOSE: _row(lead="own"),
    Action.CHECK_PROPOSAL: _row(secretariat="any"),
    Action.DECIDE_PROPOSAL: _row(commander="any"),
    Action.HOLD_SESSION: _row(secretariat="any"),
    Action.SETTLE_ACTION: _row(secretariat="any", lead="own", officer="own"),
    Action.CHOOSE_DIGEST: _row(
        executive="any", secretariat="any", commander="any", lead="any", officer="any", operator="any"
    ),
    Action.MANAGE_PEOPLE: _row(operator="any", machine="any"),
    Action.RUN: _row(machine="any"),
}
