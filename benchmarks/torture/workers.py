"""Worker processes of the torture: forked from a clean process with the libraries loaded, so a start costs little."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any, Final

from sqlalchemy import Engine, NullPool, create_engine

from benchmarks.figures import BenchmarkError

#: Great Expectations takes seconds to import: loaded once, in the process that the workers are forked from.
_PRELOADED: Final = (
    "benchmarks.torture.diary",
    "benchmarks.torture.failing",
    "benchmarks.torture.order",
    "benchmarks.torture.same_file",
    "great_expectations",
)
_PATIENCE_SECONDS: Final = 600.0


@cache
def context() -> ForkServerContext:
    """The way in which all workers are made."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(list(_PRELOADED))
    return made


def start(function: Callable[..., object], *arguments: object) -> ForkServerProcess:
    """A worker that has been started with `function`."""
    process = context().Process(target=function, args=arguments, daemon=True)
    process.start()
    return process


def finish(processes: Iterable[ForkServerProcess]) -> None:
    """Waits until all have ended.

    Raises:
        BenchmarkError: one hangs, or ended by an error of its own (told on standard error).
    """
    for process in processes:
        process.join(_PATIENCE_SECONDS)
        if process.exitcode != 0:
            process.kill()
            message = f"A worker of the torture ended with {process.exitcode} where it should have ended well."
            raise BenchmarkError(message)


def engine(url: str) -> Engine:
    """An engine that opens a connection for each transaction: what a crowd of short-lived writers does."""
    return create_engine(url, poolclass=NullPool)


def drained(queue: Any, count: int, patience: float = _PATIENCE_SECONDS) -> list[Any]:  # noqa: ANN401 - multiprocessing's queues have no type of their own
    """`count` answers of workers."""
    return [queue.get(timeout=patience) for _ in range(count)]
