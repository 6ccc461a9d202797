"""Tables with one thing down and another across, and cells filled down, as rows of reports."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from roadmap.errors import FileRefusedError
from roadmap.feed_options import Across, FeedOptions
from roadmap.intake.parse import rows_of
from tests.unit.intake.files import feed, limits, opened, table_here, texts, workbook

CELLS = {"keys": ("milestone",), "header": "unit", "cell": "state"}
RECORDS = {"keys": ("Item",), "header": "Project", "cell": "Title", "record": r"(?:Approval|Project) MM\d+"}


@pytest.fixture
def read(tmp_path):
    def read_content(content, form="csv", **options):
        return table_here(content, feed(form, **options), limits(tmp_path))

    return read_content


def refused(read, content, form="csv", **options):
    with pytest.raises(FileRefusedError) as caught:
        read(content, form, **options)
    return caught.value.code


def test_each_filled_cell_below_a_header_becomes_a_row(read):
    found = read(b"milestone,IR-1,IR-2\nA-1,done,\n,,\nA-2,done,live\n", across=CELLS)
    assert found.header == ("milestone", "unit", "state")
    assert texts(found) == [["A-1", "IR-1", "done"], ["A-2", "IR-1", "done"], ["A-2", "IR-2", "live"]]
    assert [row.number for row in found.rows] == [2, 4, 4]


def test_several_keys_go_into_every_row_wherever_they_stand(read):
    found = read(b"IR-1,day,milestone\nx,1405,A-1\n", across=CELLS | {"keys": ("milestone", "Day")})
    assert found.header == ("milestone", "Day", "unit", "state")
    assert texts(found) == [["A-1", "1405", "IR-1", "x"]]


def test_a_cell_below_no_header_is_told_so_that_it_can_be_refused(read):
    found = read(b"milestone,IR-1,,\nA-1,done,stray,far\n", across=CELLS)
    assert texts(found) == [["A-1", "IR-1", "done"], ["A-1", "", "", "stray"], ["A-1", "", "", "far"]]
    assert [chunk["beyond"].drop_nulls().to_list() for chunk in found.chunks] == [['[[4, "stray"]]', '[[4, "far"]]']]


def test_a_cell_below_an_empty_header_in_between_is_no_row_of_its_own(read):
    (chunk,) = read(b"milestone,,IR-1\nA-1,stray,done\n", across=CELLS).chunks
    assert chunk["beyond"].to_list() == ['[[4, "stray"]]', None]


def test_what_a_workbook_types_stays_typed_across(read):
    found = read(workbook(["milestone", "IR-1"], ["A-1", 40]), "xlsx", across=CELLS)
    assert found.rows[0].cells[2] == ("40", "number")


def test_rows_that_belong_together_become_one_row_a_header(read):
    rows = [
        ["Item ", "Mars", "Moon"],
        ["Owner", "Ann", "Bob"],
        ["Approval MM1", "Start", "Start"],
        ["Approval MM1 Status", "Complete", None],
        ["Approval MM1 Notes", None, None],
        ["Project MM18", "Build", None],
        ["Project MM18 Status", "Live", None],
    ]
    found = read(workbook(*rows), "xlsx", across=RECORDS)
    assert found.header == ("Item", "Project", "Title", "Status", "Notes")
    assert texts(found) == [
        ["Approval MM1", "Mars", "Start", "Complete"],
        ["Approval MM1", "Moon", "Start"],
        ["Project MM18", "Mars", "Build", "Live"],
    ]
    assert [row.number for row in found.rows] == [3, 3, 6]


def test_rows_that_belong_to_no_record_are_counted(read, tmp_path):
    content = b"Item,Mars\nOwner,Ann\n,\nProject MM1,Build\nCost,3\n"
    with opened(content, feed(across=RECORDS), limits(tmp_path)) as found:
        assert [row.cells[0].text for chunk in found.chunks for row in rows_of(chunk)] == ["Project MM1"]
        assert found.left_out == 2


def test_parts_of_a_record_may_lie_apart_but_not_come_twice(read):
    content = b"Item,Mars\nProject MM1,Build\nOther,1\nProject MM1 Status,Live\n"
    assert texts(read(content, across=RECORDS)) == [["Project MM1", "Mars", "Build", "Live"]]
    assert refused(read, content + b"Project MM1 Status,Done\n", across=RECORDS) == "repeated_column"


def test_a_whole_table_lies_across_where_every_row_is_a_part(read):
    found = read(
        b"name,Mars,Moon\nstate,done,live\n,Total,9\ncost,1,2\n", across=RECORDS | {"keys": ("name",), "record": ""}
    )
    assert found.header == ("name", "Project", "state", "cost")
    assert texts(found) == [["", "Mars", "done", "1"], ["", "Moon", "live", "2"]]


def test_an_empty_cell_has_what_stands_above_it_if_the_feed_says_so(read):
    content = b"milestone,state,note\nA-1,done\n,live,x\n,,\n,live\nA-2,,\n"
    found = read(content, fill_down=(" Milestone",))
    assert texts(found) == [["A-1", "done"], ["A-1", "live", "x"], ["A-1", "live"], ["A-2"]]
    assert texts(read(content))[1] == ["", "live", "x"]


def test_filled_down_keys_can_lie_across(read):
    content = b"milestone,IR-1\nA-1,1\n,2\n"
    assert [row[0] for row in texts(read(content, across=CELLS, fill_down=("milestone",)))] == ["A-1", "A-1"]


@pytest.mark.parametrize("options", [{"fill_down": ("Milestone",)}, {"across": CELLS}])
def test_a_layout_without_its_column_or_with_two_refuses_the_file(read, options):
    assert refused(read, b"code,IR-1\nA,1\n", **options) == "missing_columns"
    assert refused(read, b"milestone,milestone\nA,1\n", **options) == "repeated_column"


def test_limits_hold_for_what_is_made(read, tmp_path):
    content = b"milestone," + b",".join(b"u%d" % place for place in range(50)) + b"\nA-1" + b",x" * 50 + b"\n"
    with pytest.raises(FileRefusedError) as caught:
        table_here(content, feed(across=CELLS), limits(tmp_path, max_csv_rows=49))
    assert caught.value.code == "too_many_rows"
    labels = b"".join(b"Project MM1 part %d,x\n" % place for place in range(250))
    assert refused(read, b"Item,Mars\n" + labels, across=RECORDS) == "too_many_columns"


def test_marks_of_the_protocol_cannot_be_smuggled_in_across(read):
    assert texts(read(b"milestone,IR-1\nA-1,\x0240\n", across=CELLS)) == [["A-1", "IR-1", "\ufffd40"]]


def test_a_pattern_that_is_none_is_told_when_the_programme_is_read():
    with pytest.raises(ValidationError, match="is no pattern"):
        FeedOptions(across=Across(**RECORDS | {"record": "("}))
