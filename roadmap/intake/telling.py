"""How far a long load is: a line every few seconds, none for a file that is through before."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

#: Where a line goes: the terminal of whoever waits, or the log of a task.
Say = Callable[[str], None]

_EVERY_SECONDS: Final = 3.0


class Progress:
    """Counts the rows of one file through one step."""

    def __init__(self, name: str, step: str, say: Say) -> None:
        """Of the file `name` so many rows are `step` ("checked", "written")."""
        self._name, self._step, self._say = name, step, say
        self._rows = 0
        self._told = time.monotonic()

    def add(self, rows: int) -> None:
        """So many `rows` more are through."""
        self._rows += rows
        now = time.monotonic()
        if now - self._told >= _EVERY_SECONDS:
            self._told = now
            self._say(f"{self._name}: {self._rows:,} rows {self._step}")
