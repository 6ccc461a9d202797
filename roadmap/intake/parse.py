"""A file's content becomes a table, read by a child process that cannot harm this one (see `reading`).

The child writes into a file that has no name, and what it has written is read here while it goes on: it never waits for
this process, the kernel bounds what it writes, and no more than a chunk of the table is in memory.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import chain
from typing import IO, Final, Literal, NamedTuple

import polars as pl

from roadmap.errors import FileRefusedError
from roadmap.intake import reading
from roadmap.intake.inbox import staging
from roadmap.intake.unfit import refuse_file
from roadmap.programme import Feed
from roadmap.settings import Settings

_logger = logging.getLogger(__name__)

#: Most rows of a chunk.
CHUNK_ROWS: Final = 50_000
#: Where rows are long, a chunk ends before it has this many bytes.
_CHUNK_BYTES: Final = 32 * 1024 * 1024
#: How a workbook begins. A template comes back as one, whatever its commission sends otherwise.
_PACKAGE: Final = b"PK\x03\x04"
_PIECE_BYTES: Final = 1024 * 1024
_FIELD_END: Final = reading.FIELD_END.encode()
_RECORD_END: Final = reading.RECORD_END.encode()
_KINDS: Final[dict[str, Literal["number", "date"]]] = {reading.NUMBER: "number", reading.DATE: "date"}
#: How long the child gets to write more before it is asked for it again, in seconds.
_PAUSE: Final = 0.005
#: A child that waits (for a slow disk, for its turn) uses no processor time: this many times as long it may be there.
PATIENCE: Final = 4
_TOLD_OF_A_CRASH: Final = 2_000


class Cell(NamedTuple):
    """What stands in a cell. `kind` is more than text only where the file itself says so; such dates are Gregorian."""

    text: str
    kind: Literal["text", "number", "date"] = "text"


class Row(NamedTuple):
    """A row that is not empty: its number as the sender sees it (from 1), and its cells up to the last filled one."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """What a file holds: its header, its rows in chunks, and which sheets and how many rows were left unread.

    A chunk has the columns `number` (the row as the sender sees it, from 1), `c0`, `c1`, … (what stands under each name
    of the header: null where it is empty; marked where the file types it, see `reading`) and `beyond` (null, or a JSON
    list of `[place from 1, cell]`: what is filled to the right of the header). Chunks can be read once, and refuse the
    file (FileRefusedError) where it turns out to be unfit only further down.
    """

    sheet: str | None
    unread: tuple[str, ...]
    header: tuple[str, ...]
    chunks: Iterator[pl.DataFrame]
    left_out: int = 0


@contextmanager
def read(content: IO[bytes], feed: Feed, settings: Settings) -> Iterator[Table]:
    """The table in `content`, a real file at whose beginning reading starts; its chunks are there as long as this is.

    Raises:
        FileRefusedError: the content is not what the feed promises, breaks a limit, or breaks the parser.
    """
    with begun(content, feed, settings) as opened:
        yield opened()


@contextmanager
def begun(content: IO[bytes], feed: Feed, settings: Settings) -> Iterator[Callable[[], Table]]:
    """`read`, of which the table is to be asked for, once: until the child has started there is time for other work."""
    request, folder = request_for(sent(feed, content), settings), staging(settings)
    content.seek(0)
    with (
        tempfile.TemporaryFile(dir=folder) as output,
        tempfile.TemporaryFile(dir=folder) as complaints,
        _started(content, request, output, complaints) as child,
    ):
        try:
            yield lambda: _table(_pieces(child, request, output, complaints))
        finally:
            child.kill()


def rows_of(chunk: pl.DataFrame) -> Iterator[Row]:
    """The rows of a chunk one by one, for those that look at few of them."""
    for number, *texts, beyond in chunk.iter_rows():
        cells = [cell_of(text or "") for text in texts]
        for place, text in json.loads(beyond or "[]"):
            cells += [Cell("")] * (place - 1 - len(cells))
            cells.append(cell_of(text))
        while cells and not cells[-1].text.strip():
            cells.pop()
        yield Row(number, tuple(cells))


def cell_of(text: str) -> Cell:
    """The cell that a text of a chunk stands for."""
    kind = _KINDS.get(text[:1])
    return Cell(text) if kind is None else Cell(text[1:], kind)


def request_for(feed: Feed, settings: Settings) -> reading.Request:
    """What the child is asked to do for a file of `feed`."""
    across = feed.options.across
    return reading.Request(
        format=feed.format,
        encoding=feed.options.encoding,
        delimiter=feed.options.delimiter,
        sheet=feed.options.sheet,
        fill_down=feed.options.fill_down,
        across=None if across is None else reading.Across(across.keys, across.header, across.cell, across.record),
        max_unpacked_bytes=settings.max_unpacked_bytes,
        max_ratio=settings.max_ratio,
        max_members=settings.max_members,
        max_rows=settings.max_workbook_rows if feed.format == "xlsx" else settings.max_csv_rows,
        max_columns=settings.max_columns,
        max_cell_bytes=settings.max_cell_bytes,
        memory_bytes=settings.parser_memory_bytes,
        cpu_seconds=settings.parser_cpu_seconds,
    )


def sent(feed: Feed, content: IO[bytes]) -> Feed:
    """`feed` for what was really sent: `content` that begins as a workbook does is read as one."""
    begins = os.pread(content.fileno(), len(_PACKAGE), 0)  # past its buffer: the child shares the place in the file
    return feed.model_copy(update={"format": "xlsx"}) if begins == _PACKAGE else feed


def _started(
    content: IO[bytes], request: reading.Request, output: IO[bytes], complaints: IO[bytes]
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-m", reading.__name__, json.dumps(asdict(request))]
    return subprocess.Popen(command, stdin=content, stdout=output, stderr=complaints, env=environment())


def environment() -> dict[str, str]:
    """This process's environment without its secrets: what reads untrusted bytes has no use for them."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ROADMAP_", "AIRFLOW_"))}


def _refusal(code: int, complaints: str, request: reading.Request) -> FileRefusedError:
    if code == reading.REFUSED:
        told = json.loads(complaints.splitlines()[-1])
        return refuse_file(told["code"], **told["details"])
    _logger.warning("The parser ended with code %s: %s", code, complaints[:_TOLD_OF_A_CRASH])
    if code == -signal.SIGXCPU:
        return refuse_file("parser_slow", limit=request.cpu_seconds)
    return refuse_file("parser_failed")


def _pieces(
    child: subprocess.Popen[bytes], request: reading.Request, output: IO[bytes], complaints: IO[bytes]
) -> Iterator[bytes]:
    """What `child` writes to `output`, as far as it is there; a file that it does not get through is refused."""
    deadline = time.monotonic() + request.cpu_seconds * PATIENCE
    place = 0
    running = True
    while running:
        running = child.poll() is None  # asked before reading: of one that has ended all is there
        if running and time.monotonic() > deadline:
            raise refuse_file("parser_slow", limit=request.cpu_seconds)
        while piece := os.pread(output.fileno(), _PIECE_BYTES, place):
            place += len(piece)
            yield piece
        with suppress(subprocess.TimeoutExpired):
            child.wait(_PAUSE)
    if child.returncode != 0:
        complaints.seek(0)
        raise _refusal(child.returncode, complaints.read().decode(errors="replace"), request)


def _table(pieces: Iterator[bytes]) -> Table:
    begun = b""
    while b"\n" not in begun:
        begun += next(pieces)
    head, _, rest = begun.partition(b"\n")
    told = json.loads(head)
    chunks = _chunks(chain([rest], pieces), len(told["header"]))
    return Table(told["sheet"], tuple(told["unread"]), tuple(told["header"]), chunks, told["left_out"])


def _chunks(pieces: Iterator[bytes], width: int) -> Iterator[pl.DataFrame]:
    """The records in `pieces` as chunks; one ends where the next piece would make it too big."""
    held, rows = bytearray(), 0
    for piece in pieces:
        ended = piece.count(_RECORD_END)
        if rows and (rows + ended > CHUNK_ROWS or len(held) + len(piece) > _CHUNK_BYTES):
            whole = held.rfind(_RECORD_END) + 1
            yield from _frames(bytes(held[:whole]), width)
            del held[:whole]
            rows = 0
        held += piece
        rows += ended
    if rows:
        yield from _frames(bytes(held), width)


def _frames(records: bytes, width: int) -> Iterator[pl.DataFrame]:
    texts = [f"c{place}" for place in range(width)]
    frame = pl.read_csv(
        records.replace(b"\r" + _FIELD_END, b"\r\r" + _FIELD_END),  # polars takes one that ends a field away
        schema=pl.Schema({"number": pl.Int32(), **dict.fromkeys((*texts, "beyond"), pl.String())}),
        has_header=False,
        separator=reading.FIELD_END,
        eol_char=reading.RECORD_END,
        quote_char=None,
    )
    return frame.iter_slices(CHUNK_ROWS)
