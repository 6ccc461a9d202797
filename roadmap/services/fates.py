"""What became of what was turned away: asked for when it is looked at, from the log as it was known then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection

from roadmap.domain.events import RejectsWaived
from roadmap.feed import Feed
from roadmap.intake import mapped, reopened
from roadmap.intake.row_keys import read_key
from roadmap.services.desk import Desk, Moment
from roadmap.store import decisions, views
from roadmap.store.views import Broken, Entry, Repair


class State(StrEnum):
    """What became of a line."""

    OPEN = "open"
    REPAIRED = "repaired"
    WAIVED = "waived"


class Row(NamedTuple):
    """A row of a delivery; `row` None is the file as a whole."""

    batch: int
    row: int | None


@dataclass(frozen=True)
class Waiver:
    """Who waived it, when and why."""

    actor: str
    recorded: datetime
    reason: str


@dataclass(frozen=True)
class Fate:
    """What became of a row, and by which delivery or whom."""

    state: State
    repair: Repair | None = None
    waiver: Waiver | None = None

    @property
    def settled(self) -> datetime | None:
        """Since when it waits no more."""
        if self.repair:
            return self.repair.recorded
        return self.waiver.recorded if self.waiver else None


class Fates:
    """What became of the rows that some entries are about, as known at a moment."""

    def __init__(self, connection: Connection, desk: Desk, moment: Moment, entries: Sequence[Entry]) -> None:
        """Finds out which of them are repaired and which stand waived."""
        rows = {Row(each.batch, each.row): each for each in entries}
        feeds = {
            code: mapped.readable_feed(connection, desk.programme, code)
            for code in {each.commission for each in entries}
        }
        again = _taken_again(connection, {each.batch for each in entries if each.row is None})
        self._seq = moment.seq
        self._broken = {row: _broken(each, feeds[each.commission], again) for row, each in rows.items()}
        found = views.repaired(connection, list(self._broken.values()), moment.seq)
        self._repaired = {row for row, is_repaired in zip(self._broken, found, strict=True) if is_repaired}
        self._waived = _waivers(connection, moment.seq)

    def state(self, row: Row) -> State:
        """What became of `row`; one that was repaired needs no waiver any more."""
        if row in self._repaired:
            return State.REPAIRED
        return State.WAIVED if row in self._waived else State.OPEN

    def told(self, connection: Connection, rows: Iterable[Row]) -> dict[Row, Fate]:
        """What became of `rows`, and by what."""
        wanted = list(dict.fromkeys(rows))
        mended = [row for row in wanted if row in self._repaired]
        repairs = views.repairs(connection, [self._broken[row] for row in mended], self._seq)
        by = dict(zip(mended, repairs, strict=True))
        return {row: Fate(self.state(row), by.get(row), None if row in by else self._waived.get(row)) for row in wanted}


def _taken_again(connection: Connection, batches: set[int]) -> dict[int, str]:
    """By what the contents of those deliveries are known when they are taken again."""
    return {number: reopened.digest(receipt) for number, receipt in views.receipts_of(connection, batches).items()}


def _broken(entry: Entry, feed: Feed, again: Mapping[int, str]) -> Broken:
    told: dict[str, Any] = {
        "batch": entry.batch,
        "seq": entry.last_seq,
        "commission": entry.commission,
        "source": entry.source,
    }
    if entry.row is None:
        return Broken(**told, row=None, again=again[entry.batch])
    key = read_key(entry.key, feed)
    return Broken(**told, row=entry.row, **(vars(key) if key else {}))


def _waivers(connection: Connection, seq: int) -> dict[Row, Waiver]:
    """The rows that stand waived at `seq`: of each the newest decision counts."""
    found: dict[Row, Waiver] = {}
    for made in decisions.made(connection, "rejects_waived", seq):
        if isinstance(made.decision, RejectsWaived):
            rows = [Row(made.decision.batch, row) for row in made.decision.rows]
            if made.decision.waived:
                found |= dict.fromkeys(rows, Waiver(made.actor, made.recorded, made.decision.reason))
            else:
                found = {row: waiver for row, waiver in found.items() if row not in rows}
    return found
