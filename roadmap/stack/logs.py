"""Keeps what the components print small while they run: who stays up for a year does not fill the disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

#: A log is set aside when it has grown so long; the one before it goes. So each takes twice as much at most.
MOST_BYTES: Final = 16 * 1024 * 1024


def turn(folder: Path, most: int = MOST_BYTES) -> list[Path]:
    """Sets aside as `.log.1` those logs of `folder` that are longer than `most` bytes; which ones.

    A component writes on into the file that it was started with, at its end: so the file is copied and then emptied.
    What is printed at that very moment, between the two, is lost.
    """
    long = [log for log in folder.glob("*.log") if log.stat().st_size > most]
    for log in long:
        fresh = log.with_suffix(".log.new")
        shutil.copyfile(log, fresh)
        os.truncate(log, 0)
        fresh.replace(before(log))
    return long


def before(log: Path) -> Path:
    """Where the part before `log` is kept."""
    return log.with_suffix(".log.1")
