from __future__ import annotations

import os
from pathlib import Path

import pytest

from roadmap.errors import FileRefusedError
from roadmap.intake import parse, reading
from roadmap.intake.parse import Cell
from tests.unit.intake.files import FAR_CELL, HEADER, feed, limits, table, texts, with_cells, with_part, workbook


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
    assert len(table(f"{','.join(HEADER)}\n{lines}".encode(), feed(), limits(tmp_path)).rows) == 20_000


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
    monkeypatch.setattr(parse, "_PATIENCE", 0.001)
    assert refused(b"a\n1\n", "csv", limits(tmp_path)) == "parser_slow"


def test_the_child_is_not_given_our_secrets(monkeypatch):
    monkeypatch.setenv("ROADMAP_DATABASE_URL", "postgresql://hush")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "hush")
    assert not [name for name, value in parse._environment().items() if "hush" in value]
    assert parse._environment()["PATH"] == os.environ["PATH"]


def test_nothing_is_left_in_the_staging_folder(tmp_path):
    table(b"a\n1\n", feed(), limits(tmp_path))
    assert list((tmp_path / "staging").iterdir()) == []


def test_the_child_needs_nothing_of_the_package():
    source = Path(reading.__file__).read_text(encoding="utf-8")
    assert "import roadmap" not in source
    assert "from roadmap" not in source
