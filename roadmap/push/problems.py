"""Why a request, or one event of a batch, is not taken: problem details (RFC 9457) in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from roadmap.intake.rejects import shown

MEDIA_TYPE: Final = "application/problem+json"

_SENTENCES: Final[dict[str, tuple[HTTPStatus, str, str]]] = {
    "held": (
        HTTPStatus.ACCEPTED,
        "رویداد نگه داشته شد و دبیرخانه دربارهٔ ثبت آن تصمیم می‌گیرد؛ دلیل در «rejects» آمده است. آن را دوباره نفرستید.",
        "The event is held back and the secretariat decides on it; “rejects” says why. Do not send it again.",
    ),
    "not_json": (
        HTTPStatus.BAD_REQUEST,
        "بدنهٔ درخواست JSON درستی نیست ({reason})؛ آن را دوباره بسازید و بفرستید.",
        "The body is not valid JSON ({reason}); make it again and send it.",
    ),
    "not_an_event": (
        HTTPStatus.BAD_REQUEST,
        "این یک CloudEvent نسخهٔ 1.0 نیست ({reason})؛ ساختار آن را درست کنید و دوباره بفرستید.",
        "This is not a CloudEvent 1.0 ({reason}); correct its structure and send it again.",
    ),
    "attribute_value": (
        HTTPStatus.BAD_REQUEST,
        "ویژگی «{name}» باید {wanted} باشد؛ آن را درست کنید و رویداد را دوباره بفرستید.",
        "The attribute {name} has to be {wanted}; correct it and send the event again.",
    ),
    "attribute_text": (
        HTTPStatus.BAD_REQUEST,
        "ویژگی «{name}» باید متنی با ۱ تا {limit} نویسه باشد؛ آن را درست کنید و رویداد را دوباره بفرستید.",
        "The attribute {name} has to be a text of 1 to {limit} characters; correct it and send the event again.",
    ),
    "unauthorized": (
        HTTPStatus.UNAUTHORIZED,
        "توکن ارسال نیامده یا درست نیست؛ توکن کمیسیون خود را در سرآیند «Authorization: Bearer …» بفرستید.",
        "The token is missing or wrong; send your commission's token in the header “Authorization: Bearer …”.",
    ),
    "no_such_page": (
        HTTPStatus.NOT_FOUND,
        "این نشانی وجود ندارد؛ رویدادها را به ‎/events‎ بفرستید.",
        "There is nothing at this address; send events to /events.",
    ),
    "other_method": (
        HTTPStatus.METHOD_NOT_ALLOWED,
        "این نشانی چنین درخواستی را نمی‌پذیرد؛ رویدادها را با POST به ‎/events‎ بفرستید.",
        "This address does not take such a request; send events to /events by POST.",
    ),
    "too_slow": (
        HTTPStatus.REQUEST_TIMEOUT,
        "درخواست در {limit} ثانیه به پایان نرسید و چیزی از آن ثبت نشد؛ دوباره بفرستید.",
        "The request was not complete after {limit} seconds and nothing of it was taken; send it again.",
    ),
    "too_large": (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "درخواست بزرگ‌تر از {limit} مگابایت است؛ آن را به چند درخواست بخش کنید.",
        "The request is larger than {limit} MB; split it into several requests.",
    ),
    "too_many_events": (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "دسته بیش از {limit} رویداد دارد؛ آن را به چند درخواست بخش کنید.",
        "The batch has more than {limit} events; split it into several requests.",
    ),
    "other_media_type": (
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "نوع محتوا پذیرفته نیست؛ یکی از این‌ها را بی‌فشرده‌سازی بفرستید: {wanted}.",
        "The content type is not taken; send one of these, not compressed: {wanted}.",
    ),
    "failed": (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "خطایی در سامانه رخ داد؛ همین رویداد را با همین شناسه دوباره بفرستید، دوبار ثبت نمی‌شود.",
        "Something went wrong in the tracker; send the same event with the same id again, it is not taken twice.",
    ),
    "busy": (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "درخواست‌های دیگری در نوبت است؛ کمی بعد همین را دوباره بفرستید.",
        "Other requests are waiting; send the same again in a while.",
    ),
    "unavailable": (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "پایگاه داده اکنون پاسخ نمی‌دهد؛ همین را با همین شناسه‌ها دوباره بفرستید، چیزی دوبار ثبت نمی‌شود.",
        "The database does not answer now; send the same with the same ids again, nothing is taken twice.",
    ),
}  # fmt: skip


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """A request or an event that is not taken; KeyError for a code that is not known.

    `headers` go with the answer, `details` into its sentences.
    """

    def __init__(self, code: str, headers: Mapping[str, str] | None = None, **details: object) -> None:
        super().__init__(code)
        self.status, fa, en = _SENTENCES[code]
        safe = {name: shown(str(value)) for name, value in details.items()}
        self.code, self.headers = code, dict(headers or {})
        self.fa, self.en = fa.format(**safe), en.format(**safe)

    def told(self) -> dict[str, Any]:
        """The members of the problem details; the Persian sentence is an extension."""
        return {
            "type": f"urn:roadmap-tracker:problem:{self.code}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.en,
            "detail_fa": self.fa,
        }
