"""What a lead has put together of a proposal is not lost: it is kept across sign-outs until it is sent or thrown away.

One draft a person and commission. Whether it may be sent is asked when it is (`proposing`), and shown while it is
written (`proposals.draft`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from roadmap.domain.drafting import Drafted
from roadmap.services import about
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import log
from roadmap.store import proposal_drafts as store

__all__ = ["Drafted", "discard", "keep", "own"]

#: As long as the longest reason.
_LONGEST: Final = 1_000


@allowed(Action.PROPOSE, "commission")
def own(desk: Desk, commission: str) -> Drafted | None:
    """What the person at the desk has begun to propose for `commission`."""
    with desk.engine.connect() as connection:
        return store.of(connection, desk.who.actor, commission)


@allowed(Action.PROPOSE, about.drafted)
def keep(desk: Desk, drafted: Drafted) -> None:
    """Keeps what was put together, however unfinished, in place of what was kept before; a longer reason is cut."""
    with desk.engine.begin() as connection:
        store.keep(connection, desk.who.actor, replace(drafted, reason=drafted.reason[:_LONGEST]), log.now())


@allowed(Action.PROPOSE, "commission")
def discard(desk: Desk, commission: str) -> None:
    """Throws the person's own draft for `commission` away, if there is one."""
    with desk.engine.begin() as connection:
        store.discard(connection, desk.who.actor, commission)
