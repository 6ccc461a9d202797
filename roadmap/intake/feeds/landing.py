"""How what was fetched gets into the inbox: caught aside first, then laid there under a name of its own, whole."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from roadmap.intake.inbox import shortened, staging
from roadmap.settings import Settings
from roadmap.store.durable import whole

_logger = logging.getLogger(__name__)

_MEGABYTE: Final = 1024 * 1024
#: Longest name in bytes, with room for what marks a file that is not whole yet.
_NAME_BYTES: Final = 200


class TooMuchError(Exception):
    """A feed hands out more at one asking than a file may hold; `content` is what did not fit any more."""

    def __init__(self, content: bytes) -> None:
        super().__init__("more than a file may hold")
        self.content = content


@dataclass(frozen=True)
class Fetched:
    """A file that was laid into the inbox, and the cursor to keep with its receipt."""

    path: Path
    cursor: str


class Catch:
    """Bytes on their way to the inbox, never more than a file may have; made by `catching`."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        """Takes up to `limit` bytes into `stream`."""
        self._stream, self._limit = stream, limit
        self._digest = hashlib.sha256()

    def write(self, content: bytes) -> None:
        """Adds `content`.

        Raises:
            TooMuchError: it would be too much for one file.
        """
        if self._stream.tell() + len(content) > self._limit:
            raise TooMuchError(content)
        self._stream.write(content)
        self._digest.update(content)

    def overflow(self, content: bytes) -> None:
        """Takes as much of `content` as fits, and makes the whole longer than a file may be: to be refused as that."""
        _logger.warning(
            "The feed hands out more than %.3g MB at one asking, all pages together; have it asked for less (a cursor "
            "does that), or raise ROADMAP_MAX_FILE_BYTES.",
            self._limit / _MEGABYTE,
        )
        self.write(content[: self._limit - self.size])
        self._stream.truncate(self._limit + 1)

    @property
    def size(self) -> int:
        """How many bytes were taken."""
        return self._stream.tell()

    @property
    def digest(self) -> str:
        """SHA-256 of what was taken."""
        return self._digest.hexdigest()

    def lay(self, path: Path) -> None:
        """Makes the file `path` of what was taken; until it is on the disk its name is one that inboxes ignore."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream.seek(0)
        with whole(path) as fresh, fresh.open("wb") as target:
            shutil.copyfileobj(self._stream, target)


@contextmanager
def catching(settings: Settings) -> Iterator[Catch]:
    """A catch on the disk that has no name: whatever happens, nothing is left of it."""
    with tempfile.TemporaryFile(dir=staging(settings)) as stream:
        yield Catch(stream, settings.max_file_bytes)


def generated_name(kind: str, ending: str) -> str:
    """A name for something that has none, or a stranger's: the kind of feed, the time, and how it ends."""
    beginning = f"{kind}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    return beginning + shortened(ending, _NAME_BYTES - len(beginning))
