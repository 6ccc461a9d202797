from collections.abc import Iterator

import pytest

from dashboard import data
from roadmap import settings as configuration
from roadmap.domain.people import Grant
from roadmap.services import digests, people
from roadmap.settings import Settings
from tests.factories import acting
from tests.mail import MailServer, mailing, serving


@pytest.fixture
def mails() -> MailServer:
    return MailServer()


@pytest.fixture
def config(settings: Settings, mails: MailServer, monkeypatch) -> Iterator[Settings]:
    with serving(mails) as port:
        made = mailing(settings, port, notify_schemes="json")
        monkeypatch.setattr(configuration, "read", lambda **_: made)
        yield made


@pytest.fixture
def sara(board, desk, monkeypatch):
    """Sara, a lead, is signed in whichever page is opened."""
    number = people.add(desk, name="Sara", email="sara@example.org").id
    people.assign(desk, number, [Grant.read("lead:quays")], "Appointed.")
    signed_in = acting(desk, f"person:{number}", Grant.read("lead:quays"))

    def opened(language="en"):
        def read(_role):
            monkeypatch.setattr(data, "desk", lambda: signed_in)

        read(None)
        return _open(board, read, language)

    opened.desk = signed_in
    return opened


def _open(board, read, language):
    page = board("me", language)
    read(None)
    page.app.run()
    return page


def press(page, label):
    next(button for button in page.app.button if button.label == label).click().run()
    return page


def test_a_person_sees_who_they_are_and_where_reminders_go(sara, config):
    text = sara().text
    assert "Roles" in text
    assert "Quays" in text
    assert "Reminders go to sara@example.org" in text


def test_frequency_and_language_are_chosen_and_stay(sara, config):
    page = sara()
    frequency, language = page.app.radio
    assert (frequency.value, language.value) == ("daily", "fa")
    frequency.set_value("weekly")
    language.set_value("en")
    press(page, "Keep this")
    assert "It is kept." in page.text
    choice = digests.mine(sara.desk, config).choice
    assert (choice.frequency, choice.language) == ("weekly", "en")


def test_an_address_of_their_own_is_added_masked_and_taken_away(sara, config):
    page = sara()
    page.app.text_input[0].set_value("json://me:hunter2@127.0.0.1:9/x")
    press(page, "Keep this")
    assert "json://me:****@127.0.0.1:9" in page.text
    assert "hunter2" not in page.text
    page.app.multiselect[0].set_value([])
    press(page, "Keep this")
    assert digests.mine(sara.desk, config).shown == ()


def test_an_address_of_a_service_that_is_not_open_is_refused_in_words(sara, config):
    page = sara("fa")
    page.app.text_input[0].set_value("ntfy://example.org/topic")
    press(page, "ثبت")
    assert "راهبر سامانه این سرویس را نگشوده است" in page.text
    assert digests.mine(sara.desk, config).shown == ()


def test_a_test_message_arrives_and_the_page_says_so(sara, config, mails):
    page = press(sara(), "Send a test message")
    assert "sara@example.org: the message was taken." in page.text
    assert mails.taken[0]["To"] == "sara@example.org"


def test_a_test_message_that_is_refused_says_why(sara, config, mails):
    mails.answer = lambda: "554 No."
    page = press(sara(), "Send a test message")
    assert "the message was not taken (the mail server answered 554)" in page.text


def test_without_a_mail_server_the_page_says_that_reminders_go_nowhere(sara, installed):
    page = sara()
    assert "reminders go nowhere" in page.text
    assert [button.label for button in page.app.button] == ["Keep this"]


def test_whoever_has_not_signed_in_is_told_that_there_is_no_address(board, installed):
    page = board("me", role="executive")
    assert "Reminders are for people who have signed in" in page.text
    assert len(page.app.button) == 0
