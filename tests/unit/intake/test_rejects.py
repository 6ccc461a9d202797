from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from roadmap.domain.changes import ReportProgress
from roadmap.domain.model import State
from roadmap.domain.refusals import CODES, Refusal
from roadmap.intake import rejects, unfit
from roadmap.intake.checking import check
from roadmap.intake.contracts import ReportRow
from roadmap.intake.mapping import Draft

SOUND = {"milestone": "A-1", "effective": date(2026, 10, 31), "state": State.IN_PROGRESS, "percent": 40.0}
_NAMES = "name limit row reason parts megabytes sheet sheets encoding column columns what"
DETAILS = dict.fromkeys(_NAMES.split(), "…")


def draft(refusals=(), **values):
    return Draft(2, "key", values, {}, refusals)


def refused(**changes):
    with pytest.raises(ValidationError) as error:
        ReportRow.model_validate(SOUND | changes)
    return [(refusal.code, refusal.field) for refusal in rejects.contract_refusals(error.value)]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"percent": 101.0}, "out_of_range", "percent"),
        ({"percent": float("inf")}, "out_of_range", "percent"),
        ({"effective": date(1405, 1, 1)}, "out_of_range", "effective"),
        ({"effective": "soon"}, "not_a_date", "effective"),
        ({"percent": "many"}, "not_a_number", "percent"),
        ({"version": 1.5}, "not_a_number", "version"),
        ({"state": "odd"}, "unknown_choice", "state"),
        ({"milestone": "کد"}, "unknown_milestone", "milestone"),
        ({"unit": "no such"}, "unknown_unit", "unit"),
        ({"unit": None}, "missing", "unit"),
        ({"narrative": "x" * 4001}, "too_long", "narrative"),
        ({"colour": "red"}, "unexpected", "colour"),
        ({"state": State.DONE}, "inconsistent", "percent"),
    ],
)
def test_what_the_contract_finds_has_a_code_and_a_field(changes, code, field):
    assert refused(**changes) == [(code, field)]


def test_everything_that_is_wrong_with_a_row_is_told_at_once():
    assert refused(percent=-1.0, unit="?", version=0) == [
        ("unknown_unit", "unit"),
        ("out_of_range", "percent"),
        ("out_of_range", "version"),
    ]


def test_a_sound_draft_becomes_an_order():
    assert isinstance(check(draft(**SOUND)), ReportProgress)


def test_what_could_not_be_read_is_not_called_missing_too():
    unreadable = Refusal("not_a_number", "percent", "x", rejects.unreadable("percent", "x").text)
    found = check(draft((unreadable,), milestone="A-1", state=State.DONE))
    assert [(refusal.code, refusal.field) for refusal in found] == [
        ("not_a_number", "percent"),
        ("missing", "effective"),
    ]


def test_a_row_whose_fields_are_sound_is_still_refused_for_what_the_mapping_found():
    shifted = rejects.unreadable("unit", None)
    assert check(draft((shifted,), **SOUND)) == (shifted,)


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.sampled_from(State)


@given(st.dictionaries(st.sampled_from([*ReportRow.model_fields, "other"]), anything))
def test_no_value_leaves_the_contract_without_a_sentence(values):
    found = check(draft(**values))
    assert isinstance(found, ReportProgress) or all(refusal.code in CODES for refusal in found)
    assert found


@pytest.mark.parametrize("code", sorted(unfit.CODES))
def test_every_reason_to_refuse_a_file_is_told_in_both_languages(code):
    error = unfit.refuse_file(code, **DETAILS)
    assert error.code == code
    assert error.fa != error.en
    assert str(error) == error.en
    assert "{" not in error.fa + error.en


def test_an_unknown_reason_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        unfit.refuse_file("whim")


def test_a_refused_file_stands_in_the_ledger_as_one_entry_without_a_row():
    entry = rejects.whole_file("گزارش.xlsx", unfit.refuse_file("empty_file"))
    assert entry.row is None
    assert [(refusal.code, refusal.value) for refusal in entry.refusals] == [("empty_file", "گزارش.xlsx")]


def test_what_is_shown_hides_nothing():
    assert rejects.shown("a\u202eb\x00c\ud800d\ufeff") == "a\ufffdb\ufffdc\ufffdd\ufffd"
    assert len(rejects.shown("x" * 1000)) == 200


def test_zero_width_non_joiners_are_part_of_the_language():
    assert rejects.is_showable("می\u200cرود")
