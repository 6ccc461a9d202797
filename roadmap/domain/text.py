"""Persian and Latin text: bilingual texts, digits, numbers and keys.

Python's own readers are too generous for a register: ``int("1۲۳")`` and ``float("nan")`` succeed, while
``float("۱۲٫۵")`` does not. Everything that comes from outside is read here, strictly, and nowhere else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal
from unicodedata import combining, normalize

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["fa", "en"]
LANGUAGES: tuple[Language, ...] = ("fa", "en")

PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
_LATIN_DIGITS = "0123456789"
_SCRIPTS = tuple(map(frozenset, (_LATIN_DIGITS, PERSIAN_DIGITS, ARABIC_DIGITS)))
_TO_LATIN = str.maketrans(PERSIAN_DIGITS + ARABIC_DIGITS, _LATIN_DIGITS * 2)
_TO_PERSIAN = str.maketrans(_LATIN_DIGITS, PERSIAN_DIGITS)
_KEY_LETTERS = str.maketrans("يك", "یک")
#: How a text begins that a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_OF_A_CODE = re.compile(r"[^A-Za-z0-9_.]+")
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: What offices part thousands with where they leave a space: a plain one, one that does not break, a narrow one.
_SPACES = " \u00a0\u202f"
#: Digits in one run or parted in threes, then a fraction: 12,5 typed where the comma parts thousands is not 125.
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?", re.ASCII)


class Text(BaseModel):
    """One text in both languages of the board."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fa: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_(self, language: Language) -> str:
        """The text in `language`."""
        return self.fa if language == "fa" else self.en


def latin_digits(value: str) -> str:
    """`value` with Persian and Arabic digits written as 0–9."""
    return value.translate(_TO_LATIN)


def persian_digits(value: str) -> str:
    """`value` with 0–9 written as ۰–۹."""
    return value.translate(_TO_PERSIAN)


def key(value: str) -> str:
    """`value` as a key: trimmed, Latin digits, Persian ی and ک instead of the Arabic letters (NFKC leaves those)."""
    return latin_digits(value.strip()).translate(_KEY_LETTERS)


def guarded(value: str) -> str:
    """`value` so that a spreadsheet shows it and does not run it: with an apostrophe before what begins a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def unguarded(value: str) -> str:
    """`value` without the apostrophe of `guarded`, so that what was handed out comes back as it was."""
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA) else value


def hyphenated(value: str) -> str:
    """A code made of `value`: what a code cannot hold becomes a hyphen."""
    return _NOT_OF_A_CODE.sub("-", key(value)).strip("-")


def has_bidi_controls(value: str) -> bool:
    """Whether `value` carries characters that reorder the text around them (U+202A–202E, U+2066–2069)."""
    return _BIDI_CONTROLS.search(value) is not None


def digit_scripts(value: str) -> int:
    """How many digit scripts (Latin, Persian, Arabic) occur in `value`."""
    return sum(not script.isdisjoint(value) for script in _SCRIPTS)


def folded(words: str) -> str:
    """`words` as headers and choices are compared: one form of letters, digits, spaces and case.

    Hamza, vowel signs and accents do not count, since every office writes them in another way; nor does a byte-order
    mark, and a zero-width non-joiner counts as the space that others write.
    """
    spaced = words.replace("\ufeff", "").replace("\u200c", " ")
    bare = "".join(letter for letter in normalize("NFKD", spaced) if not combining(letter))
    return " ".join(key(bare).split()).casefold()


def number(value: str, *, decimal: str = ".", thousands: str | None = None) -> float:
    """The number written in `value`.

    Thousands are marked by `thousands` and nothing else, if it is given; or else by the mark that `decimal` leaves over
    (, or .), by ٬ or by spaces. ٫ is always a decimal mark.

    Raises:
        ValueError: not a plain number, or digits of two scripts in one number.
    """
    if digit_scripts(value) > 1:
        message = "digits of two scripts in one number"
        raise ValueError(message)
    bare = latin_digits(value).strip().removesuffix("%").removesuffix("٪").strip()
    plain = bare.translate(_marks(decimal, thousands))
    if not _NUMBER.fullmatch(plain):
        message = "not a number"
        raise ValueError(message)
    return float(plain.replace(",", ""))


@lru_cache
def _marks(decimal: str, thousands: str | None) -> dict[int, str]:
    """What each mark in a number means: a comma parts thousands, a point begins the fraction, x does not belong."""
    if thousands is None:
        meant = dict.fromkeys(("," if decimal == "." else ".", "٬", *_SPACES), ",")
    else:
        meant = dict.fromkeys((".", ",", "٬", *_SPACES), "x")
        meant |= dict.fromkeys(_SPACES if thousands == " " else thousands, ",")
    return str.maketrans(meant | {decimal: ".", "٫": "."})
