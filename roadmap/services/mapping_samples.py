"""A sample of what a commission sends: read as its files are, and held against the plan; nothing of it is recorded."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from roadmap.errors import FileRefusedError
from roadmap.feed import Feed
from roadmap.intake import inbox, mapped, parse
from roadmap.intake.proposing import layout as layouts
from roadmap.intake.proposing import main as proposing
from roadmap.intake.proposing.findings import Column, Known, Proposal, Reason, Word
from roadmap.intake.proposing.layout import Layout
from roadmap.intake.unfit import refuse_file
from roadmap.programme import CommissionEntry
from roadmap.services import about
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.settings import Settings
from roadmap.store import reference

__all__ = [
    "DELIMITERS",
    "ENCODINGS",
    "MOST_ROWS",
    "Column",
    "Known",
    "Layout",
    "Proposal",
    "Reason",
    "Table",
    "Word",
    "known_to",
    "look",
    "propose",
    "read",
    "words",
]

DELIMITERS: Final = layouts.DELIMITERS
ENCODINGS: Final = layouts.ENCODINGS
#: So many rows of a sample are read.
MOST_ROWS: Final = 5_000
_MEGABYTE: Final = 1024 * 1024
#: So many sheets of a workbook are looked into for the one with reports.
_SHEETS: Final = 6


@dataclass(frozen=True)
class Table:
    """A sample's table: layout, sheets that there are, header, rows as `parse` gives them, and whether it was cut."""

    layout: Layout
    sheet: str | None
    sheets: tuple[str, ...]
    header: tuple[str, ...]
    frame: pl.DataFrame
    left_out: int
    cut: bool

    def rows(self) -> list[parse.Row]:
        """The rows one by one."""
        return list(parse.rows_of(self.frame))


def read(content: bytes, layout: Layout, feed: Feed, settings: Settings) -> Table:
    """The table in `content` by that layout and what else `feed` says of tables.

    Raises:
        FileRefusedError: it cannot be read so, or breaks a limit.
    """
    if len(content) > settings.max_file_bytes:
        raise refuse_file("too_big", limit=settings.max_file_bytes // _MEGABYTE)
    with tempfile.TemporaryFile(dir=inbox.staging(settings)) as file:
        file.write(content)
        file.flush()
        with parse.read(file, layout.of(feed), settings) as found:
            frame, cut = _first_rows(found)
            sheets = (found.sheet, *found.unread) if found.sheet is not None else ()
            return Table(layout, found.sheet, sheets, found.header, frame, found.left_out, cut)


def _first_rows(found: parse.Table) -> tuple[pl.DataFrame, bool]:
    """The first rows of a table, and whether there are more."""
    width = len(found.header)
    texts = dict.fromkeys((*(f"c{place}" for place in range(width)), "beyond"), pl.String())
    frame = pl.DataFrame(schema={"number": pl.Int32(), **texts})
    for chunk in found.chunks:
        frame = pl.concat([frame, chunk])
        if frame.height > MOST_ROWS:
            return frame.head(MOST_ROWS), True
    return frame, False


def look(settings: Settings, entry: CommissionEntry, content: bytes, known: Known) -> Table:
    """The table of a sample whose layout is not known yet: found from its bytes, and of sheets the one that fits best.

    Raises:
        FileRefusedError: it cannot be read.
    """
    present = layouts.of_feed(entry.feed)
    guessed = layouts.guess(content[: layouts.LOOKED_AT], present)
    table = read(content, replace(guessed, sheet=None), entry.feed, settings)
    if present.sheet in table.sheets and present.sheet != table.sheet:
        return read(content, replace(guessed, sheet=present.sheet), entry.feed, settings)
    if present.sheet == table.sheet or len(table.sheets) < 2:  # noqa: PLR2004 - one sheet is no choice
        return replace(table, layout=replace(guessed, sheet=None if present.sheet is None else table.sheet))
    return _best_sheet(settings, entry, content, table, known)


def _best_sheet(settings: Settings, entry: CommissionEntry, content: bytes, first: Table, known: Known) -> Table:
    """The table of the sheet in which most columns are known; the first one of equals."""
    tables = [first]
    for sheet in first.sheets[1:_SHEETS]:
        try:
            tables.append(read(content, replace(first.layout, sheet=sheet), entry.feed, settings))
        except FileRefusedError:
            continue
    best = max(tables, key=lambda table: _known_columns(proposing.propose(table.header, table.rows(), known)))
    return replace(best, layout=replace(best.layout, sheet=best.sheet))


def _known_columns(proposal: Proposal) -> int:
    return sum(column.field is not None for column in proposal.columns)


@allowed(Action.READ_MAPPING, about.entry)
def known_to(desk: Desk, entry: CommissionEntry) -> Known:
    """What samples of the commission `entry` (with its present feed) are held against: asked for once a sample.

    It reads the plan's codes and every unit, and how the other commissions' files read.
    """
    others = [code for code in desk.programme.by_commission if code != entry.code]
    with desk.engine.connect() as connection:
        return proposing.known(
            [mapped.readable_feed(connection, desk.programme, code) for code in others],
            milestones=[each.code for each in reference.milestones(connection)],
            units=[each.code for each in reference.units(connection)],
            today=desks.today(desk),
            own=entry.feed,
        )


def propose(entry: CommissionEntry, table: Table, known: Known) -> Proposal:
    """How the sample may read, beyond what the commission's present feed says of it."""
    return proposing.propose(table.header, table.rows(), known, entry.feed)


def words(table: Table, proposal: Proposal, known: Known, field: str, place: int) -> Sequence[Word]:
    """The words of the column at `place`, from 0, and what they may mean if it is `field`."""
    if proposal.columns[place].field == field:
        return proposal.words.get(field, ())
    return proposing.words_of(field, place, table.header, table.rows(), known)
