"""`make torture`: the promises of the event log under torture, each count beside what it has to be.

    python -m benchmarks.torture [--only T1 T3] [--scale 10]

Scale 1 takes a few minutes on two cores; the full profile is reached with about `--scale 50`, in hours.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from benchmarks.figures import BenchmarkError, Figure, positive, publish, refuse
from benchmarks.torture import contended, killed, order, rebuilt, same_file, tampered
from benchmarks.worlds import SEED

_TESTS: dict[str, Callable[[int], Iterator[Figure]]] = {
    "T1": lambda scale: order.figures(order.Crowd(writers=4, pollers=2, events=5_000 * scale)),
    "T2": lambda scale: killed.figures(kills=20 * scale),
    "T3": lambda scale: same_file.figures(crowd=4, rounds=2 * scale),
    "T4": lambda scale: tampered.figures(mutations=200 * scale),
    "T5": lambda scale: rebuilt.figures(events=20_000 * scale),
    "T7": lambda scale: contended.figures(contenders=64, rounds=2 * scale),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tests that were asked for; the exit code is 1 if a promise was broken or could not be tested."""
    wanted = _arguments(arguments)
    print(f"Seed {SEED}, scale {wanted.scale}. kill -9 ends a process, not the machine: it does not test fsync.")
    figures: list[Figure] = []
    failed = 0
    for name in wanted.only or _TESTS:
        try:
            figures.extend(_TESTS[name](wanted.scale))
        except BenchmarkError as error:
            failed = refuse(error)
    publish("torture", figures)
    return failed or int(any(figure.met is False for figure in figures))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description="Tortures the event log.")
    parser.add_argument("--only", choices=_TESTS, nargs="+", help="run these tests alone")
    parser.add_argument("--scale", type=positive, default=1, help="so many times as large")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
