"""What all rooms share: one real PostgreSQL server a test session, one fresh database a test, a fixed day.

Nothing is skipped in silence: a skipped test fails the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text

from roadmap import organisation, programme
from roadmap.programme import Programme
from roadmap.services.desk import Desk
from roadmap.services.establishing import establish
from roadmap.settings import Settings
from roadmap.store import database, embedded
from tests.factories import TODAY, established, everybody
from tests.histories import of_every_scope

# How long an example takes says more about the machine's other work than about the code.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")

HARBOUR = Path(__file__).parent / "programmes" / "harbour.toml"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turns a session with skipped tests into a failed one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def today() -> date:
    """The day on which all tests happen."""
    return TODAY


@pytest.fixture
def harbour() -> Programme:
    """A small programme of another field: two commissions, three milestones, two provinces, six stations."""
    return programme.load(HARBOUR)


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.Databases]:
    """A PostgreSQL server of this test session's own.

    Not below pytest's folder: another session that starts shuts that folder to the server's user (if we are root).
    """
    with TemporaryDirectory(prefix="roadmap-tests-") as folder, embedded.running(Path(folder)) as urls:
        yield urls


@pytest.fixture(scope="session")
def template(server: embedded.Databases) -> str:
    """A migrated, empty database that `databases` copies: milliseconds instead of a migration a test."""
    with _administrator(server) as admin:
        admin.execute(text("create database pattern owner roadmap_owner"))
    urls = _urls(server, "pattern")
    database.migrate(urls.owner, urls.application)
    return "pattern"


@pytest.fixture
def databases(
    server: embedded.Databases, template: str, request: pytest.FixtureRequest
) -> Iterator[embedded.Databases]:
    """URLs of a fresh, migrated, empty database."""
    with fresh_database(server, template, f"test_{abs(hash(request.node.nodeid)):x}") as urls:
        yield urls


@pytest.fixture
def engine(databases: embedded.Databases) -> Iterator[Engine]:
    """The application's connection to a fresh, migrated, empty database."""
    connected = database.connect(databases.application)
    yield connected
    connected.dispose()


@pytest.fixture
def settings(databases: embedded.Databases, tmp_path: Path) -> Settings:
    """Settings of an installation of the small programme, state in the test's own folder."""
    return Settings(
        _env_file=None,
        state_dir=tmp_path / "state",
        programme=HARBOUR,
        demo=False,
        database_url=databases.application,
        owner_database_url=databases.owner,
        airflow_database_url=databases.airflow,
    )


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    """The small programme, its first baseline laid, no report yet."""
    establish(engine, harbour, organisation.units(harbour))
    return Desk(engine, harbour, everybody(harbour))


@pytest.fixture
def plan(harbour: Programme) -> Programme:
    """The small programme with a milestone of every scope."""
    return of_every_scope(harbour)


@pytest.fixture
def planned(engine: Engine, plan: Programme) -> Desk:
    """A desk on a database in which `plan` was established on its first day, no report yet."""
    return established(engine, plan)


@contextmanager
def fresh_database(server: embedded.Databases, template: str, name: str) -> Iterator[embedded.Databases]:
    """URLs of a copy of `template` that lasts as long as the block."""
    with _administrator(server) as admin:
        admin.execute(text(f"create database {name} owner roadmap_owner template {template}"))
    yield _urls(server, name)
    with _administrator(server) as admin:
        admin.execute(text(f"drop database {name} with (force)"))


@contextmanager
def _administrator(server: embedded.Databases) -> Iterator[Connection]:
    """The server's superuser, outside any transaction."""
    admin = create_engine(
        make_url(server.owner).set(username="postgres", database="postgres"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        yield connection
    admin.dispose()


def _urls(server: embedded.Databases, name: str) -> embedded.Databases:
    owner, application = (
        make_url(url).set(database=name).render_as_string(hide_password=False)
        for url in (server.owner, server.application)
    )
    return embedded.Databases(owner=owner, application=application, airflow=server.airflow)
