"""Who is reminded of what, when, and that nobody is told twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex

import pytest

from roadmap.domain.people import Grant
from roadmap.services import actions, entering, people, reminders
from roadmap.services.desk import Desk
from roadmap.services.entering import NoAccessError
from roadmap.services.gate import NotAllowedError
from roadmap.services.reminders import Planned, Sent
from roadmap.settings import Settings
from roadmap.store import outbox
from tests.factories import TODAY, acting, deliver, report
from tests.mail import mailing
from tests.reminding import TEN, choose, person, run, states


def test_a_lead_and_the_secretariat_get_one_digest_each_of_what_is_theirs(desk, config, mails):
    for number in (person(desk, "Lead", "lead:quays"), person(desk, "Secretary", "secretariat")):
        choose(desk, config, number)
    person(desk, "Executive", "executive")
    code = actions.give(desk, "Count the cranes.", owner="", due=TODAY + timedelta(days=2))
    planned, sent = run(desk, config)
    assert (planned, sent) == (Planned(added=3, dropped=0), Sent(digests=2, reminders=3))
    assert [mail["To"] for mail in mails.taken] == ["lead@example.org", "secretary@example.org"]
    lead, secretary = mails.bodies
    assert "Reports that are overdue (2)" in lead
    assert "• Q-1 · Quay one rebuilt · Quays · due 2026-11-10" in lead
    assert "C-1" not in lead
    assert code in secretary
    assert "Count the cranes" not in secretary
    assert "https://board.example/sessions" in secretary


def test_what_a_person_wants_in_persian_comes_in_persian(desk, config, mails):
    choose(desk, config, person(desk, "Lead", "lead:quays"), language="fa")
    run(desk, config)
    [mail] = mails.taken
    assert mail["Subject"] == "نوسازی بندر: ۲ مورد در انتظار شماست"
    assert "مهلت ۱۴۰۵/۰۸/۱۹" in mails.bodies[0]
    assert mail["Auto-Submitted"] == "auto-generated"


def test_who_wants_nothing_or_is_let_in_no_more_gets_nothing(desk, config, mails):
    choose(desk, config, person(desk, "Quiet", "lead:quays"), frequency="none")
    gone = person(desk, "Gone", "lead:quays")
    reminders.plan(desk, config, TEN)
    assert states(desk) == {"waiting": 2}
    people.deactivate(desk, gone, "Left.")
    assert run(desk, config)[0].dropped == 2
    assert mails.taken == []


def sign_in(desk: Desk, config: Settings, *groups: str) -> int:
    """Somebody whose provider says so signs in; their number."""
    claims = {"iss": "https://sign.in", "sub": "k-17", "is_logged_in": True, "iat": datetime.now(UTC).timestamp()}
    told = {"nonce": token_hex(4), "email": "arash@example.org", "groups": [*groups]}
    with suppress(NoAccessError):
        entering.enter(desk, claims | told, entering.rules(config))
    return people.accounts(desk)[0].person.id


def test_a_role_by_the_claim_of_the_last_sign_in_is_reminded_as_long_as_it_may_be_believed(desk, config):
    told = mailing(config, config.smtp_port, oidc_role_claim="groups", oidc_roles={"quays-head": "lead:quays"})
    planned = lambda settings=told: reminders.plan(desk, settings, TEN)  # noqa: E731 - asked anew each time
    number = sign_in(desk, told, "quays-head", "choir")
    assert planned() == Planned(added=2, dropped=0)
    assert planned(config) == Planned(0, 2), "the setting gives that value no role any more"
    assert planned() == Planned(2, 0)
    sign_in(desk, told, "choir")
    assert planned() == Planned(0, 2), "the provider has taken it"
    sign_in(desk, told, "quays-head")
    people.deactivate(desk, number, "Left.")
    sign_in(desk, told, "quays-head")
    people.activate(desk, number)
    assert planned() == Planned(0, 0), "whoever is let in again has no role before the next sign-in"


def test_a_report_that_waits_for_its_review_is_missed_no_more(desk, config, mails):
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    deliver(desk, report("Q-1", effective=date(2026, 10, 31)))
    assert run(desk, config)[0].added == 1
    assert "Q-1" not in mails.bodies[0]


def test_planned_and_sent_again_at_once_the_next_hour_and_the_next_day_it_is_told_once(desk, config, mails):
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    run(desk, config)
    for hours in (0, 1, 24):
        assert run(desk, config, hours=hours) == (Planned(0, 0), Sent())
    assert len(mails.taken) == 1


def test_what_still_waits_a_week_later_is_told_again(desk, config, mails):
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    run(desk, config)
    planned, sent = run(desk, config, days=7)
    assert (planned.added, sent.digests, len(mails.taken)) == (2, 1, 2)
    assert len({mail["Message-ID"] for mail in mails.taken}) == 2


def test_what_comes_up_after_todays_digest_waits_for_the_next_one(desk, config, mails):
    choose(desk, config, person(desk, "Secretary", "secretariat"))
    actions.give(desk, "First.", owner="", due=TODAY)
    run(desk, config)
    actions.give(desk, "Second.", owner="", due=TODAY)
    assert run(desk, config, hours=1) == (Planned(1, 0), Sent())
    assert run(desk, config, days=1)[1] == Sent(digests=1, reminders=2)
    assert len(mails.taken) == 2


def test_a_weekly_digest_comes_once_in_a_week_that_begins_on_monday_here(desk, config, mails):
    choose(desk, config, person(desk, "Secretary", "secretariat"), frequency="weekly")
    actions.give(desk, "First.", owner="", due=TODAY + timedelta(days=2))
    assert run(desk, config)[1].digests == 1
    actions.give(desk, "Second.", owner="", due=TODAY + timedelta(days=2))
    assert run(desk, config, days=1) == (Planned(1, 0), Sent())
    assert run(desk, config, days=2)[1] == Sent(digests=1, reminders=1)


def test_nothing_goes_out_at_night(desk, config, mails):
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    assert run(desk, config, hours=-4) == (Planned(2, 0), Sent())
    assert run(desk, config)[1].digests == 1


def test_two_senders_at_once_send_one_digest_a_person(desk, config, mails):
    for name in ("One", "Two", "Three", "Four"):
        choose(desk, config, person(desk, name, "lead:quays"))
    reminders.plan(desk, config, TEN)
    slow = threading.Event()
    mails.answer = lambda: "250 OK" if slow.wait(0.1) is not None else ""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: reminders.send(desk, config, TEN), range(4)))
    assert sum(done, Sent()) == Sent(digests=4, reminders=8)
    assert sorted(mail["To"] for mail in mails.taken) == [
        "four@example.org",
        "one@example.org",
        "three@example.org",
        "two@example.org",
    ]


def test_one_sender_at_a_time_has_a_place_and_another_place_is_free_meanwhile(desk):
    with outbox.sending(desk.engine, (7, "mail")) as first, outbox.sending(desk.engine, (7, "mail")) as second:
        assert first is not None
        assert second is None
        with outbox.sending(desk.engine, (8, "mail")) as other:
            assert other is not None
    with outbox.sending(desk.engine, (7, "mail")) as again:
        assert again is not None


def test_two_planners_at_once_plan_once(desk, config):
    person(desk, "Lead", "lead:quays")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: reminders.plan(desk, config, TEN), range(4)))
    assert sum(each.added for each in done) == 2
    assert states(desk) == {"waiting": 2}


def test_only_the_machine_sends_and_only_who_audits_sees_what_failed(desk, config):
    lead = acting(desk, "person:1", Grant.read("lead:quays"))
    for forbidden in (
        lambda: reminders.run(lead, config, TEN),
        lambda: reminders.plan(lead, config, TEN),
        lambda: reminders.send(lead, config, TEN),
        lambda: reminders.failures(lead),
    ):
        with pytest.raises(NotAllowedError):
            forbidden()


def test_a_person_who_is_erased_leaves_nothing_in_the_outbox(desk, config):
    number = person(desk, "Lead", "lead:quays")
    choose(desk, config, number)
    reminders.plan(desk, config, TEN)
    people.erase(desk, number, "Asked for it.")
    with desk.engine.connect() as connection:
        assert outbox.choices(connection) == {}
    assert states(desk) == {}
