"""A delivery goes back to its sender as a workbook on which everything that is wrong is marked.

Made when it is asked for, from the file that was put away and the reject ledger: nothing else is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import IO, Final

from roadmap.domain.events import ProgressReported
from roadmap.domain.text import Text
from roadmap.errors import FileRefusedError
from roadmap.feed import Feed
from roadmap.intake import parse
from roadmap.intake.columns import find_columns
from roadmap.services import about, conflicts, originals
from roadmap.services.conflicts import Conflict
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.originals import Table
from roadmap.services.permissions import Action
from roadmap.settings import Settings
from roadmap.store.log import Receipt
from roadmap.store.views import RejectRow
from roadmap.workbooks import returning, wording
from roadmap.workbooks.looks import both
from roadmap.workbooks.notes import Mark, Notes, Problem
from roadmap.workbooks.returning import Rows, UnmarkableError

#: So many problems are listed on the summary; all are marked.
_LISTED: Final = 2_000
#: A longer file goes back with only those of its rows that were turned away.
_WHOLE_ROWS: Final = 20_000

_NOT_KEPT: Final = Text(
    fa="پروندهٔ اصلی اینجا نگهداری نشده است؛ در پروندهٔ خود همین ردیف‌ها را درست کنید.",
    en="The original file is not kept here; correct these rows in your own.",
)
_UNMARKABLE: Final = Text(
    fa="کارپوشهٔ شما در حد مجاز حافظه و زمان باز نشد؛ به جای آن، این کارپوشهٔ تازه با همان ردیف‌ها ساخته شد.",
    en="Your workbook could not be opened within the limits; this fresh one with the same rows was made instead.",
)
_ONLY_REJECTED: Final = Text(
    fa="پرونده بسیار بلند است؛ فقط ردیف‌های برگشتی آن در این کارپوشه است.",
    en="The file is very long; only those of its rows that were turned away are in this workbook.",
)
_STANDS: Final = Text(fa="ستون: اکنون ثبت است ← ردیف شما", en="Field: what stands now → your row")
_KEEP_OR_TAKE: Final = Text(
    fa="برای ماندن گزارش ثبت‌شده، این ردیف را پاک کنید. برای جایگزینی با ردیف خود، در این خانه {version} بنویسید.",
    en="To keep what stands, delete this row. To put yours in its place, write {version} into this cell.",
)
_ROW: Final = Text(fa="این ردیف پذیرفته نشد:", en="This row was not taken:")


@dataclass(frozen=True)
class Returned:
    """A workbook to be sent back; `marked` is False for a fresh one in place of the sender's own."""

    name: str
    content: bytes
    marked: bool


@allowed(Action.READ_DELIVERY, about.batch)
def returned(desk: Desk, settings: Settings, batch: int) -> Returned:
    """The delivery `batch` as its sender gets it back.

    Raises:
        SettingsError: there is no such delivery, or it was no file.
    """
    receipt, problems = originals.delivery(desk, batch)
    feed = desk.commission(receipt.commission).feed
    clashing = {each.row: each for each in conflicts.of(desk, settings, receipt, problems)}
    name = f"{PurePath(receipt.source).stem}-{receipt.batch}.xlsx"
    with originals.original(settings, receipt) as content:
        if content is None:
            notes = _notes(receipt, problems, feed, None, clashing)
            return Returned(name, _fresh(None, notes, feed, _NOT_KEPT), marked=False)
        notes = _notes(receipt, problems, feed, _read(content, feed, settings, ()), clashing)
        if parse.sent(feed, content).format != "xlsx":
            return Returned(name, _rows(content, feed, settings, notes), marked=False)
        try:
            return Returned(name, returning.marked(content, notes, feed, settings), marked=True)
        except UnmarkableError:
            return Returned(name, _rows(content, feed, settings, notes, _UNMARKABLE), marked=False)


def _read(content: IO[bytes], feed: Feed, settings: Settings, numbers: Collection[int] | None) -> Table | None:
    """The table in `content`, or None where the file cannot be read."""
    try:
        return originals.table(content, feed, settings, numbers)
    except FileRefusedError:
        return None


def _rows(content: IO[bytes], feed: Feed, settings: Settings, notes: Notes, *remarks: Text) -> bytes:
    """A fresh workbook with the rows of the file, or if they are very many with those that are marked."""
    if notes.rows <= _WHOLE_ROWS:
        return _fresh(_read(content, feed, settings, None), notes, feed, *remarks)
    marked = {each.row for each in notes.marks}
    return _fresh(_read(content, feed, settings, marked), notes, feed, *remarks, _ONLY_REJECTED)


def _fresh(found: Table | None, notes: Notes, feed: Feed, *remarks: Text) -> bytes:
    told = replace(notes, remarks=(*notes.remarks, *remarks))
    rows = Rows(found.header, found.rows) if found else None
    return returning.fresh(rows, told, right_to_left=feed.options.date == "jalali")


def _notes(
    receipt: Receipt,
    problems: Sequence[RejectRow],
    feed: Feed,
    found: Table | None,
    clashing: Mapping[int, Conflict],
) -> Notes:
    places = _places(feed, found)
    marks: list[Mark] = []
    listed = []
    for row in problems:
        mark = _mark(row, places, feed, clashing.get(row.row or 0))
        if mark is not None:
            marks.append(mark)
        field = wording.header(feed, row.field)
        number = len(marks) - 1 if mark else None
        # Of a clash the value is a state and a percent, in the contract's words.
        value = wording.own_words(row.value, feed) if row.code in conflicts.CODES else row.value
        listed.append(Problem(row.row, field, value, _sentence(row, feed), number))
    return Notes(
        *(receipt.source, found.sheet if found else None),
        *(receipt.rows_read, receipt.accepted, receipt.duplicates, receipt.rejected),
        marks=(*marks, *_bad_rows(problems, feed)),
        opened=tuple(_opened(clashing.values(), places)),
        problems=tuple(listed[:_LISTED]),
        untold=max(len(listed) - _LISTED, 0),
    )


def _places(feed: Feed, found: Table | None) -> Mapping[str, int]:
    """The column of each field, from 1; none where the file's columns are not what the feed promises."""
    try:
        places = find_columns(feed, found.header).places if found else {}
    except FileRefusedError:
        return {}
    return {field: place + 1 for field, place in places.items()}


def _mark(row: RejectRow, places: Mapping[str, int], feed: Feed, conflict: Conflict | None) -> Mark | None:
    """The bad cell; None where the trouble is with no cell (a column that is not there, the whole file)."""
    # What stands right of all headers is told by its column's number.
    column = int(row.field) if row.field.isdecimal() else places.get(row.field)
    if row.row is None or column is None:
        return None
    told = [both(_sentence(row, feed)), *([_differences(conflict, feed)] if conflict and conflict.standing else [])]
    return Mark(row.row, column, "\n\n".join(told))


def _bad_rows(problems: Sequence[RejectRow], feed: Feed) -> list[Mark]:
    """A mark for the first cell of each row that was not taken, with all that is wrong with it."""
    said: dict[int, list[str]] = {}
    for row in problems:
        if row.row is not None:
            said.setdefault(row.row, []).append(both(_sentence(row, feed)))
    return [Mark(number, None, "\n".join([both(_ROW), *texts])) for number, texts in said.items()]


def _sentence(row: RejectRow, feed: Feed) -> Text:
    return wording.told(Text(fa=row.fa, en=row.en), row.field, feed)


def _differences(conflict: Conflict, feed: Feed) -> str:
    """Both values of each field in which the row and what stands differ."""
    standing, mine = conflict.standing.report if conflict.standing else conflict.mine, conflict.mine
    lines = [
        f"{wording.header(feed, field)}: {wording.said(feed, field, getattr(standing, field))} → "
        f"{wording.said(feed, field, getattr(mine, field))}"
        for field in ProgressReported.model_fields
        if getattr(standing, field) != getattr(mine, field)
    ]
    return "\n".join([both(_STANDS), *lines])


def _opened(clashing: Iterable[Conflict], places: Mapping[str, int]) -> Iterator[Mark]:
    """The cells in which a sender says that the own row is to stand: never in silence."""
    for each in clashing:
        if "version" in places and each.standing is not None:
            version = each.standing.version
            text = both(Text(fa=_KEEP_OR_TAKE.fa.format(version=version), en=_KEEP_OR_TAKE.en.format(version=version)))
            yield Mark(each.row, places["version"], text)
