"""Target stations: the smallest set that together exceeds the share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.analysis.coverage import target_stations

counts = st.dictionaries(st.text("ABC123", min_size=1, max_size=4), st.integers(0, 1000), min_size=1, max_size=30)
shares = st.sampled_from([0.1, 0.5, 0.53, 0.9])


def test_the_busiest_are_taken_until_the_share_is_passed() -> None:
    assert target_stations({"A": 50, "B": 30, "C": 15, "D": 5}, 0.53) == {"A", "B"}


def test_to_reach_the_share_is_not_to_exceed_it() -> None:
    assert target_stations({"A": 50, "B": 30, "C": 20}, 0.5) == {"A", "B"}


def test_ties_go_by_the_stations_code() -> None:
    assert target_stations({"S-3": 10, "S-1": 10, "S-2": 10}, 0.53) == {"S-1", "S-2"}


def test_there_are_no_targets_where_there_are_no_stations() -> None:
    assert target_stations({}, 0.53) == set()


@given(counts, shares)
def test_the_set_exceeds_the_share_and_none_of_it_can_be_spared(visits: dict[str, int], share: float) -> None:
    chosen = target_stations(visits, share)
    carried, needed = sum(visits[code] for code in chosen), share * sum(visits.values())
    if not any(visits.values()):
        return
    assert carried > needed
    assert all(carried - visits[code] <= needed for code in chosen)


@given(counts, shares)
def test_no_smaller_set_exceeds_the_share(visits: dict[str, int], share: float) -> None:
    if not any(visits.values()):
        return
    size = len(target_stations(visits, share))
    best_of_smaller = sum(sorted(visits.values(), reverse=True)[: size - 1])
    assert best_of_smaller <= share * sum(visits.values())


@pytest.mark.parametrize("seed", range(3))
def test_the_order_in_which_stations_are_named_does_not_matter(seed: int) -> None:
    visits = {f"S-{number}": (number * 7919 + seed) % 13 for number in range(40)}
    assert target_stations(visits, 0.53) == target_stations(dict(reversed(visits.items())), 0.53)
