"""Processes that an earlier run of the stack left behind, found by a mark in their environment.

The mark is inherited by everything a component starts, whatever process group it moves to, and cannot be
mistaken: a recorded process number may belong to somebody else by now.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from roadmap.stack import StackError

_VARIABLE: Final = "ROADMAP_STACK"
_PATIENCE_SECONDS: Final = 5.0


def mark(state_dir: Path) -> dict[str, str]:
    """The variables that mark a process as part of this state folder's stack.

    SPT_NOENV keeps a process that changes its title from writing it over its environment.
    """
    return {_VARIABLE: str(state_dir), "SPT_NOENV": "1"}


def find(state_dir: Path) -> list[psutil.Process]:
    """The marked processes, without the caller."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _environment(process).get(_VARIABLE) == str(state_dir)
    ]


def end(state_dir: Path) -> int:
    """End the marked processes, the stubborn ones by force; how many there were.

    Raises:
        StackError: some are still there, because they belong to another user or hang in the kernel.
    """
    found = find(state_dir)
    _signal(found, psutil.Process.terminate, _PATIENCE_SECONDS)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while remaining := find(state_dir):  # a process may have started another one after we looked
        if time.monotonic() > deadline:
            numbers = ", ".join(str(process.pid) for process in remaining)
            message = f"Processes of an earlier run cannot be ended ({numbers}): end them by hand, then start again."
            raise StackError(message)
        _signal(remaining, psutil.Process.kill, 1.0)
    return len(found)


def _signal(processes: list[psutil.Process], send: Callable[[psutil.Process], None], patience: float) -> None:
    for process in processes:
        with suppress(psutil.Error):
            send(process)
    psutil.wait_procs(processes, timeout=patience)


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return dict(process.environ())
    except (psutil.Error, OSError):
        return {}
