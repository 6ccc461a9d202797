"""The plan under the state machine of T6: its units and milestones, what changes of them, and the empty log before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import Connection, text

from roadmap.domain.events import Event, MilestoneBaselined, UnitOpened
from roadmap.domain.model import Milestone, Unit
from roadmap.store import hashing, tables

START: Final = date(2025, 11, 1)
PROVINCES: Final = ("P-1", "P-2")
STATIONS: Final = ("U-1", "U-2", "U-3")
SCOPES: Final = ("national", "province", "station", "target", "offline")
WEIGHTS: Final = ("equal", "visits")

_TITLE: Final = {"fa": "چیزی", "en": "Something"}
_MILESTONES: Final = (
    ("N-1", "alpha", "national", "equal"),
    ("A-1", "alpha", "province", "visits"),
    ("S-1", "alpha", "station", "visits"),
    ("T-1", "alpha", "target", "equal"),
    ("O-1", "beta", "national", "equal"),
)


@dataclass(frozen=True)
class Change:
    """A unit or a milestone that is from `day` on as `values` say."""

    kind: Literal["unit", "milestone"]
    day: date
    values: dict[str, Any]


def unit(code: str, day: date = START, **values: Any) -> Change:  # noqa: ANN401 - what a unit has
    """A change of the unit `code`: kind and parent follow from the code unless given."""
    plain = {"code": code, "kind": "station", "parent": "P-1", "visits": 0, "target": False, "offline": False}
    return Change("unit", day, plain | values)


def milestone(code: str, commission: str, scope: str, weights: str, day: date = START) -> Change:
    """A baseline of the milestone `code`."""
    return Change("milestone", day, {"code": code, "commission": commission, "scope": scope, "weights": weights})


def units() -> list[Change]:
    """The country, two provinces, three stations; the first of these is a target, the last has no network."""
    return [
        unit("national", kind="national", parent=None),
        *(unit(code, kind="province", parent="national", visits=10) for code in PROVINCES),
        *(unit(code, visits=30 * n, target=n == 0, offline=n == 2) for n, code in enumerate(STATIONS)),
    ]


def milestones() -> list[Change]:
    """One of each scope but the last, and one of another commission."""
    return [milestone(*values) for values in _MILESTONES]


def event(change: Change) -> Event:
    """The event that brings `change`."""
    values = change.values
    if change.kind == "unit":
        return UnitOpened(effective=change.day, unit=Unit.model_validate(values | {"title": _TITLE}))
    texts = dict.fromkeys(("title", "deliverable", "evidence", "owner"), _TITLE)
    promised = {
        **texts,
        **{name: values[name] for name in ("code", "commission", "scope")},
        "horizon": "near",
        "start": START,
        "finish": date(2027, 6, 30),
        "weight": 1,
        "unit_weights": values["weights"],
    }
    return MilestoneBaselined(effective=change.day, baseline=1, milestone=Milestone.model_validate(promised))


def open_up(connection: Connection) -> None:
    """What an owner can do: switches the guards against emptying the log off, and the waiting for the disk."""
    for table in tables.APPEND_ONLY:
        connection.execute(text(f"alter table {table.name} disable trigger user"))
    name = connection.dialect.identifier_preparer.quote(str(connection.engine.url.database))
    connection.execute(text(f"alter database {name} set synchronous_commit = off"))


def empty(connection: Connection) -> None:
    """A log in which nothing was ever written."""
    names = ", ".join(table.name for table in (*tables.APPEND_ONLY, *tables.PROJECTIONS))
    connection.execute(text(f"truncate {names} restart identity"))
    connection.execute(
        text("update head set seq = 0, batch = 0, chain = :genesis, recorded = '1970-01-01T00:00:00Z'"),
        {"genesis": hashing.GENESIS},
    )
