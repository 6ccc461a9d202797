"""Carries a letter to where a person wants it: their mail, by the mail server of the settings, or a service by Apprise.

Which services there are is the operator's choice (ROADMAP_NOTIFY_SCHEMES): an address makes this server talk to a host.
"""

from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Collection
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Final

from roadmap.domain.text import Text
from roadmap.errors import RoadmapError
from roadmap.services import mailing
from roadmap.services.letters import Letter
from roadmap.settings import Settings

if TYPE_CHECKING:
    from apprise import NotifyBase

#: The place that stands for a person's own mail address.
MAIL: Final = "mail"
_LONGEST: Final = 500
#: Apprise would take any mail server from such an address; mail goes by the server of the settings.
_MAILS: Final = frozenset({"mailto", "mailtos"})


class UndeliveredError(RoadmapError):
    """A letter did not get through; the message says why, without a secret."""


class PlaceRefusedError(RoadmapError):
    """An address that somebody wants to be reminded at cannot be taken; `text` says why in both languages."""

    def __init__(self, code: str) -> None:
        self.text: Final = _REFUSALS[code]
        super().__init__(self.text.en, fa=self.text.fa)


_REFUSALS: Final = {
    "not_allowed": Text(
        fa="راهبر سامانه این سرویس را نگشوده است؛ از سرویس‌های گشوده یکی را برگزینید.",
        en="The operator has not opened this service; take one of those that are open.",
    ),
    "too_many": Text(
        fa="بیش از پنج نشانی نگه داشته نمی‌شود؛ یکی را بردارید.", en="No more than five addresses; take one away."
    ),
    "unreadable": Text(
        fa="این نشانی، نشانی درست یک سرویس نیست؛ آن را با راهنمای همان سرویس مقایسه کنید.",
        en="This is not a whole address of a service; compare it with that service’s instructions.",
    ),
}


def key(url: str) -> str:
    """What stands for `url` where it must not be read: it may hold a secret."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def opened(settings: Settings) -> tuple[str, ...]:
    """The services that the operator opened: a scheme, or a scheme with the one host it may be asked at."""
    return tuple(entry.rstrip("/") for entry in settings.notify_schemes.split())


def check(url: str, services: Collection[str]) -> str:
    """`url` as it may be shown, its secrets masked.

    Raises:
        PlaceRefusedError: its service is not among the `services` that are open, or it is no whole address.
    """
    service: Any = _service(url, services)
    shown: str = service.url(privacy=True)
    return shown


def carry(
    place: str, letter: Letter, settings: Settings, *, mail: str | None, url: str | None, name: str, now: datetime
) -> None:
    """Hands `letter` over at `place`; whoever carries it on has taken it when this returns.

    Raises:
        UndeliveredError: it was not taken.
    """
    try:
        if place == MAIL and mail:
            _post(mailing.enveloped(settings, to=mail, letter=letter, name=name, now=now), settings)
        else:
            _notify(url or "", letter, settings)
    except RoadmapError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever an address or a driver raises, the others get theirs
        reason = _reason(error)
        raise UndeliveredError(reason.en, fa=reason.fa) from None


def _post(mail: EmailMessage, settings: Settings) -> None:
    """What goes wrong after the server has taken it, at the good-bye, takes nothing back."""
    taken = False
    try:
        with mailing.server(settings) as server:
            server.send_message(mail)
            taken = True
    except (OSError, smtplib.SMTPException):
        if not taken:
            raise


def _notify(url: str, letter: Letter, settings: Settings) -> None:
    from apprise import Apprise, NotifyFormat  # noqa: PLC0415 - half a second, and only who sends needs it

    service = _service(url, opened(settings))
    every = Apprise(asset=service.asset)
    every.add(service)
    if not every.notify(body=letter.body, title=letter.subject, body_format=NotifyFormat.TEXT):
        raise UndeliveredError(f"{service.schema or 'the service'} did not take it", fa="سرویس پیام را نپذیرفت")


def _service(url: str, services: Collection[str]) -> NotifyBase:
    """Apprise's own reading of `url`: what is checked is what is talked to."""
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - half a second, and only who sends needs it

    scheme = url.partition("://")[0].lower()
    if not any(entry.partition("://")[0] == scheme for entry in services) or scheme in _MAILS:
        raise PlaceRefusedError("not_allowed")
    if len(url) > _LONGEST or not url.isprintable() or any(letter in url for letter in " ?#\\"):
        raise PlaceRefusedError("unreadable")
    service = Apprise.instantiate(url, asset=AppriseAsset(app_id="Roadmap", secure_logging=True))
    if service is None:
        raise PlaceRefusedError("unreadable")
    port = f":{service.port}" if service.port else ""
    if not {scheme, f"{scheme}://{service.host}{port}"} & set(services):
        raise PlaceRefusedError("not_allowed")
    return service


def _reason(error: Exception) -> Text:
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        return Text(fa=f"سرور ایمیل با کد {code} پاسخ رد داد", en=f"the mail server answered {code}")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = ", ".join(str(code) for code, _ in error.recipients.values())
        return Text(
            fa=f"سرور ایمیل این گیرنده را نپذیرفت ({codes})", en=f"the mail server refused the recipient ({codes})"
        )
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    return Text(fa=f"سرور پاسخ نداد یا خطا داد ({told.splitlines()[0]})", en=told.splitlines()[0])
