"""Where workbooks are found beside the board's pages (see `workbooks`); relative, as all of the board's links are."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

PREFIX: Final = "workbooks"


def template(commission: str) -> str:
    """Where the template of `commission` is."""
    return f"{PREFIX}/template/{quote(commission, safe='')}"


def returned(batch: int) -> str:
    """Where the delivery `batch` is, as its sender gets it back."""
    return f"{PREFIX}/return/{batch}"
