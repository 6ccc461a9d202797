"""The places that anchors are written to, and read back from: a file, an object store, a mailbox.

What a place raises is whatever its driver raises; `anchors` tells it with the place's name.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Any, Final, Protocol
from urllib.parse import unquote, urlsplit

from roadmap.errors import SettingsError
from roadmap.services import mailing
from roadmap.settings import Settings
from roadmap.store.anchoring import Anchor
from roadmap.store.durable import sync_folder


class Place(Protocol):
    """Somewhere that anchors are added to and never changed."""

    def write(self, anchor: Anchor, *, before: int) -> None:
        """Adds `anchor`; `before` is how many this machine remembers to have written here."""
        ...

    def lines(self) -> list[str] | None:
        """The lines of all anchors that are there, oldest first; None where they cannot be read back."""
        ...


def place(url: str, settings: Settings) -> Place:
    """The place that `url` names: `mailto:`, `file:` or a plain path, anything else is an object store of fsspec's."""
    parts = urlsplit(url)
    if parts.scheme == "mailto":
        return Mailbox(unquote(parts.path), settings)
    if parts.scheme in {"", "file"}:
        return File(Path(unquote(parts.path) if parts.scheme else url))
    return Objects(url)


@dataclass(frozen=True)
class File:
    """A file with a line an anchor, on a disk that only adds or is carried away."""

    path: Path

    def write(self, anchor: Anchor, *, before: int) -> None:
        """Adds a line and waits until it is on the disk."""
        is_new = not self.path.exists()
        if is_new and before:
            message = f"the file is gone that had {before} anchors; is its disk not mounted?"
            raise FileNotFoundError(message)
        with self.path.open("a+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.write(_from_a_new_line(stream) + anchor.line().encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        if is_new:
            sync_folder(self.path.parent)

    def lines(self) -> list[str] | None:
        """The file's lines; none where the file is not there yet."""
        try:
            return self.path.read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []


def _from_a_new_line(stream: IO[bytes]) -> bytes:
    """A line that was torn by a power cut stays a line of its own."""
    if stream.seek(0, os.SEEK_END) == 0:
        return b""
    stream.seek(-1, os.SEEK_END)
    return b"" if stream.read(1) == b"\n" else b"\n"


@dataclass(frozen=True)
class Objects:
    """A bucket or a folder of one; every anchor is an object of its own, so that a locked bucket takes it."""

    url: str

    def write(self, anchor: Anchor, *, before: int) -> None:  # noqa: ARG002 - a store has no mount to be missing
        """Makes an object, named by the programme, the event and the time."""
        store, folder = self._opened()
        name = f"{anchor.programme}-{anchor.seq:012}-{anchor.anchored:%Y%m%dT%H%M%S%fZ}.json"
        store.pipe_file(f"{folder}/{name}", anchor.line().encode() + b"\n")

    def lines(self) -> list[str] | None:
        """The lines of all objects, in the order of their names, many read at once; none where the folder is not."""
        store, folder = self._opened()
        try:
            names = sorted(entry["name"] for entry in store.ls(folder, detail=True) if entry["type"] == "file")
        except FileNotFoundError:
            return []
        contents: dict[str, bytes] = store.cat(names) if names else {}
        return [line for name in names for line in contents[name].decode("utf-8", "replace").splitlines()]

    def _opened(self) -> tuple[Any, str]:
        import fsspec  # noqa: PLC0415 - a driver takes its time, and only those who have such a place need one

        try:
            store, folder = fsspec.url_to_fs(self.url, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            message = f"it is no path, mailto: or URL of an object store ({error})"
            raise SettingsError(message) from None
        return store, folder.rstrip("/")


@dataclass(frozen=True)
class Mailbox:
    """Somebody's mailbox, at the mail server of the settings."""

    address: str
    settings: Settings

    def write(self, anchor: Anchor, *, before: int) -> None:  # noqa: ARG002 - what was sent is not looked at again
        """Sends a mail with the anchor as an attachment; the server has taken it when this returns."""
        with mailing.server(self.settings) as server:
            server.send_message(self._mail(anchor))

    def lines(self) -> list[str] | None:
        """None: what is in somebody's mailbox is given to `roadmap verify` as a file."""
        return None

    def _mail(self, anchor: Anchor) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = mailing.sender(self.settings)
        mail["To"] = self.address
        mail["Subject"] = f"Roadmap anchor {anchor.programme}: event {anchor.seq}, {anchor.chain[:16]}"
        mail.set_content(_BODY.format(anchor=anchor))
        name = f"anchor-{anchor.programme}-{anchor.seq}.json"
        mail.add_attachment(f"{anchor.line()}\n".encode(), "application", "json", filename=name)
        return mail


_BODY: Final = """\
لنگر دفتر رویدادهای برنامهٔ {anchor.programme}: رویداد {anchor.seq}، بستهٔ {anchor.batch}، در {anchor.anchored}.
این نامه را نگه دارید. با «roadmap verify --anchor پرونده» می‌توان دید که دفتر از آن پس بریده یا بازنویسی نشده است.

Anchor of the event log of programme {anchor.programme}: event {anchor.seq}, batch {anchor.batch}, at {anchor.anchored}.
Keep this mail. `roadmap verify --anchor FILE`, with the attachment or the saved mail as FILE, shows whether the log was
cut or written anew since then.

{anchor.chain}
"""
