"""`make realdata` on a folder of made-up data in the real data's layout."""

from __future__ import annotations

import csv
import json

import openpyxl
import pytest

from benchmarks import realdata
from benchmarks.realdata import answers
from benchmarks.realdata.files import outcome, projects_feed, workbook_feed
from benchmarks.realdata.releases import achievements_feed
from benchmarks.realdata.sets import set_of
from roadmap import programme
from roadmap.feed_options import FeedOptions
from roadmap.intake.parse import Cell
from tests.unit.intake.files import feed, limits

PLAN = (
    "Componente", "Descrizione Componente", "Codice Univoco Submisura", "Descrizione Misura",
    "Amministrazione Titolare", "Codice univoco Milestone-Target", "Milestone-Target", "Nome Milestone-Target",
    "Descrizione specifica di ogni Milestone e Target", "Unità di misura Target (riclassificata)",
    "Riferimento di partenza Target", "Valore-obiettivo Target", "Trimestre di conseguimento",
    "Anno di conseguimento", "OA - Meccanismo di verifica",
)  # fmt: skip
ONE = ("M1", "Uno", "M1.01", "Misura", "Min - A", "X-1", "Target", "Primo", "N/A", "Numero", "0", "8.000,00", "Q4",
       "2025", "N/A")  # fmt: skip
TWO = ("M1", "Uno", "M1.02", "Misura", "Min - B", "X-1", "Milestone", "Secondo", "N/A", "N/A", "0", "0", "Q1", "2026",
       "N/A")  # fmt: skip
ACHIEVED = (
    "Amministrazione Titolare", "Codice univoco Milestone-Target", "Avanzamento", "Principali evidenze", "Allegato 1",
)  # fmt: skip
WORKBOOK = [
    ["Project/Programme Name", "Mars", "Moon"],
    ["Owner", "Ann", "Bob"],
    ["Project MM1", "Build", "Build"],
    ["Project MM1 Forecast - Actual", "9.4.19", "TBC"],
    ["Project MM1 Status", "Complete", None],
]


def write_csv(path, *rows, delimiter=";", encoding="utf-8-sig"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as target:
        csv.writer(target, delimiter=delimiter).writerows(rows)


def write_workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def changed(row, **cells):
    names = {"number": "Codice univoco Milestone-Target", "target": "Valore-obiettivo Target", "year": PLAN[13]}
    return tuple(
        cells.get(next((k for k, v in names.items() if v == name), ""), cell)
        for name, cell in zip(PLAN, row, strict=True)
    )


@pytest.fixture
def data(tmp_path):
    """A folder as `make realdata` wants it, of a few rows."""
    folder = tmp_path / "data"
    spectrum = folder / "bad-inputs" / "csv-spectrum"
    write_csv(spectrum / "csvs" / "simple.csv", ("a", "b"), ("1", "2"), delimiter=",")
    (spectrum / "json").mkdir()
    (spectrum / "json" / "simple.json").write_text('[{"a": "1", "b": "2"}]')
    (folder / "bad-inputs" / "nul.csv").write_bytes(b"a\n\x001\n")
    write_workbook(folder / "workbooks" / "master_4_2018.xlsx", WORKBOOK)
    pnrr = folder / "pnrr"
    write_csv(pnrr / "PNRR_MeT_OA_programmazione.csv", PLAN, ONE, TWO)
    renamed = tuple("Nr. Seq. M&T" if name == PLAN[5] else name for name in PLAN)
    later = [changed(ONE, target="8000"), changed(TWO, year="2027"), changed(TWO, number="X-9")]
    write_csv(pnrr / "PNRR_MeT_OA_programmazione_v02.csv", renamed, *later)
    done, other = ("Min - A", "X-1", "Conseguita", "Fatto", "N/A"), ("Min - A", "X-1", "No", "", "")
    write_csv(pnrr / "MeT_Attuazione_2022-T2.csv", ACHIEVED, done, other)
    write_csv(pnrr / "MeT_Attuazione_2022-T3.csv", ACHIEVED, ("Min - B", "X-9", "Conseguita", "Fatto", "N/A"))
    provinces = [(p.code, p.name_fa, p.name_en, str(p.population)) for p in programme.load().provinces]
    names = ("iso_3166_2", "name_fa_census", "name_en_osm", "pop2016")
    write_csv(folder / "iran" / "provinces.csv", names, *provinces, delimiter=",", encoding="utf-8")
    return folder


def told(tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    code = realdata.main([str(data)])
    found = json.loads((tmp_path / "build" / "realdata.json").read_text("utf-8"))
    return code, {(figure["name"], figure["unit"]): figure["value"] for figure in found}


def test_every_data_set_is_counted_and_the_second_release_proposes(tmp_path, monkeypatch, data, capsys):
    code, found = told(tmp_path, monkeypatch, data)
    assert code == 0
    assert found["pnrr: release 1", "milestones"] == 2
    assert found["pnrr: release 2", "milestones"] == 3
    assert found["pnrr: milestones moved", "proposals"] == 1
    assert found["pnrr: milestones new", "proposals"] == 1
    assert found["pnrr: indicators retargeted", "proposals"] == 0
    assert found["pnrr: indicators only written otherwise", "cells"] == 1
    assert found["bad-inputs: read otherwise than that", "files"] == 0
    assert found["pnrr: baselines after the decisions", "baselines"] == 2
    assert found["pnrr: milestones put by approved proposals", "changes"] == 2
    assert found["pnrr: milestones that differ from the second release", "fields"] == 0
    assert found["pnrr: MeT_Attuazione_2022-T2: rows accepted", "rows"] == 1
    assert found["pnrr: MeT_Attuazione_2022-T3: rows accepted", "rows"] == 1
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    sets = {line[0]: line[1:7] for line in lines if len(line) == 9 and line[0] in {"bad-inputs", "workbooks", "pnrr"}}
    assert sets == {  # files, refused, rows, accepted, duplicate, rejected
        "bad-inputs": ["3", "1", "2", "–", "–", "–"],
        "workbooks": ["1", "0", "2", "1", "0", "1"],
        "pnrr": ["4", "0", "8", "2", "0", "1"],
    }
    assert ["missing:", "state", "1"] in lines
    assert ["nul_bytes", "1"] in lines


def test_an_answer_that_differs_is_a_broken_promise(tmp_path, monkeypatch, data, capsys):
    (data / "bad-inputs" / "csv-spectrum" / "json" / "simple.json").write_text('[{"a": "1", "b": "3"}]')
    code, found = told(tmp_path, monkeypatch, data)
    assert (code, found["bad-inputs: read otherwise than that", "files"]) == (1, 1)
    assert "simple.csv was read otherwise than its authors say" in capsys.readouterr().err


def test_the_workbooks_are_read_by_their_quarter(tmp_path):
    path = tmp_path / "master_4_2018.xlsx"
    write_workbook(path, WORKBOOK)
    found = outcome(path, tmp_path, workbook_feed(path), limits(tmp_path / "state"))
    order = found.orders.row(0, named=True)
    assert (order["milestone"], order["unit"], str(order["effective"])) == ("Project-MM1", "Mars", "2018-12-31")
    assert (order["percent"], str(order["forecast_finish"])) == (100, "2019-04-09")
    assert found.rejected == {"missing: state": 1, "missing: percent": 1}
    assert 5 < found.megabytes < 200


def test_rows_of_two_files_that_say_the_same_are_duplicates(tmp_path):
    for name in ("a_4_2018.xlsx", "b_4_2018.xlsx"):
        write_workbook(tmp_path / name, WORKBOOK)
    paths = sorted(tmp_path.glob("*.xlsx"))
    found = set_of("workbooks", [outcome(p, tmp_path, workbook_feed(p), limits(tmp_path / "state")) for p in paths])
    assert (found.rows, found.accepted, found.duplicates, found.rejected, found.lost) == (4, 1, 1, 2, 0)


def test_projects_lie_across_until_2017_and_down_since(tmp_path):
    write_csv(tmp_path / "uk_2017.csv", ("Project Name", "A b", "C"), ("Project - End Date\n(Latest approved end date)",
              "31/12/2020", "Exempt"), delimiter=",", encoding="cp1252")  # fmt: skip
    write_csv(
        tmp_path / "uk_2018.csv", ("project_name", "end_date"), ("A–b", "31.12.20"), delimiter=",", encoding="cp1252"
    )
    for name, accepted, rejected in (("uk_2017.csv", 1, 1), ("uk_2018.csv", 1, 0)):
        path = tmp_path / name
        found = outcome(path, tmp_path, projects_feed(path), limits(tmp_path / "state"))
        assert (found.orders["milestone"].to_list(), found.rejected_rows) == (["A-b"] * accepted, rejected)


def test_a_parser_that_is_killed_for_its_memory_counts_as_broken(tmp_path):
    path = tmp_path / "rows.json"
    path.write_bytes(b"[" + b",".join([b'{"a":1}'] * 400_000) + b"]")
    few = limits(tmp_path / "state", parser_memory_bytes=64 * 2**20)
    found = set_of("x", [outcome(path, tmp_path, feed("json"), few)])
    assert (found.broken, found.megabytes <= 64) == (1, True)


@pytest.mark.parametrize(
    ("cell", "right", "options", "agrees"),
    [
        (Cell("1,7"), "1.7", {"decimal": ","}, True),
        (Cell("1,7"), "1.8", {"decimal": ","}, False),
        (Cell("02/01/2014"), "2014-01-02", {"dates": ("DD/MM/YYYY",)}, True),
        (Cell("02/01/2014"), "2014-02-01", {"dates": ("DD/MM/YYYY",)}, False),
        (Cell("1920-01-01", "date"), "1920-01-01T00:00:00", {}, True),
        (Cell("1920-01-02", "date"), "1920-01-01T00:00:00", {}, False),
        (Cell("true"), "True", {}, True),
        (Cell("N/A"), "", {"nothing": ("N/A",)}, True),
        (Cell("40", "number"), "40.0", {}, True),
        (Cell("40", "number"), "41", {}, False),
    ],
)
def test_a_cell_agrees_with_its_answer_by_what_it_means(cell, right, options, agrees):
    assert answers.cell_agrees(cell, right, FeedOptions(date="gregorian", **options)) is agrees


def test_achievements_come_by_the_feed_of_the_programme_file():
    assert achievements_feed().mapping["Avanzamento"] == "state"
