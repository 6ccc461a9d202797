"""The parser's process: what is asked of it, and the limits that the kernel holds it to."""

from __future__ import annotations

import json
import resource
from typing import BinaryIO, TextIO

from roadmap.intake.reading.protocol import REFUSED, Opened, Request, UnfitError
from roadmap.intake.reading.texts import CsvRows, json_rows
from roadmap.intake.reading.writing import write


def main(argument: str, source: BinaryIO, target: BinaryIO, complaints: TextIO) -> int:
    """Reads `source` as `argument` says and writes its rows to `target`; returns the exit code."""
    request = Request.of(json.loads(argument))
    try:
        write(_opened(source, request), request, target)
    except UnfitError as error:
        print(json.dumps({"code": error.code, "details": error.details}), file=complaints)
        return REFUSED
    return 0


def _opened(source: BinaryIO, request: Request) -> Opened:
    match request.format:
        case "xlsx":
            from roadmap.intake.reading.workbooks import workbook  # noqa: PLC0415 - texts begin so much sooner

            return workbook(source, request)
        case "csv":
            rows = CsvRows(source, request)
            return Opened(rows, joined=rows.joined)
        case _:
            return Opened(json_rows(source, request), first=0, told=True)


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
