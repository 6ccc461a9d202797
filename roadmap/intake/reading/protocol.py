"""What the parser's process and its parent agree on, and what the parser's parts share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

REFUSED: Final = 3

#: What stands before a number, and a date, that the file itself holds as one.
NUMBER: Final = "\x02"
DATE: Final = "\x03"
#: What stands between two fields, and after a record.
FIELD_END: Final = "\x1f"
RECORD_END: Final = "\x1e"

#: What neither UTF-8 nor PostgreSQL can hold, and what only this protocol may say; shown as U+FFFD, which the mapping
#: then refuses.
_UNTOLD: Final = re.compile(f"[\0\ud800-\udfff{NUMBER}{DATE}{FIELD_END}{RECORD_END}]")
#: The cells of a row.
Cells = list[str]


@dataclass(frozen=True)
class Across:
    """How a table with one thing down and another across is laid out; see `roadmap.feed_options.Across`."""

    keys: tuple[str, ...]
    header: str
    cell: str
    record: str | None


@dataclass(frozen=True)
class Request:
    """How the file is to be read, and the limits to keep (bytes, seconds, counts)."""

    format: str
    encoding: str
    delimiter: str
    sheet: str | None
    fill_down: tuple[str, ...]
    across: Across | None
    max_unpacked_bytes: int
    max_ratio: int
    max_members: int
    max_rows: int
    max_columns: int
    max_cell_bytes: int
    memory_bytes: int
    cpu_seconds: int

    @classmethod
    def of(cls, told: dict[str, Any]) -> Request:
        """The request that was told as JSON."""
        return cls(**told | {"across": told["across"] and Across(**told["across"])})


@dataclass(frozen=True)
class Opened:
    """A file that was opened: its rows, header first, the sheet that is read and the sheets that are not.

    `first` is the number of the first row. Cells are `told` if every one has been looked at: marked where the file
    types it, and otherwise free of what only the protocol may say. `joined` takes as many of the rows as it can give
    with their cells, not told, already joined by `FIELD_END`: none of them where they are to be taken one by one.
    """

    rows: Iterator[Cells]
    first: int = 1
    told: bool = False
    sheet: str | None = None
    unread: tuple[str, ...] = ()
    joined: Callable[[], list[str]] = list


class UnfitError(Exception):
    """The file is not fit to be taken: a code, and what its sentence needs."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code, self.details = code, details


def told(texts: Cells) -> Cells:
    """`texts` of a file as they may be told to the parent."""
    return texts if "".join(texts).isprintable() else [as_told(text) for text in texts]


def as_told(text: str) -> str:
    """`text` of a file as it may be told to the parent."""
    return text if text.isprintable() else _UNTOLD.sub("\ufffd", text)


def bare(cell: str) -> str:
    """What stands in `cell`, which was told, without its mark."""
    return cell.lstrip(NUMBER + DATE)
