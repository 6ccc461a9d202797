"""Workbooks out of bytes and back, for tests of what people get and send."""

from __future__ import annotations

import io

import openpyxl
from openpyxl import Workbook


def opened(content: bytes) -> Workbook:
    """The workbook that `content` is."""
    return openpyxl.load_workbook(io.BytesIO(content))


def saved(book: Workbook) -> bytes:
    """`book` as a file has it."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
