"""Frames into a real PostgreSQL by COPY, and back as `stored` reads them: what was written is what is read."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from roadmap.errors import StoreError
from roadmap.store import copying, stored
from roadmap.store.frames import REJECTS
from roadmap.store.tables import reject

NASTY = ["", "الف", '"', '""', "\\", "\\.", "a\n\\.\nb", "\\N", "a,b", "\r\n", "\n", " ", "null", "NULL", "🚢", "\x01"]


def rows(values: list[str]) -> pl.DataFrame:
    """A reject for each of `values`, in a column that may be empty and in one that may not."""
    frame = pl.DataFrame({"value": values}, schema={"value": pl.String}).with_row_index("row")
    others = [pl.lit(7).alias("batch"), pl.col("value").alias("sheet")]
    others += [pl.lit("").alias(name) for name in ("commission", "key", "field", "code", "fa", "en")]
    return frame.with_columns(others).select(REJECTS.names()).cast(dict(REJECTS))


def read_back(connection: Connection) -> pl.DataFrame:
    blocks = list(stored.rejects(connection))
    return pl.concat(blocks).drop("id") if blocks else pl.DataFrame(schema=REJECTS)


def test_every_text_comes_back_as_it_was(engine: Engine) -> None:
    @settings(max_examples=50, deadline=None)
    @given(
        st.lists(st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
    )
    def holds(values: list[str]) -> None:
        with engine.connect() as connection, connection.begin() as transaction:
            copying.write(connection, reject, [rows(values)])
            assert read_back(connection).equals(rows(values))
            transaction.rollback()

    holds()


def test_nothing_and_the_empty_text_stay_apart(engine: Engine) -> None:
    two = rows(["", ""]).with_columns(pl.Series("sheet", [None, ""]))
    with engine.begin() as connection:
        copying.write(connection, reject, [two])
        found = connection.execute(text("select sheet is null, sheet = '' from reject order by id")).all()
        assert found == [(True, None), (False, True)]
        assert read_back(connection)["sheet"].to_list() == [None, ""]


def test_many_blocks_stand_in_the_order_in_which_they_came(engine: Engine) -> None:
    """More than are read at a time, with quotes and line ends in every row."""
    blocks = [rows([f'"{number}"\n' for number in range(first, first + 30_000)]) for first in range(0, 120_000, 30_000)]
    with engine.begin() as connection:
        copying.write(connection, reject, iter(blocks))
        assert read_back(connection)["value"].to_list() == [f'"{number}"\n' for number in range(120_000)]


def test_nothing_to_write_is_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        copying.write(connection, reject, [])
        assert read_back(connection).is_empty()


def test_a_server_that_goes_away_is_told_in_a_sentence(engine: Engine) -> None:
    with engine.connect() as connection, engine.connect() as other:
        connection.execute(text("select 1"))
        process = connection.connection.dbapi_connection.info.backend_pid
        other.execute(text("select pg_terminate_backend(:process)"), {"process": process})
        with pytest.raises(StoreError, match="broke off"):
            copying.write(connection, reject, [rows(NASTY)])
        connection.invalidate()


def test_what_fails_while_blocks_are_made_is_told_as_it_is_and_nothing_is_kept(engine: Engine) -> None:
    def blocks() -> Any:
        yield rows(NASTY)
        raise ZeroDivisionError

    with engine.connect() as connection:
        with pytest.raises(ZeroDivisionError), connection.begin():
            copying.write(connection, reject, blocks())
        assert read_back(connection).is_empty()
