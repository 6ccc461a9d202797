"""A programme in which reports are overdue, and a mail server that takes what it is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from tests.factories import TODAY, established
from tests.mail import MailServer, mailing, serving


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
