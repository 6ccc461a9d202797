from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from roadmap.domain.model import Confidence, State
from roadmap.errors import RoadmapError
from roadmap.intake import contracts
from roadmap.intake.contracts import ReportRow

PUBLISHED = Path(__file__).parents[3] / "schemas"


def row(**changes):
    values = {"milestone": "A-1", "effective": date(2026, 10, 31), "state": State.IN_PROGRESS, "percent": 40.0}
    return ReportRow.model_validate(values | changes)


def test_a_row_speaks_for_the_country_unless_it_names_a_unit():
    assert row().unit == "national"


@pytest.mark.parametrize(("state", "percent"), [(State.DONE, 80.0), (State.NOT_STARTED, 1.0)])
def test_a_state_that_fixes_the_percent_refuses_another(state, percent):
    with pytest.raises(ValidationError, match="do not agree"):
        row(state=state, percent=percent)


def test_a_state_takes_the_percent_that_it_fixes():
    assert row(state=State.DONE, percent=100).percent == 100
    assert row(state=State.NOT_STARTED, percent=0).percent == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("effective", "1704067200"),
        ("effective", "2026-10-31"),
        ("effective", date(1405, 1, 1)),
        ("effective", date(2646, 3, 21)),
        ("percent", "1_0"),
        ("percent", True),
        ("percent", 100.5),
        ("percent", float("nan")),
        ("spent", -1.0),
        ("state", "done"),
        ("milestone", "نامعلوم"),
        ("narrative", "x" * 4001),
        ("version", 0),
        ("anything", "else"),
    ],
)
def test_the_contract_converts_nothing_and_keeps_its_bounds(field, value):
    with pytest.raises(ValidationError):
        row(**{field: value})


def test_an_order_carries_every_field_and_the_version_that_the_sender_saw():
    full = row(
        unit="P-1",
        forecast_finish=date(2026, 12, 1),
        confidence=Confidence.AMBER,
        spent=3.5,
        narrative="n",
        blocker="b",
        evidence="e",
        version=7,
    )
    order = contracts.to_order(full)
    assert order.base_version == 7
    assert order.report.model_dump(exclude={"type"}) == full.model_dump(exclude={"version"})


@pytest.mark.parametrize("name", ReportRow.model_fields)
def test_every_field_is_explained_in_both_languages_with_an_example(name):
    told = ReportRow.model_json_schema()["properties"][name]
    assert all(told[key] for key in ("title", "description", "x-title-fa", "x-description-fa", "examples"))


def test_the_examples_make_a_row_that_the_contract_takes():
    examples = {name: field.examples[0] for name, field in ReportRow.model_fields.items()}
    assert ReportRow.model_validate_json(json.dumps(examples)).percent == 42.5


def test_ranges_are_told_as_the_contract_has_them():
    assert contracts.allowed_range("percent") == "0–100"
    assert contracts.allowed_range("effective") == "2000-01-01–2099-12-31"
    assert contracts.allowed_range("narrative") == ""
    assert contracts.longest("narrative") == 4000
    assert contracts.longest("percent") == 0


def test_the_published_schemas_are_those_of_the_code():
    assert contracts.stale_schemas(PUBLISHED) == []


def test_the_schema_ties_the_percent_to_the_state():
    rules = json.loads((PUBLISHED / "progress_report.v1.json").read_text(encoding="utf-8"))["allOf"]
    fixed = {
        rule["if"]["properties"]["state"]["const"]: rule["then"]["properties"]["percent"]["const"] for rule in rules
    }
    assert fixed == {"done": 100, "not_started": 0}


def test_missing_schemas_are_written_once(tmp_path):
    folder = tmp_path / "schemas"
    assert contracts.stale_schemas(folder) == list(contracts.CONTRACTS)
    assert contracts.write_schemas(folder) == list(contracts.CONTRACTS)
    assert contracts.stale_schemas(folder) == []
    assert contracts.write_schemas(folder) == []


def test_a_published_contract_is_never_edited(tmp_path, monkeypatch):
    class Changed(BaseModel):
        percent: int

    contracts.write_schemas(tmp_path)
    monkeypatch.setitem(contracts.CONTRACTS, "progress_report.v1.json", Changed)
    assert contracts.stale_schemas(tmp_path) == ["progress_report.v1.json"]
    with pytest.raises(RoadmapError, match="new version"):
        contracts.write_schemas(tmp_path)
