"""The mail server of the settings: one way to it, for anchors and for reminders."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final

from roadmap.errors import SettingsError
from roadmap.services.letters import Letter
from roadmap.settings import Settings

_PATIENCE_SECONDS: Final = 30.0


def sender(settings: Settings) -> str:
    """Whom mails come from."""
    return settings.smtp_from or f"roadmap@{settings.smtp_host}"


def enveloped(settings: Settings, *, to: str, letter: Letter, name: str, now: datetime) -> EmailMessage:
    """A mail of plain text; `name`, of letters, digits, points and hyphens, makes its Message-ID.

    The same `name` again is the same Message-ID: a mail server or reader that looks at it recognises the repetition.

    Raises:
        ValueError: `to` is no mail address, or the subject has more than one line.
    """
    mail = EmailMessage()
    mail["From"] = sender(settings)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = letter.subject
    mail["Date"] = now
    mail["Message-ID"] = f"<{name}@{_domain(settings)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.body)
    return mail


def _domain(settings: Settings) -> str:
    return sender(settings).rpartition("@")[2].rstrip("> ") or "roadmap"


@contextmanager
def server(settings: Settings) -> Iterator[smtplib.SMTP]:
    """The mail server, signed in where a user is set; a password never goes over an open line.

    Raises:
        SettingsError: none is set, or a password would go unencrypted.
        OSError, smtplib.SMTPException: it is away, or refuses.
    """
    if settings.smtp_host is None:
        raise SettingsError(
            "no mail server is set (ROADMAP_SMTP_HOST)", fa="سرور ایمیل تنظیم نشده است؛ به راهبر سامانه خبر دهید."
        )
    if settings.smtp_user and settings.smtp_tls == "none":
        raise SettingsError(
            "a password is not sent unencrypted; set ROADMAP_SMTP_TLS, or take ROADMAP_SMTP_USER away",
            fa="گذرواژهٔ سرور ایمیل بدون رمزنگاری فرستاده نمی‌شود؛ به راهبر سامانه خبر دهید.",
        )
    with _connected(settings.smtp_host, settings) as connected:
        if settings.smtp_tls == "starttls":
            connected.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            password = settings.smtp_password
            connected.login(settings.smtp_user, password.get_secret_value() if password else "")
        yield connected


def _connected(host: str, settings: Settings) -> smtplib.SMTP:
    if settings.smtp_tls == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, settings.smtp_port, timeout=_PATIENCE_SECONDS, context=context)
    return smtplib.SMTP(host, settings.smtp_port, timeout=_PATIENCE_SECONDS)
