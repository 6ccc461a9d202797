"""How far each commission's feed was asked; written together with the receipt of what came of it."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from roadmap.store.tables import feed_cursor


def find(connection: Connection, commission: str) -> str | None:
    """The cursor of the commission's feed; None where none was ever kept."""
    return connection.scalar(select(feed_cursor.c.cursor).where(feed_cursor.c.commission == commission))


def keep(connection: Connection, commission: str, cursor: str, batch: int) -> None:
    """Keeps `cursor` in the transaction of `connection`, beside the receipt number `batch`."""
    row = insert(feed_cursor).values(commission=commission, cursor=cursor, batch=batch)
    fresh = {"cursor": row.excluded.cursor, "batch": row.excluded.batch}
    connection.execute(row.on_conflict_do_update(index_elements=["commission"], set_=fresh))
