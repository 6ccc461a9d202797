"""A file that a lead brings to the board: into the inbox and taken at once, with the receipt for an answer."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from roadmap.errors import FeedUnavailableError
from roadmap.intake import inbox, pipeline
from roadmap.services import about, conflicts, originals
from roadmap.services import desk as desks
from roadmap.services.conflicts import Conflict
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.settings import Settings
from roadmap.store import durable, log
from roadmap.store.log import Receipt
from roadmap.store.views import RejectRow

_FOLDER: Final = re.compile(r"[/\\]")
_NAME_BYTES: Final = 200
_NAMELESS: Final = "upload"
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """What became of a file: its receipt, the ledger's lines of it by row, and the clashes that are still open."""

    receipt: Receipt
    problems: Sequence[RejectRow]
    conflicts: Sequence[Conflict]


@allowed(Action.HAND_IN, "commission")
def hand_in(
    desk: Desk, settings: Settings, commission: str, name: str, content: bytes, *, day: date | None = None
) -> Receipt:
    """Takes `content`, which its sender calls `name`, for `commission`; the same content again has its first receipt.

    The file lies in the commission's inbox, hidden, while it is taken, and is put away as files of the inbox are. If it
    cannot be taken now it stays in the inbox for the next pull.

    Raises:
        ProgrammeError: there is no such commission.
        FeedUnavailableError: it could not be taken now; the inbox has it.
    """
    entry, calendar = desk.commission(commission), desk.programme.programme.calendar
    folder = settings.inbox / entry.code
    folder.mkdir(parents=True, exist_ok=True)
    today = day or desks.today(desk)
    context = pipeline.Context(desk.engine, settings, entry, calendar, today, log.now, desk.who.actor)
    with tempfile.TemporaryDirectory(prefix=".", dir=folder) as hidden:
        path = Path(hidden) / safe_name(name)
        with durable.whole(path) as fresh:
            fresh.write_bytes(content)
        try:
            receipt, taken = pipeline.take(path, context)
        except Exception as error:
            path.rename(_free(folder, path.name))
            raise FeedUnavailableError(
                f"{path.name} could not be taken now ({error}); it is in the inbox and will be taken from there.",
                fa=f"پروندهٔ «{path.name}» اکنون گرفته نشد؛ در صندوق ورودی مانده است و از آنجا گرفته می‌شود.",
            ) from error
        if not receipt.repeated:
            inbox.put_away(path, taken, inbox.kept_in(settings, receipt), receipt.batch)
    return receipt


@allowed(Action.READ_DELIVERY, about.batch)
def outcome(desk: Desk, settings: Settings, batch: int) -> Outcome:
    """What became of the file with the receipt `batch`; SettingsError where there is none."""
    receipt, problems = originals.delivery(desk, batch)
    return Outcome(receipt, problems, conflicts.of(desk, settings, receipt, problems))


def largest(settings: Settings) -> int:
    """The largest file that is taken, in whole megabytes."""
    return settings.max_file_bytes // _MEGABYTE


def safe_name(name: str) -> str:
    """`name` fit to be a file's: no folders, nothing hidden or unfinished about it, not too long."""
    last = _FOLDER.split(name.encode(errors="replace").decode())[-1]
    return inbox.display_name(Path(inbox.shortened(last, _NAME_BYTES))).lstrip(".~ ") or _NAMELESS


def _free(folder: Path, name: str) -> Path:
    """A name in `folder` that nothing has yet."""
    taken = (folder / (name if count == 1 else f"{count}-{name}") for count in range(1, 10_000))
    return next(path for path in taken if not os.path.lexists(path))
