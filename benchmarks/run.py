"""`make bench`: the running stack and the intake of files, each figure beside its target.

    python -m benchmarks.run [--only stack|intake] [--rows 10000 100000] [--drops 10]

Figures of one run belong together: machines and their load differ, so intake is told in bare loads of the same run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence

from benchmarks import intake, stack
from benchmarks.figures import BenchmarkError, Figure, positive, publish, refuse

Part = Callable[[], Iterable[Figure]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures what was asked for; the exit code says whether it could be measured, not whether targets are met."""
    wanted = _arguments(arguments)
    parts: dict[str, list[Part]] = {
        "intake": [lambda rows=rows: intake.figures(rows) for rows in wanted.rows],  # type: ignore[misc]
        "stack": [lambda: stack.figures(wanted.drops)],
    }
    figures: list[Figure] = []
    failed = 0
    for name in parts if wanted.only is None else [wanted.only]:
        for part in parts[name]:
            try:
                figures.extend(part())  # a part that fails half-way has given its first figures
            except BenchmarkError as error:
                failed = refuse(error)
    publish("bench", figures)
    return failed


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Measures the tracker's targets.")
    parser.add_argument("--only", choices=("stack", "intake"), help="measure this part alone")
    parser.add_argument("--rows", type=positive, nargs="+", default=[10_000], help="rows of the files taken in")
    parser.add_argument("--drops", type=positive, default=10, help="files dropped into an inbox of the running stack")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
