"""Rows as a CSV file that a spreadsheet opens as it is meant: Persian reads right, and no cell runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from roadmap.domain import text as texts

Value = str | int | float | None


def write(rows: Sequence[Mapping[str, Value]]) -> bytes:
    """`rows` under the headings of the first one, in UTF-8 with the mark by which spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if rows:
        writer.writerow([guarded(heading) for heading in rows[0]])
    writer.writerows([guarded(value) for value in row.values()] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def guarded(value: Value) -> Value:
    """`value` so that a spreadsheet shows it and does not run it; numbers may begin with their sign."""
    return texts.guarded(value) if isinstance(value, str) else value
