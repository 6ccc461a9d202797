"""Reminders against a real mail server on loopback: nothing lost, whatever falls over."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from roadmap.errors import RoadmapError
from roadmap.services import actions, reminders
from roadmap.services.reminders import Planned, Sent
from tests.factories import TODAY
from tests.mail import mailing, serving
from tests.ports import free_port
from tests.reminding import TEN, choose, person, run, states

SENDER = Path(__file__).parents[1] / "send_and_die.py"


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
