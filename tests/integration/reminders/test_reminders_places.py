"""A person's own places, and what they choose for themselves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from roadmap.services import digests
from roadmap.services.carrying import PlaceRefusedError
from roadmap.services.reminders import Sent
from tests.factories import acting
from tests.mail import mailing
from tests.reminding import TEN, choose, person, run


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
    assert str(service.error) == "json did not take it"
    assert mails.taken[0]["Subject"] == "Harbour renewal: a test message"


def test_a_demonstration_role_has_no_digest_and_a_person_only_their_own(desk, config):
    with pytest.raises(digests.NobodyError):
        digests.mine(desk, config)
    with pytest.raises(digests.NobodyError):
        digests.mine(acting(desk, "person:99"), config)
