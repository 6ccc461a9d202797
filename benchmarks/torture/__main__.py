"""`make torture`: the promises of the event log under torture, each count beside what it has to be.

    python -m benchmarks.torture [--only T1,T3] [--scale 0.01] [--seed 7]

Scale 1 is the full size that the design asks for and takes hours on two cores; `make test` runs the same code small.
T6 plays other runs with another seed, so its size can be reached in portions.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.figures import BenchmarkError, Figure, publish, refuse, shown
from benchmarks.torture import (
    agreeing,
    contended,
    failing,
    killed,
    order,
    rebuilt,
    restored,
    same_file,
    stateful,
    tampered,
)
from benchmarks.worlds import SEED


@dataclass(frozen=True)
class Of:
    """How large a test is to be, and from which seed on T6 draws."""

    scale: float
    seed: int

    def __call__(self, full: int) -> int:
        """So many instead of `full`, which is the number at scale 1; at least one."""
        return max(round(full * self.scale), 1)


TESTS: Final[dict[str, Callable[[Of], Iterable[Figure]]]] = {
    "T1": lambda of: order.figures(order.Crowd(8, 4, of(125_000)), order.Crowd(8, 4, max(of(2_000), 500))),
    "T2": lambda of: killed.figures(kills=of(1_000), control=max(of(50), 15)),
    "T3": lambda of: same_file.figures(crowd=8, rounds=of(100), kills=same_file.STEPS * of(10)),
    "T4": lambda of: tampered.figures(mutations=of(10_000)),
    "T5": lambda of: rebuilt.figures(events=of(1_000_000)),
    "T6": lambda of: stateful.figures(runs=of(10_000), first_seed=of.seed),
    "T7": lambda of: contended.figures(contenders=64, rounds=of(100)),
    "T8": lambda of: failing.figures(strikes=of(100), moves=of(1_000)),
    "T9": lambda of: restored.figures(events=of(1_000_000)),
    "contract": lambda of: agreeing.figures(of(1_000_000)),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tests that were asked for; the exit code is 1 if a promise was broken or could not be tested."""
    wanted = _arguments(arguments)
    print(
        f"Seed {wanted.seed}, scale {wanted.scale:g}. kill -9 ends a process, not the machine: it does not test fsync."
    )
    figures: list[Figure] = []
    failed = 0
    try:
        for name in wanted.only:
            try:
                figures.extend(_run(name, Of(wanted.scale, wanted.seed)))
            except BenchmarkError as error:
                failed = refuse(error)
    finally:  # what hours have found out is kept, however they end
        publish("torture", figures)
    return failed or int(any(figure.met is False for figure in figures))


def _run(name: str, of: Of) -> Iterator[Figure]:
    """The figures of one test, each told as soon as it is known."""
    began = time.monotonic()
    for figure in TESTS[name](of):
        print(f"  {figure.name}: {shown(figure.value)} {figure.unit}", flush=True)
        yield figure
    yield Figure(f"{name} took", (time.monotonic() - began) / 60, "min")


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description="Tortures the event log.")
    parser.add_argument("--only", type=_names, default=list(TESTS), help="these tests alone: T1,T5")
    parser.add_argument("--scale", type=_share, default=1.0, help="so many times as large")
    parser.add_argument("--seed", type=int, default=SEED, help="from which T6 draws its runs")
    return parser.parse_args(arguments)


def _names(written: str) -> list[str]:
    names = written.split(",")
    for name in names:
        if name not in TESTS:
            message = f"{name!r} is none of {', '.join(TESTS)}"
            raise argparse.ArgumentTypeError(message)
    return names


def _share(written: str) -> float:
    """A scale as it is given on the command line; what is no number above 0 is refused by argparse."""
    try:
        share = float(written)
    except ValueError:
        share = math.nan
    if not 0 < share < math.inf:
        message = f"{written!r} is no number above 0"
        raise argparse.ArgumentTypeError(message)
    return share


if __name__ == "__main__":
    sys.exit(main())
