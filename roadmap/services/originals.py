"""What a commission sent, read again: the file that was put away, its header, and rows of it by their numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from roadmap.domain.changes import ReportProgress
from roadmap.domain.text import persian_digits
from roadmap.errors import FileRefusedError, SettingsError
from roadmap.feed import Feed
from roadmap.intake import inbox, parse
from roadmap.intake.checking import check
from roadmap.intake.mapping import Mapper
from roadmap.intake.parse import Row
from roadmap.services import about
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.settings import Settings
from roadmap.store import views
from roadmap.store.log import Receipt
from roadmap.store.views import RejectRow

_ALL: Final = 2**31 - 1


@dataclass(frozen=True)
class Table:
    """A file's sheet and header, and those of its rows that were asked for."""

    sheet: str | None
    header: tuple[str, ...]
    rows: tuple[Row, ...]


@allowed(Action.READ_DELIVERY, about.batch)
def delivery(desk: Desk, batch: int) -> tuple[Receipt, list[RejectRow]]:
    """The receipt of the file `batch`, and the reject ledger's lines of it in the order of their rows.

    Raises:
        SettingsError: there is no such delivery, or it was no file.
    """
    with desk.engine.connect() as connection:
        receipt = views.receipt(connection, batch)
        if receipt is None or receipt.commission not in desk.programme.by_commission or receipt.channel == "form":
            raise SettingsError(
                f"There is no delivery of a file with the number {batch}; `roadmap status` names the newest ones.",
                fa=f"پرونده‌ای با شمارهٔ {persian_digits(str(batch))} نیامده است؛ یکی را از فهرست برگزینید.",
            )
        problems = views.rejects(connection, receipt.last_seq, batch=batch, limit=_ALL)
    return receipt, sorted(problems, key=lambda row: (row.row or 0, row.id))


@contextmanager
def original(settings: Settings, receipt: Receipt) -> Iterator[IO[bytes] | None]:
    """The file behind `receipt` as it came; None where it is not kept, or is not what it was."""
    paths = kept(settings, receipt)
    if not paths:
        yield None
        return
    with inbox.opened(paths[0]) as content:
        # What came as an event was never a file of the sender's: its digest is of the event.
        wanted = content_digest(receipt)
        is_it = receipt.channel != "file" or hashlib.file_digest(content, "sha256").hexdigest() == wanted
        content.seek(0)
        yield content if is_it else None


def table(content: IO[bytes], feed: Feed, settings: Settings, numbers: Collection[int] | None = None) -> Table:
    """The table in `content` with the rows that have those `numbers`, or with all.

    Raises:
        FileRefusedError: it cannot be read.
    """
    with parse.read(content, feed, settings) as found:
        if numbers is not None and not numbers:
            return Table(found.sheet, found.header, ())
        rows = (row for chunk in found.chunks for row in parse.rows_of(chunk))
        return Table(found.sheet, found.header, tuple(row for row in rows if numbers is None or row.number in numbers))


def orders(found: Table, feed: Feed) -> dict[int, ReportProgress]:
    """The orders that rows of a table are, by their numbers; rows that the contract does not take are left out."""
    try:
        mapper = Mapper(feed, found.header)
    except FileRefusedError:
        return {}
    read = {row.number: check(mapper.draft(row)) for row in found.rows}
    return {number: order for number, order in read.items() if isinstance(order, ReportProgress)}


def content_digest(receipt: Receipt) -> str:
    """The digest under which the content behind `receipt` came the first time."""
    return str(receipt.checks.get("reopened", {}).get("content", receipt.digest))


def kept(settings: Settings, receipt: Receipt) -> list[Path]:
    """Where the file was put away: once, and once more for each time that it was sent again."""
    return sorted(inbox.kept_in(settings, receipt).glob(f"{receipt.batch:06}-*"))
