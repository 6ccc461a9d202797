"""What a feed's options say of an office's cells: each trap of real exports, read or refused."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from roadmap.domain.model import State
from roadmap.errors import FileRefusedError, ProgrammeError
from roadmap.feed_options import FeedOptions
from roadmap.intake.columns import find_columns
from roadmap.intake.mapping import Mapper
from roadmap.intake.parse import Cell, Row
from tests.unit.intake.files import STATES, feed

FIELDS = ("milestone", "effective", "state", "percent")
SOUND = {"milestone": "A-1", "effective": "1405-08-30", "state": "در جریان", "percent": "40"}


def draft(header=FIELDS, mapping=None, cells=None, **options):
    """The draft of one row below `header`; cells are by header, sound where they are not given."""
    given = SOUND | (cells or {})
    row = [given.get(name, "") for name in header]
    made = tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
    return Mapper(feed(mapping=mapping or {}, **options), header).draft(Row(2, made))


def codes(found):
    return [(refusal.code, refusal.field) for refusal in found.refusals]


def test_a_quarter_and_a_year_in_one_column_are_the_quarters_last_day():
    found = draft(cells={"effective": "T4 2021"}, date="gregorian", dates=("Q YYYY",))
    assert found.values["effective"] == date(2021, 12, 31)


def test_a_quarter_and_a_year_in_two_columns_are_one_field():
    header = ("milestone", "Trimestre", "Anno", "state", "percent")
    options = {"date": "gregorian", "dates": ("Q YYYY",), "joined": {"effective": ("trimestre", "\ufeffAnno ")}}
    for year in ("2021", " 2021 ", Cell("2021", "number")):
        found = draft(header, cells={"Trimestre": "Q1", "Anno": year}, **options)
        assert found.values["effective"] == date(2021, 3, 31)
        assert found.key == "A-1 · Q1 2021"
    assert codes(draft(header, cells={"Trimestre": "Q1"}, **options)) == [("not_a_date", "effective")]
    assert "effective" not in draft(header, **options).written


def test_of_two_columns_that_say_the_same_thing_the_filled_one_is_read_with_its_type():
    header = (*FIELDS, "Forecast / Actual", "Forecast - Actual")
    options = {"joined": {"forecast_finish": ("Forecast / Actual", "Forecast - Actual", "Forecast")}}
    found = draft(header, cells={"Forecast - Actual": Cell("2026-03-20T00:00:00", "date")}, **options)
    assert found.values["forecast_finish"] == date(2026, 3, 20)
    both = dict.fromkeys(header[4:], Cell("2026-03-20", "date"))
    assert codes(draft(header, cells=both, **options)) == [("not_a_date", "forecast_finish")]


def test_one_column_can_say_two_things():
    words = {"state": STATES | {"Complete": "done"}, "percent": {"Complete": "100", "Live": "50"}}
    source = feed(mapping={"Status": "state"}, joined={"percent": ("Status",)}).model_copy(update={"values": words})
    row = Row(2, (Cell("A-1"), Cell("1405-08-30"), Cell("Complete")))
    found = Mapper(source, ("milestone", "effective", "Status")).draft(row)
    assert (found.values["state"], found.values["percent"]) == (State.DONE, 100.0)


def test_days_come_in_several_forms_and_an_ambiguous_one_is_refused_with_its_readings():
    options = {"date": "gregorian", "dates": ("YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY")}
    for written in ("2026-01-31", "31/01/2026", "1/31/2026"):
        assert draft(cells={"effective": written}, **options).values["effective"] == date(2026, 1, 31)
    (refusal,) = draft(cells={"effective": "02/01/2026"}, **options).refusals
    assert refusal.code == "ambiguous_date"
    assert "2026-01-02" in refusal.text.en
    assert "2026-02-01" in refusal.text.fa
    assert codes(draft(cells={"effective": "during 2026"}, **options)) == [("not_a_date", "effective")]


def test_a_date_of_the_workbook_needs_no_form():
    found = draft(cells={"effective": Cell("2026-03-20T00:00:00", "date")}, dates=("Q YYYY",))
    assert found.values["effective"] == date(2026, 3, 20)


def test_digits_of_two_scripts_are_refused_in_any_form():
    found = draft(cells={"effective": "۱۴۰5/08/30"}, dates=("YYYY/MM/DD",))
    assert codes(found) == [("mixed_digits", "effective")]


@pytest.mark.parametrize(
    ("options", "written", "value"),
    [
        ({"decimal": ",", "thousands": "."}, "8.000,00", 8000.0),
        ({"decimal": ","}, " 291.122,00 ", 291122.0),
        ({"decimal": "٫", "thousands": "٬"}, "۱٬۲۵۰٫۵", 1250.5),
        ({"decimal": "٫"}, "۱۲٫۵", 12.5),
        ({"thousands": "'"}, "8'000", 8000.0),
        ({"thousands": " "}, "8 000\u202f000", 8e6),
        ({}, "80%", 80.0),
        ({"decimal": ","}, "12,5 ٪", 12.5),
    ],
)
def test_numbers_are_read_by_the_marks_of_the_feed(options, written, value):
    found = draft((*FIELDS, "spent"), cells={"spent": written}, **options)
    assert found.values["spent"] == value


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"thousands": "'"}, "8,000"),
        ({"thousands": "'"}, "8 000"),
        ({"thousands": "'"}, "8٬000"),
        ({"thousands": "٬"}, "8.000,5"),
        ({"decimal": ",", "thousands": " "}, "8.000"),
        ({}, "8'000"),
        ({}, "8.000,00"),
        ({"thousands": ","}, "12,5"),
        ({"thousands": "."}, "1.5"),
    ],
)
def test_a_mark_that_is_not_the_feeds_is_refused(options, written):
    decimal = {"decimal": ","} if options.get("thousands") == "." else {}
    found = draft((*FIELDS, "spent"), cells={"spent": written}, **options | decimal)
    assert codes(found) == [("not_a_number", "spent")]


def test_a_number_of_the_workbook_follows_no_mark():
    found = draft((*FIELDS, "spent"), cells={"spent": Cell("12.5", "number")}, decimal=",", thousands=".")
    assert found.values["spent"] == 12.5


def test_words_that_mean_nothing_leave_a_cell_empty():
    header = (*FIELDS, "forecast_finish", "narrative")
    for word in ("TBC", " tbc", "N/A", "n/a\ufeff", "to be confirmed with the supplier"):
        cells = {"forecast_finish": word, "narrative": word}
        found = draft(header, cells=cells, nothing=("TBC", "n/a", "To be confirmed with the supplier"))
        assert found.refusals == ()
        assert found.values.keys() == SOUND.keys()
        assert found.written.keys() == SOUND.keys()
    assert codes(draft(header, cells={"forecast_finish": "TBC"})) == [("not_a_date", "forecast_finish")]
    assert draft(header, cells={"narrative": "TBC by May"}, nothing=("TBC",)).values["narrative"] == "TBC by May"


def test_an_empty_cell_takes_the_default_and_a_filled_one_does_not():
    options = {"defaults": {"percent": "۱۲٫۵", "unit": "IR-08"}, "decimal": "٫", "nothing": ("-",)}
    header = (*FIELDS, "unit")
    for empty in ("", "  ", "-"):
        assert draft(header, cells={"percent": empty}, **options).values["percent"] == 12.5
    found = draft(header, cells={"percent": "7", "unit": "IR-01"}, **options)
    assert (found.values["percent"], found.values["unit"]) == (7.0, "IR-01")
    assert "unit" not in draft(**options).values  # the file has no such column


def test_a_code_has_hyphens_for_what_it_cannot_hold_if_the_feed_says_so():
    cells = {"milestone": " Approval MM۱ / b"}
    assert draft(cells=cells, hyphenate=True).values["milestone"] == "Approval-MM1-b"
    assert draft(cells=cells).values["milestone"] == "Approval MM1 / b"


def test_a_constant_holds_in_every_row_and_the_column_of_its_name_is_not_asked():
    options = {"constants": {"effective": "1405-08-30", "unit": "IR-08"}}
    found = draft((*FIELDS, "unit"), cells={"unit": "IR-01", "effective": "x"}, **options)
    assert (found.values["unit"], found.values["effective"]) == ("IR-08", date(2026, 11, 21))
    assert find_columns(feed(mapping={}, **options), [*FIELDS, "unit"]).unused == ("effective", "unit")
    assert "effective" in draft(("milestone", "state", "percent"), **options).values


@pytest.mark.parametrize("kind", ["constants", "defaults"])
def test_a_constant_or_default_that_does_not_read_is_the_programmes_mistake(kind):
    with pytest.raises(ProgrammeError, match=r"'31/8/1405' where effective"):
        draft(**{kind: {"effective": "31/8/1405"}})


@pytest.mark.parametrize(
    "told", [{"joined": {"cost": ("a",)}}, {"constants": {"cost": "1"}}, {"defaults": {"cost": "1"}}]
)
def test_an_option_for_a_field_that_is_not_there_is_the_programmes_mistake(told):
    with pytest.raises(ProgrammeError, match="cost, which the contract does not have"):
        draft(**told)


@pytest.mark.parametrize("told", [{"joined": {"state": ("Phase",)}}, {"constants": {"state": "done"}}])
def test_a_field_comes_from_one_place(told):
    with pytest.raises(ProgrammeError, match="maps a column to state and also"):
        draft(mapping={"Status": "state"}, **told)


def test_joined_columns_that_are_not_there_are_missing_by_their_names():
    source = feed(mapping={}, joined={"effective": ("Trimestre", "Anno")})
    with pytest.raises(FileRefusedError) as caught:
        find_columns(source, ["milestone", "state", "percent"])
    assert "Trimestre + Anno" in caught.value.en
    with pytest.raises(FileRefusedError) as caught:
        find_columns(source, [*FIELDS, "Anno", "anno"])
    assert caught.value.code == "repeated_column"


def test_a_person_looks_for_a_joined_field_in_its_first_column():
    source = feed(mapping={}, joined={"effective": ("Trimestre", "Anno")}, constants={"unit": "IR-08"})
    found = find_columns(source, ["milestone", "Anno", "Trimestre", "state", "percent"])
    assert found.sources["effective"] == (2, 1)
    assert found.places == {"milestone": 0, "effective": 2, "state": 3, "percent": 4}
    assert found.unused == ()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"dates": ["DD"]}, "is no form of a day"),
        ({"decimal": ",", "thousands": ","}, "both the decimal mark and the one between thousands"),
        ({"constants": {"unit": "a"}, "defaults": {"unit": "b"}}, "unit cannot be constant and also"),
        ({"joined": {"unit": []}}, "at least 1 item"),
        ({"thousands": "x"}, "Input should be"),
        ({"skip_rows": 3}, "Extra inputs are not permitted"),
    ],
)
def test_options_that_cannot_be_followed_are_told_when_the_programme_is_read(options, told):
    with pytest.raises(ValidationError, match=told):
        FeedOptions.model_validate(options)
