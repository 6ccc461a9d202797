from __future__ import annotations

from datetime import date

import pytest

from roadmap import programme
from roadmap.domain.model import Confidence, State
from roadmap.errors import FileRefusedError, ProgrammeError
from roadmap.intake.mapping import Mapper, find_columns
from roadmap.intake.parse import Cell, Row
from tests.unit.intake.files import HEADER, MAPPING, feed


def draft(source=None, header=HEADER, extra=(), **cells):
    """The draft of one row; `cells` are by contract field, a text or a typed cell."""
    names = {field: name for name, field in MAPPING.items()}
    sound = {"milestone": "A-1", "effective": "1405-08-30", "state": "در جریان", "percent": "40"}
    by_header = {names[field]: cell for field, cell in (sound | cells).items()}
    texts = [by_header.get(name, "") for name in header]
    made = tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in (*texts, *extra))
    return Mapper(source or feed(), header).draft(Row(2, made))


def codes(found):
    return [(refusal.code, refusal.field) for refusal in found.refusals]


def test_a_row_of_an_office_becomes_a_row_of_the_contract():
    found = draft(
        unit="IR-23",
        forecast_finish="۱۴۰۶/۱/۱",
        confidence="سبز",
        spent="۱٬۲۵۰٫۵",
        narrative="  شرحِ\u200cکار ي ك  ",
        version="3",
    )
    assert found.refusals == ()
    assert found.values == {
        "milestone": "A-1",
        "unit": "IR-23",
        "effective": date(2026, 11, 21),
        "state": State.IN_PROGRESS,
        "percent": 40.0,
        "forecast_finish": date(2027, 3, 21),
        "confidence": Confidence.GREEN,
        "spent": 1250.5,
        "narrative": "شرحِ\u200cکار ي ك",
        "version": 3,
    }
    assert found.key == "A-1 · IR-23 · 1405-08-30"


@pytest.mark.parametrize("written", ["۸۰", "٨٠", "80", "۸۰٪", " 80 % ", "80.0"])
def test_digits_of_any_one_script_read_as_the_same_number(written):
    assert draft(percent=written).values["percent"] == 80


@pytest.mark.parametrize(
    "written", ["در جريان", "در  جریان", "در\u200cجریان", "\ufeffدر جریان", "in_progress", "IN_PROGRESS"]
)
def test_a_word_is_known_in_any_spelling_and_so_is_the_contracts_own(written):
    assert draft(state=written).values["state"] is State.IN_PROGRESS


def test_hamza_and_vowel_signs_do_not_make_another_word():
    source = feed().model_copy(update={"values": {"state": {"در حال تأمین": "in_progress"}}})
    for written in ("در حال تامین", "در حال تا\u0654مین", "در حالِ تأمین"):
        assert draft(source, state=written).values["state"] is State.IN_PROGRESS


def test_codes_have_one_form_of_letters_and_digits():
    assert draft(milestone=" A-۱ ").values["milestone"] == "A-1"


def test_a_number_in_a_code_cell_is_its_digits():
    assert draft(milestone=Cell("101", "number")).values["milestone"] == "101"


def test_numbers_follow_the_decimal_mark_of_the_feed():
    comma = feed(decimal=",")
    assert draft(comma, spent="8.000,00").values["spent"] == 8000
    assert draft(comma, spent=" 291.122,00 ").values["spent"] == 291122
    assert draft(comma, spent=Cell("12.5", "number")).values["spent"] == 12.5
    assert codes(draft(spent="8.000,00")) == [("not_a_number", "spent")]


@pytest.mark.parametrize(
    ("field", "written", "code"),
    [
        ("effective", "1404-12-30", "not_a_date"),  # 30 Esfand of a common year
        ("effective", "1405-13-01", "not_a_date"),
        ("effective", "Q1 1405", "not_a_date"),
        ("effective", "45737", "not_a_date"),
        ("effective", "۱۴۰5-08-30", "mixed_digits"),
        ("percent", "1۲", "mixed_digits"),
        ("percent", "۱٢", "mixed_digits"),
        ("percent", "about 40", "not_a_number"),
        ("percent", "1_0", "not_a_number"),
        ("percent", "nan", "not_a_number"),
        ("percent", Cell("inf", "number"), "not_a_number"),
        ("percent", Cell("2026-01-01", "date"), "not_a_number"),
        ("version", "1.5", "not_a_number"),
        ("state", "شاید", "unknown_choice"),
        ("confidence", "blue", "unknown_choice"),
        ("narrative", "abc\u202edef", "bidi_controls"),
        ("milestone", "A\u2066-1", "bidi_controls"),
        ("narrative", "abc\x07def", "control_characters"),
        ("narrative", "abc\ufffddef", "control_characters"),
    ],
)
def test_what_does_not_read_is_refused_with_its_field(field, written, code):
    found = draft(**{field: written})
    assert codes(found) == [(code, field)]
    assert field not in found.values


def test_a_leap_years_last_day_is_a_day():
    assert draft(effective="1403-12-30").values["effective"] == date(2025, 3, 20)


def test_line_breaks_and_tabs_are_text():
    assert draft(narrative="one\r\n\ttwo").values["narrative"] == "one\r\n\ttwo"


def test_a_date_that_the_workbook_holds_as_one_is_gregorian_even_in_a_jalali_feed():
    assert draft(effective=Cell("2026-03-20", "date")).values["effective"] == date(2026, 3, 20)
    assert draft(effective=Cell("2026-03-20T14:30:00", "date")).values["effective"] == date(2026, 3, 20)


def test_a_gregorian_feed_reads_gregorian_days():
    assert draft(feed(date="gregorian"), effective="2026/3/20").values["effective"] == date(2026, 3, 20)


def test_an_unknown_word_is_answered_with_the_words_that_are_known():
    (refusal,) = draft(state="شاید").refusals
    assert "انجام شده" in refusal.text.fa
    (refusal,) = draft(feed(), confidence="آبی").refusals
    assert "سبز" in refusal.text.en


def test_hidden_characters_do_not_get_into_the_ledger():
    found = draft(milestone="A\u202e-1")
    assert "\u202e" not in found.key + found.written["milestone"] + found.refusals[0].value


def test_empty_cells_are_left_out_and_a_short_row_has_empty_cells():
    found = Mapper(feed(), HEADER).draft(Row(9, (Cell("A-1"), Cell("  "), Cell("\ufeff"))))
    assert found.values == {"milestone": "A-1"}
    assert found.number == 9


def test_a_cell_beyond_the_last_header_betrays_a_shifted_row():
    found = draft(extra=(Cell(""), Cell("rest of a sentence")))
    assert codes(found) == [("unexpected", str(len(HEADER) + 2))]


def test_headers_are_found_in_any_spelling():
    places = find_columns(
        feed(), ["\ufeffكد نقطه  عطف ", "تاريخ گزارش", "وضعيت", "درصد پيشرفت", "پیش بینی پایان"]
    ).places
    assert places == {"milestone": 0, "effective": 1, "state": 2, "percent": 3, "forecast_finish": 4}


def test_the_contracts_own_names_will_do_where_the_offices_are_absent():
    found = find_columns(feed(), ["Milestone", "effective", "state", "percent", "unit"])
    assert set(found.places) == {"milestone", "effective", "state", "percent", "unit"}


def test_the_offices_own_header_wins_over_the_contracts_name():
    found = find_columns(feed(), ["state", *HEADER])
    assert found.places["state"] == 1 + HEADER.index("وضعیت")
    assert found.unused == ("state",)


def test_columns_that_nobody_asked_for_are_told():
    found = find_columns(feed(), [*HEADER, "تلفن", " ", "x\u202ey"])
    assert found.unused == ("تلفن", str(len(HEADER) + 2), "x\ufffdy")


def test_missing_columns_are_named_as_the_office_names_them():
    with pytest.raises(FileRefusedError) as refused:
        find_columns(feed(), ["کد نقطه عطف", "وضعیت"])
    assert refused.value.code == "missing_columns"
    assert "تاریخ گزارش, درصد پیشرفت" in refused.value.fa


def test_two_columns_for_one_field_are_refused():
    with pytest.raises(FileRefusedError) as refused:
        find_columns(feed(), [*HEADER, "وضعيت"])
    assert refused.value.code == "repeated_column"


def test_a_feed_that_maps_to_an_unknown_field_is_the_operators_to_correct():
    with pytest.raises(ProgrammeError, match="percnt"):
        find_columns(feed(mapping={"درصد": "percnt"}), HEADER)


@pytest.mark.parametrize("commission", programme.load().commissions, ids=lambda commission: commission.code)
def test_every_shipped_feed_speaks_of_fields_and_words_that_the_contract_has(commission):
    source = commission.feed
    assert find_columns(source, list(source.mapping)).unused == ()
    meant = {"state": set(State), "confidence": set(Confidence)}
    for field, words in source.values.items():
        assert set(words.values()) <= meant[field], field
