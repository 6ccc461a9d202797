"""Text files: csv and json, in whatever encoding they are marked with or the feed promises."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import Any, BinaryIO, Final

from roadmap.intake.reading.protocol import NUMBER, Cells, Request, UnfitError, as_told, told

_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class _Number(str):
    """A number of a JSON file, as it was written."""

    __slots__ = ()


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


def csv_rows(source: BinaryIO, request: Request) -> Iterator[Cells]:
    """The rows of a csv file; one whose quotation marks do not pair refuses it."""
    csv.field_size_limit(request.max_cell_bytes)
    lines = _lines(_decoded(source, request.encoding), request.encoding)
    reader = csv.reader(lines, delimiter=request.delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        if "field limit" in str(error):
            raise UnfitError("cell_too_long", row=reader.line_num, limit=request.max_cell_bytes) from None
        raise UnfitError("broken_csv", row=reader.line_num) from None


def json_rows(source: BinaryIO, request: Request) -> Iterator[Cells]:
    """The objects of a list, each a row; every name that occurs is a column, and the names come first."""
    text = "".join(_lines(_decoded(source, request.encoding), request.encoding))
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
