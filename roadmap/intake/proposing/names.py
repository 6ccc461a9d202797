"""Which field a column's name speaks of: a name that is known, one that is nearly so, or words of such names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from roadmap.domain.text import folded
from roadmap.intake.proposing.findings import Known, Reason
from roadmap.intake.proposing.vocabulary import Name, parts

#: How much a sign of a name counts: mapped so now, a known name, nearly one, a word of such names alone.
MAPPED, EQUAL, NEAR, WORD = 4, 3, 2, 1
#: Fields of free text: any cell may be one.
FREE: Final = ("narrative", "blocker", "evidence")
#: A column of an office's that is named nearly so is its own numbering.
EXACT: Final = frozenset({"version"})
_NEAR_RATIO: Final = 0.85
#: Words that agree in so many first letters are forms of one word.
_STEM: Final = 5


@dataclass(frozen=True)
class Sign:
    """That a column's name speaks of `field`, how much that counts, and why."""

    field: str
    weight: int
    reason: Reason


def signs(name: str, known: Known, possible: frozenset[str]) -> list[Sign]:
    """The strongest signs that `name` gives of any of the `possible` fields; several are a doubt."""
    own = folded(name)
    mapped = known.own_names.get(own)
    if mapped in possible:
        return [Sign(mapped, MAPPED, Reason("name_mapped"))]
    names = tuple(each for each in known.names if each[1] in possible)
    equal = [Sign(field, EQUAL, Reason("name_equal", {"name": told})) for key, field, told in names if key == own]
    if equal:
        return _each_field(equal)
    named = tuple(each for each in names if each[1] not in EXACT)
    return _each_field(_near(own, named)) or _by_words(name, known.names, possible - EXACT)


def _each_field(found: Iterable[Sign]) -> list[Sign]:
    """The first sign of each field."""
    return list({sign.field: sign for sign in reversed(list(found))}.values())


def _near(own: str, names: Sequence[Name]) -> list[Sign]:
    """Names that differ from `own` by a letter or an ending."""
    ratios = [(SequenceMatcher(None, own, key).ratio(), field, told) for key, field, told in names]
    return [
        Sign(field, NEAR, Reason("name_near", {"name": told}))
        for ratio, field, told in sorted(ratios, key=lambda each: -each[0])
        if ratio >= _NEAR_RATIO
    ]


def _by_words(name: str, names: tuple[Name, ...], possible: frozenset[str]) -> list[Sign]:
    """Words of `name` that occur in names of one field only.

    Of a word of several fields, cells may say which of them it is; but any cell is a text, so that says no field of
    free text.
    """
    found = []
    for word in parts(name):
        told = {
            field: known for other, fields in _words(names).items() if _is_same(word, other) for field, known in fields
        }
        fitting = [field for field in told if field in possible]
        if len(fitting) == 1 and (len(told) == 1 or fitting[0] not in FREE):
            found.append(Sign(fitting[0], WORD, Reason("name_word", {"name": told[fitting[0]]})))
    return _each_field(found)


@lru_cache(256)
def _words(names: tuple[Name, ...]) -> dict[str, tuple[tuple[str, str], ...]]:
    """The fields in whose names each word occurs, each with the first of those names."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for _, field, told in names:
        for word in parts(told):
            found[word].setdefault(field, told)
    return {word: tuple(fields.items()) for word, fields in found.items()}


def _is_same(word: str, other: str) -> bool:
    return word == other or (min(len(word), len(other)) >= _STEM and word[:_STEM] == other[:_STEM])
