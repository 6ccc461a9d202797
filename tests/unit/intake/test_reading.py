"""The parser's logic, in this process; `test_parse` runs it as the child that it is."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import asdict, replace

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from roadmap.intake import reading
from roadmap.intake.parse import request_for
from tests.unit.intake.files import feed, limits, with_part, workbook

REQUEST = {"memory_bytes": 2**30, "cpu_seconds": 30}


@pytest.fixture
def read(tmp_path):
    """Reads content in this process: the header line and the rows, or the refusal's code and details."""

    def read_content(content, form="csv", request=(), **options):
        asked = replace(request_for(feed(form, **options), limits(tmp_path)), **dict(request))
        target, complaints = io.StringIO(), io.StringIO()
        code = reading.main(json.dumps(asdict(asked)), io.BytesIO(content), target, complaints)
        if code == reading.REFUSED:
            told = json.loads(complaints.getvalue())
            return told["code"], told["details"]
        head, *rows = [json.loads(line) for line in target.getvalue().splitlines()]
        return head, rows

    return read_content


def test_the_first_row_with_anything_in_it_is_the_header(read):
    head, rows = read(b"\n,,\n a ,b,,\n1,2,,\n\n , \n3\n")
    assert head == {"sheet": None, "unread": [], "header": [" a ", "b"]}
    assert rows == [[4, ["1", "2"]], [7, ["3"]]]


@pytest.mark.parametrize(
    "content",
    [
        "نام,b\n۱,2\n".encode(),
        "\ufeffنام,b\n۱,2\n".encode(),
        "نام,b\n۱,2\n".encode("utf-16"),
        b"\xfe\xff" + "نام,b\r\n۱,2\r\n".encode("utf-16-be"),
        "نام,b\r۱,2\r".encode(),
        '"نام",b\n"۱","2"'.encode(),
    ],
)
def test_text_is_read_in_any_of_the_encodings_that_say_what_they_are(read, content):
    head, rows = read(content)
    assert head["header"] == ["نام", "b"]
    assert rows == [[2, ["۱", "2"]]]


def test_windows_1256_is_read_only_where_the_feed_says_so(read):
    content = "نام\nپگاه\n".encode("cp1256")
    assert read(content)[0] == "not_text"
    assert read(content, encoding="windows-1256")[1] == [[2, ["پگاه"]]]
    assert read("\ufeffنام\nپگاه\n".encode(), encoding="windows-1256")[1] == [[2, ["پگاه"]]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n , ,\n", "empty_file"),
        (b"a,b\n1,\x002\n", "nul_bytes"),
        ("a,b\n".encode("utf-32"), "nul_bytes"),
        (b"a,b\n1,\xff\xfe\n", "not_text"),
        ("a,b\n1,2".encode("utf-16")[:-1], "not_text"),
        (b'a,b\n1,"2\n', "broken_csv"),
        (b'a,b\n1,"2"x\n', "broken_csv"),
    ],
)
def test_a_text_file_that_is_not_sound_is_refused(read, content, code):
    assert read(content)[0] == code


def test_a_line_break_inside_quotes_does_not_end_the_row(read):
    assert read(b'a,b\n1,"x\ny"\n2,z\n')[1] == [[2, ["1", "x\ny"]], [3, ["2", "z"]]]


def test_the_delimiter_is_the_feeds(read):
    assert read(b"a;b\n1;8.000,00\n", delimiter=";")[1] == [[2, ["1", "8.000,00"]]]


def test_a_row_longer_than_the_header_keeps_its_surplus(read):
    assert read(b"a\n1,2,3\n")[1] == [[2, ["1", "2", "3"]]]


@pytest.mark.parametrize(
    ("content", "limit", "code"),
    [
        (b"a\n1\n2\n", {"max_rows": 1}, "too_many_rows"),
        (b"a,b,c\n", {"max_columns": 2}, "too_many_columns"),
        (b"a\n1,2,3\n", {"max_columns": 2}, "too_many_columns"),
        (b"a\nlonger\n", {"max_cell_bytes": 5}, "cell_too_long"),
        ("a\nسلام\n".encode(), {"max_cell_bytes": 5}, "cell_too_long"),
    ],
)
def test_the_limits_hold(read, content, limit, code):
    assert read(content, request=limit)[0] == code


def test_empty_columns_at_the_end_do_not_count(read):
    assert read(b"a,b,,,\n1,2,,,\n", request={"max_columns": 2})[1] == [[2, ["1", "2"]]]


def test_json_objects_are_rows_and_their_names_columns(read):
    head, rows = read(b'[{"a": 1, "b": "x"}, {}, {"b": 2.50, "c": null}, {"c": true, "a": [1]}]', "json")
    assert head["header"] == ["a", "b", "c"]
    assert rows == [[1, [["number", "1"], "x"]], [3, ["", ["number", "2.50"]]], [4, ['["1"]', "", "true"]]]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_json"),
        (b'[{"a": 1}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"a": 1}', "not_rows"),
        (b"[1, 2]", "not_rows"),
        (b"[]", "empty_file"),
        (b"[{}]", "empty_file"),
        (b'[{"a": 1, "a": 2}]', "repeated_column"),
        (b'[{"a": "\x00"}]', "nul_bytes"),
    ],
)
def test_json_that_holds_no_rows_is_refused(read, content, code):
    assert read(content, "json")[0] == code


def test_what_cannot_be_stored_is_made_visible(read):
    _, rows = read(rb'[{"a": "x\u0000y\ud800z"}]', "json")
    assert rows == [[1, ["x\ufffdy\ufffdz"]]]


def test_json_keeps_numbers_as_they_were_written(read):
    assert read(b'[{"a": 1e400, "b": NaN, "c": 00}]', "json")[0] == "not_json"
    assert read(b'[{"a": 1e400, "b": NaN}]', "json")[1] == [[1, [["number", "1e400"], "NaN"]]]


def test_a_workbook_keeps_what_excel_knows_of_a_cell(read):
    row = [
        dt.date(2026, 3, 20),
        dt.datetime(2026, 3, 20, 14, 30),  # noqa: DTZ001 - Excel knows no time zone
        dt.time(1, 2),
        80.0,
        12.5,
        True,
        "متن\u200cآزاد",
        1e20,
        None,
    ]
    _, rows = read(workbook(list("abcdefghi"), row), "xlsx")
    assert rows == [
        [
            2,
            [
                ["date", "2026-03-20"],
                ["date", "2026-03-20T14:30:00"],
                "01:02:00",
                ["number", "80"],
                ["number", "12.5"],
                "true",
                "متن\u200cآزاد",
                ["number", "100000000000000000000"],
            ],
        ]
    ]


def test_rows_of_a_workbook_have_the_numbers_that_excel_shows(read):
    assert read(workbook([], [], ["a"], [], ["x"]), "xlsx")[1] == [[5, ["x"]]]


def test_the_first_sheet_with_anything_in_it_is_read_and_the_others_are_told(read):
    head, _ = read(workbook(title="خالی", others=["یک", "دو"], hidden=["پنهان"]), "xlsx")
    assert head["sheet"] == "یک"
    assert head["unread"] == ["خالی", "دو"]


def test_the_feeds_sheet_is_read_or_missed_by_name(read):
    book = workbook(["a"], others=["دو"])
    assert read(book, "xlsx", sheet="دو")[0]["sheet"] == "دو"
    code, details = read(book, "xlsx", sheet="سه")
    assert code == "no_such_sheet"
    assert details == {"sheet": "سه", "sheets": "گزارش, دو"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_workbook"),
        (b"a,b\n", "not_a_workbook"),
        (b"PK\x03\x04 cut off", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0 old or encrypted", "protected"),
        (with_part("xl/workbook.xml", b"<workbook"), "broken_workbook"),
        (workbook(), "empty_file"),
    ],
)
def test_what_is_no_sound_workbook_is_refused(read, content, code):
    assert read(content, "xlsx")[0] == code


def test_a_package_without_a_workbook_is_refused(read):
    empty = io.BytesIO()
    with reading.zipfile.ZipFile(empty, "w") as package:
        package.writestr("mimetype", "application/epub+zip")
    assert read(empty.getvalue(), "xlsx")[0] == "not_a_workbook"


@pytest.mark.parametrize("limit", [{"max_members": 3}, {"max_unpacked_bytes": 1000}])
def test_a_workbook_of_too_many_parts_or_bytes_is_not_opened(read, limit):
    assert read(workbook(["a"]), "xlsx", request=limit)[0] == "unpacks_too_far"


def test_a_bomb_is_known_by_its_ratio(read):
    bomb = with_part("xl/media/bomb.bin", bytes(40_000_000))
    assert read(bomb, "xlsx") == ("unpacks_too_far", {"parts": 10, "megabytes": 38})


def test_control_characters_of_a_workbook_are_made_visible(read):
    assert read(workbook(["a"], ["x_x0000_y"]), "xlsx")[1] == [[2, ["x\ufffdy"]]]


def test_a_password_is_asked_of_nobody(read, monkeypatch):
    def locked(*_):
        raise python_calamine.PasswordError

    monkeypatch.setattr(python_calamine, "load_workbook", locked)
    assert read(workbook(["a"]), "xlsx")[0] == "protected"


@given(content=st.binary(max_size=300), form=st.sampled_from(["csv", "json", "xlsx"]))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, form):
    request = request_for(feed(form), limits(tmp_path_factory.getbasetemp()))
    code = reading.main(json.dumps(asdict(request)), io.BytesIO(content), io.StringIO(), io.StringIO())
    assert code in {0, reading.REFUSED}
