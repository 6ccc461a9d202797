"""Lines on standard error while people wait: how far a long test is, and about how long it still takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

EVERY_SECONDS: Final = 20.0

T = TypeVar("T")


def each(items: Sequence[T], what: str) -> Iterator[T]:
    """`items`, one after the other, with a line now and then about how many are done."""
    began = told = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if now - told >= EVERY_SECONDS:
            told = now
            say(what, done, len(items), now - began)
        yield item


def say(what: str, done: int, of: int, seconds: float) -> None:
    """Tells that `done` of `of` took `seconds`, and how long the others will take at that pace."""
    left = seconds * max(of / done - 1, 0) / 60 if done else float("nan")
    print(f"{what}: {done:,} of {of:,}, about {left:.0f} minutes to go", file=sys.stderr, flush=True)
