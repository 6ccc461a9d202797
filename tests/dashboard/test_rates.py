"""The strip of six periods: its colour says how reports came, its strength how many."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.shown import rates
from roadmap.analysis.reporting import Period, Rate
from roadmap.domain.model import Status
from roadmap.services.periods import PeriodRates

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 7))


@pytest.mark.parametrize(
    ("complete", "in_time", "is_open", "status"),
    [
        (10, 10, False, Status.ON_TRACK),
        (10, 5, False, Status.ON_TRACK),
        (10, 4, False, Status.AT_RISK),
        (10, 0, True, Status.ON_TRACK),
        (4, 4, False, Status.LATE),
        (0, 0, True, Status.LATE),
    ],
)
def test_a_period_has_the_colour_of_how_it_was_reported(complete, in_time, is_open, status):
    told = PeriodRates(OCTOBER, Rate(complete, 10), Rate(in_time, 10), is_open)
    each = SimpleNamespace(code="quays", periods=[told])
    assert f"--heat:{MARKS[status].colour}" in rates.strip([each], {"quays": "Quays"}, Format("en"))
