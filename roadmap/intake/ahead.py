"""Making things ahead of whoever takes them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def ahead(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """`items` (none of them None): a thread makes the first at once, and each next while the caller works on the last.

    What breaks in the thread is raised where the item is asked for. At the end of the block it works no more.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:
        yield _taken(items, thread, thread.submit(next, items, None))


def _taken(items: Iterator[T], thread: Executor, following: Future[T | None]) -> Iterator[T]:
    while (item := following.result()) is not None:
        following = thread.submit(next, items, None)
        yield item
