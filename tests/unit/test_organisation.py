"""The organisation tree: as many stations and visits as the sources tell, the same for the same seed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from roadmap import organisation, programme
from roadmap.domain.model import NATIONAL, Unit, UnitKind
from roadmap.programme import Programme


@pytest.fixture(scope="module")
def tree() -> list[Unit]:
    return organisation.units(programme.load())


@pytest.fixture(scope="module")
def stations(tree: list[Unit]) -> list[Unit]:
    return [unit for unit in tree if unit.kind is UnitKind.STATION]


def test_there_are_3000_stations_in_31_provinces_of_one_country(tree: list[Unit]) -> None:
    assert Counter(unit.kind for unit in tree) == {
        UnitKind.NATIONAL: 1,
        UnitKind.PROVINCE: 31,
        UnitKind.STATION: 3000,
    }


def test_visits_sum_to_20_million(stations: list[Unit]) -> None:
    assert sum(station.visits for station in stations) == 20_000_000
    assert all(station.visits > 0 for station in stations)


def test_1800_stations_lack_the_network_mostly_the_quiet_ones(stations: list[Unit]) -> None:
    offline = [station.visits for station in stations if station.offline]
    online = [station.visits for station in stations if not station.offline]
    assert len(offline) == 1800
    assert sum(offline) / len(offline) < sum(online) / len(online)


def test_target_stations_are_the_fewest_that_exceed_53_percent_of_the_visits(stations: list[Unit]) -> None:
    target = [station.visits for station in stations if station.target]
    assert sum(target) > 0.53 * 20_000_000 >= sum(target) - min(target)
    assert min(target) >= max(station.visits for station in stations if not station.target)


def test_every_unit_comes_after_its_parent_and_has_a_code_of_its_own(tree: list[Unit]) -> None:
    seen: set[str | None] = {None}
    for unit in tree:
        assert unit.parent in seen
        assert unit.code not in seen
        seen.add(unit.code)


def test_provinces_have_stations_by_their_population(tree: list[Unit]) -> None:
    population = {province.code: province.population for province in programme.load().provinces}
    counts = Counter(unit.parent for unit in tree if unit.kind is UnitKind.STATION)
    everybody = sum(population.values())
    for code, people in population.items():
        assert abs(counts[code] - 3000 * people / everybody) < 1, code


def test_titles_are_told_in_both_languages_with_their_own_digits(stations: list[Unit]) -> None:
    first = stations[0]
    assert first.title.en.split(",")[0] in {"Station 1", "Post 1"}
    assert first.title.fa.split()[:2] in (["کلانتری", "۱"], ["پاسگاه", "۱"])
    assert {station.title.en.split()[0] for station in stations} == {"Station", "Post"}


def test_the_same_seed_gives_the_same_tree_and_another_seed_another(tree: list[Unit], harbour: Programme) -> None:
    assert organisation.units(programme.load()) == tree
    other = harbour.organisation.model_copy(update={"seed": 2})
    assert organisation.units(harbour.model_copy(update={"organisation": other})) != organisation.units(harbour)


def test_a_programme_may_do_without_stations(harbour: Programme) -> None:
    without = harbour.organisation.model_copy(update={"stations": 0, "without_network": 0})
    codes = [unit.code for unit in organisation.units(harbour.model_copy(update={"organisation": without}))]
    assert codes == [NATIONAL, "P-1", "P-2"]


@pytest.mark.parametrize(
    ("weights", "total", "shares"),
    [([5, 3, 2], 7, [4, 2, 1]), ([1, 1, 1], 10, [4, 3, 3]), ([1, 2, 3], 0, [0, 0, 0]), ([0, 1], 3, [0, 3])],
)
def test_shares_are_whole_and_the_largest_remainders_are_rounded_up(
    weights: list[float], total: int, shares: list[int]
) -> None:
    assert organisation._apportion(np.array(weights, dtype=float), total).tolist() == shares
