"""How a person wants to be reminded, chosen by that person; and a test message that shows whether it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from roadmap.analysis.reminding import Frequency
from roadmap.domain.text import Language, Text
from roadmap.errors import RoadmapError
from roadmap.services import carrying, letters
from roadmap.services.carrying import MAIL, PlaceRefusedError, UndeliveredError
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.people import ACTOR
from roadmap.services.permissions import Action
from roadmap.services.reminders import around, choice_of
from roadmap.settings import Settings
from roadmap.store import outbox, people
from roadmap.store.outbox import Choice
from roadmap.store.people import Person

__all__ = ["FREQUENCIES", "Choice", "Mine", "NobodyError", "PlaceRefusedError", "Tested", "choose", "mine", "test"]

MOST_PLACES: Final = 5
#: What can be chosen, in the order in which it is offered.
FREQUENCIES: Final[tuple[Frequency, ...]] = ("daily", "weekly", "none")


class NobodyError(RoadmapError):
    """Whoever is at the desk is no person that could be reminded; `text` says so in both languages."""

    def __init__(self) -> None:
        self.text: Final = Text(
            fa="یادآوری‌ها برای کسی است که وارد شده باشد؛ نقش نمایشی نشانی ندارد.",
            en="Reminders are for people who have signed in; a demonstration role has no address.",
        )
        super().__init__(self.text.en, fa=self.text.fa)


@dataclass(frozen=True)
class Mine:
    """What is known of the person at the desk for reminding them.

    `mail` is their address if mail can be sent, `choice` what they chose, `shown` their other places with secrets
    masked, `services` those that the operator has opened.
    """

    mail: str | None
    choice: Choice
    shown: tuple[str, ...]
    services: tuple[str, ...]


@dataclass(frozen=True)
class Tested:
    """What became of a test message at one place, as it may be shown; `error` says why it was not taken."""

    place: str
    error: RoadmapError | None = None


@allowed(Action.CHOOSE_DIGEST)
def mine(desk: Desk, settings: Settings) -> Mine:
    """How the person at the desk is reminded.

    Raises:
        NobodyError: nobody is signed in.
    """
    person, choice = _me(desk)
    services = carrying.opened(settings)
    shown = tuple(_shown(url, services) for url in choice.places)
    return Mine(person.email if settings.smtp_host else None, choice, shown, services)


@allowed(Action.CHOOSE_DIGEST)
def choose(
    desk: Desk,
    settings: Settings,
    frequency: Frequency,
    language: Language,
    *,
    kept: Sequence[int],
    added: str = "",
) -> None:
    """Keeps how the person at the desk wants to be reminded, in place of what they chose before.

    Args:
        desk: the database, and the person.
        settings: say which services are open.
        frequency: daily, weekly, or none.
        language: the language of the digest.
        kept: which of their other places stay, by their position in `Mine.shown`.
        added: the address of one more place, as Apprise writes it; empty: none.

    Raises:
        NobodyError: nobody is signed in.
        PlaceRefusedError: the new address is of a service that is not open, is no whole address, or is one too many.
    """
    person, before = _me(desk)
    places = [url for at, url in enumerate(before.places) if at in kept]
    if added.strip():
        carrying.check(added.strip(), carrying.opened(settings))
        places = list(dict.fromkeys([*places, added.strip()]))
    if len(places) > MOST_PLACES:
        raise PlaceRefusedError("too_many")
    with desk.engine.begin() as connection:
        outbox.choose(connection, person.id, Choice(frequency, language, tuple(places)))


@allowed(Action.CHOOSE_DIGEST)
def test(desk: Desk, settings: Settings, now: datetime) -> list[Tested]:
    """Sends a test message to every place of the person at the desk.

    Raises:
        NobodyError: nobody is signed in.
    """
    person, choice = _me(desk)
    letter = letters.test(choice.language, around(desk, settings))
    services = carrying.opened(settings)
    places = [(MAIL, None)] if person.email and settings.smtp_host else []
    tested = []
    for place, url in [*places, *((carrying.key(each), each) for each in choice.places)]:
        shown = _shown(url, services) if url else person.email or MAIL
        name = f"test.{person.id}.{now:%Y%m%dT%H%M%S%f}"
        try:
            carrying.carry(place, letter, settings, mail=person.email, url=url, name=name, now=now)
        except (UndeliveredError, PlaceRefusedError) as error:
            tested.append(Tested(shown, error))
        else:
            tested.append(Tested(shown))
    return tested


def _me(desk: Desk) -> tuple[Person, Choice]:
    kind, _, number = desk.who.actor.rpartition(ACTOR)
    if kind or not number.isdecimal():
        raise NobodyError
    with desk.engine.connect() as connection:
        person = people.one(connection, int(number))
        if person is None:
            raise NobodyError
        return person, choice_of(person, outbox.choices(connection))


def _shown(url: str, services: Sequence[str]) -> str:
    """An address whose service was closed meanwhile shows its scheme only."""
    try:
        return carrying.check(url, services)
    except PlaceRefusedError:
        return f"{url.partition('://')[0]}://…"
