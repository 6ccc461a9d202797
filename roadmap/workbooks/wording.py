"""What a commission calls things: its own headers and words, so that sentences name what stands in its own workbook."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from roadmap.domain.calendar import write_day
from roadmap.domain.model import Confidence, State
from roadmap.domain.refusals import titled
from roadmap.domain.text import Text
from roadmap.feed import Feed

_CHOICES: Final = tuple(str(each) for choices in (State, Confidence) for each in choices)
_CHOICE: Final = re.compile(rf"\b({'|'.join(_CHOICES)})\b")


def header(feed: Feed, field: str) -> str:
    """What `feed` calls the contract's `field`: its first header for it, or the contract's own name."""
    joined = feed.options.joined.get(field)
    return joined[0] if joined else next((own for own, meant in feed.mapping.items() if meant == field), field)


def word(feed: Feed, field: str, value: str) -> str:
    """What `feed` calls the `value` of a choice: its first word for it, or the contract's own."""
    return next((own for own, meant in feed.values.get(field, {}).items() if meant == value), value)


def told(text: Text, field: str, feed: Feed) -> Text:
    """The sentence of a refusal of `field`, the field and states in the commission's own words."""
    own = titled(text, field, header(feed, field))
    return Text(fa=own_words(own.fa, feed), en=own_words(own.en, feed))


def said(feed: Feed, field: str, value: Any) -> str:  # noqa: ANN401 - of any field's type
    """The `value` of a report's `field` as the commission writes it; a dash where there is none."""
    if value is None:
        return "—"
    if isinstance(value, date):
        return write_day(value, feed.options.date)
    return f"{value:g}" if isinstance(value, float) else word(feed, field, str(value))


def own_words(sentence: str, feed: Feed) -> str:
    """`sentence` with the contract's states and confidences in the commission's words."""
    return _CHOICE.sub(lambda found: _choice(feed, found[1]), sentence)


def _choice(feed: Feed, value: str) -> str:
    return word(feed, "confidence" if value in set(Confidence) else "state", value)
