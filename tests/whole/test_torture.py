"""The promises of the log under torture, by the code of `make torture` in its smallest sizes; controls included."""

from __future__ import annotations

import pytest

from benchmarks.figures import Figure
from benchmarks.torture import contended, failing, killed, order, rebuilt, restored, same_file, stateful, tampered

_SMALL = {
    "T1 order": lambda: order.figures(order.Crowd(4, 2, 400), order.Crowd(4, 2, 400)),
    "T2 a killed writer": lambda: killed.figures(kills=3, control=4),
    "T3 the same file": lambda: same_file.figures(crowd=3, rounds=1, kills=("added", "committed")),
    "T4 a tampered log": lambda: tampered.figures(mutations=30),
    "T5 a rebuild": lambda: rebuilt.figures(events=3_000),
    "T6 a state machine": lambda: stateful.figures(runs=10, steps=20, processes=1),
    "T7 contenders": lambda: contended.figures(contenders=64, rounds=1),
    "T8 a failing server": lambda: failing.figures(strikes=1, moves=20),
    "T9 a restored backup": lambda: restored.figures(events=1_000),
}


@pytest.mark.parametrize("name", list(_SMALL))
def test_the_log_keeps_its_promise_under(name):
    figures = list(_SMALL[name]())
    assert broken(figures) == []


def broken(figures: list[Figure]) -> list[str]:
    return [f"{figure.name}: {figure.value}, not {figure.target}" for figure in figures if figure.met is False]
