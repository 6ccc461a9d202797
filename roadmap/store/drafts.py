"""Reports that somebody has begun to write, kept beside the log until they are sent or thrown away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from roadmap.domain.changes import Stream
from roadmap.store import proposal_drafts
from roadmap.store.tables import draft as table


@dataclass(frozen=True)
class Draft:
    """What was typed of a report, by the contract's names, and what it was begun on (see `reporting.Present`)."""

    stream: Stream
    commission: str
    fields: Mapping[str, str]
    base_version: int
    seen: int
    saved: datetime


def keep(connection: Connection, actor: str, draft: Draft) -> None:
    """Writes the draft of `actor`, in place of an older one of the same stream."""
    milestone, unit = draft.stream
    fresh = {
        "commission": draft.commission,
        "fields": json.dumps(dict(draft.fields), ensure_ascii=False),
        "base_version": draft.base_version,
        "seen": draft.seen,
        "saved": draft.saved,
    }
    row = insert(table).values(actor=actor, milestone=milestone, unit=unit, **fresh)
    connection.execute(row.on_conflict_do_update(index_elements=["actor", "milestone", "unit"], set_=fresh))


def discard(connection: Connection, actor: str, commission: str, stream: Stream) -> None:
    """Throws the draft of `actor` away, if there is one."""
    this = (table.c.milestone == stream[0]) & (table.c.unit == stream[1])
    connection.execute(delete(table).where(_own(actor, commission), this))


def forget(connection: Connection, actor: str) -> None:
    """Throws all drafts of `actor` away, those of proposals too."""
    connection.execute(delete(table).where(table.c.actor == actor))
    proposal_drafts.forget(connection, actor)


def of(connection: Connection, actor: str, commission: str) -> list[Draft]:
    """The drafts of `actor` for `commission`, the newest first."""
    found = select(table).where(_own(actor, commission))
    rows = connection.execute(found.order_by(table.c.saved.desc(), table.c.milestone, table.c.unit))
    return [_draft(row) for row in rows]


def _own(actor: str, commission: str) -> ColumnElement[bool]:
    return (table.c.actor == actor) & (table.c.commission == commission)


def _draft(row: Row[Any]) -> Draft:
    stream = (row.milestone, row.unit)
    return Draft(stream, row.commission, json.loads(row.fields), row.base_version, row.seen, row.saved)
