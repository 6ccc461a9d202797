"""Databases of the tests' server: a pattern for each state that tests begin with, copied in milliseconds.

A copy that a test left as it was is handed to the next one that begins with the same state. Whether it was left so says
the server's write-ahead log: where its end has not moved, nothing was written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import Connection, Engine, create_engine, make_url, text

from roadmap.store import database
from roadmap.store.embedded import Databases

#: Writes what a test's database holds before the test begins; None stands for the empty tables.
State = Callable[[Engine], object]


class Stock:
    """The databases of one server, which belongs to this test session alone."""

    def __init__(self, server: Databases, admin: Connection):
        self._server, self._admin = server, admin
        self._numbers = count(1)
        self._patterns: dict[State | None, str] = {}
        self._unused: dict[State | None, list[str]] = defaultdict(list)

    @contextmanager
    def lent(self, state: State | None = None) -> Iterator[Databases]:
        """URLs of a database in `state`, for one test at a time, or for all tests of who keeps it longer."""
        unused = self._unused[state]
        name = unused.pop() if unused else self._copy(self._pattern(state))
        before = self._written()
        yield urls_of(self._server, name)
        if self._written() == before:
            unused.append(name)
        else:
            self._admin.execute(text(f"drop database {name} with (force)"))

    def _pattern(self, state: State | None = None) -> str:
        """The name of a database in `state` to make copies of; nobody may be connected to it then."""
        if state not in self._patterns:
            self._patterns[state] = self._migrated() if state is None else self._made(state)
        return self._patterns[state]

    def _migrated(self) -> str:
        self._admin.execute(text(f"create database {(name := self._name())} owner roadmap_owner"))
        here = urls_of(self._server, name)
        database.migrate(here.owner, here.application)
        return name

    def _made(self, state: State) -> str:
        name = self._copy(self._pattern())
        engine = database.connect(urls_of(self._server, name).application)
        try:
            state(engine)
        finally:
            engine.dispose()
        return name

    def _copy(self, pattern: str) -> str:
        self._admin.execute(text(f"create database {(name := self._name())} owner roadmap_owner template {pattern}"))
        return name

    def _name(self) -> str:
        return f"test_{next(self._numbers)}"

    def _written(self) -> str:
        """How far the server's write-ahead log reaches."""
        return str(self._admin.scalar(text("select pg_current_wal_insert_lsn()")))


@contextmanager
def administrator(server: Databases) -> Iterator[Connection]:
    """The server's superuser, outside any transaction."""
    admin = create_engine(
        make_url(server.owner).set(username="postgres", database="postgres"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        yield connection
    admin.dispose()


def urls_of(server: Databases, name: str) -> Databases:
    """The URLs of the database `name`, for its owner and for the application."""
    owner, application = (
        make_url(url).set(database=name).render_as_string(hide_password=False)
        for url in (server.owner, server.application)
    )
    return Databases(owner=owner, application=application, airflow=server.airflow)
