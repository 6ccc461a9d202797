"""Leaves by the column are, to the byte, the leaves that plain Python makes row by row."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roadmap.store import leaves as making
from roadmap.store.frames import EVENTS, HASHED, REJECTS
from roadmap.store.leaves import leaves
from tests.factories import leaf

PLACED = pl.Schema({"seq": pl.Int64, "batch": pl.Int32, **EVENTS})
HASHED_SCHEMA = pl.Schema({name: PLACED[name] for name in HASHED})

TEXTS = st.one_of(
    st.sampled_from(["", "الف", 'گفت: "نه"', "\\", "a\nb", "\r", "\t", "\x1f\x7f", "\u2028", "null", "🚢", '","']),
    st.text(st.characters(exclude_categories=["Cs"])),
)
NUMBERS = st.one_of(
    st.sampled_from([0.1, 1e-5, 1e-4, 9.999e-5, 1e15, 1e16, 123456789012345.6, 100.0, -0.0, 0.0, 5e-324, 1e22]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(0, 100, places=2).map(float),
)
VALUES = {
    pl.String: TEXTS,
    pl.Float64: NUMBERS,
    pl.Date: st.dates(),
    pl.Int16: st.integers(-(2**15), 2**15 - 1),
    pl.Int32: st.integers(-(2**31), 2**31 - 1),
    pl.Int64: st.integers(-(2**63), 2**63 - 1),
}


@pytest.fixture(autouse=True, params=["by the column", "by hand"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches are put together by hand; each test goes both ways."""
    monkeypatch.setattr(making, "_FEW", 0 if request.param == "by the column" else sys.maxsize)


def rows_of(schema: pl.Schema) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    return st.lists(st.tuples(*(st.none() | VALUES[kind.base_type()] for kind in schema.values())), max_size=8)


def by_hand(row: tuple[Any, ...]) -> str:
    """What every earlier version wrote."""
    values = [value.isoformat() if isinstance(value, date) else value for value in row]
    listed = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(b"\x00" + listed.encode()).hexdigest()


def test_a_leaf_is_this_for_ever() -> None:
    """Written out, so that no change of a library goes unseen: this test is not to be adjusted."""
    row = (1, 2, 5, "Q-1", "S-1", 3, date(2026, 10, 31), 1, 40.0, None, 0, 12.5, "گزارش", 7, '{"narrative":"روایت"}')
    listed = (
        '[1,2,5,"Q-1","S-1",3,"2026-10-31",1,40.0,null,0,12.5,"گزارش",7,"{\\"narrative\\":\\"روایت\\"}"]'
    )  # fmt: skip
    frame = pl.DataFrame([row], schema=HASHED_SCHEMA, orient="row")
    assert leaves(frame).to_list() == [hashlib.sha256(b"\x00" + listed.encode()).hexdigest()]


@pytest.mark.parametrize("schema", [HASHED_SCHEMA, REJECTS], ids=["events", "rejects"])
def test_leaves_by_the_column_are_those_made_row_by_row(schema: pl.Schema) -> None:
    @settings(deadline=None)
    @given(rows_of(schema))
    @example([])
    def holds(rows: list[tuple[Any, ...]]) -> None:
        made = leaves(pl.DataFrame(rows, schema=schema, orient="row")).to_list()
        assert made == [by_hand(row) for row in rows]
        assert made == [leaf(row).hex() for row in rows]

    holds()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_only_a_forger_writes_has_a_leaf_too(value: float) -> None:
    """The table allows it; verify has to be able to say that it was not written so."""
    assert leaves(pl.DataFrame({"percent": [value, 1.0]})).to_list() == [leaf([value]).hex(), leaf([1.0]).hex()]
