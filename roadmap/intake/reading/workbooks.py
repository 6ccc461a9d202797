"""Workbooks: one sheet's rows, by calamine, after a look at what the package says of itself."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO, Final

from roadmap.intake.reading.protocol import DATE, NUMBER, Opened, Request, UnfitError, as_told, told

#: How an encrypted workbook, or one of before 2007, begins.
_OLE: Final = b"\xd0\xcf\x11\xe0"


def workbook(source: BinaryIO, request: Request) -> Opened:
    """The sheet that the request names, or the first one with anything in it."""
    import python_calamine as calamine  # noqa: PLC0415 - csv and json do without

    check_package(source, request)
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
    unread = told([name for name in names if name != sheet.name])
    return Opened(rows, told=True, sheet=as_told(sheet.name), unread=tuple(unread))


def check_package(source: BinaryIO, request: Request) -> None:
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
    str: as_told,
    bool: _truth,
    float: _number,
    int: _whole,
    dt.date: _date,
    dt.datetime: _date,
}
