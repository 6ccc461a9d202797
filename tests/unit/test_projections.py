"""The fold: state is what the events say, in their order."""

from __future__ import annotations

from datetime import date

from roadmap.domain.events import IndicatorBaselined, IndicatorObserved, MilestoneBaselined, UnitOpened
from roadmap.domain.projections import Standing, fold
from tests.factories import indicator, milestone, observation, one_event_of_each_type, report, unit

DAY = date(2026, 1, 1)


def test_nothing_has_happened_in_an_empty_log() -> None:
    assert fold([]) == Standing()
    assert fold([]).latest_reports() == {}


def test_every_type_of_event_leaves_its_mark() -> None:
    state = fold(one_event_of_each_type())
    assert (set(state.units), set(state.milestones), set(state.indicators)) == ({"S-1"}, {"A-1"}, {"I-1"})
    assert [seen.value for seen in state.observations["I-1"]] == [150]
    assert state.latest_reports()["A-1", "P-1"].report.percent == 12.5


def test_the_newest_of_what_is_said_about_a_thing_counts() -> None:
    state = fold(
        [
            UnitOpened(effective=DAY, unit=unit(visits=1)),
            UnitOpened(effective=DAY, unit=unit(visits=2)),
            MilestoneBaselined(effective=DAY, baseline=1, milestone=milestone(weight=1)),
            MilestoneBaselined(effective=DAY, baseline=2, milestone=milestone(weight=2)),
            IndicatorBaselined(effective=DAY, baseline=1, indicator=indicator(key=False)),
            IndicatorBaselined(effective=DAY, baseline=2, indicator=indicator(key=True)),
        ]
    )
    assert (state.units["P-1"].visits, state.milestones["A-1"].weight, state.indicators["I-1"].key) == (2, 2, True)


def test_observations_are_kept_one_after_the_other() -> None:
    seen = [observation(value=value) for value in (1, 2)]
    state = fold(IndicatorObserved(effective=DAY, indicator="I-1", observation=each) for each in seen)
    assert state.observations == {"I-1": seen}


def test_a_late_report_gets_the_next_version_but_does_not_count_before_its_day() -> None:
    state = fold([report(percent=40), report(percent=20, effective=date(2026, 9, 30)), report(unit="P-1", percent=5)])
    newest = state.latest_reports()
    assert (newest["A-1", "national"].version, newest["A-1", "national"].report.percent) == (1, 40)
    assert [recorded.version for recorded in state.reports["A-1", "national"]] == [1, 2]
    assert newest["A-1", "P-1"].version == 1


def test_folding_goes_on_from_where_it_stopped() -> None:
    events = one_event_of_each_type()
    for split in range(len(events) + 1):
        assert fold(events[split:], fold(events[:split])) == fold(events)
