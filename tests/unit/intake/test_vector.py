"""The vectorised row check: what it says is what mapping and contract say of each row by itself."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.torture import agreeing
from benchmarks.torture.edges import EDGES
from roadmap.domain.model import NATIONAL, State
from roadmap.errors import FileRefusedError
from roadmap.intake.mapping import Mapper
from roadmap.intake.vector import SUITE, Checker
from roadmap.store.codec import STATES
from roadmap.store.frames import ORDERS
from tests.unit.intake.files import HEADER, MAPPING, feed

SOUND = {"milestone": "A-1", "unit": "IR-23", "effective": "1405-08-30", "state": "در جریان", "percent": "40"}
ROWS = 9_000


def chunk(*rows, header=HEADER):
    """A chunk of rows that are sound but for what is said of them, by contract field."""
    names = {name: MAPPING.get(name, name) for name in header}
    made = [SOUND | row for row in rows]
    cells = {f"c{place}": [row.get(names[name], "") for row in made] for place, name in enumerate(header)}
    columns = {"number": range(2, 2 + len(made)), **cells, "beyond": [row.get("beyond") for row in made]}
    return pl.DataFrame(columns, schema={"number": pl.Int32, **dict.fromkeys([*cells, "beyond"], pl.String)})


def check(*rows, source=None, header=HEADER):
    return Checker(source or feed(), header).check(chunk(*rows, header=header))


def order(**cells):
    """The order of a row that has to pass without pydantic."""
    checked = check(cells)
    assert checked.doubted == 0
    return checked.orders.row(0, named=True)


def codes(checked):
    return {refused.number: [(each.code, each.field) for each in refused.refusals] for refused in checked.refused}


def test_a_sound_row_is_an_order_without_pydantic():
    assert order(
        forecast_finish="۱۴۰۶/۱/۱", confidence="سبز", spent="۱٬۲۵۰٫۵", narrative=" شرحِ\u200cکار ي ", version="3"
    ) == {
        "row": 2,
        "key": "A-1 · IR-23 · 1405-08-30",
        "milestone": "A-1",
        "unit": "IR-23",
        "effective": date(2026, 11, 21),
        "state": STATES[State.IN_PROGRESS],
        "percent": 40.0,
        "forecast_finish": date(2027, 3, 21),
        "confidence": 0,
        "spent": 1250.5,
        "payload": '{"narrative":"شرحِ\u200cکار ي"}',
        "version": 3,
    }


def test_a_row_without_a_unit_speaks_for_the_country():
    assert order(unit=" ")["unit"] == NATIONAL
    assert order(unit=" ")["key"] == "A-1 · 1405-08-30"
    header = tuple(name for name in HEADER if name != "یگان")
    assert check({}, header=header).orders.row(0, named=True)["unit"] == NATIONAL


@pytest.mark.parametrize("text", ['say "so"', "a\\b", "one\r\n\ttwo", "plain", "<b>", "a\u2028b"])
def test_texts_are_kept_as_the_json_that_the_log_hashes(text):
    header = (*HEADER, "blocker")
    taken = check({"narrative": text, "blocker": "b"}, header=header).orders.row(0, named=True)["payload"]
    written = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n\t", "\\r\\n\\t")
    assert taken == f'{{"blocker":"b","narrative":"{written}"}}'


def test_every_row_ends_as_an_order_or_refused_and_is_seen_by_the_batch_checks():
    checked = check({}, {"percent": "140"}, {"state": "شاید"}, {}, {"beyond": '[[12,"rest"]]'}, {"milestone": None})
    assert checked.orders["row"].to_list() == [2, 5]
    assert codes(checked) == {
        3: [("out_of_range", "percent")],
        4: [("unknown_choice", "state")],
        6: [("unexpected", "12")],
        7: [("missing", "milestone")],
    }
    assert checked.refused[0].key == "A-1 · IR-23 · 1405-08-30"
    assert checked.suite["percent"].to_list() == [40, 140, 40, 40, 40, 40]
    assert checked.suite["state"].to_list()[1:3] == ["in_progress", "شاید"]
    assert checked.suite["milestone"].to_list()[-1] is None
    assert checked.doubted == 4


def test_a_state_that_contradicts_its_percent_is_doubted():
    checked = check({"state": "done", "percent": "99"}, {"state": "done", "percent": "100"})
    assert codes(checked) == {2: [("inconsistent", "percent")]}
    assert checked.orders["row"].to_list() == [3]


def test_a_row_that_pydantic_takes_stands_in_its_place_among_the_others():
    checked = check({}, {"beyond": '[[12," "]]'}, {})
    assert checked.doubted == 1
    assert checked.orders["row"].to_list() == [2, 3, 4]
    assert checked.orders["key"].n_unique() == 1


def test_a_chunk_without_rows_gives_frames_of_the_same_columns():
    checked = Checker(feed(), HEADER).check(chunk())
    assert (checked.orders.schema, checked.suite.schema) == (ORDERS, SUITE)
    assert checked.refused == []


def test_columns_are_those_that_the_mapping_finds():
    assert Checker(feed(), [*HEADER, "تلفن"]).columns == Mapper(feed(), [*HEADER, "تلفن"]).columns
    with pytest.raises(FileRefusedError):
        Checker(feed(), ["وضعیت"])


def test_over_generated_rows_both_ways_agree_on_every_cell_and_every_edge_occurs():
    found = {figure.name.removeprefix("vector check: "): figure for figure in agreeing.figures(ROWS)}
    assert found["rows compared"].value == ROWS
    assert [figure.name for figure in found.values() if figure.met is False] == []
    assert found["edges that did not occur"].met
    assert found["sound rows passed without pydantic"].met


def test_generated_rows_are_the_same_every_time():
    one, other = (list(agreeing.samples(2_000)) for _ in range(2))
    assert all(sample.chunk.equals(same.chunk) for sample, same in zip(one, other, strict=True))


# What `reading` never lets through: the marks of its own protocol.
_TEXT = st.text(st.characters(exclude_characters="\x02\x03\x1e\x1f", exclude_categories=["Cs"]), max_size=12)
_NUMERIC = st.text(st.sampled_from("0123456789۰۵٠٥٫٬.,-+ %eE_\u00a0\ufeff"), max_size=8)
_DAYLIKE = st.from_regex(r"\A[ ]?(13|14|19|20|۱۴)[0-9۰-۹]{2}[-/][01۱]?[0-9][-/][0-3]?[0-9][ ]?\Z")


def hard_cells(column):
    """A column with a cell for it: one of the hard ones, or any."""
    hard = sorted({cell for cells in EDGES[column].values() for cell in cells})
    return st.tuples(st.just(column), st.one_of(st.sampled_from(hard), _NUMERIC, _DAYLIKE, _TEXT, st.none()))


#: Rows that would be sound but for what is put into a few of their cells.
_ROW = st.builds(
    lambda sound, hard: sound | dict(hard),
    st.sampled_from(
        [{"state": state, "percent": percent} for state, percent in [("in_progress", "40"), ("done", "100")]]
    ),
    st.lists(st.sampled_from(sorted(EDGES)).flatmap(hard_cells), max_size=3),
)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(agreeing.feeds()), st.lists(_ROW, min_size=1, max_size=12))
def test_whatever_stands_in_the_cells_both_ways_agree(way, rows):
    source, header = way
    day = "1405-08-30" if source.options.date == "jalali" else "2026-03-20"
    made = [{"milestone": "A-1", "effective": day} | row for row in rows]
    columns = {name: [row.get(name) for row in made] for name in (*header, "beyond")}
    found = agreeing.Compared()
    agreeing.compare(source, header, agreeing.chunk_of(header, columns), found)
    assert (found.wrongly_passed, found.differing) == (0, 0)
