"""Files that are whole or not there, and that a power cut does not take back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A file of another name, readable by its owner only, that gets the name of `file` when it is on the disk.

    When the block fails nothing is left of it, and what had the name before keeps it.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
    fresh = Path(name)
    try:
        yield fresh
        os.fsync(handle)
        fresh.replace(file)
        sync_folder(file.parent)
    finally:
        os.close(handle)
        fresh.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Waits until the names in `folder` are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
