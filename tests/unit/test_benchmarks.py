"""What the benchmarks share: figures beside targets, their table and JSON, generated data, refused arguments."""

from __future__ import annotations

import json

import pytest

from benchmarks import realdata, run, worlds
from benchmarks.figures import BUILD, BenchmarkError, Figure, Target, at_most, columns, exactly, publish, shown, table
from benchmarks.torture import __main__ as torture
from roadmap import programme


@pytest.mark.parametrize(
    ("target", "value", "met"),
    [
        (Target("≤", 4), 4, True),
        (Target("≤", 4), 4.1, False),
        (Target("≥", 12), 12, True),
        (Target("≥", 12), 11.9, False),
        (Target("=", 0), 0, True),
        (Target("=", 0), 1, False),
        (None, 7, None),
    ],
)
def test_a_figure_knows_whether_its_target_is_met(target, value, met):
    assert Figure("whole intake", value, "× bare", target).met is met


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (2.0, "2"), (0.0314, "0.0314"), (68.24, "68.2"), (1234.5, "1,234"), (20_000, "20,000")],
)
def test_numbers_are_shown_with_the_digits_that_mean_something(value, text):
    assert shown(value) == text


def test_the_table_shows_each_figure_beside_its_target():
    lines = table([at_most("start", 43.21, "s", 90), exactly("lost", 3, "events", 0), Figure("peer", 1200, "×")])
    assert [line.split() for line in lines.splitlines()] == [
        ["figure", "value", "unit", "target", "met"],
        ["──────", "─────", "──────", "──────", "───"],
        ["start", "43.2", "s", "≤", "90", "yes"],
        ["lost", "3", "events", "=", "0", "NO"],
        ["peer", "1,200", "×", "–", "–"],
    ]


def test_columns_are_as_wide_as_their_widest_cell():
    assert columns([("file", "rows"), ("a.csv", "7")], right={1}).splitlines() == [
        "file   rows",
        "─────  ────",
        "a.csv     7",
    ]


def test_figures_are_printed_and_written_for_scripts(tmp_path, capsys):
    path = publish("bench", [at_most("start", 43.2, "s", 90), Figure("peer", 12, "×")], tmp_path / BUILD)
    assert json.loads(path.read_text("utf-8")) == [
        {"name": "start", "value": 43.2, "unit": "s", "target": "≤ 90", "met": True},
        {"name": "peer", "value": 12, "unit": "×", "target": None, "met": None},
    ]
    assert path.name == "bench.json"
    assert "start    43.2  s       ≤ 90  yes" in capsys.readouterr().out


@pytest.mark.parametrize("folder", ["nowhere", ""])
def test_a_folder_without_the_data_is_refused_in_one_sentence(tmp_path, capsys, folder):
    assert realdata.main([str(tmp_path / folder)]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.endswith("give the folder that holds the real data.\n")


@pytest.mark.parametrize(
    ("main", "arguments", "told"),
    [
        (torture.main, ["--only", "T1,T99"], "'T99' is none of T1, T2"),
        (torture.main, ["--scale", "0"], "'0' is no number above 0"),
        (torture.main, ["--scale", "much"], "'much' is no number above 0"),
        (run.main, ["--rows", "1e6"], "'1e6' is no whole number from 1 up"),
        (run.main, ["--drops", "²"], "'²' is no whole number from 1 up"),
        (realdata.main, [], "required: data"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(capsys, main, arguments, told):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code != 0
    assert told in capsys.readouterr().err


def test_figures_of_a_torture_that_breaks_off_are_kept(tmp_path, monkeypatch, capsys):
    def breaks_off(_):
        yield exactly("T1 missed", 0, "events", 0)
        raise BenchmarkError("A writer hangs.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(torture.TESTS, "T1", breaks_off)
    monkeypatch.setitem(torture.TESTS, "T2", lambda of: [exactly("T2 kills", of(1_000), "kills", 20)])
    assert torture.main(["--only", "T1,T2", "--scale", "0.02"]) == 1
    told = json.loads((tmp_path / BUILD / "torture.json").read_text("utf-8"))
    assert [figure["name"] for figure in told] == ["T1 missed", "T2 kills", "T2 took"]
    assert told[1]["met"]
    assert capsys.readouterr().err == "A writer hangs.\n"


def test_a_broken_promise_is_the_exit_code_of_the_torture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(torture.TESTS, "T1", lambda _: [exactly("T1 missed", 1, "events", 0)])
    assert torture.main(["--only", "T1"]) == 1


@pytest.mark.parametrize("rows", [1, 40, 1_000, 10_000, 100_000, 1_000_000])
def test_a_size_has_the_rows_that_were_asked_for(rows):
    assert worlds.size_for(rows).rows == rows


def test_generated_files_are_the_same_every_time_and_partly_spoilt(tmp_path):
    plan = programme.load(worlds.write_programme(tmp_path, worlds.Size(stations=20, milestones=5)))
    rows = worlds.reports(plan, months=2)
    files = [tmp_path / "one.csv", tmp_path / "other.csv"]
    spoilt = [worlds.write_csv(path, rows, bad_share=0.1) for path in files]
    assert len(rows) == 20 * 5 * 2
    assert rows == worlds.reports(plan, months=2)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert spoilt[0] == spoilt[1] > 0
