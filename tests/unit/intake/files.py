"""Files as commissions send them, sound and hostile, made by the tests themselves."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from roadmap.intake import parse, reading
from roadmap.programme import Feed, FeedOptions
from roadmap.settings import Settings

MAPPING = {
    "کد نقطه عطف": "milestone",
    "یگان": "unit",
    "تاریخ گزارش": "effective",
    "وضعیت": "state",
    "درصد پیشرفت": "percent",
    "پیش‌بینی پایان": "forecast_finish",
    "اطمینان": "confidence",
    "هزینه": "spent",
    "شرح": "narrative",
    "نسخه": "version",
}
HEADER = tuple(MAPPING)
STATES = {"شروع نشده": "not_started", "در جریان": "in_progress", "انجام شده": "done"}

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def feed(form: str = "csv", mapping: dict[str, str] | None = None, **options: Any) -> Feed:
    """A feed with Persian headers and words; Jalali dates and a decimal point unless `options` say otherwise."""
    values = {"state": STATES, "confidence": {"سبز": "green"}}
    return Feed.model_validate(
        {
            "kind": "files",
            "format": form,
            "mapping": MAPPING if mapping is None else mapping,
            "values": values,
            "options": FeedOptions(**options),
        }
    )


def limits(folder: Path, **changes: Any) -> Settings:
    """Settings whose state is in `folder`."""
    return Settings(_env_file=None, state_dir=folder, **changes)


def workbook(
    *rows: Sequence[object], title: str = "گزارش", others: Sequence[str] = (), hidden: Sequence[str] = ()
) -> bytes:
    """An xlsx file of `rows`, with further sheets that hold one cell each."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for name in (*others, *hidden):
        further = book.create_sheet(name)
        further["A1"] = "…"
        further.sheet_state = "hidden" if name in hidden else "visible"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """A sound workbook in which the part `name` is replaced, or added."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["a"]))) as sound,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for part in sound.namelist():
            if part != name:
                made.writestr(part, sound.read(part))
        made.writestr(name, content)
    return written.getvalue()


def with_cells(cells: str) -> bytes:
    """A workbook whose sheet is the given XML."""
    return with_part(
        "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>'.encode()
    )


#: 1.4 KB that make calamine ask for 10.5 GB and abort.
FAR_CELL = '<row r="1"><c r="A1"><v>1</v></c></row><row r="20000"><c r="XFD20000"><v>1</v></c></row>'


@dataclass(frozen=True)
class Found:
    """A table whose chunks were all read."""

    sheet: str | None
    unread: tuple[str, ...]
    header: tuple[str, ...]
    chunks: list[pl.DataFrame]

    @property
    def rows(self) -> tuple[parse.Row, ...]:
        return tuple(row for chunk in self.chunks for row in parse.rows_of(chunk))


@contextmanager
def opened(content: bytes, source: Feed, settings: Settings) -> Iterator[parse.Table]:
    """The table that the parser's child process is making of `content`."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        with parse.read(file, source, settings) as found:
            yield found


def table(content: bytes, source: Feed, settings: Settings) -> Found:
    """What the parser's child process makes of `content`."""
    with opened(content, source, settings) as found:
        return Found(found.sheet, found.unread, found.header, list(found.chunks))


def table_here(content: bytes, source: Feed, settings: Settings) -> Found:
    """What the parser makes of `content`, without a process of its own."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        request = parse.request_for(parse.sent(source, file), settings)
    target, complaints = io.BytesIO(), io.StringIO()
    code = reading.main(json.dumps(asdict(request)), io.BytesIO(content), target, complaints)
    if code != 0:
        raise parse._refusal(code, complaints.getvalue(), request)
    found = parse._table(iter([target.getvalue()]))
    return Found(found.sheet, found.unread, found.header, list(found.chunks))


def texts(found: Found) -> list[list[str]]:
    """The texts of all rows."""
    return [[cell.text for cell in row.cells] for row in found.rows]
