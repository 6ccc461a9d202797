"""What somebody has begun to write is kept for that person alone, until it is sent or thrown away."""

from __future__ import annotations

import pytest

from roadmap.domain.drafting import Drafted
from roadmap.domain.people import Grant, Role
from roadmap.errors import SettingsError
from roadmap.services import drafts, people, proposal_drafts
from roadmap.services.desk import Desk
from roadmap.services.gate import NotAllowedError
from tests.factories import acting

QUAYS = Grant(role=Role.LEAD, commission="quays")
STREAM = ("Q-1", "national")


@pytest.fixture
def lead(desk: Desk) -> Desk:
    return acting(desk, "person:1", QUAYS)


def keep(desk: Desk, stream: tuple[str, str] = STREAM, commission: str = "quays", **fields: str) -> None:
    drafts.keep(desk, stream, fields, commission=commission, base_version=2, seen=7)


def kept(desk: Desk) -> list[tuple[tuple[str, str], dict[str, str]]]:
    return [(each.stream, dict(each.fields)) for each in drafts.own(desk, "quays")]


def test_a_draft_is_kept_as_it_was_typed_and_the_newest_counts(lead: Desk) -> None:
    keep(lead, percent="چهل", narrative="نیمه‌کاره")
    keep(lead, percent="۴۰")
    (draft,) = drafts.own(lead, "quays")
    assert (draft.stream, draft.fields, draft.base_version, draft.seen) == (STREAM, {"percent": "۴۰"}, 2, 7)


def test_the_newest_draft_is_first(lead: Desk) -> None:
    keep(lead, percent="1")
    keep(lead, ("Q-2", "P-1"), percent="2")
    assert [stream for stream, _ in kept(lead)] == [("Q-2", "P-1"), STREAM]


def test_a_draft_is_its_writers_alone(lead: Desk) -> None:
    keep(lead, percent="1")
    other = acting(lead, "person:2", QUAYS)
    assert kept(other) == []
    drafts.discard(other, STREAM, commission="quays")
    assert len(kept(lead)) == 1


def test_a_discarded_draft_is_gone(lead: Desk) -> None:
    keep(lead, percent="1")
    drafts.discard(lead, STREAM, commission="quays")
    drafts.discard(lead, STREAM, commission="quays")
    assert kept(lead) == []


def test_what_is_no_field_is_left_out_and_no_text_grows_beyond_a_reports(lead: Desk) -> None:
    keep(lead, narrative="x" * 9_000, evil="1", milestone="C-1", blocker="")
    ((_, fields),) = kept(lead)
    assert {name: len(value) for name, value in fields.items()} == {"narrative": 4_000}


@pytest.mark.parametrize("stream", [("C-1", "national"), ("Q-9", "national"), ("Q-2", "P-9")])
def test_a_draft_is_about_the_commissions_own_milestones(lead: Desk, stream: tuple[str, str]) -> None:
    with pytest.raises(SettingsError):
        keep(lead, stream, percent="1")
    assert kept(lead) == []


def test_an_erased_person_leaves_no_draft_of_a_report_or_a_proposal(desk: Desk) -> None:
    number = people.add(desk, name="Head", email="head@example.org").id
    lead = acting(desk, f"person:{number}", QUAYS)
    keep(lead, percent="1")
    proposal_drafts.keep(lead, Drafted("quays", 1, "x", reason="y" * 9_000))
    assert len(proposal_drafts.own(lead, "quays").reason) == 1_000
    people.erase(desk, number, "Asked for it.")
    assert (kept(lead), proposal_drafts.own(lead, "quays")) == ([], None)


def test_nobody_keeps_or_reads_drafts_of_another_commission(lead: Desk) -> None:
    with pytest.raises(NotAllowedError):
        keep(lead, ("C-1", "national"), commission="cranes", percent="1")
    with pytest.raises(NotAllowedError):
        drafts.own(lead, "cranes")
    with pytest.raises(NotAllowedError):
        drafts.discard(lead, ("C-1", "national"), commission="cranes")
