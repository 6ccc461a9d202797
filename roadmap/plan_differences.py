"""What a later edition of a plan says otherwise: proposals to decide on, apart from what is only written otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from roadmap.domain.model import Indicator, Milestone
from roadmap.domain.text import Text, folded
from roadmap.plan_table import Entry

#: Signs and spaces between words; between digits they may be a decimal mark, so there they count.
_SIGNS: Final = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")
#: How Excel writes a character that XML cannot hold, such as a soft hyphen of a copied text.
_ESCAPED: Final = re.compile(r"_x[0-9A-Fa-f]{4}_")


class Change(StrEnum):
    """What a proposal is about: a whole entry, or a field of it that is a day, a number, a text or a code."""

    NEW = "new"
    DROPPED = "dropped"
    MOVED = "moved"
    RETARGETED = "retargeted"
    REWORDED = "reworded"
    REASSIGNED = "reassigned"


@dataclass(frozen=True)
class Proposal:
    """One thing that the later edition wants: of which entry, and of which field from what to what (none: empty)."""

    change: Change
    code: str
    field: str = ""
    before: object = None
    after: object = None


@dataclass(frozen=True)
class FieldChange:
    """A field of a milestone or an indicator that another version has otherwise; None: there is no such version."""

    field: str
    before: object
    after: object

    @property
    def only_written_otherwise(self) -> bool:
        """Whether both mean the same."""
        return same(self.before, self.after)


@dataclass(frozen=True)
class Rewriting:
    """A field that is written otherwise and means the same."""

    code: str
    field: str
    before: str
    after: str


def differences(before: Sequence[Entry], after: Sequence[Entry]) -> list[Proposal]:
    """What `after` proposes against `before`: what is dropped and changed in the order of the one, then what is new.

    Entries are matched by their codes. A number, day or text that only looks different is no proposal.
    """
    later, earlier = {entry.code: entry for entry in after}, {entry.code for entry in before}
    gone = [Proposal(Change.DROPPED, entry.code) for entry in before if entry.code not in later]
    changed = [change for entry in before if entry.code in later for change in _changes(entry, later[entry.code])]
    return [*gone, *changed, *(Proposal(Change.NEW, entry.code) for entry in after if entry.code not in earlier)]


def rewritings(before: Sequence[Entry], after: Sequence[Entry]) -> list[Rewriting]:
    """What both editions say alike and write differently, in the order of `before`."""
    later = {entry.code: entry for entry in after}
    return [
        Rewriting(entry.code, field, written, other.written[field])
        for entry in before
        if (other := later.get(entry.code)) is not None
        for field, written in entry.written.items()
        if other.written.get(field, written) != written and same(entry.values[field], other.values[field])
    ]


def between(before: Milestone | Indicator | None, after: Milestone | Indicator) -> list[FieldChange]:
    """The fields in which `after` is otherwise than `before` (None: it is new), in their order."""
    told = [(name, getattr(before, name, None), getattr(after, name)) for name in type(after).model_fields]
    return [FieldChange(name, old, new) for name, old, new in told if old != new]


def _changes(before: Entry, after: Entry) -> Iterator[Proposal]:
    for field in {**before.values, **after.values}:
        old, new = before.values.get(field), after.values.get(field)
        if not same(old, new):
            yield Proposal(_kind(old if new is None else new), before.code, field, old, new)


def _kind(value: object) -> Change:
    if isinstance(value, date):
        return Change.MOVED
    if isinstance(value, int | float):
        return Change.RETARGETED
    return Change.REWORDED if isinstance(value, dict) else Change.REASSIGNED


def same(one: object, other: object) -> bool:
    """Whether two values mean the same: equal, or texts of the same letters and digits."""
    if isinstance(one, Text) and isinstance(other, Text):
        return same(one.model_dump(), other.model_dump())
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_letters(one[name]) == _letters(other[name]) for name in one)
    return one == other


def _letters(written: str) -> str:
    return _SIGNS.sub("", folded(_ESCAPED.sub("", written)))
