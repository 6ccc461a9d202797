"""The trigger that tells Airflow that files wait in a commission's inbox.

It runs in the triggerer, holds no credential of any database, and never touches a file: Airflow's own file-delete
trigger removes the file before it tells of it. What it announces is the inbox's state, not its memory of it, so nothing
is lost when the triggerer restarts: what still waits is announced again, and a pull drains whatever waits.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

POLL_SECONDS: Final = 0.3

#: Names of files that somebody is still writing, has open, or wants hidden.
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".crdownload")
_HIDDEN: Final = (".", "~")
#: What a pull has fetched from a feed it takes itself, in the same task; were that killed, the next one by the clock.
_FETCHED: Final = re.compile(r"(http|sql|files)-\d{8}T\d{12}Z")
_NAMES_TOLD: Final = 20


class Sighting(NamedTuple):
    """A file as it was seen: a change of any of these makes it another sighting. `modified` is in nanoseconds."""

    name: str
    size: int
    modified: int


def sightings(folder: str) -> frozenset[Sighting]:
    """The files that lie in `folder` now; links and folders are not files, a missing folder is an empty one."""
    seen = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if _is_finished(entry.name) and entry.is_file(follow_symlinks=False):
                    seen.add(_sighting(entry))
    except FileNotFoundError:  # the folder, or a file that was just taken: the next look shows the rest
        pass
    return frozenset(seen)


def settled(before: frozenset[Sighting], now: frozenset[Sighting]) -> frozenset[Sighting]:
    """The files that did not change between two looks: nobody is writing them any more."""
    return before & now


def _is_finished(name: str) -> bool:
    return not (name.startswith(_HIDDEN) or name.endswith(_UNFINISHED) or _FETCHED.match(name))


def _sighting(entry: os.DirEntry[str]) -> Sighting:
    status = entry.stat(follow_symlinks=False)
    return Sighting(entry.name, status.st_size, status.st_mtime_ns)


class InboxTrigger(BaseEventTrigger):
    """Fires whenever settled files wait that it has not announced in this state."""

    def __init__(self, folder: str, poll_seconds: float = POLL_SECONDS) -> None:
        super().__init__()
        self.folder = folder
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The path and the arguments by which the triggerer makes this trigger again."""
        return "dags.inbox.InboxTrigger", {"folder": self.folder, "poll_seconds": self.poll_seconds}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look for ever; the folder is read in a thread, because a network share may take its time."""
        before: frozenset[Sighting] = frozenset()
        announced: frozenset[Sighting] = frozenset()
        while True:
            now = await asyncio.to_thread(sightings, self.folder)
            waiting = settled(before, now)
            if waiting - announced:
                yield TriggerEvent(_hint(waiting))
            before, announced = now, waiting
            await asyncio.sleep(self.poll_seconds)


def _hint(waiting: frozenset[Sighting]) -> dict[str, Any]:
    """What Airflow's page shows about the event; no run relies on it."""
    names = sorted(sighting.name for sighting in waiting)
    return {"waiting": len(names), "files": names[:_NAMES_TOLD]}
