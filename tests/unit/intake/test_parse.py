from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

import polars as pl
import psutil
import pytest

from roadmap.errors import FileRefusedError
from roadmap.intake import parse, reading
from roadmap.intake.parse import Cell
from tests.unit.intake.files import (
    FAR_CELL,
    HEADER,
    feed,
    limits,
    opened,
    table,
    texts,
    with_cells,
    with_part,
    workbook,
)


def refused(content, form, settings, **options):
    with pytest.raises(FileRefusedError) as error:
        table(content, feed(form, **options), settings)
    assert error.value.fa
    return error.value.code


def test_a_workbook_comes_through_with_sheet_row_and_kind(tmp_path):
    found = table(workbook(["الف", "ب"], [], ["متن", 80.0]), feed("xlsx"), limits(tmp_path))
    assert found.sheet == "گزارش"
    assert found.header == ("الف", "ب")
    assert found.rows == (parse.Row(3, (Cell("متن"), Cell("80", "number"))),)


def test_a_csv_file_comes_through_under_any_locale(tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    found = table("\ufeffنام\nکلانتری\u2028۱\n".encode(), feed(), limits(tmp_path))
    assert found.sheet is None
    assert texts(found) == [["کلانتری\u2028۱"]]


def test_twenty_thousand_rows_come_through(tmp_path):
    lines = "\n".join(",".join([str(number)] * len(HEADER)) for number in range(20_000))
    found = table(f"{','.join(HEADER)}\n{lines}".encode(), feed(), limits(tmp_path))
    assert sum(chunk.height for chunk in found.chunks) == 20_000


def test_chunks_are_bounded_and_row_numbers_run_on(tmp_path):
    content = b"a,b\n" + b"x,1\n" * 100_001
    chunks = table(content, feed(), limits(tmp_path)).chunks
    assert max(chunk.height for chunk in chunks) <= parse.CHUNK_ROWS
    assert chunks[0].columns == ["number", "c0", "c1", "beyond"]
    whole = pl.concat(chunks)
    assert whole["number"].dtype == pl.Int32
    assert whole["number"].to_list() == list(range(2, 100_003))
    assert whole.select("c0", "c1", "beyond").unique().rows() == [("x", "1", None)]


def test_a_piece_of_very_short_rows_is_cut_into_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(parse, "CHUNK_ROWS", 10)
    chunks = table(b"a\n" + b"1\n" * 35, feed(), limits(tmp_path)).chunks
    assert [chunk.height for chunk in chunks] == [10, 10, 10, 5]


def test_a_chunk_of_long_rows_holds_fewer_of_them(tmp_path, monkeypatch):
    monkeypatch.setattr(parse, "_CHUNK_BYTES", 100_000)
    monkeypatch.setattr(parse, "_PIECE_BYTES", 30_000)
    found = table(b"a\n" + (b"x" * 10_000 + b"\n") * 100, feed(), limits(tmp_path))
    assert max(chunk.height for chunk in found.chunks) <= 10
    assert [row.number for row in found.rows] == list(range(2, 102))


def test_rows_come_back_one_by_one_as_they_were_sent(tmp_path):
    found = table(workbook(["a", "b"], ["x", None, None, 8.5], [None, "y", None]), feed("xlsx"), limits(tmp_path))
    assert found.rows == (
        parse.Row(2, (Cell("x"), Cell(""), Cell(""), Cell("8.5", "number"))),
        parse.Row(3, (Cell(""), Cell("y"))),
    )


def test_what_a_cell_ends_with_is_kept(tmp_path):
    content = b'a,b\n"x\r","y\r\r"\n" z ","\n"\n"\r","\r\n."\n'
    assert texts(table(content, feed(), limits(tmp_path))) == [["x\r", "y\r\r"], [" z "], ["\r", "\r\n."]]


def test_a_file_without_rows_has_no_chunks(tmp_path):
    found = table(b"a,b\n", feed(), limits(tmp_path))
    assert found.header == ("a", "b")
    assert found.chunks == []


@pytest.mark.timeout(30)
def test_rows_are_there_before_the_child_is_done_and_it_does_not_outlive_its_reader(tmp_path):
    with opened(b"a,b\n" + b"x,1\n" * 1_000_000, feed(), limits(tmp_path)) as found:
        assert next(found.chunks).height <= parse.CHUNK_ROWS
        (child,) = psutil.Process().children()
        child.suspend()  # it will never be done by itself
    assert not child.is_running()
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.timeout(30)
def test_a_reader_that_fails_ends_the_child_too(tmp_path):
    with suppress(ZeroDivisionError), opened(b"a,b\n" + b"x,1\n" * 1_000_000, feed(), limits(tmp_path)):
        psutil.Process().children()[0].suspend()
        raise ZeroDivisionError
    assert psutil.Process().children() == []


@pytest.mark.parametrize(
    ("end", "changes", "code"),
    [
        (b'"x"y,1\n', {}, "broken_csv"),
        (b"\xff\n", {}, "not_text"),
        (b"\0\n", {}, "nul_bytes"),
        (b"x,1\n", {"max_csv_rows": 200_000}, "too_many_rows"),
        (b"x,1\n", {"max_unpacked_bytes": 2_000_000}, "parser_failed"),
    ],
)
def test_a_file_that_is_unfit_further_down_is_refused_there(tmp_path, end, changes, code):
    content = b"a,b\n" + b"x,1\n" * 200_000 + end
    with opened(content, feed(), limits(tmp_path, **changes)) as found:
        assert next(found.chunks).height > parse.CHUNK_ROWS // 2
        with pytest.raises(FileRefusedError) as error:
            list(found.chunks)
    assert error.value.code == code


def test_a_child_that_dies_half_way_refuses_the_file(tmp_path):
    with opened(b"a,b\n" + b"x,1\n" * 1_000_000, feed(), limits(tmp_path)) as found:
        psutil.Process().children()[0].kill()
        with pytest.raises(FileRefusedError) as error:
            list(found.chunks)
    assert error.value.code == "parser_failed"


def test_a_refusal_is_told_in_the_senders_words(tmp_path):
    with pytest.raises(FileRefusedError, match="“CSV UTF-8”"):
        table("نام\n".encode("cp1256"), feed(), limits(tmp_path))


def test_a_single_far_cell_ends_the_child_not_this_process(tmp_path, caplog):
    assert len(with_cells(FAR_CELL)) < 10_000
    assert refused(with_cells(FAR_CELL), "xlsx", limits(tmp_path)) == "parser_failed"
    assert "memory allocation" in caplog.text


def test_a_file_that_needs_too_much_memory_is_refused(tmp_path):
    content = b"[" + b",".join(b'{"a":1}' for _ in range(400_000)) + b"]"
    assert refused(content, "json", limits(tmp_path, parser_memory_bytes=64 * 2**20)) == "parser_failed"


def test_a_file_whose_rows_outgrow_the_limit_on_output_is_refused(tmp_path):
    content = b"a\n" + b"\n".join([b"x" * 100] * 10_000)
    assert refused(content, "csv", limits(tmp_path, max_unpacked_bytes=500_000)) == "parser_failed"


def test_a_file_that_takes_too_long_to_read_is_refused(tmp_path):
    strings = b"<si><t>x</t></si>" * 9_000_000
    heavy = with_part("xl/sharedStrings.xml", b"<sst>" + strings + b"</sst>")
    settings = limits(tmp_path, parser_cpu_seconds=1, max_ratio=10**6, parser_memory_bytes=2**33)
    assert refused(heavy, "xlsx", settings) == "parser_slow"


def test_a_child_that_waits_for_ever_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(parse, "PATIENCE", 0.0001)
    assert refused(b"a\n1\n", "csv", limits(tmp_path)) == "parser_slow"


def test_the_child_is_not_given_our_secrets(monkeypatch):
    monkeypatch.setenv("ROADMAP_DATABASE_URL", "postgresql://hush")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "hush")
    assert not [name for name, value in parse.environment().items() if "hush" in value]
    assert parse.environment()["PATH"] == os.environ["PATH"]


def test_nothing_is_left_in_the_staging_folder(tmp_path):
    table(b"a\n1\n", feed(), limits(tmp_path))
    assert list((tmp_path / "staging").iterdir()) == []


def test_the_child_loads_nothing_of_the_package_but_itself():
    told = "import sys; import roadmap.intake.reading.main; print(*sys.modules)"
    command = [sys.executable, "-I", "-c", told]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    ours = {name for name in loaded if name.split(".")[0] == "roadmap"}
    assert {name for name in ours if not name.startswith(reading.__name__)} == {"roadmap", "roadmap.intake"}
    assert not {"polars", "pydantic", "sqlalchemy"} & set(loaded)
