"""Text files: csv and json, in whatever encoding they are marked with or the feed promises."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterator
from io import StringIO, TextIOWrapper
from typing import Any, BinaryIO, Final

from roadmap.intake.reading.protocol import FIELD_END, NUMBER, Cells, Request, UnfitError, as_told, told

_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

_QUOTE: Final = '"'
#: Characters that are looked at together: what is quoted among them makes them all go the slower way.
_BLOCK_CHARACTERS: Final = 32_768


class _Number(str):
    """A number of a JSON file, as it was written."""

    __slots__ = ()


def _decoded(source: BinaryIO, encoding: str) -> TextIOWrapper:
    """`source` as text: by its byte-order mark if it has one, else in the encoding that the feed promises."""
    beginning = source.read(4)
    source.seek(0)
    marked = next((name for mark, name in _BOMS if beginning.startswith(mark)), encoding)
    return TextIOWrapper(source, encoding=marked, errors="strict", newline="")


class CsvRows:
    """The rows of a csv file one by one; and where nothing is quoted, many at a time without taking them apart."""

    def __init__(self, source: BinaryIO, request: Request) -> None:
        """`request` says how `source` is encoded and what stands between its cells."""
        csv.field_size_limit(request.max_cell_bytes)
        self._blocks = _blocks(source, request.encoding)
        self._delimiter, self._limit = request.delimiter, request.max_cell_bytes
        self._waiting: deque[str] = deque()
        self._joined = 0
        self._reader = csv.reader(self._lines(), delimiter=request.delimiter, strict=True)

    def __iter__(self) -> Iterator[Cells]:
        """The rows themselves."""
        return self

    def __next__(self) -> Cells:
        """The next row; one whose quotation marks do not pair refuses the file."""
        try:
            return next(self._reader)
        except csv.Error as error:
            row = self._joined + self._reader.line_num
            if "field limit" in str(error):
                raise UnfitError("cell_too_long", row=row, limit=self._limit) from None
            raise UnfitError("broken_csv", row=row) from None

    def joined(self) -> list[str]:
        """The next rows, their cells joined by `FIELD_END`; none where they have to be taken one by one."""
        if self._waiting:
            return []
        block = next(self._blocks, "")
        if not block or _QUOTE in block or FIELD_END in block:
            self._waiting.extend(StringIO(block, newline=""))
            return []
        lines = block.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
        rows = lines.replace(self._delimiter, FIELD_END).split("\n")
        self._joined += len(rows)
        return rows

    def _lines(self) -> Iterator[str]:
        """What waits, and then the blocks that follow."""
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            block = next(self._blocks, None)
            if block is None:
                return
            self._waiting.extend(StringIO(block, newline=""))


def _blocks(source: BinaryIO, encoding: str) -> Iterator[str]:
    """`source` as text, some whole lines at a time; what cannot be read or holds a NUL byte refuses the file."""
    text = _decoded(source, encoding)
    try:
        while block := text.read(_BLOCK_CHARACTERS) + text.readline():
            if "\0" in block:
                raise UnfitError("nul_bytes")
            yield block
    except UnicodeError:
        raise UnfitError("not_text", encoding=encoding) from None


def json_rows(source: BinaryIO, request: Request) -> Iterator[Cells]:
    """The objects of a list, each a row; every name that occurs is a column, and the names come first."""
    text = "".join(_blocks(source, request.encoding))
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_int=_Number, parse_float=_Number)
    except (json.JSONDecodeError, RecursionError):
        raise UnfitError("not_json") from None
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise UnfitError("not_rows")
    header = list(dict.fromkeys(name for item in document for name in item))
    yield told(header)
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
            return as_told(value)
        case _:
            return as_told(json.dumps(value, ensure_ascii=False))
