"""The parser's own process: reads one untrusted file from standard input, within limits, and writes its rows as text.

A damaged or hostile file can make a parser ask for 10 GB and abort, or never end. So parsing happens here, apart
from the worker, started by path and importing nothing of the package, so that it is up in hundredths of a second.

Protocol: one argument, the `Request` as JSON. Standard output: first a line of JSON, `{"sheet", "unread", "header"}`,
then a record for each row that is not empty: its number, a cell for each column of the header, and what is filled to
the right of the header (nothing, or a JSON list of `[place from 1, cell]`). U+001F stands between two fields, U+001E
ends a record. A cell that the file itself says to be a number or a (Gregorian) date begins with U+0002 or U+0003; these
four characters in a text of the file become U+FFFD, so no text can shift a row or pretend to a type. Exit code 0: all
rows were written. Exit code 3: the file is refused, whatever was written before, and the last line of standard error is
`{"code", "details"}`. Anything else: the parser broke.
"""

from __future__ import annotations

import csv
import datetime as dt
import gc
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from typing import Any, BinaryIO, Final, TextIO

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
#: Rows that are tested together: the more, the less a row costs; the fewer, the less an odd one costs its neighbours.
_BLOCK_ROWS: Final = 32
_OUTPUT_BYTES: Final = 256 * 1024
#: Most bytes that a character takes in UTF-8.
_WIDEST: Final = 4
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: How an encrypted workbook, or one of before 2007, begins.
_OLE: Final = b"\xd0\xcf\x11\xe0"

#: The cells of a row.
Cells = list[str]


@dataclass(frozen=True)
class Request:
    """How the file is to be read, and the limits to keep (bytes, seconds, counts)."""

    format: str
    encoding: str
    delimiter: str
    sheet: str | None
    max_unpacked_bytes: int
    max_ratio: int
    max_members: int
    max_rows: int
    max_columns: int
    max_cell_bytes: int
    memory_bytes: int
    cpu_seconds: int


@dataclass(frozen=True)
class Opened:
    """A file that was opened: its rows, header first, the sheet that is read and the sheets that are not.

    `first` is the number of the first row. Cells are `told` if every one has been looked at: marked where the file
    types it, and otherwise free of what only the protocol may say.
    """

    rows: Iterator[Cells]
    first: int = 1
    told: bool = False
    sheet: str | None = None
    unread: tuple[str, ...] = ()


class UnfitError(Exception):
    """The file is not fit to be taken: a code, and what its sentence needs."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code, self.details = code, details


class _Number(str):
    """A number of a JSON file, as it was written."""

    __slots__ = ()


def main(argument: str, source: BinaryIO, target: BinaryIO, complaints: TextIO) -> int:
    """Reads `source` as `argument` says and writes its rows to `target`; returns the exit code."""
    request = Request(**json.loads(argument))
    try:
        _write(_opened(source, request), request, target)
    except UnfitError as error:
        print(json.dumps({"code": error.code, "details": error.details}), file=complaints)
        return REFUSED
    return 0


def _opened(source: BinaryIO, request: Request) -> Opened:
    match request.format:
        case "xlsx":
            return _workbook(source, request)
        case "csv":
            return Opened(_csv_rows(source, request))
        case _:
            return Opened(_json_rows(source, request), first=0, told=True)


def _write(opened: Opened, request: Request, target: BinaryIO) -> None:
    """Writes header and rows, without empty rows, seeing that the limits are kept."""
    number, header = _header(opened, request)
    head = {"sheet": opened.sheet, "unread": opened.unread, "header": header}
    target.write(json.dumps(head, ensure_ascii=False).encode() + b"\n")
    records = Records(len(header), request, told=opened.told)
    written = 0
    while rows := list(islice(opened.rows, _BLOCK_ROWS)):
        text = records.of(number + 1, rows)
        target.write(text.encode())
        written += text.count(RECORD_END)
        if written > request.max_rows:
            raise UnfitError("too_many_rows", limit=request.max_rows)
        number += len(rows)


def _header(opened: Opened, request: Request) -> tuple[int, Cells]:
    """The first row with anything in it, and its number."""
    for number, cells in enumerate(opened.rows, start=opened.first):
        if filled := _filled(number, cells if opened.told else _told(cells), request):
            return number, [_bare(name) for name in filled]
    raise UnfitError("empty_file")


@dataclass(frozen=True)
class Records:
    """Makes the records of a table whose header has `width` names; cells are `told` or not, as in `Opened`.

    Rows that are as they should be are tested and written together, which is what makes a million of them cheap. The
    rows of a block that does not pass are looked at cell by cell.
    """

    width: int
    request: Request
    told: bool

    def of(self, number: int, rows: list[Cells]) -> str:
        """The records of `rows`, of which the first has this `number`."""
        text = self._together(number, rows)
        if text is None:
            text = "".join([self._alone(place, cells) for place, cells in enumerate(rows, start=number)])
        return text

    def _together(self, number: int, rows: list[Cells]) -> str | None:
        """The records of `rows` if each has the header's width, is short, not empty and free of marks; else None."""
        if set(map(len, rows)) != {self.width}:
            return None
        lines = list(map(FIELD_END.join, rows))
        if len(max(lines, key=len)) * _WIDEST > self.request.max_cell_bytes:
            return None
        if "" in lines or any(map(str.isspace, lines)):  # the separator counts as space
            return None
        text = "".join([f"{place}{FIELD_END}{line}{FIELD_END}{RECORD_END}" for place, line in enumerate(lines, number)])
        return text if self._is_told(text, len(rows)) else None

    def _is_told(self, text: str, rows: int) -> bool:
        """Whether `text` holds the marks of the protocol only where the protocol put them."""
        if self.told:
            return True
        separators = text.count(FIELD_END) == rows * (self.width + 1) and text.count(RECORD_END) == rows
        return separators and NUMBER not in text and DATE not in text

    def _alone(self, number: int, cells: Cells) -> str:
        """The record of one row as it may come: short, long, empty, or with anything in its cells."""
        told = cells if self.told else _told(cells)
        filled = _filled(number, told, self.request)
        if not filled:
            return ""
        within = told[: self.width] + [""] * (self.width - len(told))
        surplus = enumerate(filled[self.width :], start=self.width + 1)
        beyond = [(place, cell) for place, cell in surplus if cell.strip()]
        return FIELD_END.join([str(number), *within, json.dumps(beyond) if beyond else ""]) + RECORD_END


def _filled(number: int, cells: Cells, request: Request) -> Cells:
    """`cells`, told, without the empty ones at the end.

    Raises:
        UnfitError: more or longer ones are left than the limits allow.
    """
    length = len(cells)
    while length and not cells[length - 1].strip():
        length -= 1
    filled = cells[:length]
    if length > request.max_columns:
        raise UnfitError("too_many_columns", row=number, limit=request.max_columns)
    longest = max(map(len, filled), default=0) * _WIDEST
    if longest > request.max_cell_bytes and any(len(_bare(cell).encode()) > request.max_cell_bytes for cell in filled):
        raise UnfitError("cell_too_long", row=number, limit=request.max_cell_bytes)
    return filled


def _told(texts: Cells) -> Cells:
    """`texts` of a file as they may be told to the parent."""
    return texts if "".join(texts).isprintable() else [_text(text) for text in texts]


def _text(text: str) -> str:
    return text if text.isprintable() else _UNTOLD.sub("\ufffd", text)


def _bare(cell: str) -> str:
    """What stands in `cell`, which was told, without its mark."""
    return cell.lstrip(NUMBER + DATE)


# Workbooks


def _workbook(source: BinaryIO, request: Request) -> Opened:
    """The sheet that the request names, or the first one with anything in it."""
    import python_calamine as calamine  # noqa: PLC0415 - csv and json do without

    _check_package(source, request)
    try:
        workbook = calamine.load_workbook(source)
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet and sheet.visible == calamine.SheetVisibleEnum.Visible
        ]
        candidates = _candidates(names, request.sheet)
        sheets = (workbook.get_sheet_by_name(name) for name in candidates)
        sheet = next((sheet for sheet in sheets if sheet.start is not None), None)
    except calamine.PasswordError:
        raise UnfitError("protected") from None
    except calamine.CalamineError as error:
        raise UnfitError("broken_workbook", reason=str(error)[:200]) from error
    if sheet is None:
        raise UnfitError("empty_file")
    rows = ([_CELLS.get(type(value), str)(value) for value in values] for values in sheet.iter_rows())
    unread = _told([name for name in names if name != sheet.name])
    return Opened(rows, told=True, sheet=_text(sheet.name), unread=tuple(unread))


def _check_package(source: BinaryIO, request: Request) -> None:
    """Refuses what is no workbook, or would unpack beyond the limits, from the package's directory alone.

    A directory can lie about sizes; the limits on memory and processor time are what holds then.
    """
    beginning = source.read(len(_OLE))
    source.seek(0)
    if beginning == _OLE:
        raise UnfitError("protected")
    try:
        with zipfile.ZipFile(source) as package:
            parts = package.infolist()
    except zipfile.BadZipFile:
        raise UnfitError("not_a_workbook") from None
    packed = source.seek(0, 2)
    source.seek(0)
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > request.max_members or unpacked > min(request.max_unpacked_bytes, packed * request.max_ratio):
        raise UnfitError("unpacks_too_far", parts=len(parts), megabytes=unpacked // 2**20)
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise UnfitError("not_a_workbook")


def _candidates(names: list[str], wanted: str | None) -> list[str]:
    if wanted is None:
        return names
    if wanted not in names:
        raise UnfitError("no_such_sheet", sheet=wanted, sheets=", ".join(names))
    return [wanted]


def _number(value: float) -> str:
    return f"{NUMBER}{int(value)}" if value.is_integer() else f"{NUMBER}{value!r}"


def _whole(value: int) -> str:
    return f"{NUMBER}{value}"


def _date(value: dt.date) -> str:
    return DATE + value.isoformat()


def _truth(value: object) -> str:
    return str(value).lower()


#: How a cell of a workbook is told: what Excel holds as a number or date keeps that knowledge.
_CELLS: Final[dict[type, Callable[[Any], str]]] = {
    str: _text,
    bool: _truth,
    float: _number,
    int: _whole,
    dt.date: _date,
    dt.datetime: _date,
}


# Text files


def _decoded(source: BinaryIO, encoding: str) -> TextIOWrapper:
    """`source` as text: by its byte-order mark if it has one, else in the encoding that the feed promises."""
    beginning = source.read(4)
    source.seek(0)
    marked = next((name for mark, name in _BOMS if beginning.startswith(mark)), encoding)
    return TextIOWrapper(source, encoding=marked, errors="strict", newline="")


def _lines(text: Iterable[str], encoding: str) -> Iterator[str]:
    """`text` line by line; a line that cannot be read or holds a NUL byte refuses the file."""
    try:
        for line in text:
            if "\0" in line:
                raise UnfitError("nul_bytes")
            yield line
    except UnicodeError:
        raise UnfitError("not_text", encoding=encoding) from None


def _csv_rows(source: BinaryIO, request: Request) -> Iterator[Cells]:
    csv.field_size_limit(request.max_cell_bytes)
    lines = _lines(_decoded(source, request.encoding), request.encoding)
    reader = csv.reader(lines, delimiter=request.delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        if "field limit" in str(error):
            raise UnfitError("cell_too_long", row=reader.line_num, limit=request.max_cell_bytes) from None
        raise UnfitError("broken_csv", row=reader.line_num) from None


def _json_rows(source: BinaryIO, request: Request) -> Iterator[Cells]:
    """The objects of a list, each a row; every name that occurs is a column, and the names come first."""
    text = "".join(_lines(_decoded(source, request.encoding), request.encoding))
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_int=_Number, parse_float=_Number)
    except (json.JSONDecodeError, RecursionError):
        raise UnfitError("not_json") from None
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise UnfitError("not_rows")
    header = list(dict.fromkeys(name for item in document for name in item))
    yield _told(header)
    for item in document:
        yield [_plain(item.get(name)) for name in header]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that names nothing twice: Python would keep the last value in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise UnfitError("repeated_column", column=next(name for name in names if names.count(name) > 1))
    return found


def _plain(value: object) -> str:
    match value:
        case None:
            return ""
        case _Number():
            return NUMBER + value
        case str():
            return _text(value)
        case _:
            return _text(json.dumps(value, ensure_ascii=False))


# Limits


def restrain(memory_bytes: int, cpu_seconds: int, output_bytes: int) -> None:
    """Has the kernel end this process when it wants more; a crash writes no core of somebody's data."""
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_seconds, grace=1)  # first a signal of its own, which the parent knows
    _limit(resource.RLIMIT_FSIZE, output_bytes)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(kind: int, value: int, *, grace: int = 0) -> None:
    """Lowers a limit to `value`, unless it is lower already."""
    _, hard = resource.getrlimit(kind)
    highest = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(kind, (min(value, highest), highest))


if __name__ == "__main__":
    _request = Request(**json.loads(sys.argv[1]))
    restrain(_request.memory_bytes, _request.cpu_seconds, _request.max_unpacked_bytes)
    gc.disable()  # rows hold no cycles; looking for some among them costs a third of the time
    with open(sys.stdout.fileno(), "wb", buffering=_OUTPUT_BYTES, closefd=False) as _target:
        _code = main(sys.argv[1], sys.stdin.buffer, _target, sys.stderr)
    sys.exit(_code)
