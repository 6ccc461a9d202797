"""The next is made while the last is worked on, in order; what breaks is told; no thread is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from threading import Event

import pytest

from roadmap.intake.ahead import ahead

PATIENCE = 10


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_things_come_in_their_order_and_leave_no_thread_behind() -> None:
    with ahead(iter(range(1, 100))) as items:
        assert list(items) == [*range(1, 100)]
    assert threads() == []


def test_the_first_is_made_before_anybody_asks_and_the_next_while_the_last_is_in_hand() -> None:
    made = [Event(), Event()]

    def making() -> Iterator[int]:
        for number, event in enumerate(made, start=1):
            event.set()
            yield number

    with ahead(making()) as items:
        assert made[0].wait(PATIENCE)
        assert not made[1].is_set()
        assert next(items) == 1
        assert made[1].wait(PATIENCE)


def test_what_breaks_is_raised_where_the_thing_is_asked_for() -> None:
    def making() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    with ahead(making()) as items:
        assert next(items) == 1
        with pytest.raises(ZeroDivisionError):
            next(items)
    assert threads() == []


def test_who_leaves_early_leaves_no_thread_behind() -> None:
    with ahead(iter([1, 2, 3])) as items:
        next(items)
    assert threads() == []
