"""How a commission's files read: what holds now and since when, what a person changes, and saving it.

A mapping is saved on the version that the person was shown. Exactly one mapping follows a version, so of two people
who save at once the second is told, and sees what the first one saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pydantic import ValidationError

from roadmap.domain.events import FeedMapped
from roadmap.errors import ConflictError, ProgrammeError
from roadmap.feed import AnyFeed, Feed
from roadmap.intake import mapped, reopened
from roadmap.programme import CommissionEntry
from roadmap.services import about, originals
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.settings import Settings
from roadmap.store import decisions, log, views
from roadmap.store.decisions import Made
from roadmap.store.log import Receipt

#: Options that are set in the programme file only; a mapping carries them on as they are.
CARRIED: Final = ("across", "joined", "fill_down", "constants", "defaults", "hyphenate")
_RECEIPTS: Final = 200


@dataclass(frozen=True)
class Version:
    """A mapping that somebody saved: its number in the log, who and when. Number 0 is the programme file's."""

    number: int
    feed: AnyFeed
    actor: str = ""
    recorded: datetime | None = None


@dataclass(frozen=True)
class Present:
    """The mappings of a commission, oldest first, the programme file's before all others; the last one counts.

    `entry` is the commission with the feed of the newest one that fits, `number` the version that a change is made on.
    `trouble` says why nothing is read now: the newest mapping no longer fits the feed and is not among `versions`.
    """

    entry: CommissionEntry
    versions: tuple[Version, ...]
    number: int
    trouble: ProgrammeError | None = None

    @property
    def newest(self) -> Version:
        """The last one that fits the feed."""
        return self.versions[-1]


@dataclass(frozen=True)
class Change:
    """What differs between two mappings: `kind` is column, word, option or format, `name` which one ("": the only)."""

    kind: str
    name: str
    before: str
    after: str


@allowed(Action.READ_MAPPING, "code")
def present(desk: Desk, code: str) -> Present:
    """The mappings of the commission `code`; ProgrammeError where there is none."""
    entry = desk.programme.commission(code)
    with desk.engine.connect() as connection:
        saved = mapped.versions(connection, code)
    versions: list[Version] = [Version(0, entry.feed)]
    trouble: ProgrammeError | None = None
    for made in saved:
        try:
            versions.append(Version(made.seq, mapped.overridden(entry, made), made.actor, made.recorded))
            trouble = None
        except ProgrammeError as error:
            trouble = error
    newest = entry.model_copy(update={"feed": versions[-1].feed})
    return Present(newest, tuple(versions), saved[-1].seq if saved else 0, trouble)


def fitted(entry: CommissionEntry, feed: Feed, parts: Mapping[str, Any], day: date) -> FeedMapped:
    """The decision that files of `entry` read as `feed` does, with `parts` of its options said anew.

    Raises:
        ProgrammeError: the feed's kind has no such mapping, or an option cannot be followed.
    """
    options = feed.options.model_dump(mode="json") | dict(parts)
    wanted = FeedMapped(
        effective=day,
        commission=entry.code,
        format=feed.format,
        mapping=feed.mapping,
        values=feed.values,
        options=options,
    )
    try:
        made = mapped.with_mapping(entry.feed, wanted)
    except ValidationError as error:
        wrong = mapped.sentence(error)
        raise ProgrammeError(
            f"So the files of {entry.code} cannot be read: {wrong.en}. Correct it and try again.",
            fa=f"پرونده‌های {entry.code} را این‌گونه نمی‌توان خواند: {wrong.fa}. آن را درست کنید و دوباره تلاش کنید.",
        ) from None
    told = made.options.model_dump(mode="json", exclude_defaults=True)
    return wanted.model_copy(update={"options": told})


def applied(entry: CommissionEntry, wanted: FeedMapped) -> AnyFeed:
    """The feed of `entry` with the mapping `wanted`, which `fitted` made."""
    return mapped.with_mapping(entry.feed, wanted)


@allowed(Action.MAP_FEED, about.wanted)
def save(desk: Desk, wanted: FeedMapped, base: int) -> Version:
    """Records `wanted`, made while the version `base` held (0: the programme file's), as the mapping that counts.

    Raises:
        ConflictError: somebody else saved a mapping meanwhile; nothing was recorded.
        ProgrammeError: there is no such commission, or its feed has no such mapping.
    """
    entry = desk.programme.commission(wanted.commission)
    feed = applied(entry, wanted)
    same = [entry.code, base]
    _is_newest(desk, entry.code, base, wanted)
    decisions.record(desk.engine, wanted, same=same, actor=desk.who.actor)
    with desk.engine.connect() as connection:
        made = decisions.find(connection, mapped.KIND, same)
    if made is None or made.decision != wanted:
        raise _conflict(entry.code, made)
    return Version(made.seq, feed, made.actor, made.recorded)


def _is_newest(desk: Desk, code: str, base: int, wanted: FeedMapped) -> None:
    """Refuses a base that is not the newest version, unless `wanted` was saved on it already."""
    with desk.engine.connect() as connection:
        saved = mapped.versions(connection, code)
        made = decisions.find(connection, mapped.KIND, [code, base])
    if base != (saved[-1].seq if saved else 0) and (made is None or made.decision != wanted):
        raise _conflict(code, saved[-1] if saved else None)


def _conflict(code: str, made: Made | None) -> ConflictError:
    who = f"{made.actor} saved version {made.seq}" if made else "another version was saved"
    return ConflictError(
        f"The mapping of {code} was changed meanwhile: {who}. Look at it and save yours again.",
        fa=f"نگاشت {code} در این میان تغییر کرده است؛ نگاشت تازه را ببینید و نگاشت خود را دوباره ثبت کنید.",
    )


def changes(before: Feed, after: Feed) -> list[Change]:
    """What differs between two mappings: the format, columns, words, options."""
    return [
        *_differing("format", {"": before.format}, {"": after.format}),
        *_differing("column", before.mapping, after.mapping),
        *_differing("word", dict(_words(before)), dict(_words(after))),
        *_differing("option", _options(before), _options(after)),
    ]


def _differing(kind: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        if before.get(name, "") != after.get(name, ""):
            yield Change(kind, name, before.get(name, ""), after.get(name, ""))


def _words(feed: Feed) -> Iterator[tuple[str, str]]:
    for field, words in feed.values.items():
        for word, meant in words.items():
            yield f"{field}: {word}", meant


def _options(feed: Feed) -> dict[str, str]:
    """What a feed's options say, as a person reads it."""
    told = feed.options.model_dump(mode="json", exclude_none=True)
    return {
        name: " · ".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in told.items()
    }


@allowed(Action.READ_MAPPING, "code")
def refused(desk: Desk, settings: Settings, code: str) -> list[Receipt]:
    """The refused deliveries of a commission that can be checked again, newest first: not yet, and still kept."""
    with desk.engine.connect() as connection:
        received = views.receipts(connection, views.head(connection).seq, commission=code, limit=_RECEIPTS)
        waiting = [
            receipt
            for receipt in received
            if receipt.refused and log.find_receipt(connection, code, reopened.digest(receipt)) is None
        ]
    return [receipt for receipt in waiting if originals.kept(settings, receipt)]
