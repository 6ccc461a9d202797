"""A long load says how far it is; a short one says nothing."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import pytest

from roadmap.intake import telling
from roadmap.intake.telling import Progress


def test_what_is_through_at_once_is_not_told() -> None:
    told: list[str] = []
    Progress("a.csv", "checked", told.append).add(5)
    assert told == []


def test_every_few_seconds_a_long_load_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    seconds = count()
    monkeypatch.setattr(telling, "time", SimpleNamespace(monotonic=lambda: next(seconds) / 2))
    progress = Progress("a.csv", "checked", told.append)
    for _ in range(12):
        progress.add(50_000)
    assert told == ["a.csv: 300,000 rows checked", "a.csv: 600,000 rows checked"]
