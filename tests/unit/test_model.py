"""The programme's nouns cannot be made wrong, and cannot be changed."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from roadmap.domain.model import TRANSITIONS, Observation, Scope, State, UnitKind
from tests.factories import country, milestone, observation, report, unit


def test_a_milestone_that_finishes_before_it_starts_is_named() -> None:
    with pytest.raises(ValidationError, match=r"A-1: finish 2025-12-31 is before start 2026-01-01"):
        milestone(finish=date(2025, 12, 31))
    assert milestone(finish=date(2026, 1, 1)).finish == date(2026, 1, 1)


@pytest.mark.parametrize("code", ["", "-A", "A 1", "آ-۱", "A/1", "A" * 65, "A\n"])
def test_a_code_that_cannot_be_typed_everywhere_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="code"):
        milestone(code)


@pytest.mark.parametrize("percent", [-0.1, 100.1, float("nan"), float("inf"), "many"])
def test_a_percent_lies_between_0_and_100(percent: object) -> None:
    with pytest.raises(ValidationError, match="percent"):
        report(percent=percent)


@pytest.mark.parametrize("weight", [0, -1, 101])
def test_a_milestone_without_weight_does_not_count_and_is_refused(weight: float) -> None:
    with pytest.raises(ValidationError, match="weight"):
        milestone(weight=weight)


def test_a_field_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        milestone(colour="blue")


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        milestone().weight = 2


def test_zero_is_an_observation_and_missing_is_another() -> None:
    assert observation(value=0).value == 0
    assert observation(value=None, status="missing").value is None
    with pytest.raises(ValidationError, match="denominator"):
        Observation(date=date(2026, 1, 1), numerator=0, denominator=0)


@pytest.mark.parametrize(
    ("scope", "places"),
    [
        (Scope.NATIONAL, {"national"}),
        (Scope.PROVINCE, {"P"}),
        (Scope.STATION, {"plain", "busy", "quiet"}),
        (Scope.TARGET, {"busy"}),
        (Scope.OFFLINE, {"quiet"}),
    ],
)
def test_a_scope_says_for_which_units_a_milestone_is_reported(scope: Scope, places: set[str]) -> None:
    tree = [
        country(),
        unit("P"),
        unit("plain", kind=UnitKind.STATION),
        unit("busy", kind=UnitKind.STATION, target=True),
        unit("quiet", kind=UnitKind.STATION, offline=True),
    ]
    assert {entry.code for entry in tree if entry.in_scope(scope)} == places


def test_every_state_says_where_it_may_lead() -> None:
    assert set(TRANSITIONS) == set(State)
    assert not any(state in targets for state, targets in TRANSITIONS.items())
