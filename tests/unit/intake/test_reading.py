"""The parser's logic, in this process; `test_parse` runs it as the child that it is."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from dataclasses import asdict, replace

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from roadmap.intake import parse, reading
from roadmap.intake.parse import request_for
from roadmap.intake.reading import texts, writing
from tests.unit.intake.files import feed, limits, with_part, workbook

REQUEST = {"memory_bytes": 2**30, "cpu_seconds": 30}


@pytest.fixture
def read(tmp_path):
    """Reads content in this process: the head and the rows, or the refusal's code and details."""
    usual = csv.field_size_limit()  # the parser sets it for its whole process

    def read_content(content, form="csv", request=(), **options):
        asked = replace(request_for(feed(form, **options), limits(tmp_path)), **dict(request))
        target, complaints = io.BytesIO(), io.StringIO()
        code = reading.main(json.dumps(asdict(asked)), io.BytesIO(content), target, complaints)
        if code == reading.REFUSED:
            told = json.loads(complaints.getvalue())
            return told["code"], told["details"]
        return told_in(target.getvalue())

    yield read_content
    csv.field_size_limit(usual)


def told_in(output):
    """The head, and a list for each record: its number, its cells, and at the end what is beyond the header, if any."""
    head, _, records = output.decode().partition("\n")
    assert not records or records.endswith(reading.RECORD_END)
    rows = [record.split(reading.FIELD_END) for record in records.split(reading.RECORD_END)[:-1]]
    head = json.loads(head)
    assert all(len(row) == len(head["header"]) + 2 for row in rows)
    return head, [[int(number), *cells, *([json.loads(beyond)] if beyond else [])] for number, *cells, beyond in rows]


def number(text):
    return reading.NUMBER + text


def date(text):
    return reading.DATE + text


def test_the_first_row_with_anything_in_it_is_the_header(read):
    head, rows = read(b"\n,,\n a ,b,,\n1,2,,\n\n , \n3\n")
    assert head == {"sheet": None, "unread": [], "header": [" a ", "b"], "left_out": 0}
    assert rows == [[4, "1", "2"], [7, "3", ""]]


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
    assert rows == [[2, "۱", "2"]]


def test_windows_1256_is_read_only_where_the_feed_says_so(read):
    content = "نام\nپگاه\n".encode("cp1256")
    assert read(content)[0] == "not_text"
    assert read(content, encoding="windows-1256")[1] == [[2, "پگاه"]]
    assert read("\ufeffنام\nپگاه\n".encode(), encoding="windows-1256")[1] == [[2, "پگاه"]]


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
    assert read(b'a,b\n1,"x\ny"\n2,z\n')[1] == [[2, "1", "x\ny"], [3, "2", "z"]]


def test_a_row_of_another_shape_does_not_hurt_its_neighbours(read):
    lines = [b"" if place % 7 == 0 else b"1,2,3" if place % 11 == 0 else b"1,2" for place in range(2, 1002)]
    rows = read(b"a,b\n" + b"\n".join(lines))[1]
    assert [number for number, *_ in rows] == [place for place in range(2, 1002) if place % 7]
    assert {tuple(cells) for _, *cells in rows if len(cells) == 2} == {("1", "2")}
    assert [number for number, *cells in rows if len(cells) == 3] == [
        n for n in range(2, 1002) if n % 11 == 0 and n % 7
    ]


@pytest.mark.parametrize("mark", [reading.NUMBER, reading.DATE, reading.FIELD_END, reading.RECORD_END])
@pytest.mark.parametrize("form", ["csv", "quoted", "json", "xlsx", "xlsx beside numbers"])
def test_no_text_of_a_file_can_shift_a_row_or_pretend_to_a_type(read, mark, form):
    header, cells = [f"a{mark}", "b"], [f"{mark}80", f"x{mark}y{mark}{mark}"]
    match form:
        case "csv":
            found = read(f"{','.join(header)}\n1,2\n{','.join(cells)}\n1,2\n".encode())
        case "quoted":
            found = read(f'"a{mark}",b\n1,2\n"{cells[0]}","{cells[1]}"\n1,2\n'.encode(), delimiter=",")
        case "json":
            rows = [dict(zip(header, row, strict=True)) for row in (["1", "2"], cells, ["1", "2"])]
            found = read(json.dumps([{}, *rows]).encode(), "json")
        case _:
            escaped = [[text.replace(mark, f"_x{ord(mark):04X}_") for text in row] for row in (header, cells)]
            content = workbook(escaped[0], ["1", "2"], escaped[1], ["1", "2"] if form == "xlsx" else [1, 2])
            found = read(content, "xlsx")
    head, (_, row, last) = found
    assert head["header"] == ["a\ufffd", "b"]
    assert row == [3, "\ufffd80", "x\ufffdy\ufffd\ufffd"]
    assert last == ([4, number("1"), number("2")] if "numbers" in form else [4, "1", "2"])


def test_a_feed_may_separate_its_cells_as_the_protocol_does(read):
    content = b'a\x1fb\n1\x1f2\n3\x1f4\x1f\n"x\x1fy"\x1f5\n'
    rows = [[2, "1", "2"], [3, "3", "4"], [4, "x\ufffdy", "5"]]
    assert read(content, delimiter=reading.FIELD_END)[1] == rows
    assert read(content.replace(b"\x1f", b"\x02"), delimiter=reading.NUMBER)[1] == rows


def test_a_row_of_nothing_but_separators_is_not_lost(read):
    assert read(b"a,b\n\x1f,\x1f\n")[1] == [[2, "\ufffd", "\ufffd"]]


def test_the_delimiter_is_the_feeds(read):
    assert read(b"a;b\n1;8.000,00\n", delimiter=";")[1] == [[2, "1", "8.000,00"]]


def test_a_row_longer_than_the_header_keeps_its_surplus(read):
    assert read(b"a\n1,2, ,3,\n")[1] == [[2, "1", [[2, "2"], [4, "3"]]]]


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


def test_a_mark_does_not_count_towards_the_limit_on_a_cell(read):
    assert read(b'[{"a": 12345}]', "json", request={"max_cell_bytes": 5})[1] == [[1, number("12345")]]
    assert read(b'[{"a": 123456}]', "json", request={"max_cell_bytes": 5})[0] == "cell_too_long"


def test_rows_beyond_the_limit_are_counted_and_empty_ones_are_not(read):
    full = b"a\n" + b"1\n\n" * 200
    assert len(read(full, request={"max_rows": 200})[1]) == 200
    assert read(full + b"1\n", request={"max_rows": 200}) == ("too_many_rows", {"limit": 200})


def test_empty_columns_at_the_end_do_not_count(read):
    assert read(b"a,b,,,\n1,2,,,\n", request={"max_columns": 2})[1] == [[2, "1", "2"]]


def test_json_objects_are_rows_and_their_names_columns(read):
    head, rows = read(b'[{"a": 1, "b": "x"}, {}, {"b": 2.50, "c": null}, {"c": true, "a": [1]}]', "json")
    assert head["header"] == ["a", "b", "c"]
    assert rows == [[1, number("1"), "x", ""], [3, "", number("2.50"), ""], [4, '["1"]', "", "true"]]


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
    assert rows == [[1, "x\ufffdy\ufffdz"]]


def test_json_keeps_numbers_as_they_were_written(read):
    assert read(b'[{"a": 1e400, "b": NaN, "c": 00}]', "json")[0] == "not_json"
    assert read(b'[{"a": 1e400, "b": NaN}]', "json")[1] == [[1, number("1e400"), "NaN"]]


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
            date("2026-03-20"),
            date("2026-03-20T14:30:00"),
            "01:02:00",
            number("80"),
            number("12.5"),
            "true",
            "متن\u200cآزاد",
            number("100000000000000000000"),
            "",
        ]
    ]


def test_a_number_beyond_the_header_is_still_known_as_one(read):
    assert read(workbook(["a"], ["x", None, 80.0]), "xlsx")[1] == [[2, "x", [[3, number("80")]]]]


def test_a_column_may_be_named_by_a_number_or_a_date(read):
    head, _ = read(workbook([1404, dt.date(2026, 3, 20)], ["x"]), "xlsx")
    assert head["header"] == ["1404", "2026-03-20"]


def test_rows_of_a_workbook_have_the_numbers_that_excel_shows(read):
    assert read(workbook([], [], ["a"], [], ["x"]), "xlsx")[1] == [[5, "x"]]


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
    with zipfile.ZipFile(empty, "w") as package:
        package.writestr("mimetype", "application/epub+zip")
    assert read(empty.getvalue(), "xlsx")[0] == "not_a_workbook"


@pytest.mark.parametrize("limit", [{"max_members": 3}, {"max_unpacked_bytes": 1000}])
def test_a_workbook_of_too_many_parts_or_bytes_is_not_opened(read, limit):
    assert read(workbook(["a"]), "xlsx", request=limit)[0] == "unpacks_too_far"


def test_a_bomb_is_known_by_its_ratio(read):
    bomb = with_part("xl/media/bomb.bin", bytes(40_000_000))
    assert read(bomb, "xlsx") == ("unpacks_too_far", {"parts": 10, "megabytes": 38})


def test_control_characters_of_a_workbook_are_made_visible(read):
    assert read(workbook(["a"], ["x_x0000_y"]), "xlsx")[1] == [[2, "x\ufffdy"]]


def test_a_password_is_asked_of_nobody(read, monkeypatch):
    def locked(*_):
        raise python_calamine.PasswordError

    monkeypatch.setattr(python_calamine, "load_workbook", locked)
    assert read(workbook(["a"]), "xlsx")[0] == "protected"


@given(content=st.binary(max_size=300), form=st.sampled_from(["csv", "json", "xlsx"]))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path_factory, content, form):
    request = request_for(feed(form), limits(tmp_path_factory.getbasetemp()))
    code = reading.main(json.dumps(asdict(request)), io.BytesIO(content), io.BytesIO(), io.StringIO())
    assert code in {0, reading.REFUSED}


ORDINARY = st.text(st.sampled_from("abس۱2/-. \u200c"), max_size=6)
ODD = st.text(st.sampled_from("a,;\"'\t\n\r \x02\x03\x1c\x1e\x1f\x85\ufffd\ufeff\u2028س"), max_size=4)
ROWS = st.one_of(
    st.lists(ORDINARY, min_size=3, max_size=3),
    st.lists(ORDINARY | ODD, max_size=6),
)


def as_csv(rows, ending):
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=ending).writerows(rows)
    return written.getvalue().encode()


def chunks_of(content, request):
    """The rows of the chunks that the parser, in this process, makes of `content`."""
    target, complaints = io.BytesIO(), io.StringIO()
    assert reading.main(json.dumps(asdict(request)), io.BytesIO(content), target, complaints) == 0, (
        complaints.getvalue()
    )
    pieces = batched(target.getvalue(), 50)
    found = parse._table(pieces)
    return found.header, [row for chunk in found.chunks for row in chunk.iter_rows()]


def batched(output, size):
    return (output[place : place + size] for place in range(0, len(output), size))


def plainly(content):
    """What `chunks_of` has to give, told as plainly as can be."""
    lines = io.StringIO(content.decode("utf-8-sig"), newline="")
    seen = [[re.sub("[\x02\x03\x1e\x1f]", "\ufffd", cell) for cell in row] for row in csv.reader(lines, strict=True)]
    filled = [(place, row) for place, row in enumerate(seen, start=1) if any(cell.strip() for cell in row)]
    _, header = filled[0]
    while not header[-1].strip():
        header.pop()
    return tuple(header), [(place, *_record(row, len(header))) for place, row in filled[1:]]


def _record(row, width):
    beyond = [[place, cell] for place, cell in enumerate(row, start=1) if place > width and cell.strip()]
    cells = [*row[:width], *[""] * (width - len(row))]
    return *(cell or None for cell in cells), json.dumps(beyond) if beyond else None


@given(
    rows=st.lists(ROWS, max_size=30),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    block=st.sampled_from([1, 30, 10**6]),
    least=st.sampled_from([1, 4]),
)
@settings(deadline=None)
def test_the_quick_and_the_careful_way_read_what_a_plain_reader_reads(tmp_path_factory, rows, ending, block, least):
    request = request_for(feed(), limits(tmp_path_factory.getbasetemp()))
    content = as_csv([["نام", "b", "c"], *rows], ending)
    expected = plainly(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_BLOCK_CHARACTERS", block)
        patch.setattr(writing, "_BLOCK_ROWS", least)
        assert chunks_of(content, request) == expected
        patch.setattr(writing, "_WIDEST", 10**9)  # no row is short enough for the quick way
        assert chunks_of(content, request) == expected


@pytest.mark.parametrize("block", [1, 10**6])
def test_a_row_that_is_unfit_is_told_by_its_number_however_those_before_it_were_read(read, monkeypatch, block):
    monkeypatch.setattr(texts, "_BLOCK_CHARACTERS", block)
    before = b'a,b\n1,2\n1,2\n"1",2\n1,2\n'
    assert read(before + b'1,"2"x\n') == ("broken_csv", {"row": 6})
    assert read(before + b"1,longer\n", request={"max_cell_bytes": 5}) == ("cell_too_long", {"row": 6, "limit": 5})
    assert read(before + b'1,"longer"\n', request={"max_cell_bytes": 5}) == ("cell_too_long", {"row": 6, "limit": 5})
