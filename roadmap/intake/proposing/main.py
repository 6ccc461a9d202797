"""The whole proposal for a sample's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from roadmap.domain.text import folded
from roadmap.feed import Feed
from roadmap.intake.parse import Row
from roadmap.intake.proposing import columns, contents, days, numbers, vocabulary, words
from roadmap.intake.proposing.contents import Contents
from roadmap.intake.proposing.findings import Column, Header, Known, Numbers, Proposal, Word

_DAYS = ("effective", "forecast_finish")
_NUMBERS = ("percent", "spent", "version")


def known(
    feeds: Iterable[Feed], *, milestones: Iterable[str], units: Iterable[str], today: date, own: Feed | None = None
) -> Known:
    """What a sample is held against: other offices' `feeds`, the plan's codes, and the commission's `own` feed."""
    told = tuple(feeds)
    return Known(
        milestones=frozenset(milestones),
        units=frozenset(units),
        today=today,
        names=vocabulary.names(told),
        words=vocabulary.words(told),
        own_names={folded(header): field for header, field in own.mapping.items()} if own else {},
        own_words={field: {folded(word): meant for word, meant in said.items()} for field, said in own.values.items()}
        if own
        else {},
    )


def propose(header: Sequence[str], rows: Sequence[Row], known: Known, own: Feed | None = None) -> Proposal:
    """How the table of `header` and `rows` may read; what the `own` feed's options say of fields stays so."""
    taken = frozenset({*own.options.joined, *own.options.constants}) if own else frozenset[str]()
    headers = contents.headers(header, rows)
    looks = [contents.of(each, known) for each in headers]
    found = columns.propose(looks, known, taken=taken)
    by_field = _by_field(headers, found)
    now = (own.options.decimal, own.options.thousands) if own else (".", None)
    marks = numbers.of([(field, by_field[field]) for field in _NUMBERS if field in by_field], now)
    percents = _percents(by_field, marks)
    return Proposal(
        columns=tuple(found),
        words={
            field: words.of(field, by_field[field], percents, known)
            for field in ("state", "confidence")
            if field in by_field
        },
        days=days.of(_days(looks, by_field), known.today),
        numbers=marks,
        nothing=contents.nothing(rows, own.options.nothing if own else ()),
    )


def words_of(field: str, place: int, header: Sequence[str], rows: Sequence[Row], known: Known) -> tuple[Word, ...]:
    """What the words of the column at `place` mean if it is `field`: for a column that a person chose."""
    return words.of(field, contents.headers(header, rows)[place], {}, known)


def _by_field(headers: Sequence[Header], found: Sequence[Column]) -> Mapping[str, Header]:
    return {column.field: header for header, column in zip(headers, found, strict=True) if column.field}


def _days(looks: Iterable[Contents], by_field: Mapping[str, Header]) -> list[tuple[str, Header]]:
    """The columns of days; where none is known as a field, all that hold days: how they are written still matters."""
    fields = [(field, by_field[field]) for field in _DAYS if field in by_field]
    return fields or [("", each.header) for each in looks if "effective" in columns.possible(each)]


def _percents(by_field: Mapping[str, Header], marks: Numbers) -> dict[int, float]:
    """The percents of the rows, as far as they can be read."""
    if "percent" not in by_field or marks.decimal is None:
        return {}
    read = {number: numbers.value(cell, marks.decimal, marks.thousands) for number, cell in by_field["percent"].cells}
    return {number: percent for number, percent in read.items() if percent is not None}
