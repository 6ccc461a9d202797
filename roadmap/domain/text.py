"""Persian and Latin text: bilingual texts, digits, numbers and keys.

Python's own readers are too generous for a register: ``int("1۲۳")`` and ``float("nan")`` succeed, while
``float("۱۲٫۵")`` does not. Everything that comes from outside is read here, strictly, and nowhere else.
"""

from __future__ import annotations

import re
from typing import Literal

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
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
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


def has_bidi_controls(value: str) -> bool:
    """Whether `value` carries characters that reorder the text around them (U+202A–202E, U+2066–2069)."""
    return _BIDI_CONTROLS.search(value) is not None


def digit_scripts(value: str) -> int:
    """How many digit scripts (Latin, Persian, Arabic) occur in `value`."""
    return sum(not script.isdisjoint(value) for script in _SCRIPTS)


def number(value: str, *, decimal: str = ".") -> float:
    """The number written in `value`.

    Thousands are marked by the mark that `decimal` leaves over (, or .), by ٬ or by spaces; ٫ is always a decimal mark.

    Raises:
        ValueError: not a plain number, or digits of two scripts in one number.
    """
    if digit_scripts(value) > 1:
        message = "digits of two scripts in one number"
        raise ValueError(message)
    thousands = "," if decimal == "." else "."
    marks: dict[str, str | int | None] = {thousands: ",", decimal: ".", "٫": ".", "٬": ",", " ": ",", "\u00a0": ","}
    plain = latin_digits(value).strip().removesuffix("%").removesuffix("٪").strip().translate(str.maketrans(marks))
    if not _NUMBER.fullmatch(plain):
        message = "not a number"
        raise ValueError(message)
    return float(plain.replace(",", ""))
