"""The running stack as a newcomer starts it: seconds to the board, memory, a dropped file's way, what Ctrl-C leaves."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import psutil

from benchmarks import drops
from benchmarks.figures import BenchmarkError, Figure, at_most, exactly
from roadmap.settings import Settings
from roadmap.stack import airflow, leftovers, ports
from roadmap.store import embedded

Seen = TypeVar("Seen")

_FIRST_NUMBER_SECONDS: Final = 90
_MEMORY_GB: Final = 2.5
_VISIBLE_SECONDS: Final = 5
_PATIENCE_SECONDS: Final = 300.0
_END_PATIENCE_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.05
#: After the last feed the follow-up runs end and idle workers come to rest.
_SETTLE_SECONDS: Final = 10.0
#: Beyond those that people use, so that a stack that runs already is neither met nor measured.
_FIRST_BOARD_PORT, _FIRST_AIRFLOW_PORT = 18_501, 18_080
_GIGABYTE: Final = 1024**3
_TOLD_LINES: Final = 12

_ALL_FEEDS: Final = re.compile(r"^Feed (?P<count>\d+) of (?P=count) ", re.MULTILINE)
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is asked, not a proxy


@dataclass(frozen=True)
class Run:
    """A running `roadmap up`, where its state is and where it prints to."""

    process: subprocess.Popen[bytes]
    state_dir: Path
    output: Path
    board: str
    began: float

    @property
    def printed(self) -> str:
        """All that it has said so far."""
        return self.output.read_text("utf-8", "replace")

    def until(self, look: Callable[[], Seen | None], what: str) -> Seen:
        """What `look` sees, as soon as it sees anything.

        Raises:
            BenchmarkError: the stack ended, or patience did, before `what`.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (seen := look()) is None:
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                why = "ended" if ended else f"took over {_PATIENCE_SECONDS:.0f} s"
                last = "\n".join(self.printed.splitlines()[-_TOLD_LINES:])
                message = f"`roadmap up` {why} before {what}. It printed last:\n{last}"
                raise BenchmarkError(message)
            time.sleep(_LOOK_SECONDS)
        return seen

    def head(self) -> int | None:
        """The number that open boards watch; None while the board does not answer or has seen nothing."""
        with suppress(OSError, ValueError), _OPENER.open(f"{self.board}/api/head", timeout=3) as answer:
            return int(json.load(answer)["head"]) or None
        return None

    def served(self) -> int | None:
        """The head, once the board's page is served as well."""
        with suppress(OSError), _OPENER.open(f"{self.board}/?lang=fa", timeout=3):
            return self.head()
        return None


def figures(count: int) -> Iterator[Figure]:
    """Starts the stack on a fresh state folder, drops `count` files, ends it; nothing is left of it."""
    with TemporaryDirectory(prefix="roadmap-bench-") as folder, _running(Path(folder)) as run:
        for step in (_starting, _memory, lambda run: _dropping(run, count), _ending):
            yield from step(run)


@contextmanager
def _running(folder: Path) -> Iterator[Run]:
    """`roadmap up` in a session of its own, as in a terminal; ended by force if it was not ended before."""
    state_dir, output = folder / "state", folder / "printed"
    board = ports.choose(airflow.HOST, wanted=None, first=_FIRST_BOARD_PORT, setting="")
    port = ports.choose(airflow.HOST, wanted=None, first=_FIRST_AIRFLOW_PORT, setting="")
    command = [str(Path(sys.executable).with_name("roadmap")), "up", f"--board-port={board}", f"--airflow-port={port}"]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ROADMAP_", "AIRFLOW_"))}
    environment = own | {"ROADMAP_STATE_DIR": str(state_dir), "PYTHONUNBUFFERED": "1"}
    began = time.monotonic()
    with output.open("wb") as stream:
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream, start_new_session=True)
    try:
        yield Run(process, state_dir, output, f"http://{airflow.HOST}:{board}", began)
    finally:
        process.kill()
        process.wait()
        leftovers.end(state_dir)
        embedded.stop(state_dir)


def _starting(run: Run) -> list[Figure]:
    run.until(run.served, "the board was served")
    first = time.monotonic() - run.began
    run.until(lambda: _ALL_FEEDS.search(run.printed), "all feeds were on the board")
    feeds = time.monotonic() - run.began
    return [
        at_most("start to first number on the board", first, "s", _FIRST_NUMBER_SECONDS),
        Figure("start to all feeds on the board", feeds, "s"),
    ]


def _memory(run: Run) -> list[Figure]:
    time.sleep(_SETTLE_SECONDS)
    sizes = [_proportional_size(process) for process in _processes(run)]
    return [
        at_most("memory of the whole stack (PSS)", sum(sizes) / _GIGABYTE, "GB", _MEMORY_GB),
        Figure("processes of the whole stack", len(sizes), "processes"),
    ]


def _processes(run: Run) -> set[psutil.Process]:
    """The supervisor, all below it, all that carry its mark, and the database server with its workers."""
    server = embedded.server_process(run.state_dir)
    roots = [psutil.Process(run.process.pid), *([server] if server else [])]
    below = [child for root in roots for child in root.children(recursive=True)]
    return {*roots, *below, *leftovers.find(run.state_dir)}


def _proportional_size(process: psutil.Process) -> int:
    """The bytes of a process, its shares of what it shares with others; 0 if it has just ended."""
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_full_info().pss)
    return 0


def _dropping(run: Run, count: int) -> list[Figure]:
    settings = Settings(_env_file=None, state_dir=run.state_dir)
    landed = [
        drops.land(drop, lambda look: run.until(look, "a dropped file was there"), run.head)
        for drop in drops.prepared(settings, count)
    ]
    logged, visible = [found.logged for found in landed], [found.visible for found in landed]
    label = f"file dropped, {count} files"
    return [
        Figure(f"{label}: in the log, median", statistics.median(logged), "s"),
        Figure(f"{label}: on the board's head, median", statistics.median(visible), "s"),
        at_most(f"{label}: on the board's head, p95", _percentile(visible, 0.95), "s", _VISIBLE_SECONDS),
        exactly(f"{label}: rows that did not come in", sum(found.lost for found in landed), "rows", 0),
    ]


def _percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile: a value that was measured, of few values the largest."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def _ending(run: Run) -> list[Figure]:
    before = _processes(run)
    began = time.monotonic()
    os.killpg(run.process.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        run.process.wait(_END_PATIENCE_SECONDS)
    seconds = time.monotonic() - began
    left = {process for process in before if _lives(process)} | set(leftovers.find(run.state_dir))
    for process in left:
        print(f"Left after Ctrl-C: {process}", file=sys.stderr)
    return [
        Figure("Ctrl-C to the end", seconds, "s"),
        exactly("processes left after Ctrl-C", len(left), "processes", 0),
    ]


def _lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended and was not yet waited for by its parent does not."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
