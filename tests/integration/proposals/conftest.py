"""The harbour's first baseline, and the people who propose, check and decide."""

from __future__ import annotations

from datetime import date

import pytest

from roadmap.domain.people import Grant, Role
from roadmap.services import desk as desks
from tests.factories import TODAY, acting, deliver, established, report


@pytest.fixture
def desk(engine, harbour, monkeypatch):
    """The harbour's first baseline and one report of Q-1."""
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)
    desk = established(engine, harbour)
    deliver(desk, report("Q-1", percent=70, forecast_finish=date(2026, 12, 10)), on=date(2026, 11, 5))
    return desk


@pytest.fixture
def quays(desk):
    return acting(desk, "head of quays", Grant(role=Role.LEAD, commission="quays"))


@pytest.fixture
def cranes(desk):
    return acting(desk, "head of cranes", Grant(role=Role.LEAD, commission="cranes"))


@pytest.fixture
def office(desk):
    return acting(desk, "office", Grant(role=Role.SECRETARIAT))


@pytest.fixture
def commander(desk):
    return acting(desk, "commander", Grant(role=Role.COMMANDER))
