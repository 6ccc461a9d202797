"""The life of a proposal, and what it may put into a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roadmap.domain.drafting import Drafted
from roadmap.domain.events import ChangeProposed, MilestonePut, ProposalChecked, ProposalDecided, ProposalWithdrawn
from roadmap.domain.plan_rules import Frame, Rule
from roadmap.domain.proposing import (
    LIFE,
    Plan,
    Stage,
    Step,
    Taken,
    applied,
    broken,
    fold,
    item,
    key,
    may,
    overtaken,
    put,
    sentences,
    step,
)
from tests.factories import TODAY, indicator, milestone

FRAME = Frame({"alpha", "beta"}, {"short"}, set())
FIRST = milestone("A-1", start=date(2026, 1, 1), finish=date(2026, 6, 30))
SECOND = milestone("B-1", commission="beta", start=date(2026, 7, 1), finish=date(2026, 9, 30), after=[{"code": "A-1"}])
PLAN = Plan({"A-1": FIRST, "B-1": SECOND}, {"I-1": indicator()})
ENDS = {Stage.APPROVED, Stage.REJECTED, Stage.WITHDRAWN}


def event(wanted, code="alpha-1"):
    """The event that takes the step `wanted`."""
    told = {"effective": TODAY, "proposal": code}
    verdicts = {Step.APPROVE: "approved", Step.REJECT: "rejected", Step.SEND_BACK: "sent_back"}
    match wanted:
        case Step.PROPOSE:
            more = {"commission": "alpha", "baseline": 1, "changes": [put(FIRST)], "reason": "Late."}
            return ChangeProposed.model_validate(told | more)
        case Step.FIND_FIT | Step.GIVE_BACK:
            return ProposalChecked.model_validate(told | {"fit": wanted is Step.FIND_FIT, "remark": "Seen."})
        case Step.WITHDRAW:
            return ProposalWithdrawn.model_validate(told | {"reason": "No longer needed."})
        case _:
            return ProposalDecided.model_validate(told | {"verdict": verdicts[wanted], "reason": "So be it."})


def taken(*wanted, code="alpha-1"):
    return [
        Taken(seq, event(each, code), f"actor {seq}", datetime(2026, 11, 21, tzinfo=UTC))
        for seq, each in enumerate(wanted, start=1)
    ]


@pytest.mark.parametrize("wanted", Step)
def test_an_event_is_the_step_that_it_takes(wanted):
    assert step(event(wanted)) is wanted


@pytest.mark.parametrize(
    ("steps", "stage"),
    [
        ([Step.PROPOSE], Stage.SENT),
        ([Step.PROPOSE, Step.FIND_FIT], Stage.FIT),
        ([Step.PROPOSE, Step.GIVE_BACK], Stage.RETURNED),
        ([Step.PROPOSE, Step.GIVE_BACK, Step.PROPOSE], Stage.SENT),
        ([Step.PROPOSE, Step.FIND_FIT, Step.APPROVE], Stage.APPROVED),
        ([Step.PROPOSE, Step.FIND_FIT, Step.REJECT], Stage.REJECTED),
        ([Step.PROPOSE, Step.FIND_FIT, Step.SEND_BACK, Step.PROPOSE, Step.FIND_FIT], Stage.FIT),
        ([Step.PROPOSE, Step.FIND_FIT, Step.WITHDRAW], Stage.WITHDRAWN),
    ],
)
def test_a_proposal_stands_where_its_steps_have_led(steps, stage):
    proposal = fold(taken(*steps))["alpha-1"]
    assert (proposal.stage, len(proposal.steps), proposal.seen) == (stage, len(steps), len(steps))


def test_nothing_is_decided_unchecked_and_nothing_follows_on_an_end():
    assert not any(may(Stage.SENT, each) for each in (Step.APPROVE, Step.REJECT, Step.SEND_BACK))
    assert not any(may(stage, each) for stage in ENDS for each in Step)
    assert [each for each in Step if may(None, each)] == [Step.PROPOSE]


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_only_steps_that_may_follow_are_ever_taken(wanted):
    stage, done = None, []
    for each in wanted:
        if may(stage, each):
            stage = LIFE[stage, each]
            done.append(each)
        elif stage is not None or each is not Step.PROPOSE:
            with pytest.raises(KeyError):
                fold(taken(*done, each))
    found = fold(taken(*done))
    assert [each.stage for each in found.values()] == ([stage] if done else [])
    approvals = [number for number, each in enumerate(done) if each is Step.APPROVE]
    assert all(done[number - 1] is Step.FIND_FIT for number in approvals)


def test_proposals_are_told_apart_by_their_codes():
    found = fold([*taken(Step.PROPOSE), *taken(Step.PROPOSE, Step.FIND_FIT, code="beta-1")])
    assert {code: each.stage for code, each in found.items()} == {"alpha-1": Stage.SENT, "beta-1": Stage.FIT}
    assert found["beta-1"].sent.actor == "actor 1"
    assert found["beta-1"].decided is None


def test_changes_take_the_place_of_what_has_their_codes():
    late = FIRST.model_copy(update={"finish": date(2026, 6, 1)})
    after = applied(PLAN, [put(late), put(indicator("I-2"))])
    assert (after.milestones["A-1"], list(after.milestones), list(after.indicators)) == (
        late, ["A-1", "B-1"], ["I-1", "I-2"],
    )  # fmt: skip
    assert [item(put(each)) for each in (late, indicator())] == [late, indicator()]
    assert [key(put(each)) for each in (late, indicator())] == [("milestone", "A-1"), ("indicator", "I-1")]


def test_a_dropped_one_is_promised_no_longer_and_stays_known():
    after = applied(PLAN, [put(FIRST.model_copy(update={"dropped": True})), put(indicator(dropped=True))])
    assert ([each.code for each in after.promised()], after.measured()) == (["B-1"], [])
    assert after.item(("milestone", "A-1")).dropped
    assert len(after.keys()) == 3


def test_what_a_decision_changed_since_is_overtaken():
    now = applied(PLAN, [put(FIRST.model_copy(update={"weight": 2}))])
    mine = [put(FIRST.model_copy(update={"finish": date(2026, 5, 1)})), put(indicator(key=True))]
    assert overtaken(mine, PLAN, now) == [("milestone", "A-1")]
    assert overtaken(mine, PLAN, PLAN) == []
    assert overtaken([put(milestone("A-9"))], PLAN, applied(PLAN, [put(milestone("A-9", weight=3))])) == [
        ("milestone", "A-9")
    ]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ([SECOND.model_copy(update={"weight": 2})], "B-1 belongs to another commission"),
        ([SECOND.model_copy(update={"commission": "alpha"})], "B-1 belongs to another commission"),
        ([milestone("B-9", commission="beta")], "B-9 belongs to another commission"),
        ([FIRST], "A-1 is as it was"),
        ([FIRST.model_copy(update={"weight": 2}), FIRST.model_copy(update={"weight": 3})], "A-1 stands more than once"),
        ([milestone("A-9", dropped=True)], "A-9 is not in the roadmap"),
        ([FIRST.model_copy(update={"horizon": "never"})], "A-1: there is no horizon never"),
        ([milestone("A-1", start=date(2026, 10, 1), after=[{"code": "B-1"}])], "circle: A-1"),
        ([milestone("A-9", after=[{"code": "A-7"}])], "A-9: its predecessor A-7 is not in the programme"),
        ([milestone("A-9", start=date(2026, 2, 1), after=[{"code": "A-1"}])], "A-9 starts on 2026-02-01, before"),
        ([indicator(targets=[{"date": day, "value": 1} for day in ("2027-01-01", "2026-01-01")])], "not in the order"),
        ([milestone("A-9", title={"fa": "نتیجه\u202e", "en": "Result"})], "A-9: its text holds hidden characters"),
    ],
)  # fmt: skip
def test_what_may_not_be_proposed_is_refused_with_a_sentence(wanted, sentence):
    told = sentences("alpha", [put(each) for each in wanted], PLAN, FRAME)
    assert len(told) == 1
    assert sentence in told[0].en
    assert told[0].fa != told[0].en


def test_whose_milestone_it_is_hands_it_over():
    assert sentences("alpha", [put(FIRST.model_copy(update={"commission": "beta"}))], PLAN, FRAME) == []


def test_what_others_have_to_move_is_an_effect_and_no_fault():
    late = put(FIRST.model_copy(update={"finish": date(2026, 12, 31)}))
    dropped = put(FIRST.model_copy(update={"dropped": True}))
    assert sentences("alpha", [late], PLAN, FRAME) == []
    assert sentences("alpha", [dropped], PLAN, FRAME) == []


def test_what_was_wrong_before_is_not_held_against_a_proposal():
    squeezed = applied(PLAN, [put(FIRST.model_copy(update={"finish": date(2026, 12, 31)}))])
    heavier = MilestonePut(milestone=SECOND.model_copy(update={"weight": 2}))
    assert broken([heavier], squeezed, FRAME) == []
    earlier = MilestonePut(milestone=SECOND.model_copy(update={"start": date(2026, 6, 1)}))
    assert [problem.rule for problem in broken([earlier], squeezed, FRAME)] == [Rule.EARLY]


def test_a_draft_holds_each_thing_once_and_is_empty_when_nothing_could_be_lost():
    empty = Drafted("alpha", 1, "x")
    later = FIRST.model_copy(update={"weight": 5})
    draft = empty.with_(FIRST).with_(indicator()).with_(later)
    assert [item(each) for each in draft.changes] == [indicator(), later]
    assert (draft.drafted("milestone", "A-1"), draft.drafted("milestone", "B-1")) == (later, None)
    assert draft.without(put(later)).without(put(indicator())) == empty
    assert empty.is_empty
    assert not any(each.is_empty for each in (draft, replace(empty, again="alpha-1"), replace(empty, reason="Why.")))
