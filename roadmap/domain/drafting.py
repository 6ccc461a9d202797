"""What a lead has put together of a proposal and not sent yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from roadmap.domain.events import Change
from roadmap.domain.model import Indicator, Milestone
from roadmap.domain.proposing import item, key, put


@dataclass(frozen=True)
class Drafted:
    """Changes of `commission`'s, made on the baseline with the number `baseline`, and the reason as far as it is said.

    `name` stands for this draft, so that it is proposed once however often it is sent. `again` is the proposal that
    came back and is to be sent again, `seen` the number of its step that was looked at. `saved` is when it was kept
    last; None: not yet.
    """

    commission: str
    baseline: int
    name: str
    changes: tuple[Change, ...] = ()
    again: str | None = None
    seen: int = 0
    reason: str = ""
    saved: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it that could be lost."""
        return not (self.changes or self.again or self.reason)

    def with_(self, wanted: Milestone | Indicator) -> Drafted:
        """The draft with `wanted` in it, in place of what was drafted of the same."""
        change = put(wanted)
        others = (each for each in self.changes if key(each) != key(change))
        return replace(self, changes=(*others, change))

    def without(self, change: Change) -> Drafted:
        """The draft without `change`."""
        return replace(self, changes=tuple(each for each in self.changes if each != change))

    def drafted(self, kind: str, code: str) -> Milestone | Indicator | None:
        """What was drafted of that milestone or indicator."""
        return next((item(each) for each in self.changes if key(each) == (kind, code)), None)
