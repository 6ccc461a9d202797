"""Every refusal says in both languages which field is wrong and what to do."""

from __future__ import annotations

import re

import pytest

from roadmap.domain.refusals import CODES, refuse

PERSIAN_LETTER = re.compile("[آ-یپچژگک]")


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_refusal_is_a_whole_sentence_in_both_languages(code: str) -> None:
    refusal = refuse(code, "percent", "۴۲", "0..100")
    for sentence in (refusal.text.fa, refusal.text.en):
        assert sentence.endswith(".")
        assert not re.search(r"[{}]", sentence), "a placeholder was left open"
    assert PERSIAN_LETTER.search(refusal.text.fa)
    assert not PERSIAN_LETTER.search(refusal.text.en)
    assert (refusal.code, refusal.field, refusal.value) == (code, "percent", "۴۲")


@pytest.mark.parametrize("code", sorted(CODES))
def test_both_sentences_of_a_refusal_tell_the_same_details(code: str) -> None:
    told = refuse(code, "<field>", "<value>", "<detail>").text
    for detail in ("<field>", "<value>", "<detail>"):
        assert (detail in told.fa) == (detail in told.en), detail


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_refusal_says_what_to_do_next(code: str) -> None:
    """What is wrong comes before the semicolon, what to do after it."""
    told = refuse(code, "percent").text
    assert "؛" in told.fa
    assert "; " in told.en


def test_an_endless_value_is_shown_shortened() -> None:
    assert len(refuse("not_a_number", "percent", "9" * 100_000).value) == 120


def test_braces_in_a_value_are_shown_as_they_are() -> None:
    assert "{field}" in refuse("not_a_number", "percent", "{field}").text.en


def test_a_code_that_is_not_known_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        refuse("no_such_code", "percent")
