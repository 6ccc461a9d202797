"""What all rooms share: one real PostgreSQL server a test session, a database of its own for each test, a fixed day.

Nothing is skipped in silence: a skipped test fails the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from sqlalchemy import Engine

from roadmap import organisation, programme
from roadmap.programme import Programme
from roadmap.services.desk import Desk
from roadmap.services.establishing import establish
from roadmap.settings import Settings
from roadmap.store import database, embedded
from tests.databases import State, Stock, administrator
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
def stock(server: embedded.Databases) -> Iterator[Stock]:
    """What databases are lent from."""
    with administrator(server) as admin:
        yield Stock(server, admin)


@pytest.fixture
def laid() -> State:
    """What a test's database holds before it begins, if a fixture of it asks for this one; rooms say their own.

    The function runs once a session; a test that does something else with its database asks for no `laid`.
    """
    return harbour_laid


@pytest.fixture
def databases(stock: Stock, request: pytest.FixtureRequest) -> Iterator[embedded.Databases]:
    """URLs of a database of the test's own: as `laid` has it, or migrated and empty."""
    state = request.getfixturevalue("laid") if "laid" in request.fixturenames else None
    with stock.lent(state) as urls:
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
def desk(laid: State, engine: Engine, harbour: Programme) -> Desk:
    """The small programme, its first baseline laid, no report yet."""
    return Desk(engine, harbour, everybody(harbour))


@pytest.fixture
def plan(harbour: Programme) -> Programme:
    """The small programme with a milestone of every scope."""
    return of_every_scope(harbour)


@pytest.fixture
def planned(engine: Engine, plan: Programme) -> Desk:
    """A desk on a database in which `plan` was established on its first day, no report yet."""
    return established(engine, plan)


def harbour_laid(engine: Engine) -> None:
    """The small programme is established."""
    small = programme.load(HARBOUR)
    establish(engine, small, organisation.units(small))
