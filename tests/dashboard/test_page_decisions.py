"""The Decisions page: a lead proposes, the secretariat checks, the commander decides, everybody reads the record."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard import data
from roadmap.domain.events import MilestonePut
from roadmap.domain.people import Grant, Role
from roadmap.domain.proposing import Stage
from roadmap.services import desk as desks
from roadmap.services import people, proposal_drafts, proposals, proposing, standing
from tests.factories import acting

LATER = date(2027, 3, 31)
ROLES = {
    "lead": Grant(role=Role.LEAD, commission="quays"),
    "other": Grant(role=Role.LEAD, commission="cranes"),
    "secretariat": Grant(role=Role.SECRETARIAT),
    "commander": Grant(role=Role.COMMANDER),
    "executive": Grant(role=Role.EXECUTIVE),
    "operator": Grant(role=Role.OPERATOR),
}


@pytest.fixture
def as_(board, desk, monkeypatch):
    """Opens the page as somebody: `as_("lead", "fa", view="propose")`."""

    def opened(role, language="en", page="decisions", **query):
        monkeypatch.setattr(data, "desk", lambda: acting(desk, role, ROLES[role]))
        return board(page, language, **query)

    return opened


@pytest.fixture
def lead(desk, board):
    return acting(desk, "lead", ROLES["lead"])


def of(desk, role):
    return acting(desk, role, ROLES[role])


def present(desk, code="Q-1"):
    return next(line.milestone for line in standing.lines(desk, desks.moment(desk)) if line.code == code)


def send(desk, *, draft="one", code="Q-1", baseline=1, role="lead", **changes):
    wanted = present(desk, code).model_copy(update=changes or {"finish": LATER})
    return proposing.propose(
        of(desk, role), ROLES[role].commission, [MilestonePut(milestone=wanted)],
        reason="The builder is late.", baseline=baseline, draft=draft,
    )  # fmt: skip


def checked(desk, proposal, *, fit=True):
    return proposing.check(of(desk, "secretariat"), proposal.code, fit=fit, remark="Complete.", seen=proposal.seen)


def approved(desk, **more):
    proposal = checked(desk, send(desk, **more))
    return proposing.decide(of(desk, "commander"), proposal.code, "approved", reason="So be it.", seen=proposal.seen)


def one(widgets, name):
    """The one widget whose key has `name` in it."""
    (found,) = [each for each in widgets if name in (each.key or "")]
    return found


def press(page, label):
    (found,) = [each for each in page.app.button if each.label == label]
    found.click()
    page.app.run()
    return page


def labels(page):
    return {each.label for each in page.app.button}


def stands(desk, code="quays-1"):
    return {each.code: each for each in proposals.proposals(desk, desks.moment(desk))}[code]


# A lead


def test_a_lead_proposes_a_heavier_milestone_and_sees_it_sent(as_, desk):
    page = as_("lead", view="propose", milestone="Q-1")
    assert "No change was added yet." in page.text
    one(page.app.number_input, "weight").set_value(5.0)
    press(page, "Add to the proposal")
    assert "Weight 3 5" in page.text
    assert "Horizons before and after" in page.text
    assert "from 3 to 5" in page.text
    one(page.app.text_area, "reason").set_value("It is worth more.")
    press(page, "Send to the secretariat")
    assert "Proposal quays-1 was sent to the secretariat." in page.text
    assert kept(desk) is None
    assert page.address == {"proposal": "quays-1"}
    proposal = stands(desk)
    assert (proposal.stage, proposal.sent.actor) == (Stage.SENT, "lead")
    assert proposal.proposed.changes[0].milestone == present(desk).model_copy(update={"weight": 5.0})


def test_a_drop_shows_who_waits_for_it_before_it_is_sent(as_, desk):
    page = press(as_("lead", view="propose", kind="drop", milestone="Q-1"), "Add the drop to the proposal")
    assert "New crane waits for Q-1, which is dropped." in page.text
    press(page, "Take Q-1 out".replace("Q-1", "\u2068Q-1\u2069"))
    assert "No change was added yet." in page.text


def test_a_new_milestone_is_proposed_and_a_code_that_is_taken_is_told(as_, desk):
    page = as_("lead", view="propose", kind="new")
    one(page.app.text_input, "new-code").set_value("C-1")
    for name in ("title-fa", "title-en", "owner-fa", "owner-en", "evidence-fa", "evidence-en"):
        one(page.app.text_input, name).set_value("چیز")
    for name in ("deliverable-fa", "deliverable-en"):
        one(page.app.text_area, name).set_value("چیز")
    press(page, "Add to the proposal")
    assert "There is a C-1 already; write another code." in page.text
    one(page.app.text_input, "new-code").set_value("Q 9")
    press(page, "Add to the proposal")
    assert "“Code” is not filled in right." in page.text
    one(page.app.text_input, "new-code").set_value("Q-9")
    press(page, "Add to the proposal")
    one(page.app.text_area, "reason").set_value("A third quay.")
    press(page, "Send to the secretariat")
    assert stands(desk).proposed.changes[0].milestone.code == "Q-9"
    assert stands(desk).proposed.changes[0].milestone.commission == "quays"


def test_an_indicators_target_is_proposed(as_, desk):
    page = as_("other", view="propose", kind="target", indicator="I-1")
    one(page.app.number_input, "value-0").set_value(300.0)
    press(page, "Add to the proposal")
    one(page.app.text_area, "reason").set_value("More ships.")
    press(page, "Send to the secretariat")
    (change,) = stands(desk, "cranes-1").proposed.changes
    assert [(point.date, point.value) for point in change.indicator.targets] == [(date(2026, 12, 31), 300)]


def test_without_a_reason_nothing_is_sent_and_the_draft_stays(as_, desk):
    page = as_("lead", view="propose", milestone="Q-1")
    one(page.app.number_input, "weight").set_value(5.0)
    press(page, "Add to the proposal")
    press(page, "Send to the secretariat")
    assert "Say why, in 1 to 1,000 characters." in page.text
    assert "Weight 3 5" in page.text
    assert proposals.proposals(desk, desks.moment(desk)) == []


def kept(desk):
    return proposal_drafts.own(of(desk, "lead"), "quays")


def test_a_draft_outlasts_the_session_is_shown_as_the_own_and_discarded_after_a_question(as_, desk):
    page = as_("lead", view="propose", milestone="Q-1")
    assert kept(desk) is None
    one(page.app.number_input, "weight").set_value(5.0)
    press(page, "Add to the proposal")
    one(page.app.text_area, "reason").set_value("Half a sent").run()
    assert (kept(desk).baseline, kept(desk).reason) == (1, "Half a sent")
    assert "Your draft of" in as_("lead").text
    assert 'href="decisions?view=propose&commission=quays"' in as_("lead").markup
    assert "Your draft" not in as_("commander").text + as_("other").text
    again = as_("lead", view="propose")
    assert "Weight 3 5" in again.text
    assert one(again.app.text_area, "reason").value == "Half a sent"
    assert "The draft is deleted for good." in [each.value for each in again.app.text]
    press(again, "Delete the draft")
    assert kept(desk) is None
    assert "No change was added yet." in again.text


def test_what_came_back_takes_the_place_of_another_draft_only_after_a_question(as_, desk):
    checked(desk, send(desk), fit=False)
    page = as_("lead", view="propose", kind="drop", milestone="Q-2")
    press(page, "Add the drop to the proposal")
    page = as_("lead", proposal="quays-1")
    assert any("Q-2" in each.value and "is deleted for it" in each.value for each in page.app.text)
    assert "Open in the form" not in labels(page)
    press(page, "Delete the draft and open")
    assert kept(desk).again == "quays-1"
    assert "In place of what came back as quays-1." in page.text
    one(page.app.text_area, "reason").set_value("Corrected.").run()
    press(as_("lead", proposal="quays-1"), "Open in the form")
    assert kept(desk).reason == "Corrected.", "what was begun of it already is gone on with"


def test_what_another_decision_changed_meanwhile_is_shown_beside_the_draft(as_, desk):
    page = as_("lead", view="propose", milestone="Q-1")
    one(page.app.number_input, "weight").set_value(5.0)
    press(page, "Add to the proposal")
    approved(desk)
    page.app.run()
    assert "Another decision has changed the same meanwhile." in page.text
    assert "Planned finish 31 October 2026 31 March 2027" in page.text
    assert "Send to the secretariat" not in labels(page)
    press(page, "Keep what holds now")
    assert "No change was added yet." in page.text
    assert kept(desk) is None


def test_a_lead_may_propose_the_own_all_the_same_knowing_the_other(as_, desk):
    page = as_("lead", view="propose", milestone="Q-1")
    one(page.app.number_input, "weight").set_value(5.0)
    press(page, "Add to the proposal")
    approved(desk)
    page.app.run()
    press(page, "Propose mine all the same")
    one(page.app.text_area, "reason").set_value("As it was, and heavier.")
    press(page, "Send to the secretariat")
    assert stands(desk, "quays-2").proposed.baseline == 2
    assert "Planned finish 31 March 2027 31 October 2026" in page.text


def test_what_came_back_is_opened_in_the_form_and_sent_again_under_its_number(as_, desk):
    checked(desk, send(desk), fit=False)
    page = as_("lead")
    assert "Back with the commission" in page.text
    press(page, "Open in the form")
    assert "In place of what came back as quays-1." in page.text
    press(page, "Send to the secretariat")
    assert (stands(desk).stage, len(stands(desk).steps)) == (Stage.SENT, 3)


def test_a_lead_withdraws_only_what_is_confirmed(as_, desk):
    send(desk)
    page = as_("lead", proposal="quays-1")
    one(page.app.text_area, "why").set_value("No longer needed.")
    press(page, "Withdraw it")
    assert "Confirm first that you have looked at it." in page.text
    one(page.app.checkbox, "withdraw-sure").check()
    press(page, "Withdraw it")
    assert "Proposal quays-1 was withdrawn." in page.text
    assert stands(desk).stage is Stage.WITHDRAWN


# The secretariat and the commander


def test_the_secretariat_finds_the_oldest_opened_and_passes_it_on(as_, desk):
    send(desk)
    send(desk, draft="two", code="Q-2")
    page = as_("secretariat")
    assert page.markup.index("quays-1") < page.markup.index("quays-2")
    assert "Planned finish 31 October 2026 31 March 2027" in page.text
    assert "1 milestone is pushed" in page.text
    one(page.app.text_area, "remark").set_value("Complete.")
    press(page, "Fit for a decision")
    assert "Proposal quays-1 was passed to the commander for a decision." in page.text
    assert stands(desk).stage is Stage.FIT


def test_the_commander_decides_with_a_reason_and_a_confirmation(as_, desk):
    checked(desk, send(desk))
    page = as_("commander")
    one(page.app.text_area, "reason").set_value("So be it.")
    press(page, "Approve")
    assert "Confirm first that you have looked at it." in page.text
    assert stands(desk).stage is Stage.FIT
    one(page.app.checkbox, "sure").check()
    press(page, "Approve")
    assert "Proposal quays-1 was approved; baseline 2 holds from today." in page.text
    assert present(desk).finish == LATER
    assert "became baseline 2" in page.text


def test_what_was_decided_while_one_looked_is_told(as_, desk):
    proposal = checked(desk, send(desk))
    page = as_("commander")
    deputy = acting(
        desk, f"person:{people.add(desk, name='مهران نیک‌پی', email='m@example.org').id}", ROLES["commander"]
    )
    one(page.app.text_area, "reason").set_value("So be it.")
    one(page.app.checkbox, "sure").check()
    (button,) = [each for each in page.app.button if each.label == "Approve"]
    original = proposing.decide

    def late(*args, **kwargs):
        original(deputy, proposal.code, "rejected", reason="No.", seen=proposal.seen)
        return original(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposing, "decide", late)
        button.click()
        page.app.run()
    assert "مهران نیک‌پی has acted on proposal quays-1 meanwhile" in page.text
    assert "person:" not in page.text
    assert stands(desk).stage is Stage.REJECTED


def test_an_overtaken_proposal_can_be_sent_back_and_not_approved(as_, desk):
    checked(desk, send(desk, weight=9))
    approved(desk, draft="two")
    page = as_("commander", proposal="quays-1")
    assert "Another decision has changed the same meanwhile." in page.text
    (approve,) = [each for each in page.app.button if each.label == "Approve"]
    assert approve.disabled
    one(page.app.text_area, "reason").set_value("Make it anew.")
    one(page.app.checkbox, "sure").check()
    press(page, "Send back")
    assert stands(desk).stage is Stage.RETURNED


@pytest.mark.parametrize("role", ["lead", "other", "executive"])
def test_who_may_not_check_or_decide_is_offered_neither(as_, desk, role):
    send(desk)
    checked(desk, send(desk, draft="two", code="Q-2"))
    for code in ("quays-1", "quays-2"):
        offered = labels(as_(role, proposal=code))
        assert not offered & {"Fit for a decision", "Give back", "Approve", "Reject", "Send back"}
        assert ("Withdraw it" in offered) is (role == "lead")


def test_an_operator_sees_no_proposals(as_, desk):
    send(desk)
    page = as_("operator", proposal="quays-1")
    assert "Your role does not see proposals and decisions." in page.text
    assert "quays-1" not in page.markup
    assert "quays-1" not in as_("operator", page="roadmap", proposal="quays-1").markup


def test_only_a_lead_is_offered_the_form(as_):
    for role, offered in (("lead", True), ("commander", False), ("executive", False)):
        (parts,) = [each for each in as_(role).app.get("button_group") if "filter-view" in str(each.key)]
        assert ("Propose a change" in str(parts.options)) is offered


# What everybody reads


def test_the_record_says_who_when_and_why_and_old_and_new(as_, desk):
    approved(desk)
    page = as_("executive", view="records", proposal="quays-1")
    for said in ("The builder is late.", "Complete.", "So be it.", "lead", "secretariat", "commander"):
        assert said in page.text
    assert "Planned finish 31 October 2026 31 March 2027" in page.text


def test_two_baselines_are_compared(as_, desk):
    approved(desk)
    page = as_("executive", view="baselines")
    assert "Planned finish 31 October 2026 31 March 2027" in page.text
    assert "Programme file" in page.text
    back = as_("executive", view="baselines", **{"from": "2", "to": "1"})
    assert "Planned finish 31 March 2027 31 October 2026" in back.text
    assert "These two baselines are the same." in as_("executive", view="baselines", **{"from": "2", "to": "2"}).text


def test_the_first_baseline_alone_has_nothing_to_be_compared_with(as_):
    page = as_("executive", view="baselines")
    assert "Compare two baselines" not in page.text


def test_an_unknown_proposal_is_told(as_):
    assert "There is no proposal quays-7; pick one from the list." in as_("executive", proposal="quays-7").text


def test_nothing_is_decided_on_the_board_of_another_day(as_, desk):
    checked(desk, send(desk))
    assert "Approve" not in labels(as_("commander", proposal="quays-1", day="2026-11-10"))
    assert "This is the board of another moment" in as_("lead", view="propose", day="2026-11-10").text


def test_what_a_proposal_says_is_shown_as_text(as_, desk):
    title = present(desk).title.model_copy(update={"en": "<script>alert(1)</script>"})
    send(desk, title=title)
    page = as_("secretariat")
    assert "<script>" not in page.sent
    assert "&lt;script&gt;alert(1)" in page.sent


def test_in_persian_everything_is_persian(as_, desk):
    checked(desk, send(desk))
    page = as_("commander", "fa")
    said = page.text + " ".join(labels(page))
    for word in ("Quay", "Decision", "baseline", "Approve", "milestone"):
        assert word not in said
    assert "از ۹ آبان ۱۴۰۵" in page.text or "۱۱ فروردین ۱۴۰۶" in page.text


# The Roadmap


def test_the_roadmap_shows_a_proposal_before_the_decision_and_says_so(as_, desk):
    send(desk)
    page = as_("executive", page="roadmap", proposal="quays-1")
    assert "This is a proposed roadmap, not decided" in page.text
    assert "promised 31 March 2027" in page.text
    assert "in the baseline compared with from 1 November 2025 to 31 October 2026" in page.text
    now = as_("executive", page="roadmap")
    assert "promised 31 October 2026" in now.text
    assert "not decided" not in now.text


def test_a_dropped_milestone_leaves_the_proposed_roadmap(as_, desk):
    send(desk, dropped=True)
    page = as_("executive", page="roadmap", proposal="quays-1")
    assert "Leaves the roadmap: Q-1" in page.text
    assert "2 of 2 milestones" in page.text


def test_after_the_decision_the_ghost_bars_move_and_the_older_baseline_can_be_put_behind(as_, desk):
    before = as_("executive", page="roadmap").markup
    approved(desk)
    after = as_("executive", page="roadmap")
    assert "promised 31 October 2026" in before
    assert "promised 31 March 2027" in after.text
    assert "compared with" not in after.text
    first = as_("executive", page="roadmap", baseline="1")
    assert "in the baseline compared with from 1 November 2025 to 31 October 2026" in first.text
    over = as_("executive", page="roadmap", proposal="quays-1")
    assert "Proposal quays-1 waits no more" in over.text
