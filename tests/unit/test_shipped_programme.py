"""The programme that comes with the tracker: large enough, in both languages, nothing repeated."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

import pytest

from roadmap import programme
from roadmap.domain.model import Scope
from roadmap.domain.text import Text
from roadmap.feed import HttpFeed
from roadmap.intake.contracts import REQUIRED, TYPES
from roadmap.programme import Programme

PERSIAN_LETTER, LATIN_LETTER = re.compile("[آ-یپچژگک]"), re.compile("[A-Za-z]")


@pytest.fixture(scope="module")
def shipped() -> Programme:
    return programme.load()


def test_it_has_seven_commissions_three_horizons_and_31_provinces(shipped: Programme) -> None:
    assert (len(shipped.commissions), len(shipped.horizons), len(shipped.provinces)) == (7, 3, 31)


def test_every_commission_has_at_least_eight_milestones_of_more_than_seventy(shipped: Programme) -> None:
    owned = Counter(milestone.commission for milestone in shipped.milestones)
    assert set(owned) == set(shipped.by_commission)
    assert min(owned.values()) >= 8
    assert owned.total() >= 70


def test_every_commission_plans_for_every_horizon(shipped: Programme) -> None:
    planned = {(milestone.commission, milestone.horizon) for milestone in shipped.milestones}
    assert len(planned) == 7 * 3


def test_a_milestone_is_due_within_its_horizon(shipped: Programme) -> None:
    spans = {horizon.code: (horizon.start, horizon.finish) for horizon in shipped.horizons}
    outside = [m.code for m in shipped.milestones if not spans[m.horizon][0] <= m.finish <= spans[m.horizon][1]]
    assert outside == []
    assert all(milestone.start >= shipped.programme.start for milestone in shipped.milestones)


def test_every_text_is_in_its_own_script(shipped: Programme) -> None:
    for told in texts(shipped):
        assert PERSIAN_LETTER.search(told.fa), told
        assert LATIN_LETTER.search(told.en), told
        assert not PERSIAN_LETTER.search(told.en), told


def texts(value: object) -> list[Text]:
    """Every bilingual text anywhere in `value`."""
    if isinstance(value, Text):
        return [value]
    if isinstance(value, tuple | list):
        return [told for item in value for told in texts(item)]
    fields = getattr(type(value), "model_fields", {})
    return [told for name in fields for told in texts(getattr(value, name))]


def test_no_title_is_used_twice(shipped: Programme) -> None:
    for language in ("fa", "en"):
        titles = Counter(m.title.in_(language) for m in (*shipped.milestones, *shipped.indicators))
        assert [title for title, count in titles.items() if count > 1] == []


def test_arabic_letters_are_not_mixed_into_the_persian(shipped: Programme) -> None:
    assert [told.fa for told in texts(shipped) if re.search("[يك]", told.fa)] == []


def test_every_scope_and_the_links_between_commissions_are_used(shipped: Programme) -> None:
    assert {milestone.scope for milestone in shipped.milestones} >= {Scope.NATIONAL, Scope.PROVINCE, Scope.OFFLINE}
    owner = {milestone.code: milestone.commission for milestone in shipped.milestones}
    across = [m.code for m in shipped.milestones for link in m.after if owner[link.code] != m.commission]
    assert len(across) >= 5


def test_money_is_not_given_out_beyond_what_was_asked(shipped: Programme) -> None:
    assert [m.code for m in shipped.milestones if m.budget.allocated > m.budget.asked] == []


def test_facts_name_the_document_they_are_from(shipped: Programme) -> None:
    known = {source.code for source in shipped.sources}
    assert any(milestone.source for milestone in shipped.milestones)
    points = [
        point
        for entry in shipped.indicators
        for point in (entry.baseline, *entry.targets, *entry.observations)
        if point is not None
    ]
    assert any(point.source for point in points)
    assert {point.source for point in points if point.source} <= known


def test_targets_follow_each_other_and_lie_after_the_baseline(shipped: Programme) -> None:
    for entry in shipped.indicators:
        days = [target.date for target in entry.targets]
        assert days == sorted(set(days)), entry.code
        assert entry.baseline is None or all(entry.baseline.date < day for day in days), entry.code


def test_every_feed_carries_what_the_contract_needs_in_words_of_its_own(shipped: Programme) -> None:
    for commission in shipped.commissions:
        feed = commission.feed
        assert set(REQUIRED) <= set(feed.mapping.values()) <= set(TYPES), commission.code
    headers = [frozenset(commission.feed.mapping) for commission in shipped.commissions]
    assert not any(one == other for one, other in combinations(headers, 2)), "two offices with the same sheet"
    assert {commission.feed.format for commission in shipped.commissions} == {"xlsx", "csv", "json"}


def test_its_feeds_show_every_kind_that_is_asked_and_every_format_of_an_inbox(shipped: Programme) -> None:
    feeds = [commission.feed for commission in shipped.commissions]
    assert Counter(feed.kind for feed in feeds if feed.asked) == {"http": 2, "sql": 1, "files": 1}
    assert {feed.format for feed in feeds if not feed.asked} == {"xlsx", "csv", "json"}
    pages, whole = sorted((feed for feed in feeds if isinstance(feed, HttpFeed)), key=lambda feed: feed.since is None)
    assert pages.next
    assert whole.since is None
    assert all(feed.every_minutes <= 2 for feed in feeds if feed.asked), "a change is to be seen soon"
