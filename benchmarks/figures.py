"""A measured figure beside its target, the table that people read, and the JSON that scripts read."""

from __future__ import annotations

import argparse
import json
import operator
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

#: Where results go, below the folder that the benchmark is started in.
BUILD: Final = Path("build")

Sense = Literal["≤", "≥", "="]

_HOLDS: Final[dict[Sense, Callable[[float, float], bool]]] = {"≤": operator.le, "≥": operator.ge, "=": operator.eq}
_HEADINGS: Final = ("figure", "value", "unit", "target", "met")
_NUMBERS: Final = {1, 3}  # columns that stand right-aligned
_WHOLE_FROM: Final = 100


class BenchmarkError(Exception):
    """Something could not be measured; the message is a sentence for the person who started it."""


@dataclass(frozen=True)
class Target:
    """What a figure has to be: at most, at least, or exactly `limit`."""

    sense: Sense
    limit: float

    def __str__(self) -> str:
        """The target as it stands in the table."""
        return f"{self.sense} {shown(self.limit)}"


@dataclass(frozen=True)
class Figure:
    """What was measured. `target` None: nothing was promised, the figure is there to compare with."""

    name: str
    value: float
    unit: str
    target: Target | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        return None if self.target is None else _HOLDS[self.target.sense](self.value, self.target.limit)

    def plain(self) -> dict[str, Any]:
        """The figure as a JSON object."""
        target = None if self.target is None else str(self.target)
        return {"name": self.name, "value": self.value, "unit": self.unit, "target": target, "met": self.met}


def at_most(name: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should not exceed `limit`."""
    return Figure(name, value, unit, Target("≤", limit))


def at_least(name: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should reach `limit`."""
    return Figure(name, value, unit, Target("≥", limit))


def exactly(name: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that has to be `limit`, mostly a count."""
    return Figure(name, value, unit, Target("=", limit))


def shown(value: float) -> str:
    """A number as people read it: whole from 100 up, three significant digits below."""
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= _WHOLE_FROM else f"{value:.3g}"


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns, numbers to the right."""
    return columns([_HEADINGS, *(_cells(figure) for figure in figures)], right=_NUMBERS)


def columns(rows: Sequence[Sequence[str]], right: set[int] | frozenset[int] = frozenset()) -> str:
    """`rows`, the headings first, as text in columns; those of `right` are aligned to the right."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    ruled = [rows[0], ["─" * width for width in widths], *rows[1:]]
    return "\n".join(_line(cells, widths, right) for cells in ruled)


def publish(name: str, figures: Sequence[Figure], folder: Path = BUILD) -> Path:
    """Prints the table and writes `<folder>/<name>.json`; returns its path."""
    path = folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = [figure.plain() for figure in figures]
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"\n{table(figures)}\n\nWritten to {path}")
    return path


def positive(written: str) -> int:
    """A size as it is given on the command line; what is no whole number from 1 up is refused by argparse."""
    if not written.isascii() or not written.isdigit() or int(written) == 0:
        message = f"{written!r} is no whole number from 1 up"
        raise argparse.ArgumentTypeError(message)
    return int(written)


def refuse(error: BenchmarkError) -> int:
    """Tells in one sentence what cannot be done; the exit code."""
    print(error, file=sys.stderr)
    return 1


def _cells(figure: Figure) -> tuple[str, ...]:
    target = "–" if figure.target is None else str(figure.target)
    met = {None: "–", True: "yes", False: "NO"}[figure.met]
    return figure.name, shown(figure.value), figure.unit, target, met


def _line(cells: Sequence[str], widths: Sequence[int], right: set[int] | frozenset[int]) -> str:
    padded = [
        cell.rjust(width) if place in right else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()
