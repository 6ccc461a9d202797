"""Nobody loses a row: whatever stands in a file, each of its rows ends in exactly one place."""

from __future__ import annotations

import csv
import io
import itertools

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from roadmap.intake import holding, pipeline
from roadmap.services import reopening
from tests.factories import TODAY

HEADER = ("Code", "Place", "As of", "State", "Done %", "Expected", "Remarks")

plausible = st.tuples(
    st.sampled_from(["Q-1", "Q-2", "C-1", "Z", "", "Q-۱"]),
    st.sampled_from(["", "P-1", "P-2", "P-9"]),
    st.sampled_from(["2026-10-31", "2026-10-30", "2026/9/1", "2027-01-01", "1405-01-01", "2026-02-30", "soon", ""]),
    st.sampled_from(["doing", "finished", "to do", "done", "maybe", ""]),
    st.sampled_from(["0", "40,5", "100", "۸۰", "1۲", "101", "8.000,00", "-1", ""]),
    st.sampled_from(["", "2026-12-31", "soon"]),
    st.sampled_from(["", "fine", "a\u202eb", "x" * 4001, '"', "line\nbreak"]),
)
odd = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), max_size=9).map(tuple)

numbers = itertools.count()


def written(rows):
    """The rows as a csv file, made unlike any before by a column that nobody asked for."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow((*HEADER, f"File {next(numbers)}"))
    writer.writerows(rows)
    return file.getvalue().encode()


def count(engine, statement, receipt):
    with engine.connect() as connection:
        return connection.execute(text(statement), {"n": receipt.batch}).scalar_one()


SLOW_BY_NATURE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


#: Rows of which so many make a file that is held back.
STRANGE = ("Z-9", "", "2026-10-31", "doing", "40", "", "")


@given(st.lists(plausible | odd, max_size=12) | st.lists(st.just(STRANGE) | plausible, min_size=18, max_size=30))
@example([])
@example([STRANGE] * 20)
@example([STRANGE] * 20 + [("Q-1", "", f"2026-10-{day}", "doing", "40", "", "") for day in range(10, 25)])
@example([("",) * 7, ("Q-1", "", "2026-10-31", "doing", "40", "", "")])
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW_BY_NATURE)
def test_outcomes_sum_to_the_rows_of_the_file(desk, tmp_path_factory, harbour, request, rows):
    config = request.getfixturevalue("settings")
    path = tmp_path_factory.mktemp("file") / "any.csv"
    path.write_bytes(written(rows))
    receipt = pipeline.load(desk.engine, harbour, config, "quays", path, today=TODAY)

    filled = sum(any(cell.strip() for cell in row) for row in rows)
    if receipt.refused:  # held back: its rows are not told of before it is released
        assert holding.is_held(receipt)
        assert receipt.rows_read == 0
        receipt = reopening.release(desk, config, receipt.batch, reason="So be it.", day=TODAY)
    assert not receipt.refused
    assert receipt.rows_read == receipt.accepted + receipt.duplicates + receipt.rejected == filled
    assert count(desk.engine, "select count(distinct row) from reject where batch = :n", receipt) == receipt.rejected
    assert count(desk.engine, "select count(*) from event where batch = :n", receipt) == receipt.accepted
