"""Runs the components under honcho's manager: one ends, all end; what each prints goes to a file of its own."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from honcho.manager import Manager
from honcho.printer import Message

from roadmap.stack.logs import before

_STARTED: Final = re.compile(r"\S+ started \(pid=\d+\)")
_STOPPED: Final = re.compile(r"(?P<name>\S+) stopped \(rc=(?P<code>-?\d+)\)")


@dataclass(frozen=True)
class Component:
    """A process of the stack: its name (and log's), what people call it, its command and its whole environment."""

    name: str
    title: str
    command: Sequence[str]
    environment: Mapping[str, str]


class Notes:
    """The printer of honcho's manager. The components write to their logs themselves, so all it hears is the manager.

    Attributes:
        all_started: whether the manager knows the process of every component.
        asked_to_end: whether a signal came.
        first_stopped: the component that ended by itself, with its exit code; None if a signal came first.
    """

    def __init__(self, file: Path, count: int, on_started: Callable[[], None]) -> None:
        self.width = 0  # the manager sets it, to align columns that a file does not need
        self.all_started = False
        self.asked_to_end = False
        self.first_stopped: tuple[str, int] | None = None
        self._file, self._missing, self._on_started = file, count, on_started

    def write(self, message: Message) -> None:
        """Take one note of the manager's, such as "board stopped (rc=1)"."""
        note = str(message.data).strip()
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{message.time:%Y-%m-%d %H:%M:%S} {note}\n")
        if note.endswith(" received"):  # set only, never assigned back: a signal may come in the middle of this method
            self.asked_to_end = True
        if _STARTED.fullmatch(note):
            self._count_down()
        stopped = _STOPPED.fullmatch(note)
        if stopped and self.first_stopped is None and not self.asked_to_end:
            self.first_stopped = (stopped["name"], int(stopped["code"]))

    def _count_down(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self.all_started = True
            self._on_started()


class _Manager(Manager):  # type: ignore[misc]
    """Honcho's manager, but one that survives being ended while it starts.

    Its own looks for the numbers of processes that it has not heard of yet, and fails.
    """

    def __init__(self, notes: Notes) -> None:
        super().__init__(printer=notes)
        self._notes = notes

    def terminate(self) -> None:
        """End all components; `supervise` asks again when the last one has started."""
        if self._notes.all_started:
            super().terminate()


def supervise(components: Sequence[Component], logs: Path, on_started: Callable[[], None]) -> tuple[str, int] | None:
    """Run until a signal (SIGINT, SIGTERM) or until one ends; then all are ended.

    `on_started` is called once, in this thread, when every process has been made, unless a signal came before. No
    thread may start earlier: the manager forks. Returns the component that ended by itself with its exit code, or None
    after a signal.
    """

    def started() -> None:
        if notes.asked_to_end:
            manager.terminate()
        else:
            on_started()

    notes = Notes(logs / "supervisor.log", len(components), started)
    manager = _Manager(notes)
    for component in components:
        log = log_of(component.name, logs)
        if log.exists():
            log.replace(before(log))
        manager.add_process(component.name, shell_line(component.command, log), env=dict(component.environment))
    manager.loop()
    return notes.first_stopped


def log_of(name: str, logs: Path) -> Path:
    """The file that the component `name` writes to; beside it, with `.1`, what came before (see `logs`)."""
    return logs / f"{name}.log"


def shell_line(command: Sequence[str], log: Path) -> str:
    """`command` for honcho's shell, which is not to stay between.

    Its output goes to the file and not through honcho's pipe: the pipe stays open as long as any grandchild lives,
    and honcho would not notice that a scheduler died while its workers live on. It is written at the file's end, so
    that the file can be emptied under it.
    """
    return f"exec {shlex.join(command)} >>{shlex.quote(str(log))} 2>&1"
