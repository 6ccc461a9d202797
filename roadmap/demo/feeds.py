"""Writes reports as the files that commissions send: own headers, own words, own way with dates and digits."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from roadmap.domain.calendar import write_day
from roadmap.domain.events import ProgressReported
from roadmap.domain.text import persian_digits
from roadmap.programme import Feed

_FIELDS = (
    "milestone", "unit", "effective", "state", "percent", "forecast_finish", "confidence", "spent",
    "narrative", "blocker", "evidence",
)  # fmt: skip
#: What happens to rows in real offices: (field, what is typed), one a row from the end of the file.
_MISHAPS: tuple[tuple[str, str], ...] = (
    ("percent", "۴۵ درصد"),
    ("effective", "1404-12-30"),
    ("percent", "1۲۰"),
)
_ROWS_BEFORE_A_MISHAP = 30


def write(path: Path, feed: Feed, reports: Sequence[ProgressReported], *, mishaps: bool = False) -> None:
    """Writes `reports` to `path` in the form of `feed`; with `mishaps`, a long file has a few rows that are wrong."""
    rows = [_row(report, feed) for report in reports]
    if mishaps and len(rows) > _ROWS_BEFORE_A_MISHAP:
        for row, (field, typed) in zip(reversed(rows), _MISHAPS[: len(rows) // _ROWS_BEFORE_A_MISHAP], strict=False):
            row[field] = typed
    headers = {field: header for header, field in feed.mapping.items() if field in _FIELDS}
    columns = [field for field in _FIELDS if field in headers]
    table = [{headers[field]: row[field] for field in columns} for row in rows]
    # A watcher must never see half a file: written beside, then moved into place.
    part = path.with_name(path.name + ".part")
    _WRITERS[feed.format](part, feed, table)
    part.replace(path)


def _row(report: ProgressReported, feed: Feed) -> dict[str, Any]:
    values = report.model_dump(exclude={"type"}, exclude_none=True)
    for field in ("effective", "forecast_finish"):
        if field in values:
            values[field] = write_day(values[field], feed.options.date)
    for field in ("percent", "spent"):
        if field in values:
            values[field] = _number(values[field], feed)
    for field in ("state", "confidence"):
        own = {value: word for word, value in feed.values.get(field, {}).items()}
        if field in values:
            values[field] = own.get(values[field], str(values[field]))
    return {field: values.get(field, "") for field in _FIELDS}


def _number(value: float, feed: Feed) -> str:
    plain = f"{value:g}".replace(".", feed.options.decimal)
    return persian_digits(plain) if feed.options.decimal == "٫" else plain


def _write_xlsx(path: Path, feed: Feed, table: Sequence[dict[str, Any]]) -> None:
    book = Workbook()
    sheet = book.active
    if sheet is None:  # a new workbook has a sheet; the type says it might not
        sheet = book.create_sheet()
    sheet.title = feed.options.sheet or "Report"
    sheet.sheet_view.rightToLeft = feed.options.date == "jalali"
    sheet.append(list(table[0]) if table else [])
    for row in table:
        sheet.append(list(row.values()))
    book.save(path)


def _write_csv(path: Path, feed: Feed, table: Sequence[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]) if table else [], delimiter=feed.options.delimiter)
        writer.writeheader()
        writer.writerows(table)


def _write_json(path: Path, feed: Feed, table: Sequence[dict[str, Any]]) -> None:
    del feed
    path.write_text(json.dumps(table, ensure_ascii=False, indent=1), encoding="utf-8")


_WRITERS: dict[str, Callable[[Path, Feed, Sequence[dict[str, Any]]], None]] = {
    "xlsx": _write_xlsx,
    "csv": _write_csv,
    "json": _write_json,
}
