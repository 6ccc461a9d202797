"""Whoever may write the database behind the log's back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, text

from roadmap.services.desk import Desk
from roadmap.store import database, embedded
from roadmap.store.tables import batch, event, reject, subject


@pytest.fixture
def owner(databases: embedded.Databases, desk: Desk) -> Iterator[Callable[[Callable[[Connection], None]], None]]:
    """Somebody with the owner's password, all guards of the tables switched off."""
    engine = database.connect(databases.owner)

    def does(harm: Callable[[Connection], None]) -> None:
        with engine.begin() as connection:
            for table in (event, batch, reject, subject):
                connection.execute(text(f"alter table {table.name} disable trigger user"))
            harm(connection)

    yield does
    engine.dispose()
