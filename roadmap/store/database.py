"""Connections, migrations and privileges of the tracker's database."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from roadmap.errors import SettingsError, StoreError
from roadmap.store.tables import (
    APPEND_ONLY,
    PROJECTIONS,
    digest,
    draft,
    feed_cursor,
    forecast,
    head,
    layout,
    metadata,
    outbox,
    person,
    proposal_draft,
    session,
)

_OLDEST_SERVER = 150_000
#: Seconds that `bound_waiting` allows.
LOCK_SECONDS: Final = 30
_DRIVERS = {"postgresql", "postgresql+psycopg"}


def connect(url: str) -> Engine:
    """An engine for `url`, seen to answer.

    Raises:
        SettingsError: `url` is not one of a PostgreSQL database.
        StoreError: the server cannot be reached, or is older than PostgreSQL 15.
    """
    engine = create_engine(_postgresql(url), pool_pre_ping=True)
    try:
        with engine.connect() as connection:
            version = int(connection.execute(text("show server_version_num")).scalar_one())
    except OperationalError as error:
        message = f"The database does not answer ({_reason(error)}); start it or correct ROADMAP_DATABASE_URL."
        raise StoreError(message) from error
    if version < _OLDEST_SERVER:
        message = f"The database server is version {version // 10_000}; PostgreSQL 15 or newer is needed."
        raise StoreError(message)
    return engine


def bound_waiting(connection: Connection) -> None:
    """Lets no statement of `connection`'s transaction wait for a lock longer than `LOCK_SECONDS`.

    For transactions that work for one another: a third party who wants a table for himself alone would wait for the
    one and make the other wait, which the server does not take for a deadlock.
    """
    connection.execute(text("select set_config('lock_timeout', :patience, true)"), {"patience": f"{LOCK_SECONDS}s"})


def _postgresql(url: str) -> URL:
    """`url` taken apart; it may hold a password, so it is not shown when it is wrong."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in _DRIVERS or not parsed.username:
        message = "A database URL is not of the form postgresql+psycopg://role@host/database; correct the settings."
        raise SettingsError(message)
    return parsed


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


def migrate(owner_url: str, application_url: str) -> None:
    """Brings the schema to this version, as the owner, and gives the application's role what it may do.

    Raises:
        SettingsError: one of the URLs is not of a PostgreSQL database.
        StoreError: the server cannot be reached, or does not let the owner do this.
    """
    role = _postgresql(application_url).username
    owner = connect(owner_url)
    try:
        command.upgrade(_config(owner_url), "head")
        _grant(owner, str(role))
    except DBAPIError as error:
        message = f"The database cannot be set up ({_reason(error)}); see that both roles and their rights are there."
        raise StoreError(message) from error
    finally:
        owner.dispose()


def is_current(engine: Engine) -> bool:
    """Whether the schema is there at all."""
    with engine.connect() as connection:
        return connection.execute(text("select to_regclass('head') is not null")).scalar_one() is True


def _config(owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["url"] = owner_url
    return config


def _grant(owner: Engine, role: str) -> None:
    """The application reads and adds; only projections, the head, cursors and people may it change, never the log."""
    appended = ", ".join(table.name for table in (*APPEND_ONLY, forecast))
    derived = ", ".join(table.name for table in (*PROJECTIONS, layout))
    with owner.begin() as connection:
        quoted = connection.dialect.identifier_preparer.quote(role)
        for privileges, tables in (
            ("select, insert", appended),
            ("select, insert, update, delete", derived),
            ("select, update", head.name),
            ("select, insert, update", f"{feed_cursor.name}, {person.name}, {session.name}"),
            ("select, insert, update, delete", f"{outbox.name}, {digest.name}, {draft.name}, {proposal_draft.name}"),
        ):
            connection.execute(text(f"grant {privileges} on {tables} to {quoted}"))


def differences(owner_url: str) -> list[object]:
    """What the migrated schema lacks of `roadmap.store.tables`, or has beyond it; empty when they agree."""
    engine = connect(owner_url)
    try:
        with engine.connect() as connection:
            return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))
    finally:
        engine.dispose()
