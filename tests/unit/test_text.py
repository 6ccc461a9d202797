"""Numbers, digits, keys and bilingual texts, read strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from roadmap.domain import text
from roadmap.domain.text import Text


@pytest.mark.parametrize(
    ("written", "decimal", "value"),
    [
        ("42", ".", 42.0),
        ("42.5", ".", 42.5),
        ("-3", ".", -3.0),
        ("+3", ".", 3.0),
        ("۴۲٫۵", ".", 42.5),
        ("٤٢٫٥", ".", 42.5),
        ("۱۲۳۴٫۵", "٫", 1234.5),
        ("۱٬۲۳۴٫۵", "٫", 1234.5),
        ("1,234,567.5", ".", 1234567.5),
        ("8.000,00", ",", 8000.0),
        ("12,5", ",", 12.5),
        ("1 234", ".", 1234.0),
        ("1\u00a0234,5", ",", 1234.5),
        ("  7  ", ".", 7.0),
        ("45%", ".", 45.0),
        ("45 %", ".", 45.0),
        ("۴۵٪", ".", 45.0),
    ],
)
def test_a_number_is_read_as_it_is_meant(written: str, decimal: str, value: float) -> None:
    assert text.number(written, decimal=decimal) == value


@pytest.mark.parametrize(
    "written",
    [
        "", " ", ".", "-", "%", "nan", "inf", "-Infinity", "1_000", "1e3", "0x10", "1.2.3", "5.", ".5", "--1", "1-",
        "۴۵ درصد", "45%%", "12 apples", "½", "१२",
    ],
)  # fmt: skip
def test_what_python_or_people_might_take_for_a_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        text.number(written)


@pytest.mark.parametrize(
    ("written", "decimal"),
    [("12,5", "."), ("1,2,3", "."), ("8.000,00", "."), ("8,000.00", ","), ("12.5", "٫"), ("1,0000", "."), ("4 5", ".")],
)
def test_a_mark_that_does_not_part_thousands_is_not_skipped_over(written: str, decimal: str) -> None:
    """Read by the other office's rule, 12,5 would become 125 without a word."""
    with pytest.raises(ValueError, match="not a number"):
        text.number(written, decimal=decimal)


@pytest.mark.parametrize("written", ["1۲", "۱٢", "1٢", "۱۲.5"])
def test_a_number_in_digits_of_two_scripts_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="two scripts"):
        text.number(written)


@given(
    st.decimals(-(10**9), 10**9, places=2),
    st.sampled_from([(".", ","), (",", ".")]),
    st.sampled_from([str, text.persian_digits]),
)
def test_a_number_reads_back_from_every_way_to_write_it(value, marks, in_script) -> None:
    decimal, thousands = marks
    written = f"{value:,}".translate(str.maketrans({".": decimal, ",": thousands}))
    assert text.number(in_script(written), decimal=decimal) == float(value)


def test_digits_go_to_one_script_and_back() -> None:
    assert text.latin_digits("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩x") == "01234567890123456789x"
    assert text.persian_digits("0123456789x") == "۰۱۲۳۴۵۶۷۸۹x"


@given(st.text())
def test_digits_and_keys_are_made_once_and_stay(value: str) -> None:
    assert text.latin_digits(text.latin_digits(value)) == text.latin_digits(value)
    assert text.key(text.key(value)) == text.key(value)


def test_a_key_typed_on_an_arabic_keyboard_is_the_persian_one() -> None:
    assert text.key(" كميسيون ۱٢ ") == "کمیسیون 12"


@pytest.mark.parametrize("control", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))])
def test_characters_that_reorder_text_are_noticed(control: str) -> None:
    assert text.has_bidi_controls(f"plain {control}text")


def test_the_joiners_that_persian_needs_are_no_controls() -> None:
    assert not text.has_bidi_controls("می‌رود\u200d")


@pytest.mark.parametrize(("value", "scripts"), [("abc", 0), ("12", 1), ("۱۲", 1), ("1۲", 2), ("1۲٣", 3)])
def test_scripts_of_digits_are_counted(value: str, scripts: int) -> None:
    assert text.digit_scripts(value) == scripts


def test_a_text_is_there_in_both_languages_or_not_at_all() -> None:
    both = Text(fa="سلام", en="Hello")
    assert (both.in_("fa"), both.in_("en")) == ("سلام", "Hello")
    with pytest.raises(ValidationError, match="at least 1 character"):
        Text(fa="", en="Hello")
    with pytest.raises(ValidationError, match="fa"):
        Text.model_validate({"en": "Hello"})
    with pytest.raises(ValidationError, match="frozen"):
        both.en = "Bye"
