"""Where in a file the fields of the contract stand, by a feed's mapping; a contract's own name stands for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from roadmap.domain.text import folded
from roadmap.errors import ProgrammeError
from roadmap.feed import Feed
from roadmap.intake.contracts import REQUIRED, TYPES
from roadmap.intake.rejects import shown
from roadmap.intake.unfit import refuse_file


@dataclass(frozen=True)
class Columns:
    """Where in a table each contract field stands, and which columns nobody asked for.

    `sources` has the places of a field's columns, from 0: usually one, several where the feed joins them, none for a
    field that the feed says is constant.
    """

    sources: Mapping[str, tuple[int, ...]]
    unused: tuple[str, ...]
    width: int

    @property
    def places(self) -> dict[str, int]:
        """The first place of each field that has one: where a person looks for it."""
        return {field: places[0] for field, places in self.sources.items() if places}


def find_columns(feed: Feed, header: Sequence[str]) -> Columns:
    """Where the contract's fields stand in `header`.

    Raises:
        FileRefusedError: a required field has no column, or a field has two.
        ProgrammeError: the feed names a field that the contract does not have, or says two things of one.
    """
    _check_fields(feed)
    names = [folded(name) for name in header]
    joined = {field: _places(names, own, header) for field, own in feed.options.joined.items()}
    single = _single(feed, header, names)
    found: dict[str, tuple[int, ...]] = {field: (place,) for place, field in enumerate(single) if field is not None}
    found |= {field: places for field, places in joined.items() if places}
    _check_required(feed, found.keys() | feed.options.constants.keys())
    used = {place for places in found.values() for place in places}
    return Columns(
        sources=found | dict.fromkeys(feed.options.constants, ()),
        unused=tuple(_name(header, place) for place in range(len(header)) if place not in used),
        width=len(header),
    )


def _check_fields(feed: Feed) -> None:
    """Refuses a feed that names fields which are not there, or tells twice where one comes from."""
    options = feed.options
    mapped = set(feed.mapping.values())
    foreign = sorted((mapped | options.joined.keys() | options.constants.keys() | options.defaults.keys()) - set(TYPES))
    if foreign:
        known = ", ".join(TYPES)
        raise ProgrammeError(
            f"The feed maps columns to {', '.join(foreign)}, which the contract does not have; it has: {known}.",
            fa=f"نگاشت، ستون‌هایی را به {', '.join(foreign)} می‌برد که در قرارداد نیست؛ قرارداد این‌ها را دارد: {known}.",
        )
    twice = sorted(mapped & (options.joined.keys() | options.constants.keys()))
    if twice:
        raise ProgrammeError(
            f"The feed maps a column to {', '.join(twice)} and also joins it or says it is constant; keep one.",
            fa=f"نگاشت برای {', '.join(twice)} هم ستونی دارد و هم مقدار ثابت یا چند ستونِ به‌هم‌پیوسته؛ یکی را نگه دارید.",
        )


def _single(feed: Feed, header: Sequence[str], names: Sequence[str]) -> list[str | None]:
    """The field of each column that stands for one by itself.

    Raises:
        FileRefusedError: two columns stand for the same one.
    """
    own = {folded(name): field for name, field in feed.mapping.items()}
    told_else = feed.options.joined.keys() | feed.options.constants.keys()
    fields = [own.get(name) for name in names]
    for place, name in enumerate(names):
        if fields[place] is None and name in TYPES and name not in fields and name not in told_else:
            fields[place] = name
    repeated = next((place for place, field in enumerate(fields) if field and field in fields[:place]), None)
    if repeated is not None:
        raise refuse_file("repeated_column", column=_name(header, repeated))
    return fields


def _places(names: Sequence[str], wanted: Sequence[str], header: Sequence[str]) -> tuple[int, ...]:
    """The places of the columns `wanted`, in that order, as far as they are there; each may be there once."""
    return tuple(place for own in wanted for place in _once(names, folded(own), header))


def _once(names: Sequence[str], own: str, header: Sequence[str]) -> Iterator[int]:
    places = [place for place, name in enumerate(names) if name == own]
    if len(places) > 1:
        raise refuse_file("repeated_column", column=_name(header, places[1]))
    yield from places


def _check_required(feed: Feed, found: set[str]) -> None:
    missing = [field for field in REQUIRED if field not in found]
    if missing:
        own = {field: name for name, field in reversed(feed.mapping.items())}
        own |= {field: " + ".join(names) for field, names in feed.options.joined.items()}
        names = dict.fromkeys(own.get(field, field) for field in missing)
        raise refuse_file("missing_columns", columns=", ".join(names))


def _name(header: Sequence[str], place: int) -> str:
    return shown(header[place].strip()) or str(place + 1)
