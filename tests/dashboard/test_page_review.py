"""The review queue as the secretariat works through it, and what others see of it."""

from dataclasses import replace

import pytest

from roadmap.domain.people import Grant
from roadmap.services import desk as desks
from roadmap.services import reporting, review_queue, reviewing
from tests.factories import TODAY, acting, deliver, order

SECRETARIAT, QUAYS, CRANES = "secretariat", "lead:quays", "lead:cranes"


@pytest.fixture
def desk(desk):
    """Forms wait for the secretariat."""
    identity = desk.programme.programme.model_copy(update={"review": "forms"})
    return replace(desk, programme=desk.programme.model_copy(update={"programme": identity}))


def at(desk, role):
    return acting(desk, role, Grant.read(role))


def sent(desk, code="Q-1", base=2, role=QUAYS, **changes):
    """The number of a submission that waits."""
    stands = reporting.present(desk, code, changes.get("unit", "national"))
    given = order(code, base, **{"percent": 95, "effective": TODAY} | changes)
    commission = role.partition(":")[2]
    return reporting.report(at(desk, role), given, commission=commission, seen=stands.seen, day=TODAY).present.seen


def stands(desk, code="Q-1", unit="national"):
    return reporting.present(desk, code, unit)


def click(page, key):
    page.app.button(key=key).click().run()
    assert not page.app.exception
    return page


@pytest.fixture
def queue(board):
    """Opens the queue as the secretariat."""
    return lambda language="en", **query: board("review", language, role=SECRETARIAT, **query)


def test_an_empty_queue_says_so(queue):
    page = queue()
    assert "No report waits for review." in page.text
    assert page.app.button.len == 0


def test_each_report_stands_beside_the_plan_and_the_last_one_with_what_changed_marked(queue, desk):
    sent(desk, narrative="Gates.", forecast_finish="2026-12-20", confidence="green")
    page = queue()
    assert "1 report waits for review" in page.text
    assert "Percent complete 100% 90% 95% changed" in page.text
    assert "Forecast finish 31 October 2026 10 December 2026 20 December 2026 changed" in page.text
    assert "Confidence Green Green" in page.text
    assert "waiting since today" in page.text
    assert "sent by lead:quays" in page.text
    assert "1 milestone waits for this one" in page.text


def test_the_oldest_is_first(queue, desk):
    sent(desk)
    sent(desk, "C-1", 0, CRANES, percent=5)
    page = queue()
    assert page.text.index("Q-1 · Quays") < page.text.index("C-1 · Cranes")
    assert "C-1 · Cranes" not in queue(commission="quays").text


def test_an_accepted_report_counts_and_leaves_the_queue(queue, desk):
    number = sent(desk)
    page = queue()
    page.app.selectbox(key=f"review-rating-{number}").select("amber")
    click(page, f"review-accept-{number}")
    assert "1 report was accepted and counts." in page.text
    assert "No report waits for review." in page.text
    assert (stands(desk).version, stands(desk).report.percent, stands(desk).case) == (3, 95, None)


def test_a_returned_report_goes_back_with_its_reasons_and_can_be_taken_back(queue, desk):
    number = sent(desk)
    page = queue()
    page.app.button_group(key=f"review-reasons-{number}").set_value(["The report's date is wrong."])
    page.app.text_area(key=f"review-reason-{number}").input("It was Sunday.")
    click(page, f"review-return-{number}")
    assert stands(desk).case.review.said.reason == "The report's date is wrong. It was Sunday."
    assert "1 report went back and is not corrected yet" in page.text
    click(page, f"review-take-back-{number}")
    assert "it waits again" in page.text
    assert stands(desk).case.fate == "waiting"


def test_nothing_is_returned_without_a_reason(queue, desk):
    number = sent(desk)
    page = click(queue(), f"review-return-{number}")
    assert "Pick a reason or write one" in page.text
    assert stands(desk).case.fate == "waiting"


def test_many_are_accepted_after_a_question_that_names_how_many(queue, desk):
    sent(desk)
    sent(desk, "Q-2", 1, unit="P-1", percent=60)
    sent(desk, "C-1", 0, CRANES, percent=5)
    page = click(queue(), "review-pick-all")
    click(page, "review-accept-picked")
    assert "3 reports will be accepted together" in page.text
    assert stands(desk).version == 2
    click(page, "review-sure-no")
    assert "will be accepted together" not in page.text
    click(page, "review-accept-picked")
    click(page, "review-sure-yes")
    assert "3 reports were accepted and count." in page.text
    assert (stands(desk).version, stands(desk, "Q-2", "P-1").version, stands(desk, "C-1").version) == (3, 2, 1)


def test_what_no_longer_fits_is_named_with_both_values_and_the_others_go_in(queue, desk):
    sent(desk)
    sent(desk, "Q-2", 1, unit="P-1", percent=60)
    page = click(queue(), "review-pick-all")
    deliver(desk, order("Q-1", percent=92, effective=TODAY).report, on=TODAY)
    click(page, "review-accept-picked")
    click(page, "review-sure-yes")
    assert "1 report was accepted and counts." in page.text
    assert "The report for Q-1 no longer fits what stands" in page.text
    assert "Percent complete 92% 95%" in page.text
    assert stands(desk).report.percent == 92


def test_the_second_of_two_reviewers_is_told_who_was_first(queue, desk):
    number = sent(desk)
    page = queue()
    reviewing.accept(acting(desk, "colleague", Grant.read(SECRETARIAT)), [number], day=TODAY)
    click(page, f"review-accept-{number}")
    assert "The report for Q-1 is no longer as you saw it" in page.text
    assert "accepted by colleague" in page.text
    assert stands(desk).version == 3


def test_ones_own_report_has_no_buttons_and_says_why(board, desk):
    both = replace(desk, who=replace(desk.who, actor="tester"))
    stood = reporting.report(both, order("Q-1", 2, effective=TODAY), commission="quays", day=TODAY)
    page = board("review")
    assert "You sent this report yourself" in page.text
    assert f"review-accept-{stood.present.seen}" not in {button.key for button in page.app.button}


@pytest.mark.parametrize("role", ["commander", QUAYS, "data_officer:quays"])
def test_who_may_look_sees_the_queue_without_its_buttons(board, desk, role):
    sent(desk)
    page = board("review", role=role)
    assert "here you can only look" in page.text
    assert "Quay one rebuilt" in page.text
    assert page.app.button.len == page.app.checkbox.len == 0


def test_a_lead_sees_the_own_commissions_reports_alone(board, desk):
    sent(desk, "C-1", 0, CRANES, percent=5)
    assert "New crane" not in board("review", role=QUAYS).text
    page = board("review", role=QUAYS, commission="cranes")
    assert "There is no cranes here" in page.text
    assert "New crane" not in page.text


@pytest.mark.parametrize("role", ["executive", "operator"])
def test_who_may_not_look_gets_a_sentence(board, desk, role):
    sent(desk)
    page = board("review", role=role)
    assert "The review queue is for the secretariat" in page.text
    assert "Quay one rebuilt" not in page.text


def test_another_moments_queue_is_to_be_looked_at_only(queue, desk):
    sent(desk)
    page = queue(day="2026-11-20")
    assert "here you can only look" in page.text
    assert page.app.button.len == 0


def test_what_somebody_wrote_is_shown_as_text(queue, board, desk):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    number = sent(desk, narrative=evil, evidence="javascript:alert(1)", blocker=evil)
    for page in (queue(), board("milestone", milestone="Q-1"), board("report", role=QUAYS, commission="quays")):
        assert "<script" not in page.sent
        assert "<img" not in page.sent
        assert 'href="javascript' not in page.sent
    reviewing.return_(at(desk, SECRETARIAT), number, evil, day=TODAY)
    for page in (queue(), board("milestone", milestone="Q-1"), board("report", role=QUAYS)):
        assert "<script" not in page.sent
        assert evil in page.text or "alert(1)" in page.text


@pytest.mark.parametrize(
    ("evidence", "is_link"),
    [
        ("https://harbour.example/minutes/7", True),
        ("http://harbour.example", True),
        ("Minutes 7", False),
        ("see https://harbour.example", False),
        ("javascript:alert(1)//https://x", False),
        ("https://x\nhttps://y", False),
    ],
)
def test_evidence_is_a_link_where_it_is_an_address_and_nothing_else(queue, desk, evidence, is_link):
    sent(desk, evidence=evidence)
    assert ('target="_blank"' in queue().markup) is is_link


def test_more_than_a_page_waits_for_a_click(queue, desk, monkeypatch):
    monkeypatch.setattr("dashboard.screens.review._STEP", 1)
    sent(desk)
    sent(desk, "C-1", 0, CRANES, percent=5)
    page = queue()
    assert "C-1 · Cranes" not in page.text
    click(page, "review-more")
    assert "C-1 · Cranes" in page.text


def test_the_board_tells_how_much_waits_and_leads_there(board, desk):
    assert "Waiting for review" not in board("overview").text
    sent(desk)
    page = board("overview", role=SECRETARIAT)
    assert "Waiting for review 1" in page.text
    assert 'href="review"' in page.markup
    page = board("overview", role="executive")
    assert "Waiting for review 1" in page.text
    assert 'href="review"' not in page.markup
    assert 'href="review?commission=quays"' in board("commission", role=SECRETARIAT, commission="quays").markup
    assert "Waiting for review" not in board("commission", commission="cranes").text


def test_a_milestones_story_tells_who_sent_who_returned_and_who_accepted(board, desk):
    first = sent(desk, percent=93)
    reviewing.return_(at(desk, SECRETARIAT), first, "Which quay?", day=TODAY)
    second = sent(desk)
    reviewing.accept(at(desk, SECRETARIAT), [second], "red", day=TODAY)
    page = board("milestone", milestone="Q-1")
    text = page.text
    assert "Sent and reviewed" in text
    assert text.index("accepted by secretariat") < text.index("returned by secretariat") < text.index("Which quay?")
    assert "Rated by the secretariat Red" in text
    assert text.count("lead:quays · ") == 1  # the author of the report that counts
    assert text.count("accepted by secretariat") == 2


def test_the_board_shows_the_reviewers_rating_before_the_leads(board, desk):
    reviewing.accept(at(desk, SECRETARIAT), [sent(desk, confidence="green")], "red", day=TODAY)
    page = board("commission", commission="quays")
    assert "declared green, computed late" not in page.text
    head = board("milestone", milestone="Q-1").text
    assert "Declared by the lead" in head
    assert "Rated by the secretariat" in head


def test_in_persian_everything_is_persian(queue, desk):
    sent(desk)
    reviewing.return_(at(desk, SECRETARIAT), sent(desk, "C-1", 0, CRANES, percent=5), "برگشت", day=TODAY)
    page = queue("fa")
    labels = [each.label for kind in (page.app.selectbox, page.app.button, page.app.text_area) for each in kind]
    for word in ("Review", "Accept", "Return", "report", "sent"):
        assert word not in page.text + " ".join(labels)
    assert "پذیرش" in labels


def test_no_answer_of_another_role_is_kept_for_this_one(board, desk):
    sent(desk)
    now = desks.moment(desk, day=TODAY)
    assert len(review_queue.queue(at(desk, SECRETARIAT), now)) == 1
    assert "Quay one rebuilt" in board("review", role=SECRETARIAT).text
    assert "Quay one rebuilt" not in board("review", role=CRANES).text
