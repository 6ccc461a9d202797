"""Proposals that a lead has begun to put together, kept beside the log until they are sent or thrown away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from roadmap.domain.drafting import Drafted
from roadmap.store.tables import proposal_draft as table

#: The log keeps changes in the same words, so a draft can be read as long as the log can.
_CONTENT: Final = TypeAdapter(Drafted)


def keep(connection: Connection, actor: str, drafted: Drafted, saved: datetime) -> None:
    """Writes the draft of `actor`, in place of an older one for the same commission."""
    content = _CONTENT.dump_json(drafted, exclude={"saved"}, ensure_ascii=True).decode()
    fresh = {"content": content, "saved": saved}
    row = insert(table).values(actor=actor, commission=drafted.commission, **fresh)
    connection.execute(row.on_conflict_do_update(index_elements=["actor", "commission"], set_=fresh))


def discard(connection: Connection, actor: str, commission: str) -> None:
    """Throws the draft of `actor` for `commission` away, if there is one."""
    connection.execute(delete(table).where(_own(actor, commission)))


def forget(connection: Connection, actor: str) -> None:
    """Throws all drafts of `actor` away."""
    connection.execute(delete(table).where(table.c.actor == actor))


def of(connection: Connection, actor: str, commission: str) -> Drafted | None:
    """The draft of `actor` for `commission`."""
    row = connection.execute(select(table.c.content, table.c.saved).where(_own(actor, commission))).one_or_none()
    return replace(_CONTENT.validate_json(row.content), saved=row.saved) if row else None


def _own(actor: str, commission: str) -> ColumnElement[bool]:
    return (table.c.actor == actor) & (table.c.commission == commission)
