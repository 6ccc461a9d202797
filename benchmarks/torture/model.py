"""What the log promises, once more and from its documents alone: plain dicts and loops, nothing of the tracker's code.

The state machine of T6 holds the real log against this. It is written to be read, not to be quick: every question
is answered by going through all that was ever taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

#: A row as its sender means it: milestone, unit, effective, what it says, and `base`, the version it was made from.
Row = dict[str, Any]

_MAY_BECOME: Final = {
    "not_started": {"in_progress", "done", "suspended", "cancelled"},
    "in_progress": {"done", "suspended", "cancelled"},
    "suspended": {"in_progress", "done", "cancelled"},
    "done": {"in_progress"},
    "cancelled": set[str](),
}
_WORSE: Final = {"green": 0, "amber": 1, "red": 2}
_CLOSED: Final = ("done", "cancelled")


@dataclass
class Model:
    """Everything that was taken, in order. A batch is its number; `recorded[n]` belongs to batch n + 1."""

    units: list[tuple[int, date, Row]] = field(default_factory=list)
    milestones: list[tuple[int, date, Row]] = field(default_factory=list)
    reports: list[tuple[int, int, Row]] = field(default_factory=list)
    last_seqs: list[int] = field(default_factory=list)
    recorded: list[datetime] = field(default_factory=list)
    deliveries: dict[tuple[str, object], int] = field(default_factory=dict)

    @property
    def batch(self) -> int:
        """The newest batch."""
        return len(self.last_seqs)

    @property
    def seq(self) -> int:
        """The number of the last event."""
        return self.last_seqs[-1] if self.last_seqs else 0

    def batch_at(self, seq: int) -> int:
        """The newest batch that was whole when `seq` was the last event one knew of."""
        return max((number for number, last in enumerate(self.last_seqs, start=1) if last <= seq), default=0)

    def known_at(self, moment: datetime) -> int:
        """The last event that had been recorded by `moment`."""
        known = [last for last, when in zip(self.last_seqs, self.recorded, strict=True) if when <= moment]
        return max(known, default=0)

    def close(self, key: tuple[str, object], events: int, clock: datetime) -> None:
        """Ends a batch of so many events, which came as `key`."""
        self.last_seqs.append(self.seq + events)
        self.recorded.append(max([clock, *self.recorded]))
        self.deliveries[key] = self.batch

    def version(self, milestone: str, unit: str) -> int:
        """The newest version of a stream, 0 before the first."""
        return max((version for _, version, _ in self._stream(milestone, unit)), default=0)

    def take(self, rows: list[Row], commission: str, today: date) -> list[str]:
        """What becomes of each row: accepted (and then it stands in the next batch), duplicate, or a refusal's code."""
        verdicts = []
        days = set[tuple[str, str, date]]()
        for row in rows:
            day = row["milestone"], row["unit"], row["effective"]
            verdict = self._names(row, commission, today) or self._fits(row, repeats=day in days)
            days.add(day)
            if verdict == "accepted":
                self.reports.append((self.batch + 1, self.version(*day[:2]) + 1, row))
            verdicts.append(verdict)
        return verdicts

    def _names(self, row: Row, commission: str, today: date) -> str | None:
        milestones = {values["code"]: values for _, _, values in self.milestones}
        units = {values["code"]: values for _, _, values in self.units}
        if row["milestone"] not in milestones:
            return "unknown_milestone"
        if milestones[row["milestone"]]["commission"] != commission:
            return "foreign_milestone"
        if row["unit"] not in units:
            return "unknown_unit"
        if not _in_scope(units[row["unit"]], milestones[row["milestone"]]["scope"]):
            return "unit_out_of_scope"
        return "future" if row["effective"] > today else None

    def _fits(self, row: Row, *, repeats: bool) -> str:
        stream, day, base = (row["milestone"], row["unit"]), row["effective"], row["base"]
        counting = _counting(self._stream(*stream))
        if day in counting and _says(counting[day]) == _says(row):
            return "duplicate"
        if base is not None and base != self.version(*stream):
            return "stale_version"
        if day in counting and base is None:
            return "repeated" if repeats else "conflict"
        before = [counting[each]["state"] for each in sorted(counting) if each < day][-1:]
        after = [counting[each]["state"] for each in sorted(counting) if each > day][:1]
        if not all(_may_become(state, row["state"]) for state in before):
            return "transition"
        return "accepted" if all(_may_become(row["state"], state) for state in after) else "transition_after"

    def _stream(self, milestone: str, unit: str) -> list[tuple[int, int, Row]]:
        return [each for each in self.reports if (each[2]["milestone"], each[2]["unit"]) == (milestone, unit)]

    def standing(self, batch: int, day: date, province: str | None = None) -> dict[str, Row]:
        """Where each milestone that is promised on `day` stands then, as known after `batch`: the whole or a province.

        A milestone without any unit there is left out.
        """
        units = _in_force(self.units, batch, day)
        milestones = _in_force(self.milestones, batch, day)
        found = {}
        for code, milestone in milestones.items():
            own = [unit for unit in units.values() if _in_scope(unit, milestone["scope"])]
            own = [unit for unit in own if province is None or _province(unit) == province]
            if own:
                found[code] = _summed([self._unit(milestone, unit, batch, day) for unit in own])
        return found

    def _unit(self, milestone: Row, unit: Row, batch: int, day: date) -> Row:
        """Where one unit of a milestone stands."""
        known = [each for each in self._stream(milestone["code"], unit["code"]) if each[0] <= batch]
        told = [row for when, row in sorted(_counting(known).items()) if when <= day]
        stated = [row["spent"] for row in told if row["spent"] is not None]
        finished = None
        for row in told:
            finished = (finished or row["effective"]) if row["state"] == "done" else None
        weight = max(unit["visits"], 1) if milestone["weights"] == "visits" else 1
        spent = stated[-1] if stated else 0
        return {"weight": weight, "spent": spent, "finished_on": finished, "told": told[-1] if told else None}


def _counting(stream: list[tuple[int, int, Row]]) -> dict[date, Row]:
    """Of each day the report that counts: the newest version."""
    return {row["effective"]: row for _, _, row in sorted(stream, key=lambda each: each[1])}


def _says(row: Row) -> list[Any]:
    return [row[name] for name in ("state", "percent", "forecast_finish", "confidence", "spent", "narrative")]


def _may_become(state: str, following: str) -> bool:
    return following == state or following in _MAY_BECOME[state]


def _in_force(told: list[tuple[int, date, Row]], batch: int, day: date) -> dict[str, Row]:
    """What holds on `day`: of each code what was told last for the latest day up to it."""
    known = [(when, number, values) for number, (known_by, when, values) in enumerate(told) if known_by <= batch]
    return {values["code"]: values for when, _, values in sorted(known, key=lambda each: each[:2]) if when <= day}


def _in_scope(unit: Row, scope: str) -> bool:
    return bool(unit[scope]) if scope in {"target", "offline"} else unit["kind"] == scope


def _province(unit: Row) -> str | None:
    return unit["code"] if unit["kind"] == "province" else unit["parent"] if unit["kind"] == "station" else None


def _summed(units: list[Row]) -> Row:
    told = [unit["told"] for unit in units if unit["told"]]
    states = [row["state"] for row in told]
    still = [row for row in told if row["state"] not in _CLOSED]
    live = [unit for unit in units if not unit["told"] or unit["told"]["state"] != "cancelled"]
    weight = sum(unit["weight"] for unit in live)
    value = sum(unit["weight"] * unit["told"]["percent"] for unit in live if unit["told"])
    ended = states.count("done") + states.count("cancelled") == len(units)
    return {
        "percent": value / weight if weight else 0.0,
        "live": weight,
        "units": len(units),
        "reporting": len(told),
        "done": states.count("done"),
        "state": _state(len(units), states),
        "confidence": max((row["confidence"] for row in still if row["confidence"]), key=_WORSE.get, default=None),
        "forecast_finish": max((row["forecast_finish"] for row in still if row["forecast_finish"]), default=None),
        "finished_on": max((unit["finished_on"] for unit in units if unit["finished_on"]), default=None)
        if ended
        else None,
        "last_report": max((row["effective"] for row in told), default=None),
        "spent": sum(unit["spent"] for unit in units),
    }


def _state(units: int, states: list[str]) -> str:
    """The state of the whole; cancelled units do not count, silent ones have not started."""
    open_states = {state for state in states if state != "cancelled"}
    if len(states) < units:
        open_states.add("not_started")
    if not open_states:
        return "cancelled"
    if len(open_states) == 1:
        return open_states.pop()
    return "suspended" if "suspended" in open_states and "in_progress" not in open_states else "in_progress"
