"""`make bench`: the running stack, the intake of files and the reads of the board, each figure beside its target.

    python -m benchmarks.run [--only stack|intake|boards|small] [--rows 10000 100000] [--events 1000000] [--drops 10]

Figures of one run belong together: machines and their load differ, so intake is told in bare loads of the same run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from benchmarks import boards, intake, small, stack
from benchmarks.figures import BenchmarkError, Figure, positive, publish, refuse

_ROWS: Final = [10_000, 100_000, 1_000_000, 5_000_000]
_EVENTS: Final = [1_000_000, 3_000_000, 10_000_000]

Part = Callable[[], Iterable[Figure]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures what was asked for; the exit code says whether it could be measured, not whether targets are met."""
    wanted = _arguments(arguments)
    parts: dict[str, Part] = {
        "intake": lambda: intake.figures(wanted.rows),
        "boards": lambda: boards.figures(wanted.events),
        "small": small.figures,
        "stack": lambda: stack.figures(wanted.drops),
    }
    figures: list[Figure] = []
    failed = 0
    for name in parts if wanted.only is None else [wanted.only]:
        try:
            figures.extend(parts[name]())  # a part that fails half-way has given its first figures
        except BenchmarkError as error:
            failed = refuse(error)
    publish("bench", figures)
    return failed


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measures the tracker's targets.")
    parser.add_argument("--only", choices=("stack", "intake", "boards", "small"), help="measure this part alone")
    parser.add_argument("--rows", type=positive, nargs="+", default=_ROWS, help="rows of the files taken in")
    parser.add_argument("--events", type=positive, nargs="+", default=_EVENTS, help="events in the log that is read")
    parser.add_argument("--drops", type=positive, default=10, help="files dropped into an inbox of the running stack")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
