"""A commission's inbox: which files wait there, how one is taken without trusting it, where it goes afterwards.

A name is only ever shown, never opened as a path of its own: files are opened in the inbox's folder by the names that
the folder lists, without following links, and put away under a name made here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Final

from roadmap.errors import FeedUnavailableError
from roadmap.intake.rejects import shown
from roadmap.intake.unfit import refuse_file
from roadmap.settings import Settings
from roadmap.store import durable
from roadmap.store.log import Receipt

#: Names of files that somebody hides, has open (Excel's lock files) or is still writing.
_IGNORED_STARTS: Final = (".", "~")
_IGNORED_ENDS: Final = (".part", ".partial", ".tmp", ".crdownload")
#: A file that was touched a moment ago is watched for this long before it is taken.
_SETTLE_SECONDS: Final = 0.5
_CHUNK: Final = 1024 * 1024
#: Longest name that common file systems take, in bytes.
_NAME_BYTES: Final = 255
#: What stands before the sender's name of a file that was put away.
_NUMBERED: Final = re.compile(r"^\d{6,}-")


@dataclass(frozen=True)
class Identity:
    """What tells a file from another one of its name, or from itself before somebody wrote on."""

    device: int
    inode: int
    size: int
    modified: int


@dataclass(frozen=True)
class Taken:
    """A file as it was taken: an unnamed copy of its content that vanishes with the process, and its SHA-256.

    `content` is None for a file over the size limit: its digest is known, its content is not kept.
    """

    name: str
    digest: str
    identity: Identity
    content: IO[bytes] | None


class StillWrittenError(FeedUnavailableError):
    """The file changed while it was being taken: its writer is not done, the next pull will take it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is still being written; try again when it is whole.",
            fa=f"پروندهٔ «{name}» هنوز کامل نوشته نشده است؛ پس از پایان آن دوباره تلاش کنید.",
        )


def waiting(settings: Settings, commission: str) -> list[Path]:
    """Files that lie in the inbox of `commission` now, oldest first; no links, folders or unfinished files."""
    folder = settings.inbox / commission
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        found = [seen for entry in entries if (seen := _sighting(entry)) is not None]
    return [folder / name for _, name in sorted(found)]


def ignores(name: str) -> bool:
    """Whether a file's name says that it is hidden, open in Excel or not whole yet."""
    return name.startswith(_IGNORED_STARTS) or name.lower().endswith(_IGNORED_ENDS)


def _sighting(entry: os.DirEntry[str]) -> tuple[int, str] | None:
    """When a file that waits was last written, and its name; None for what does not wait."""
    if ignores(entry.name) or not entry.is_file(follow_symlinks=False):
        return None
    try:
        return entry.stat(follow_symlinks=False).st_mtime_ns, entry.name
    except FileNotFoundError:  # another pull was quicker
        return None


def staging(settings: Settings) -> Path:
    """The folder in which copies of what is being taken lie, made if need be."""
    folder = settings.state_dir / "staging"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def settled(path: Path) -> bool:
    """Whether `path` is there and nobody is writing it; waits a moment for one that was touched just now."""
    try:
        before = path.lstat()
        age = time.time() - before.st_mtime
        time.sleep(min(max(_SETTLE_SECONDS - age, 0.0), _SETTLE_SECONDS))
        return _identity(path.lstat()) == _identity(before)
    except FileNotFoundError:  # another pull was quicker
        return False


@contextmanager
def taken(path: Path, settings: Settings) -> Iterator[Taken]:
    """The file `path`, copied aside; what happens to the original afterwards does not matter any more.

    Raises:
        FileRefusedError: a link, a folder or a device.
        FeedUnavailableError: it is not there, or may not be read.
        StillWrittenError: it changed while it was copied.
    """
    with opened(path) as original, tempfile.TemporaryFile(dir=staging(settings)) as copy:
        before = _identity(os.fstat(original.fileno()))
        digest = _copy(original, copy, settings.max_file_bytes)
        if _identity(os.fstat(original.fileno())) != before:
            raise StillWrittenError(display_name(path))
        fits = before.size <= settings.max_file_bytes
        yield Taken(display_name(path), digest, before, copy if fits else None)


def opened(path: Path) -> BufferedReader:
    """`path` opened for reading if it is a regular file: never through a link, never waiting for a pipe's writer.

    Raises:
        FileRefusedError: a link, a folder or a device.
        FeedUnavailableError: it is not there, or may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            raise refuse_file("not_a_file", name=display_name(path)) from error
        name = display_name(path)
        raise FeedUnavailableError(
            f"{name} cannot be read ({error.strerror}); make it readable and try again.",
            fa=f"پروندهٔ «{name}» را نمی‌توان خواند؛ راهبر سامانه باید آن را خواندنی کند.",
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refuse_file("not_a_file", name=display_name(path))
    return os.fdopen(descriptor, "rb")


def _copy(original: IO[bytes], copy: IO[bytes], limit: int) -> str:
    """Copies up to `limit` bytes; the digest is of the whole content."""
    digest = hashlib.sha256()
    while chunk := original.read(_CHUNK):
        digest.update(chunk)
        if copy.tell() <= limit:
            copy.write(chunk)
    copy.flush()
    return digest.hexdigest()


def _identity(status: os.stat_result) -> Identity:
    return Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def display_name(path: Path) -> str:
    """The name of `path` fit to be shown and stored, whatever bytes it is made of."""
    return shown(os.fsencode(path.name).decode(errors="replace"))


def kept_in(settings: Settings, receipt: Receipt) -> Path:
    """The folder in which the file behind `receipt` is kept, under a name that begins with the receipt's number."""
    return settings.state_dir / ("quarantine" if receipt.refused else "done") / receipt.commission


def put_away(path: Path, taken: Taken, folder: Path, number: int) -> Path | None:
    """Moves the original to `folder` under its receipt's `number`; None if it is gone or another has its name."""
    folder.mkdir(parents=True, exist_ok=True)
    target = _free_name(folder, f"{number:06}", taken.name)
    try:
        if _identity(path.lstat()) != taken.identity:
            return None
        path.rename(target)
    except FileNotFoundError:  # another pull of the same inbox was quicker; the log has it once
        return None
    return target


def keep(taken: Taken, folder: Path, number: int) -> None:
    """Puts a copy of what was taken into `folder` under its receipt's `number`, unless one is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    if taken.content is None or any(folder.glob(f"{number:06}-*")):
        return
    taken.content.seek(0)
    with durable.whole(_free_name(folder, f"{number:06}", taken.name)) as fresh, fresh.open("wb") as copy:
        shutil.copyfileobj(taken.content, copy, _CHUNK)


def renumber(path: Path, folder: Path, number: int) -> None:
    """Moves what was put away as `path` to `folder`, under another receipt's `number`."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):  # whoever did the same at once was quicker
        path.rename(_free_name(folder, f"{number:06}", _NUMBERED.sub("", path.name)))


def _free_name(folder: Path, number: str, name: str) -> Path:
    """A name in `folder` that nothing has yet: receipt number, a count where it is needed, the sender's own name."""
    count = 1
    while True:
        prefix = f"{number}-" if count == 1 else f"{number}-{count}-"
        room = _NAME_BYTES - len(prefix)
        target = folder / (prefix + shortened(name, room))
        if not os.path.lexists(target):
            return target
        count += 1


def shortened(name: str, room: int) -> str:
    """The end of `name` that fits into `room` bytes: the end says what kind of file it is."""
    safe = name.replace("/", "\ufffd")
    return safe.encode()[-room:].decode(errors="ignore")
