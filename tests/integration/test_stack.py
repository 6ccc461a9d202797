"""Supervision with real processes: whatever ends, and however, nothing stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from roadmap.errors import StoreError
from roadmap.settings import Settings
from roadmap.stack import StackError, guard, health, leftovers, logs, up
from roadmap.stack.supervisor import Component, shell_line
from roadmap.store import embedded
from tests.ports import free_port

pytestmark = pytest.mark.timeout(120)
HARBOUR = Path(__file__).parents[1] / "programmes" / "harbour.toml"

# Two components: "steady" with a grandchild in a session of its own, and the one that the test is about.
SUPERVISE = """
import os, sys
from pathlib import Path
from tests.measured import measure
measure()
from roadmap.stack import leftovers
from roadmap.stack.supervisor import Component, supervise
folder = Path(sys.argv[1])
environment = dict(os.environ) | leftovers.mark(folder)
steady = Component("steady", "Steady", ["sh", "-c", "setsid sleep 1000 & sleep 1000"], environment)
other = Component("other", "Other", ["sh", "-c", sys.argv[2]], environment)
components = [steady, other]
if "guard" in sys.argv:
    command = [sys.executable, "-m", "roadmap.stack.guard", str(folder), str(os.getpid())]
    components.append(Component("guard", "Guard", command, environment))
print("starting", flush=True)
print(supervise(components, folder, lambda: print("started", flush=True)))
leftovers.end(folder)
"""


@contextmanager
def supervised(folder: Path, other: str, *more: str, until: str = "started") -> Iterator[subprocess.Popen[str]]:
    """A supervisor in a process of its own; the block begins when it has said `until`."""
    command = [sys.executable, "-c", SUPERVISE, str(folder), other, *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            while process.stdout.readline().strip() != until:
                assert process.poll() is None
            yield process
        finally:
            process.kill()
            leftovers.end(folder)


def eventually(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_one_component_ends_and_all_end(tmp_path):
    with supervised(tmp_path, "echo goodbye; exit 7") as process:
        assert process.communicate(timeout=30)[0] == "('other', 7)\n"
        assert leftovers.find(tmp_path) == []
    assert (tmp_path / "other.log").read_text() == "goodbye\n"
    assert "other stopped (rc=7)" in (tmp_path / "supervisor.log").read_text()


def test_a_component_killed_while_its_children_live_is_noticed(tmp_path):
    log = tmp_path / "other.log"
    with supervised(tmp_path, "sleep 1000 & echo $$; wait") as process:
        eventually(lambda: log.exists() and log.read_text().endswith("\n"))
        os.kill(int(log.read_text()), signal.SIGKILL)
        assert process.communicate(timeout=30)[0] == "('other', -9)\n"
        assert leftovers.find(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_and_blames_nobody(tmp_path, number):
    with supervised(tmp_path, "sleep 1000") as process:
        process.send_signal(number)
        assert process.communicate(timeout=30)[0] == "None\n"
        assert leftovers.find(tmp_path) == []


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.04, 0.06, 0.08])
def test_a_signal_in_the_middle_of_the_start_ends_all_too(tmp_path, delay):
    with supervised(tmp_path, "sleep 1000", until="starting") as process:
        time.sleep(delay)
        press_until_it_ends(process)
        assert leftovers.find(tmp_path) == []


def press_until_it_ends(process):
    """Ctrl-C, and again after a while: in the first milliseconds, on a busy machine, one was seen to get lost."""
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=15)
            return
    raise AssertionError("it did not end")


def test_the_log_of_the_run_before_is_kept(tmp_path):
    for word in ("first", "second"):
        with supervised(tmp_path, f"echo {word}") as process:
            process.communicate(timeout=30)
    assert (tmp_path / "other.log").read_text() == "second\n"
    assert (tmp_path / "other.log.1").read_text() == "first\n"


def test_a_log_that_has_grown_long_is_set_aside_while_its_component_writes_on(tmp_path):
    """The guard does it, 16 MB and one line at a time; what the component prints later is at the new beginning."""
    folder = tmp_path / "logs"
    folder.mkdir()
    log, aside = folder / "talker.log", folder / "talker.log.1"
    told = f"head -c {logs.MOST_BYTES} /dev/zero | tr '\\0' x; echo; while :; do echo later; sleep 0.1; done"
    line = shell_line(["sh", "-c", told], log)
    with subprocess.Popen(["sh", "-c", line]) as talker, subprocess.Popen(["sleep", "1000"]) as supervisor:
        guarding = Thread(target=guard.watch, args=(tmp_path, supervisor.pid, None))
        guarding.start()
        try:
            eventually(lambda: aside.exists() and log.read_text().startswith("later\n"))
        finally:
            talker.kill()
            supervisor.kill()
    guarding.join()
    assert aside.stat().st_size > logs.MOST_BYTES
    assert log.stat().st_size < 10_000  # neither the old part nor a hole of its length
    assert sorted(folder.iterdir()) == [log, aside]


CHOOSE = """
import sys
from roadmap.stack import ports
sys.stdin.readline()
print(ports.choose("127.0.0.1", wanted=None, first=int(sys.argv[1]), setting=None), flush=True)
sys.stdin.readline()
"""


def test_two_starts_at_the_same_moment_choose_two_ports():
    """Nothing listens yet when both have chosen: each keeps its port until it ends."""
    command = [sys.executable, "-c", CHOOSE, str(free_port())]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(command, **pipes) as first, subprocess.Popen(command, **pipes) as second:
        for start in (first, second):
            start.stdin.write("go\n")
        chosen = [int(start.stdout.readline()) for start in (first, second)]
        for start in (first, second):
            start.communicate("end\n", timeout=30)
    assert len({*chosen}) == 2


def test_a_supervisor_killed_with_9_is_cleared_up_after(tmp_path):
    with supervised(tmp_path, "sleep 1000", "guard") as process:
        eventually(lambda: len(leftovers.find(tmp_path)) >= 5)
        process.kill()
        eventually(lambda: leftovers.find(tmp_path) == [])


def test_without_the_guard_the_next_start_ends_what_was_left_and_nothing_else(tmp_path):
    elsewhere = dict(os.environ) | leftovers.mark(tmp_path / "another")
    with (
        subprocess.Popen(["sleep", "1000"], env=elsewhere) as stranger,
        supervised(tmp_path, "trap '' TERM; while :; do sleep 1; done") as process,
    ):
        eventually(lambda: len(leftovers.find(tmp_path)) >= 5)
        process.kill()
        assert leftovers.end(tmp_path) >= 5
        assert leftovers.find(tmp_path) == []
        assert stranger.poll() is None
        stranger.kill()


def test_the_guard_tells_when_postgresql_ends(tmp_path, capsys):
    with subprocess.Popen(["sleep", "1000"]) as server:
        server.kill()  # and not waited for: a dead process that its parent has not seen is dead all the same
        assert guard.watch(tmp_path, os.getpid(), server.pid) == 1
    assert capsys.readouterr().err == f"PostgreSQL (process {server.pid}) has ended.\n"


def test_a_second_up_on_the_same_folder_is_refused_in_one_sentence(tmp_path):
    hold = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); input()"
    command = [sys.executable, "-c", hold, str(tmp_path / "up.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(StackError, match=r"`roadmap up` already runs on .*: end it first"):
            up.run(Settings(state_dir=tmp_path), prepare=pytest.fail, on_ready=pytest.fail)
        holder.communicate(b"\n")


# The whole stack, as `roadmap up` runs it; when it is ready, it waits to be told to fail. Its components are not
# measured: what they do of ours is measured elsewhere.
UP = """
import sys
from pathlib import Path
from tests.measured import measure
measure()
from roadmap import installation
from roadmap.errors import RoadmapError
from roadmap.settings import Settings
from roadmap.stack import up
from roadmap.stack.plan import Guest
def prepare(settings):
    installation.install(settings)
    command = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", sys.argv[1], sys.argv[3])
    return [Guest("guest", "Guest", command, f"http://127.0.0.1:{sys.argv[3]}/")]
def ready(settings, urls):
    print("READY", urls.board, urls.airflow, flush=True)
    sys.stdin.readline()
    raise RoadmapError("The feeds are lost.")
settings = Settings(state_dir=Path(sys.argv[1]), programme=Path(sys.argv[2]), demo=False, _env_file=None)
try:
    up.run(settings, prepare=prepare, on_ready=ready, say=lambda line: print(line, flush=True))
except RoadmapError as error:
    sys.exit(f"roadmap: {error}")
"""


@contextmanager
def whole_stack(state_dir: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`up` in a process of its own, and the lines that it said up to READY."""
    command = [sys.executable, "-c", UP, str(state_dir), str(HARBOUR), str(free_port())]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, start_new_session=True, **pipes) as process:
        try:
            said = []
            for line in process.stdout:
                said.append(line.strip())
                if line.startswith("READY"):
                    break
            yield process, said
        finally:
            process.kill()
            leftovers.end(state_dir)
            embedded.stop(state_dir)


@pytest.fixture
def state_dir():
    with tempfile.TemporaryDirectory(prefix="roadmap-test-") as folder:  # as root, PostgreSQL's user has to get there
        yield Path(folder)


@pytest.mark.timeout(300)
def test_the_whole_stack_starts_answers_and_ends_in_one_sentence_when_it_fails(state_dir):
    """How it ends when asked to, and starts again, is seen in the browser's tests."""
    with whole_stack(state_dir) as (process, said):
        titles = {line.split(" … ")[0] for line in said if " … ready in " in line}
        assert titles >= {"PostgreSQL", "Airflow's tables", "Board", "Airflow scheduler", "Airflow triggerer", "Guest"}
        _, board, airflow = said[-1].split()
        assert health.answers(f"{board}/_stcore/health")
        assert health.airflow_health(airflow)["scheduler"]["status"] == "healthy"
        _, errors = process.communicate("fail\n", timeout=60)
        assert (process.returncode, errors) == (1, "roadmap: The feeds are lost.\n")
        assert leftovers.find(state_dir) == []
        assert embedded.server_process(state_dir) is None


def test_what_fails_before_the_components_start_leaves_no_server_behind(state_dir):
    def broken(settings):
        raise StoreError("The tables are of a newer version.")

    with pytest.raises(StoreError, match="newer version"):
        up.run(Settings(state_dir=state_dir, _env_file=None), prepare=broken, on_ready=pytest.fail)
    assert embedded.server_process(state_dir) is None


def test_a_dead_component_is_told_with_the_end_of_its_log(tmp_path):
    (tmp_path / "board.log").write_text("\n".join(f"line {number}" for number in range(40)))
    board = Component("board", "Board", ["false"], {})
    told = up._obituary([board], "board", 3, logs=tmp_path, state_dir=tmp_path).splitlines()
    assert told[0] == f"Board has ended (exit code 3), so everything was ended. The end of {tmp_path / 'board.log'}:"
    assert told[1:] == [f"line {number}" for number in range(25, 40)]
