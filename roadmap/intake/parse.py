"""A file's content becomes a table, read by a child process that cannot harm this one (see `reading`)."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final, Literal, NamedTuple

from roadmap.errors import FileRefusedError
from roadmap.intake import reading
from roadmap.intake.inbox import staging
from roadmap.intake.unfit import refuse_file
from roadmap.programme import Feed
from roadmap.settings import Settings

_logger = logging.getLogger(__name__)

#: A child that waits (for a slow disk, for its turn) uses no processor time: this many times as long it may be there.
_PATIENCE: Final = 4
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
    """What a file holds: its header, its rows, and which sheets were left unread."""

    sheet: str | None
    unread: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def read(content: IO[bytes], feed: Feed, settings: Settings) -> Table:
    """The table in `content`, a real file at whose beginning reading starts.

    Raises:
        FileRefusedError: the content is not what the feed promises, breaks a limit, or breaks the parser.
    """
    content.seek(0)
    with tempfile.TemporaryFile(dir=staging(settings)) as rows:
        _run(content, request_for(feed, settings), rows)
        rows.seek(0)
        return _table(rows)


def request_for(feed: Feed, settings: Settings) -> reading.Request:
    """What the child is asked to do for a file of `feed`."""
    return reading.Request(
        format=feed.format,
        encoding=feed.options.encoding,
        delimiter=feed.options.delimiter,
        sheet=feed.options.sheet,
        max_unpacked_bytes=settings.max_unpacked_bytes,
        max_ratio=settings.max_ratio,
        max_members=settings.max_members,
        max_rows=settings.max_workbook_rows if feed.format == "xlsx" else settings.max_csv_rows,
        max_columns=settings.max_columns,
        max_cell_bytes=settings.max_cell_bytes,
        memory_bytes=settings.parser_memory_bytes,
        cpu_seconds=settings.parser_cpu_seconds,
    )


def _run(content: IO[bytes], request: reading.Request, rows: IO[bytes]) -> None:
    """Has a child write the rows of `content` to `rows`; a file that it does not get through is refused."""
    command = [sys.executable, "-I", str(Path(reading.__file__)), json.dumps(asdict(request))]
    try:
        child = subprocess.run(
            command,
            stdin=content,
            stdout=rows,
            stderr=subprocess.PIPE,
            env=_environment(),
            timeout=request.cpu_seconds * _PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise refuse_file("parser_slow", limit=request.cpu_seconds) from None
    if child.returncode != 0:
        raise _refusal(child.returncode, child.stderr.decode(errors="replace"), request)


def _environment() -> dict[str, str]:
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


def _table(lines: IO[bytes]) -> Table:
    head = json.loads(next(lines))
    rows = tuple(_rows(lines))
    return Table(sheet=head["sheet"], unread=tuple(head["unread"]), header=tuple(head["header"]), rows=rows)


def _rows(lines: IO[bytes]) -> Iterator[Row]:
    for line in lines:
        number, cells = json.loads(line)
        yield Row(number, tuple(Cell(cell) if isinstance(cell, str) else Cell(cell[1], cell[0]) for cell in cells))
