"""What was refused, as a reader at the board is told it."""

from __future__ import annotations

import pytest

from dashboard.format import Format
from dashboard.shown import words
from roadmap.errors import RoadmapError


@pytest.mark.parametrize(
    ("error", "language", "told"),
    [
        (RoadmapError("There is no Q-9.", fa="«Q-9» نیست."), "fa", "«Q-9» نیست."),
        (RoadmapError("There is no Q-9.", fa="«Q-9» نیست."), "en", "There is no Q-9."),
        (RoadmapError("A setting is wrong."), "en", "A setting is wrong."),
    ],
)
def test_a_refusal_is_told_in_the_readers_language(error, language, told):
    assert words.why(error, Format(language)) == told


def test_what_has_no_persian_sentence_is_told_in_general_and_never_in_english():
    told = words.why(RoadmapError("A setting is wrong."), Format("fa"))
    assert "راهبر سامانه" in told
    assert not any(letter.isascii() and letter.isalpha() for letter in told)
