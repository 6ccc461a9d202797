"""Reminders against a real mail server on loopback: nothing twice, nothing lost, whatever falls over."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from roadmap import settings as configuration
from roadmap.cli import app
from roadmap.domain.people import Grant
from roadmap.errors import RoadmapError
from roadmap.programme import Programme
from roadmap.services import actions, digests, people, reminders
from roadmap.services import desk as desks
from roadmap.services.carrying import PlaceRefusedError
from roadmap.services.desk import Desk
from roadmap.services.gate import NotAllowedError
from roadmap.services.reminders import Planned, Sent
from roadmap.settings import Settings
from roadmap.store import outbox
from tests.factories import TODAY, acting, deliver, established, report
from tests.mail import MailServer, free_port, mailing, serving

#: 10:00 in the programme's zone.
TEN = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
SENDER = Path(__file__).with_name("send_and_die.py")


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)


@pytest.fixture
def desk(engine, harbour: Programme) -> Desk:
    """No report was ever sent, so that all milestones that have begun are overdue since 11 November."""
    return established(engine, harbour)


@pytest.fixture
def mails() -> MailServer:
    return MailServer()


@pytest.fixture
def config(settings: Settings, mails: MailServer) -> Iterator[Settings]:
    with serving(mails) as port:
        yield mailing(settings, port)


def person(desk: Desk, name: str, *codes: str) -> int:
    number = people.add(desk, name=name, email=f"{name.lower()}@example.org").id
    people.assign(desk, number, [Grant.read(code) for code in codes], "For a test.")
    return number


def choose(desk: Desk, config: Settings, number: int, frequency: str = "daily", language: str = "en", added: str = ""):
    digests.choose(acting(desk, f"person:{number}"), config, frequency, language, kept=range(9), added=added)


def states(desk: Desk) -> dict[str, int]:
    with desk.engine.connect() as connection:
        rows = connection.execute(text("select state, count(*) as n from outbox group by state"))
        return {row.state: row.n for row in rows}


def run(desk: Desk, config: Settings, **later: int) -> tuple[Planned, Sent]:
    return reminders.run(desk, config, TEN + timedelta(**later))


# Who gets what


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


def test_a_report_that_waits_for_its_review_is_missed_no_more(desk, config, mails):
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    deliver(desk, report("Q-1", effective=date(2026, 10, 31)))
    assert run(desk, config)[0].added == 1
    assert "Q-1" not in mails.bodies[0]


# Nothing twice


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


def test_a_sender_killed_before_it_could_mark_repeats_that_one_under_the_same_message_id(desk, config, mails):
    """The one repetition that there is: the server took it, and nobody is left who knows."""
    for name in ("One", "Two"):
        choose(desk, config, person(desk, name, "lead:quays"))
    reminders.plan(desk, config, TEN)
    values = config.model_dump(
        mode="json", include={"database_url", "programme", "smtp_port", "state_dir", "board_url"}
    )
    child = subprocess.Popen([sys.executable, SENDER], stdin=subprocess.PIPE, cwd=SENDER.parents[2])
    killed = threading.Event()

    def answer() -> str:
        if not killed.is_set():
            killed.set()
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
        return "250 OK"

    mails.answer = answer
    child.communicate(json.dumps(values | {"now": TEN.isoformat()}).encode())
    assert mails.arrived.wait(20)
    assert child.returncode == -signal.SIGKILL
    assert states(desk) == {"waiting": 4}
    assert reminders.send(desk, config, TEN) == Sent(digests=2, reminders=4)
    first, second, third = (mail["Message-ID"] for mail in mails.taken)
    assert first == second != third
    assert mails.bodies[0] == mails.bodies[1]
    assert reminders.send(desk, config, TEN) == Sent()


# Nothing lost


def test_a_mail_server_that_is_down_loses_nothing_and_is_asked_less_and_less_often(desk, settings, mails, caplog):
    port = free_port()
    config = mailing(settings, port)
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    with caplog.at_level(logging.WARNING):
        assert run(desk, config)[1] == Sent(waiting=1)
    assert run(desk, config, minutes=10)[1] == Sent()
    assert run(desk, config, minutes=20)[1] == Sent(waiting=1)
    assert run(desk, config, minutes=40)[1] == Sent()
    assert "was not taken (Connection refused)" in caplog.text
    with serving(mails, port):
        assert run(desk, config, hours=2)[1] == Sent(digests=1, reminders=2)
    assert len(mails.taken) == 1
    assert states(desk) == {"sent": 2}


@pytest.mark.parametrize("answer", ["451 Later.", "554 No."])
def test_a_server_that_refuses_is_asked_again_and_one_that_takes_gets_it(desk, config, mails, answer):
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    mails.answer = lambda: answer
    assert run(desk, config)[1] == Sent(waiting=1)
    [failure] = reminders.failures(desk)
    assert (failure.reminders, failure.tries, failure.given_up) == (2, 1, False)
    assert failure.error == f"the mail server answered {answer[:3]}"
    mails.answer = lambda: "250 OK"
    assert run(desk, config, minutes=15)[1].digests == 1
    assert reminders.failures(desk) == []


def test_one_person_whose_mail_is_refused_keeps_nobody_from_theirs(desk, config, mails):
    for name in ("One", "Two"):
        choose(desk, config, person(desk, name, "lead:quays"))
    answers = iter(["554 No.", "250 OK"])
    mails.answer = lambda: next(answers)
    assert run(desk, config)[1] == Sent(digests=1, reminders=2, waiting=1)


@pytest.mark.parametrize("address", ["a:b@example.org", "nobody", "a@b\r\nBcc: all@example.org", "<>", "@", "a b@c"])
def test_an_address_that_is_none_keeps_nobody_else_from_theirs(desk, config, mails, address):
    odd = person(desk, "Odd", "lead:quays")
    choose(desk, config, odd)
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    with desk.engine.begin() as connection:
        connection.execute(text("update person set email = :email where id = :id"), {"email": address, "id": odd})
    assert run(desk, config)[1] == Sent(digests=1, reminders=2, waiting=1)
    assert [mail["To"] for mail in mails.taken] == ["lead@example.org"]


def test_what_waits_no_more_when_the_server_is_back_is_not_sent(desk, settings, mails):
    port = free_port()
    config = mailing(settings, port)
    choose(desk, config, person(desk, "Secretary", "secretariat"))
    one, two = (actions.give(desk, each, owner="", due=TODAY) for each in ("One.", "Two."))
    run(desk, config)
    actions.settle(desk, one, "done", "Seen to.")
    with serving(mails, port):
        assert run(desk, config, hours=1) == (Planned(0, 1), Sent(digests=1, reminders=1))
    assert two in mails.bodies[0]
    assert one not in mails.bodies[0]


def test_what_was_taken_back_and_waits_again_is_planned_again(desk, config):
    person(desk, "Secretary", "secretariat")
    code = actions.give(desk, "One.", owner="", due=TODAY)
    reminders.plan(desk, config, TEN)
    actions.settle(desk, code, "done", "Seen to.")
    assert reminders.plan(desk, config, TEN) == Planned(0, 1)
    actions.settle(desk, code, "open", "Not so.")
    assert reminders.plan(desk, config, TEN) == Planned(1, 0)
    assert states(desk) == {"waiting": 1}


def test_after_a_week_of_tries_a_digest_is_given_up_and_told_to_the_operator(desk, settings, caplog):
    config = mailing(settings, free_port())
    choose(desk, config, person(desk, "Secretary", "secretariat"))
    actions.give(desk, "One.", owner="", due=TODAY + timedelta(days=3))
    reminders.plan(desk, config, TEN)
    assert reminders.send(desk, config, TEN) == Sent(waiting=1)
    with caplog.at_level(logging.ERROR):
        sent = reminders.send(desk, config, TEN + timedelta(days=7))
    assert sent == Sent(given_up=1)
    assert "given up" in caplog.text
    [failure] = reminders.failures(desk)
    assert (failure.given_up, failure.tries) == (True, 2)
    with pytest.raises(RoadmapError, match="given up after a week of tries: 1"):
        reminders.insist(sent)
    assert reminders.send(desk, config, TEN + timedelta(days=8)) == Sent()


def test_a_good_bye_that_goes_wrong_takes_nothing_back(desk, config, mails, monkeypatch):
    """The server has taken the mail; how it takes leave says nothing about that."""

    async def rude(_self, _arg):
        await _self.push("500 Go away")

    monkeypatch.setattr("aiosmtpd.smtp.SMTP.smtp_QUIT", rude)
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    assert run(desk, config)[1] == Sent(digests=1, reminders=2)


def test_no_password_is_told_or_sent_over_an_open_line(desk, config, mails, caplog):
    secret = "open sesame"  # noqa: S105 - of this test's own server
    config = mailing(config, config.smtp_port, smtp_user="tracker", smtp_password=secret)
    choose(desk, config, person(desk, "Lead", "lead:quays"))
    with caplog.at_level(logging.DEBUG):
        assert run(desk, config)[1] == Sent(waiting=1)
    assert "a password is not sent unencrypted" in caplog.text
    assert secret not in caplog.text
    assert mails.taken == []


# A person's own places


class Hook(BaseHTTPRequestHandler):
    taken: list[dict[str, str]]
    status = 200

    def do_POST(self):
        self.server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook() -> Iterator[HTTPServer]:
    """A service that people are reminded by, as Apprise's scheme `json` speaks to it."""
    made = HTTPServer(("127.0.0.1", 0), Hook)
    made.taken, made.status = [], 200
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def test_a_service_that_the_operator_opened_gets_the_digest_beside_mail_and_each_keeps_its_own_account(
    desk, config, mails, hook
):
    address = f"json://127.0.0.1:{hook.server_port}"
    config = mailing(config, config.smtp_port, notify_schemes=address)
    choose(desk, config, person(desk, "Lead", "lead:quays"), added=address)
    hook.status = 500
    assert run(desk, config)[1] == Sent(digests=1, reminders=2, waiting=1)
    hook.status = 200
    assert run(desk, config, minutes=15)[1] == Sent(digests=1, reminders=2)
    assert (len(mails.taken), len(hook.taken)) == (1, 2)
    assert "Q-1" in hook.taken[-1]["message"]


@pytest.mark.parametrize(
    "address",
    [
        "json://127.0.0.1:{other}",
        "json://localhost:{port}",
        "jsons://127.0.0.1:{port}",
        "json://127.0.0.1:{port}@example.org",
        "json://127.0.0.1:{port}/?method=GET",
        "json://127.0.0.1:{port}\\@example.org",
        "mailto://user:pass@example.org",
        "mailtos://example.org",
        "file:///etc/passwd",
        "example.org",
        "json://",
    ],
)
def test_a_service_that_the_operator_did_not_open_is_not_talked_to(desk, config, hook, address):
    config = mailing(config, config.smtp_port, notify_schemes=f"json://127.0.0.1:{hook.server_port} mailto mailtos")
    number = person(desk, "Lead", "lead:quays")
    with pytest.raises(PlaceRefusedError):
        choose(desk, config, number, added=address.format(port=hook.server_port, other=hook.server_port + 1))
    run(desk, config)
    assert hook.taken == []


def test_a_service_that_was_closed_meanwhile_gets_nothing_any_more(desk, config, hook):
    address = f"json://127.0.0.1:{hook.server_port}"
    number = person(desk, "Lead", "lead:quays")
    choose(desk, mailing(config, config.smtp_port, notify_schemes="json"), number, added=address)
    assert run(desk, config)[1].waiting == 1
    assert hook.taken == []


def test_secrets_of_an_address_are_masked_where_it_is_shown(desk, config):
    config = mailing(config, config.smtp_port, notify_schemes="json")
    number = person(desk, "Lead", "lead:quays")
    choose(desk, config, number, added="json://me:hunter2@127.0.0.1:9/x")
    shown = digests.mine(acting(desk, f"person:{number}"), config).shown
    assert "hunter2" not in str(shown)
    choose_none = digests.choose(acting(desk, f"person:{number}"), config, "daily", "en", kept=[])
    assert choose_none is None
    assert digests.mine(acting(desk, f"person:{number}"), config).shown == ()


def test_a_test_message_says_at_each_place_whether_it_arrived(desk, config, mails, hook):
    config = mailing(config, config.smtp_port, notify_schemes="json")
    number = person(desk, "Lead", "lead:quays")
    choose(desk, config, number, added=f"json://127.0.0.1:{hook.server_port}")
    hook.status = 500
    mail, service = digests.test(acting(desk, f"person:{number}"), config, TEN)
    assert (mail.place, mail.error) == ("lead@example.org", None)
    assert service.error == "json did not take it"
    assert mails.taken[0]["Subject"] == "Harbour renewal: a test message"


def test_a_demonstration_role_has_no_digest_and_a_person_only_their_own(desk, config):
    with pytest.raises(digests.NobodyError):
        digests.mine(desk, config)
    with pytest.raises(digests.NobodyError):
        digests.mine(acting(desk, "person:99"), config)


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


# The command


@pytest.fixture
def command(config, monkeypatch):
    """Runs `roadmap remind` with the settings given."""

    def run_it(settings: Settings = config, *options: str):
        monkeypatch.setattr(configuration, "read", lambda: settings)
        return CliRunner().invoke(app, ["remind", *options])

    return run_it


def test_the_command_says_what_it_planned_and_sent(desk, mails, command):
    person(desk, "Secretary", "secretariat")
    actions.give(desk, "First.", owner="", due=TODAY)
    told = command()
    assert told.exit_code == 0
    assert told.stdout.startswith("Planned: 1 new reminders, 0 that are no longer due.\nSent: ")
    assert command().stdout.startswith("Planned: 0 new reminders")


def test_the_command_tells_scripts_as_json(desk, command, config):
    told = json.loads(command(config, "--json").stdout)
    assert told == {"added": 0, "dropped": 0, "digests": 0, "reminders": 0, "waiting": 0, "given_up": 0}


def test_the_command_says_what_is_missing_where_nothing_can_be_sent(desk, settings, command):
    told = command(settings)
    assert told.exit_code == 1
    assert "set ROADMAP_SMTP_HOST" in told.stderr
