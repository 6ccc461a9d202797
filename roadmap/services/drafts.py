"""What a lead has typed is not lost: it is kept across sign-outs and restarts until it is sent or thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from roadmap.domain.changes import Stream
from roadmap.errors import SettingsError
from roadmap.intake.contracts import ReportRow
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import drafts as store
from roadmap.store import log, reference
from roadmap.store.drafts import Draft

__all__ = ["Draft", "discard", "keep", "own"]

#: As long as the longest text of a report.
_LONGEST: Final = 4_000
_FIELDS: Final = frozenset(ReportRow.model_fields) - {"milestone", "unit", "version"}


@allowed(Action.REPORT, "commission")
def own(desk: Desk, commission: str) -> list[Draft]:
    """What the person at the desk has begun to write for `commission`, the newest first."""
    with desk.engine.connect() as connection:
        return store.of(connection, desk.who.actor, commission)


@allowed(Action.REPORT, "commission")
def keep(
    desk: Desk, stream: Stream, fields: Mapping[str, str], *, commission: str, base_version: int, seen: int
) -> None:
    """Keeps what was typed, however unfinished, in place of what was kept before.

    Args:
        desk: the database, and whose draft it is.
        stream: milestone and unit.
        fields: texts by the contract's names; others are left out, and what is longer than any text may be is cut.
        commission: whose milestone it is.
        base_version: the stream's version that the person was looking at.
        seen: `reporting.Present.seen` as the person saw it.

    Raises:
        SettingsError: `commission` has no such milestone, or there is no such unit.
    """
    typed = {name: value[:_LONGEST] for name, value in fields.items() if name in _FIELDS and value}
    draft = Draft(stream, commission, typed, base_version, seen, log.now())
    with desk.engine.begin() as connection:
        known = reference.reference(connection, [stream[0]], [stream[1]])
        if not known.units or not any(each.commission == commission for each in known.milestones.values()):
            raise SettingsError(
                f"{commission} has no milestone {stream[0]!r}, or there is no unit {stream[1]!r}.",
                fa=f"{commission} نقطه عطفی با کد «{stream[0]}» ندارد، یا یگانی با کد «{stream[1]}» نیست.",
            )
        store.keep(connection, desk.who.actor, draft)


@allowed(Action.REPORT, "commission")
def discard(desk: Desk, stream: Stream, *, commission: str) -> None:
    """Throws the person's own draft of `stream` away, if there is one."""
    with desk.engine.begin() as connection:
        store.discard(connection, desk.who.actor, commission, stream)
