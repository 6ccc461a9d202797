import csv
import io

import pytest

from dashboard.csv_file import guarded, write


def read(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_text_runs_as_a_formula(cell):
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [-5, -0.5, 3, "Q-1", "۱۲", "", None])
def test_numbers_and_harmless_texts_stay_as_they_are(cell):
    assert guarded(cell) == cell


def test_a_spreadsheet_reads_back_what_was_written():
    content = write([{"عنوان": "اسکله، یک", "=days": -3}, {"عنوان": 'with "quotes"\nand lines', "=days": None}])
    assert content.startswith(b"\xef\xbb\xbf")
    assert read(content) == [["عنوان", "'=days"], ["اسکله، یک", "-3"], ['with "quotes"\nand lines', ""]]


def test_without_rows_there_is_an_empty_file():
    assert read(write([])) == []
