"""A real mail server on loopback for tests, that takes, refuses or drops what it is sent."""

from __future__ import annotations

import email
import email.policy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from roadmap.settings import Settings
from tests.ports import free_port


class MailServer:
    """What it has taken, and how it answers: `answer` is called before a mail counts as taken."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answer: Callable[[], str] = lambda: "250 OK"
        self.arrived = threading.Event()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answer()
        if answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.taken.append(email.message_from_bytes(content, policy=email.policy.default))
            self.arrived.set()
        return answer

    @property
    def bodies(self) -> list[str]:
        """The texts of what was taken, without marks of direction."""
        texts = [str(mail.get_content()) for mail in self.taken]
        return ["".join(letter for letter in text if letter not in "\u2068\u2069\u200e\u200f") for text in texts]


@contextmanager
def serving(server: MailServer, port: int = 0) -> Iterator[int]:
    """Serves on `port` (0: a free one) as long as the block lasts; the port."""
    chosen = port or free_port()
    controller = Controller(server, hostname="127.0.0.1", port=chosen)
    controller.start()
    try:
        yield chosen
    finally:
        controller.stop()


def mailing(settings: Settings, port: int, **more: object) -> Settings:
    """`settings` with the mail server on `port`."""
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    server = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none", "smtp_from": "roadmap@example.org"}
    return Settings(_env_file=None, **(values | server | {"board_url": "https://board.example"} | more))
