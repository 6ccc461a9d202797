"""The reject ledger: what was turned away, who is to see to it, for how long, and what became of it.

What became of a line is asked for when it is looked at: a later delivery repaired it, or the secretariat waived it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from roadmap.domain.text import folded
from roadmap.intake.holding import HELD_BACK
from roadmap.services import about
from roadmap.services.desk import Desk, Moment
from roadmap.services.fates import Fate, Fates, Row, State, Waiver
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import views
from roadmap.store.views import Entry, RejectRow, Repair

__all__ = [
    "MOST",
    "SHOWN",
    "Fate",
    "Ledger",
    "Line",
    "Looked",
    "Open",
    "Owner",
    "RejectRow",
    "Repair",
    "State",
    "Waiver",
    "Wanted",
    "ledger",
    "looked",
    "view",
]

#: So many lines of each commission are looked through, and so many are shown.
MOST: Final = 5_000
SHOWN: Final = 500


class Owner(StrEnum):
    """Who is to see to a line: the commission's data officer, or the secretariat."""

    OFFICER = "officer"
    SECRETARIAT = "secretariat"


@dataclass(frozen=True)
class Line:
    """A line of the ledger with what became of its row."""

    reject: RejectRow
    fate: Fate

    @property
    def owner(self) -> Owner:
        """Who is to see to it."""
        return Owner.SECRETARIAT if self.reject.code == HELD_BACK else Owner.OFFICER

    def age(self, today: date, zone: ZoneInfo) -> int:
        """For how many days it waited: until it was settled, else until `today`."""
        end = self.fate.settled.astimezone(zone).date() if self.fate.settled else today
        return (end - self.reject.recorded.astimezone(zone).date()).days


@dataclass(frozen=True)
class Wanted:
    """Which lines: of one commission, reason or state (None: any), whose file or key holds `search`."""

    commission: str | None = None
    code: str | None = None
    state: State | None = State.OPEN
    search: str = ""
    oldest_first: bool = False


@dataclass(frozen=True)
class Open:
    """How many rows of a commission are open; `more` if its ledger is longer than what is looked through."""

    rows: int
    more: bool


@dataclass(frozen=True)
class Ledger:
    """Lines as they were wanted, and how the ledger stands.

    `matching` is how many lines there are of which `lines` are the first; `reasons` how often each reason occurs among
    the lines of the wanted commission and state; `open` is by commission, of those that were looked at.
    `looked_through` is whether that is all of the ledger.
    """

    lines: list[Line]
    matching: int
    reasons: dict[str, int]
    open: dict[str, Open]
    looked_through: bool


@dataclass(frozen=True)
class Looked:
    """What was looked through of the ledger, and what became of it; `beyond` names the commissions that have more."""

    entries: tuple[Entry, ...]
    became: Fates
    beyond: frozenset[str]
    commissions: tuple[str, ...]


@allowed(Action.READ_REJECTS, about.wanted)
def ledger(desk: Desk, moment: Moment, wanted: Wanted, *, shown: int = SHOWN) -> Ledger:
    """The ledger as known at `moment`: its newest (or oldest) lines of each commission, of these at most `shown`."""
    found = looked(desk, moment, wanted.commission, oldest_first=wanted.oldest_first)
    return view(desk, found, wanted, shown=shown)


@allowed(Action.READ_REJECTS, "commission")
def looked(desk: Desk, moment: Moment, commission: str | None = None, *, oldest_first: bool = False) -> Looked:
    """The newest (or oldest) lines of `commission`, or of each, with what became of them as known at `moment`.

    That is the costly part of the ledger: whoever wants several views of it looks it through once.
    """
    codes = tuple(desk.programme.by_commission) if commission is None else (commission,)
    with desk.engine.connect() as connection:
        found = views.entries(connection, moment.seq, codes, most=MOST + 1, oldest_first=oldest_first)
        entries, beyond = _bounded(found)
        return Looked(tuple(entries), Fates(connection, desk, moment, entries), frozenset(beyond), codes)


@allowed(Action.READ_REJECTS, about.wanted)
def view(desk: Desk, found: Looked, wanted: Wanted, *, shown: int = SHOWN) -> Ledger:
    """Of what was looked through the lines that are wanted, at most `shown` of them."""
    own = [each for each in found.entries if _is_asked(each, found.became, wanted)]
    matching = sorted((each for each in own if _fits(each, wanted)), key=lambda each: _order(each, wanted))
    return Ledger(
        lines=_lines(desk, found.became, matching[:shown]) if matching[:shown] else [],
        matching=len(matching),
        reasons=dict(Counter(each.code for each in own).most_common()),
        open=_open(found),
        looked_through=not (found.beyond if wanted.commission is None else found.beyond & {wanted.commission}),
    )


def _lines(desk: Desk, became: Fates, entries: Sequence[Entry]) -> list[Line]:
    with desk.engine.connect() as connection:
        rejects = views.rejects_of(connection, [each.id for each in entries])
        told = became.told(connection, (Row(each.batch, each.row) for each in rejects))
    return [Line(reject, told[Row(reject.batch, reject.row)]) for reject in rejects]


def _order(entry: Entry, wanted: Wanted) -> tuple[int, int]:
    """By delivery, and in a delivery as they were found."""
    return (entry.batch if wanted.oldest_first else -entry.batch, entry.id)


def _bounded(found: Sequence[Entry]) -> tuple[list[Entry], set[str]]:
    """The first lines of each commission, and the commissions that have more."""
    seen: Counter[str] = Counter()
    kept = []
    for each in found:
        seen[each.commission] += 1
        if seen[each.commission] <= MOST:
            kept.append(each)
    return kept, {code for code, count in seen.items() if count > MOST}


def _is_asked(entry: Entry, became: Fates, wanted: Wanted) -> bool:
    of_commission = wanted.commission in {None, entry.commission}
    return of_commission and wanted.state in {None, became.state(Row(entry.batch, entry.row))}


def _fits(entry: Entry, wanted: Wanted) -> bool:
    words = folded(wanted.search)
    return wanted.code in {None, entry.code} and (
        not words or words in folded(entry.source) or words in folded(entry.key)
    )


def _open(found: Looked) -> dict[str, Open]:
    rows = {(each.commission, Row(each.batch, each.row)) for each in found.entries}
    counted = Counter(commission for commission, row in rows if found.became.state(row) is State.OPEN)
    return {code: Open(counted[code], code in found.beyond) for code in found.commissions}
