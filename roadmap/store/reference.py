"""What reports refer to, read from the projections: milestones and units in force, as a transaction sees them."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import TypeAdapter
from sqlalchemy import Connection, Table, select

from roadmap.domain.changes import Reference
from roadmap.domain.model import Milestone, Unit
from roadmap.store.tables import milestone, unit

_MILESTONES: TypeAdapter[list[Milestone]] = TypeAdapter(list[Milestone])
_UNITS: TypeAdapter[list[Unit]] = TypeAdapter(list[Unit])


def reference(connection: Connection, milestone_codes: Collection[str], unit_codes: Collection[str]) -> Reference:
    """Those milestones and units that orders name, dropped ones too; a code that stands for none is left out."""
    named = _MILESTONES.validate_json(_bodies(connection, milestone, milestone_codes))
    return Reference(
        milestones={found.code: found for found in named},
        units={found.code: found for found in units(connection, unit_codes)},
    )


def milestones(connection: Connection, codes: Collection[str] | None = None) -> list[Milestone]:
    """The milestones in force, or those of them that have one of `codes`."""
    found = _MILESTONES.validate_json(_bodies(connection, milestone, codes))
    return [each for each in found if not each.dropped]


def units(connection: Connection, codes: Collection[str] | None = None) -> list[Unit]:
    """The units in force, or those of them that have one of `codes`."""
    return _UNITS.validate_json(_bodies(connection, unit, codes))


def _bodies(connection: Connection, table: Table, codes: Collection[str] | None) -> str:
    """Bodies of `table` as one JSON list: read at one go, 3,000 units take a few hundredths of a second."""
    wanted = select(table.c.body).order_by(table.c.id)
    if codes is not None:
        wanted = wanted.where(table.c.code.in_(codes))
    return "[" + ",".join(connection.execute(wanted).scalars()) + "]"
