"""How a sample's bytes are laid out: what kind of file, which encoding, what separates its cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from roadmap.feed import Feed

Form = Literal["xlsx", "csv", "json"]
Encoding = Literal["utf-8", "windows-1252", "windows-1256"]

DELIMITERS: Final = (",", ";", "\t", "|")
ENCODINGS: Final[tuple[Encoding, ...]] = get_args(Encoding)
#: So much of a text is looked at, and so many of its rows.
LOOKED_AT: Final = 64 * 1024
_ROWS: Final = 30
#: How workbooks begin, new ones and those that the reader refuses with a sentence.
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FOREIGN: Final = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True)
class Layout:
    """How a file is read before anything in it is understood; `sheet` None is the first one with anything in it."""

    format: Form
    encoding: Encoding = "utf-8"
    delimiter: str = ","
    sheet: str | None = None

    def of(self, feed: Feed) -> Feed:
        """`feed` with this layout."""
        told = {"encoding": self.encoding, "delimiter": self.delimiter, "sheet": self.sheet}
        return feed.model_copy(update={"format": self.format, "options": feed.options.model_copy(update=told)})


def of_feed(feed: Feed) -> Layout:
    """The layout that `feed` says."""
    return Layout(feed.format, feed.options.encoding, feed.options.delimiter, feed.options.sheet)


def guess(beginning: bytes, present: Layout) -> Layout:
    """The layout of the file that has this `beginning`; what the `present` one says stays where it would do."""
    if beginning.startswith(_WORKBOOKS):
        return Layout("xlsx", sheet=present.sheet)
    encoding = _encoding(beginning, present.encoding)
    text = _decoded(beginning, encoding)
    if text.lstrip("\ufeff \t\r\n")[:1] in {"[", "{"}:
        return Layout("json", encoding)
    return Layout("csv", encoding, _delimiter(text, present.delimiter))


def _encoding(beginning: bytes, present: Encoding) -> Encoding:
    """UTF-8 where it reads as such; else a code page: words of Persian are letters beyond ASCII in one run."""
    if any(beginning.startswith(mark) for mark, _ in _BOMS) or _is_utf8(beginning):
        return "utf-8"
    if present != "utf-8":
        return present
    runs = _FOREIGN.findall(beginning)
    return "windows-1256" if sum(len(run) > 1 for run in runs) * 2 > len(runs) else "windows-1252"


def _is_utf8(beginning: bytes) -> bool:
    try:
        beginning.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"  # cut within a character
    return True


def _decoded(beginning: bytes, encoding: Encoding) -> str:
    marked = next((name for mark, name in _BOMS if beginning.startswith(mark)), encoding)
    return beginning.decode(marked, "ignore")


def _delimiter(text: str, present: str) -> str:
    """What parts the rows into the most cells, as many in each; the `present` one where that is as good."""
    lines = text.splitlines()[:_ROWS]
    return max((present, *DELIMITERS), key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: Sequence[str], delimiter: str) -> float:
    """The header's cells, as far as the other rows have as many; 0 for a single column."""
    widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    if not widths or widths[0] == 1:
        return 0
    return widths[0] * sum(width == widths[0] for width in widths) / len(widths)
