"""The parser's own process: reads one untrusted file from standard input, within limits, and writes its rows as JSON.

A damaged or hostile file can make a parser ask for 10 GB and abort, or never end. So parsing happens here, apart
from the worker, started by path and importing nothing of the package, so that it is up in hundredths of a second.

Protocol: one argument, the `Request` as JSON. Standard output: first the line `{"sheet", "unread", "header"}`, then
a line `[row number, [cells]]` for each row that is not empty. A cell is a string, or `[kind, string]` where the file
itself says that it is a number or a (Gregorian) date. Exit code 0: all rows were written. Exit code 3: the file is
refused and the last line of standard error is `{"code", "details"}`. Anything else: the parser broke.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, BinaryIO, Final, TextIO

REFUSED: Final = 3

#: What neither UTF-8 nor PostgreSQL can hold; shown as U+FFFD, which the mapping then refuses.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: How an encrypted workbook, or one of before 2007, begins.
_OLE: Final = b"\xd0\xcf\x11\xe0"

#: A text, or what kind of typed value the file says it is and how that reads.
Cell = str | tuple[str, str]
Numbered = tuple[int, list[Cell]]


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
    """A file that was opened: the sheet that is read, the sheets that are not, and the rows, header first."""

    rows: Iterator[Numbered]
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


def main(argument: str, source: BinaryIO, target: TextIO, complaints: TextIO) -> int:
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
            return Opened(_json_rows(source, request))


def _write(opened: Opened, request: Request, target: TextIO) -> None:
    """Writes header and rows, without empty rows and empty cells at the end, seeing that the limits are kept."""
    filled = ((number, _trimmed(cells)) for number, cells in opened.rows)
    rows = (_within(number, cells, request) for number, cells in filled if cells)
    _, header = next(rows, (0, []))
    if not header:
        raise UnfitError("empty_file")
    names = [_text(cell) for cell in header]
    _line(target, {"sheet": opened.sheet, "unread": opened.unread, "header": names})
    for count, (number, cells) in enumerate(rows, start=1):
        if count > request.max_rows:
            raise UnfitError("too_many_rows", limit=request.max_rows)
        _line(target, [number, cells])


def _line(target: TextIO, document: object) -> None:
    target.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")


def _trimmed(cells: list[Cell]) -> list[Cell]:
    """`cells` without the empty ones at the end."""
    length = max((index for index, cell in enumerate(cells, start=1) if _text(cell).strip()), default=0)
    return cells[:length]


def _within(number: int, cells: list[Cell], request: Request) -> Numbered:
    if len(cells) > request.max_columns:
        raise UnfitError("too_many_columns", row=number, limit=request.max_columns)
    storable = [_storable(cell) for cell in cells]
    if any(len(_text(cell).encode()) > request.max_cell_bytes for cell in storable):
        raise UnfitError("cell_too_long", row=number, limit=request.max_cell_bytes)
    return number, storable


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell[1]


def _storable(cell: Cell) -> Cell:
    return _UNSTORABLE.sub("\ufffd", cell) if isinstance(cell, str) else cell


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
    rows = ((number, [_typed(value) for value in values]) for number, values in enumerate(sheet.iter_rows(), start=1))
    unread = tuple(_UNSTORABLE.sub("\ufffd", name) for name in names if name != sheet.name)
    return Opened(rows, sheet=_UNSTORABLE.sub("\ufffd", sheet.name), unread=unread)


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


def _typed(value: object) -> Cell:
    """A cell of a workbook: what Excel holds as a number or date keeps that knowledge."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return "number", str(int(value)) if value % 1 == 0 else repr(value)
        case dt.date():
            return "date", value.isoformat()
        case _:
            return str(value)


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


def _csv_rows(source: BinaryIO, request: Request) -> Iterator[Numbered]:
    csv.field_size_limit(request.max_cell_bytes)
    lines = _lines(_decoded(source, request.encoding), request.encoding)
    reader = csv.reader(lines, delimiter=request.delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, list[Cell](cells)
    except csv.Error as error:
        if "field limit" in str(error):
            raise UnfitError("cell_too_long", row=reader.line_num, limit=request.max_cell_bytes) from None
        raise UnfitError("broken_csv", row=reader.line_num) from None


def _json_rows(source: BinaryIO, request: Request) -> Iterator[Numbered]:
    """The objects of a list, each a row; every name that occurs is a column. Objects count from 1."""
    text = "".join(_lines(_decoded(source, request.encoding), request.encoding))
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_int=_Number, parse_float=_Number)
    except (json.JSONDecodeError, RecursionError):
        raise UnfitError("not_json") from None
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise UnfitError("not_rows")
    header = list(dict.fromkeys(name for item in document for name in item))
    yield 0, list[Cell](header)
    for number, item in enumerate(document, start=1):
        yield number, [_plain(item.get(name)) for name in header]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that names nothing twice: Python would keep the last value in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise UnfitError("repeated_column", column=next(name for name in names if names.count(name) > 1))
    return found


def _plain(value: object) -> Cell:
    match value:
        case None:
            return ""
        case _Number():
            return "number", str(value)
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


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
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a file, as the parent gives it
    sys.exit(main(sys.argv[1], sys.stdin.buffer, sys.stdout, sys.stderr))
