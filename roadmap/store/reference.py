"""What reports refer to, read from the projections: milestones and units in force."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import Connection, Table, select

from roadmap.domain.changes import Reference
from roadmap.domain.model import Milestone, Unit
from roadmap.store.tables import milestone, unit

_MILESTONES: TypeAdapter[list[Milestone]] = TypeAdapter(list[Milestone])
_UNITS: TypeAdapter[list[Unit]] = TypeAdapter(list[Unit])


def reference(connection: Connection) -> Reference:
    """Milestones and units in force, by code, as the transaction of `connection` sees them."""
    return Reference(
        milestones={found.code: found for found in _MILESTONES.validate_json(_bodies(connection, milestone))},
        units={found.code: found for found in _UNITS.validate_json(_bodies(connection, unit))},
    )


def _bodies(connection: Connection, table: Table) -> str:
    """All bodies of `table` as one JSON list: read at one go, 3,000 units take a few hundredths of a second."""
    return "[" + ",".join(connection.execute(select(table.c.body).order_by(table.c.id)).scalars()) + "]"
