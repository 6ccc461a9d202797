"""A feed that is a folder elsewhere: on a mounted disk, in an object store, behind SFTP. It is only ever read.

Each file that is new or has changed is copied into the inbox, where the limits of every file hold: of one that is too
large no more is copied than shows that it is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from roadmap.errors import FeedUnavailableError
from roadmap.feed import FilesFeed
from roadmap.intake import inbox
from roadmap.intake.feeds import places
from roadmap.intake.feeds.landing import Fetched, generated_name
from roadmap.intake.feeds.memory import Seen, recall
from roadmap.settings import Settings
from roadmap.store.durable import whole

_logger = logging.getLogger(__name__)

_CHUNK: Final = 1024 * 1024
#: When a file was written, and what else tells two states of one size apart: stores call it one or the other.
_WRITTEN: Final = ("mtime", "LastModified")
_STATES: Final = ("ETag", *_WRITTEN)

#: A file as a store lists it.
Entry = Mapping[str, Any]


def fetch(feed: FilesFeed, cursor: str | None, folder: Path, settings: Settings) -> Iterator[Fetched]:
    """Each file of the feed's folder that is new or has changed, oldest first, as a file in `folder`.

    Raises:
        FeedUnavailableError: the folder cannot be reached, or some of its files could not be copied; the others were.
        ProgrammeError: its connection is missing, or does not say what it must.
    """
    known, failed = recall(Seen, feed, cursor), []
    with places.opened(str(feed.url), feed.connection, settings) as place:
        listed = {_name(entry): entry for entry in _listed(place, feed.pattern)}
        seen = {name: mark for name, mark in known.files.items() if name in listed}
        for name in [name for name, entry in listed.items() if seen.get(name) != _mark(entry)]:
            try:
                path = _copied(place.store, listed[name], folder, settings.max_file_bytes)
            except inbox.StillWrittenError:
                continue
            except place.errors as error:  # told below: the others need not wait for it
                _logger.warning("%s could not be copied (%s)", inbox.display_name(Path(name)), places.reason(error))
                failed.append(inbox.display_name(Path(name)))
                continue
            seen[name] = _mark(listed[name])
            yield Fetched(path, Seen(feed=known.feed, files=seen).text())
    if failed:
        names = ", ".join(failed)
        message = f"These files could not be copied and are tried again: {names}; see that they can be read."
        raise FeedUnavailableError(message)


def _listed(place: places.Place, pattern: str) -> list[Entry]:
    """Files in the folder that fit `pattern` and that an inbox would take, oldest first."""
    entries = [entry for entry in place.store.ls(place.folder, detail=True) if entry["type"] == "file" and _name(entry)]
    fitting = [entry for entry in entries if fnmatchcase(_name(entry), pattern) and not inbox.ignores(_name(entry))]
    return sorted(fitting, key=lambda entry: (_first(entry, _WRITTEN), _name(entry)))


def _copied(store: Any, entry: Entry, folder: Path, limit: int) -> Path:  # noqa: ANN401 - fsspec has no types
    """The file of `entry`, copied into `folder` under a name of ours that ends as the sender's does.

    Raises:
        StillWrittenError: it is not what was listed any more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / generated_name("files", f"-{inbox.display_name(Path(_name(entry)))}")
    with whole(path) as fresh:
        with _opened(store, entry["name"]) as source, fresh.open("wb") as target:
            size = _copy(source, target, limit)
        if size != min(entry["size"], limit + 1) or _mark(store.info(entry["name"])) != _mark(entry):
            raise inbox.StillWrittenError(_name(entry))
    return path


def _opened(store: Any, name: str) -> IO[bytes]:  # noqa: ANN401 - as above
    """A file's content; on a disk of this machine not through a link that it was swapped for."""
    stream: IO[bytes] = inbox.opened(Path(name)) if "file" in store.protocol else store.open(name, "rb", _CHUNK)
    return stream


def _copy(source: IO[bytes], target: IO[bytes], limit: int) -> int:
    """Copies `source`, but only the first byte beyond `limit`; how many bytes that were."""
    size = 0
    while chunk := source.read(min(_CHUNK, limit + 1 - size)):
        size += target.write(chunk)
    return size


def _name(entry: Entry) -> str:
    return PurePosixPath(entry["name"]).name if not entry["name"].endswith("/") else ""


def _mark(entry: Entry) -> tuple[int, str]:
    """What tells this state of a file from another one."""
    return entry["size"], str(_first(entry, _STATES))


def _first(entry: Entry, names: tuple[str, ...]) -> Any:  # noqa: ANN401 - a time, in the store's own way
    return next(entry[name] for name in names if name in entry)
