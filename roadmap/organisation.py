"""The organisation tree of a programme: the country, its provinces, and stations generated with a fixed seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roadmap.analysis.coverage import target_stations
from roadmap.domain.model import NATIONAL, Unit, UnitKind
from roadmap.domain.text import Text, persian_digits
from roadmap.programme import Organisation, Programme, Province

_POST_SHARE = 0.4
#: Spread (sigma of a log-normal) of visits between the stations of a province: a few carry many.
_SPREAD = 0.95
#: How much less likely a busy station is to be without network: exponent on its visits.
_QUIET = -0.5


def units(programme: Programme) -> list[Unit]:
    """The country, then the provinces, then the stations; each after its parent."""
    country = Unit(code=NATIONAL, kind=UnitKind.NATIONAL, parent=None, title=Text(fa="کشور", en="Country"))
    provinces = [_province(province) for province in programme.provinces]
    return [country, *provinces, *_stations(programme.organisation, programme.provinces)]


def _province(province: Province) -> Unit:
    title = Text(fa=province.name_fa, en=province.name_en)
    return Unit(code=province.code, kind=UnitKind.PROVINCE, parent=NATIONAL, title=title)


def _stations(plan: Organisation, provinces: tuple[Province, ...]) -> list[Unit]:
    """Stations shared out by population; visits within a province log-normal; the quiet ones lack the network."""
    if plan.stations == 0:
        return []
    random = np.random.default_rng(plan.seed)
    population = np.array([province.population for province in provinces], dtype=float)
    counts = _apportion(population, plan.stations)
    mean_visits = np.repeat(population / np.maximum(counts, 1), counts)
    visits = _apportion(mean_visits * random.lognormal(0.0, _SPREAD, plan.stations), plan.visits)
    posts = random.random(plan.stations) < _POST_SHARE
    odds = np.maximum(visits, 1.0) ** _QUIET
    offline = set(random.choice(plan.stations, plan.without_network, replace=False, p=odds / odds.sum()).tolist())
    places = [
        (province, number) for province, count in zip(provinces, counts, strict=True) for number in range(1, count + 1)
    ]
    codes = [f"{province.code}-{number:03}" for province, number in places]
    target = target_stations(dict(zip(codes, visits.tolist(), strict=True)), plan.target_share)
    return [
        Unit(
            code=code,
            kind=UnitKind.STATION,
            parent=province.code,
            title=_station_title(province, number, post=bool(posts[index])),
            visits=int(visits[index]),
            target=code in target,
            offline=index in offline,
        )
        for index, (code, (province, number)) in enumerate(zip(codes, places, strict=True))
    ]


def _apportion(weights: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """`total` shared out by `weights` in whole numbers that sum to it (largest remainders)."""
    exact = weights * total / weights.sum()
    shares: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    short = total - int(shares.sum())
    shares[np.argsort(shares - exact, kind="stable")[:short]] += 1
    return shares


def _station_title(province: Province, number: int, *, post: bool) -> Text:
    fa, en = ("پاسگاه", "Post") if post else ("کلانتری", "Station")
    return Text(fa=f"{fa} {persian_digits(str(number))} {province.name_fa}", en=f"{en} {number}, {province.name_en}")
