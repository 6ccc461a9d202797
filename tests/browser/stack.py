"""The whole running tracker for browser tests: `roadmap up` as a person starts it, ended as a person ends it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.stack import leftovers
from roadmap.store import embedded

READY = "Ctrl-C ends everything."
PATIENCE_SECONDS = 300


class Stack:
    """A running tracker: what it said so far, the board's address, its state folder."""

    def __init__(self, process: subprocess.Popen[str], settings: Settings) -> None:
        self.process, self.settings, self.said = process, settings, []

    def wait_until_ready(self) -> None:
        """Reads what it says until it says that it is ready."""
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if READY in line:
                return
        raise AssertionError("\n".join(self.said))

    @property
    def url(self) -> str:
        """The board's address as it was printed."""
        return re.search(r"Board … (\S+)", "\n".join(line for line in self.said if "http" in line))[1]

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A desk on the running database."""
        with desks.desk(self.settings) as desk:
            yield desk


@contextmanager
def running(state_dir: Path, end: signal.Signals = signal.SIGINT) -> Iterator[Stack]:
    """`roadmap up` on `state_dir`, ready; ended by Ctrl-C, or as `end` says. Nothing may be left of it then."""
    command = [str(Path(sys.executable).with_name("roadmap")), "up"]
    environment = {**os.environ, "ROADMAP_STATE_DIR": str(state_dir)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            stack = Stack(process, Settings(_env_file=None, state_dir=state_dir))
            stack.wait_until_ready()
            yield stack
        finally:
            process.send_signal(end)
            process.communicate(timeout=60)
    assert process.returncode == 0
    assert leftovers.find(state_dir) == []
    assert embedded.server_process(state_dir) is None
