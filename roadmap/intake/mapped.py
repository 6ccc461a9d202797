"""A commission's feed as it is read now: a mapping that a person saved stands before the programme file's.

Only how files read is a mapping's: kind, address and schedule of the feed stay the programme file's.
"""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError
from sqlalchemy import Connection

from roadmap.domain.events import FeedMapped
from roadmap.domain.text import Text
from roadmap.errors import ProgrammeError
from roadmap.feed import AnyFeed
from roadmap.programme import CommissionEntry, Programme
from roadmap.store import decisions, views
from roadmap.store.decisions import Made

KIND: Final = "feed_mapped"
#: What can be wrong with the options that a person sets on the board (see `feed_options`).
_WRONG: Final = {
    "two_marks": "«{mark}» نمی‌تواند هم نشانهٔ اعشار باشد و هم جداکنندهٔ هزارگان",
    "day_form": "«{form}» الگوی درستی برای تاریخ نیست",
}


def commission(connection: Connection, programme: Programme, code: str) -> CommissionEntry:
    """The commission `code` of `programme`, its feed with the mapping that counts.

    Raises:
        ProgrammeError: there is no such commission, or the mapping that was saved for it fits its feed no longer.
    """
    entry = programme.commission(code)
    saved = versions(connection, code)
    return entry.model_copy(update={"feed": overridden(entry, saved[-1])}) if saved else entry


def readable_feed(connection: Connection, programme: Programme, code: str) -> AnyFeed:
    """How files of the commission `code` read now; where its saved mapping fits no longer, as the programme file says.

    For who only wants to understand what came: intake itself refuses to read on such a mapping.
    """
    try:
        return commission(connection, programme, code).feed
    except ProgrammeError:
        return programme.commission(code).feed


def versions(connection: Connection, code: str) -> list[Made]:
    """The mappings that were saved for the commission `code`, oldest first; the last one counts."""
    return decisions.made(connection, KIND, views.head(connection).seq, code)


def overridden(entry: CommissionEntry, saved: Made) -> AnyFeed:
    """The feed of `entry` with the mapping that was `saved`; ProgrammeError where that does not fit it."""
    try:
        return with_mapping(entry.feed, told(saved))
    except ValidationError as error:
        wrong = sentence(error)
        raise ProgrammeError(
            f"The mapping that was saved for commission {entry.code} (version {saved.seq}, by {saved.actor}) no longer "
            f"fits its feed: {wrong.en}. Save a new one on the board's page Mapping, or go back to an earlier one "
            "there; until then nothing of this commission is taken.",
            fa=f"نگاشتی که برای کمیسیون {entry.code} ثبت شده بود دیگر با خوراک آن نمی‌خواند: {wrong.fa}. در صفحهٔ نگاشت،"
            " نگاشت تازه‌ای ثبت کنید یا به یکی از نگاشت‌های پیشین بازگردید؛ تا آن زمان از این کمیسیون چیزی گرفته نمی‌شود.",
        ) from None


def with_mapping(feed: AnyFeed, mapped: FeedMapped) -> AnyFeed:
    """`feed` with the mapping that `mapped` says; ValidationError where its kind has no such mapping."""
    parts = {"format", "mapping", "values", "options"}
    return type(feed).model_validate(feed.model_dump(exclude=parts) | mapped.model_dump(include=parts))


def told(saved: Made) -> FeedMapped:
    """What was `saved`."""
    if not isinstance(saved.decision, FeedMapped):
        message = f"not a mapping: {saved.decision.type}"
        raise TypeError(message)
    return saved.decision


def sentence(error: ValidationError) -> Text:
    """The first thing that is wrong, and where."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    fa = _WRONG.get(first["type"], "مقدار «{place}» پذیرفتنی نیست")
    return Text(fa=fa.format(place=place, **first.get("ctx", {})), en=f"{place}: {first['msg']}")
