"""A database of an office of the demonstration: a view in the embedded PostgreSQL, and a role that may only read it.

It is a database of its own beside the tracker's, which knows nothing of it: neither the tracker's roles nor its backups
reach it. Its rows carry the time of their last change, whoever changes them.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from roadmap.feed import SqlFeed
from roadmap.store import embedded

_DATABASE: Final = "offices"
_READER: Final = "office_reader"

_TABLE: Final = """
create schema if not exists {schema};
create table if not exists {table} ({columns}, {cursor} timestamptz not null);
create or replace function {schema}.stamped() returns trigger language plpgsql as
    $$ begin new.{cursor} := clock_timestamp(); return new; end $$;
create or replace trigger stamped before insert or update on {table}
    for each row execute function {schema}.stamped();
create or replace view {view} as select * from {table};
grant usage on schema {schema} to {reader};
grant select on {view} to {reader};
"""
#: A feed whose entry was changed has other columns.
_AFRESH: Final = "drop table if exists {table} cascade;"


def opened(state_dir: Path, feed: SqlFeed) -> dict[str, Any]:
    """The connection that reads `feed`, as Airflow's variables have it, once database, role and view are there."""
    with embedded.administrator(state_dir) as server:
        _prepare(server)
        where = {"host": server.info.host, "port": server.info.port}
    with embedded.administrator(state_dir, _DATABASE) as office:
        office.execute(_said(_TABLE, feed))
    return {"conn_type": "postgres", **where, "schema": _DATABASE, "login": _READER}


def fill(state_dir: Path, feed: SqlFeed, path: Path) -> None:
    """Makes the rows of the csv file `path`, as `feed` writes them, those of the view."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))
        rows = file.read()
    columns = sql.SQL(", ").join(map(sql.Identifier, header))
    with embedded.administrator(state_dir, _DATABASE) as office, office.transaction():
        office.execute(_said(_AFRESH + _TABLE, feed))
        taking = sql.SQL("copy {} ({}) from stdin (format csv)").format(_table(feed), columns)
        with office.cursor().copy(taking) as copy:
            copy.write(rows)


def _prepare(server: psycopg.Connection) -> None:
    """The database, closed to everybody but the reader."""
    names = {"database": sql.Identifier(_DATABASE), "reader": sql.Identifier(_READER)}
    if not server.execute("select 1 from pg_roles where rolname = %s", (_READER,)).fetchone():
        server.execute(sql.SQL("create role {reader} login").format(**names))
    if not server.execute("select 1 from pg_database where datname = %s", (_DATABASE,)).fetchone():
        server.execute(sql.SQL("create database {database}").format(**names))
    server.execute(sql.SQL("revoke all on database {database} from public").format(**names))
    server.execute(sql.SQL("grant connect on database {database} to {reader}").format(**names))


def _said(statements: str, feed: SqlFeed) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(header)) for header in feed.mapping)
    return sql.SQL(statements).format(
        schema=sql.Identifier(*feed.view.split(".")[:-1] or ["public"]),
        table=_table(feed),
        view=sql.Identifier(*feed.view.split(".")),
        columns=columns,
        cursor=sql.Identifier(feed.cursor),
        reader=sql.Identifier(_READER),
    )


def _table(feed: SqlFeed) -> sql.Identifier:
    """What the view shows, under its name with `_rows` behind."""
    *schema, name = feed.view.split(".")
    return sql.Identifier(*schema, f"{name}_rows")
