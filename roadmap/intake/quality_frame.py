"""What Great Expectations looks at: a batch's rows, and the file as a whole, as pandas has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from roadmap.domain.model import State
from roadmap.intake.quality_history import Profile

if TYPE_CHECKING:
    import pandas as pd

_FINISHED: Final = (State.DONE.value, State.CANCELLED.value)
_IS_LATER: Final = pl.col("effective") > pl.col("last_day")


def rows(segment: pl.DataFrame) -> pd.DataFrame:
    """`segment` (of the schema `vector.SUITE`, perhaps with `compared`) in types that are compared by the column.

    Texts are categories. Days are their ordinals: bounds of datetimes are held against each value by itself (6 s a
    million), unless they are in nanoseconds, which know no year before 1677 or after 2262 and so no misread one.
    `percent_begun` and `forecast_open` leave out the rows for which an expectation about them means nothing.
    """
    finished = pl.col("state").is_in(_FINISHED)
    numbers = segment.select(
        _ordinal("effective"),
        "percent",
        *(name for name in _COMPARED if name in segment.columns),
        percent_begun=pl.when(pl.col("percent") > 0).then("percent"),
        forecast_open=pl.when(finished).then(None).otherwise(_ordinal("forecast_finish")),
    )
    return _frame(segment.select("milestone", "unit", "state"), numbers)


def no_standing() -> pl.DataFrame:
    """Where no stream stands, in the form of `usual.standing`."""
    return pl.DataFrame(schema={"stream": pl.Int64, "last_day": pl.Date, "last_percent": pl.Float64})


def compared(segment: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    """`segment` (with its rows' `stream`) and how it goes on from what stands (see `no_standing`), on later days.

    `percent_before` is what stands, `percent_unexplained` the row's percent if it gives no reason for going back,
    `step` how many points it goes beyond what stands.
    """
    return segment.join(standing, on="stream", how="left", maintain_order="left").with_columns(**_COMPARED)


_COMPARED: Final = {
    "percent_before": pl.when(_IS_LATER).then("last_percent"),
    "percent_unexplained": pl.when(_IS_LATER & ~pl.col("explained")).then("percent"),
    "step": pl.when(_IS_LATER & (pl.col("percent") > pl.col("last_percent"))).then(
        pl.col("percent") - pl.col("last_percent")
    ),
}


def whole(profile: Profile, expected: Mapping[str, int], named: Mapping[str, int]) -> pd.DataFrame:
    """The file as a whole: a row for each milestone that is open, the figures of the file itself in the first row.

    `expected` has the units of each open milestone, `named` of each milestone of the file the units that it speaks of.
    """
    newest = None if profile.newest is None else float(profile.newest.toordinal())
    left_out = [max(units - named[code], 0) if code in named else None for code, units in expected.items()]
    size = max(len(expected), 1)
    numbers = {
        "rows": [float(profile.rows), *[None] * (size - 1)],
        "newest_day": [newest, *[None] * (size - 1)],
        "units_left_out": left_out or [None],
    }
    codes = pl.Series("open_milestone", [*expected] or [None], pl.String).to_frame()
    return _frame(codes, pl.DataFrame(numbers, schema=dict.fromkeys(numbers, pl.Float64)))


def _frame(texts: pl.DataFrame, numbers: pl.DataFrame) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415 - comes with Great Expectations, as late

    return pd.DataFrame(
        {column.name: _categories(column) for column in texts} | {column.name: column.to_numpy() for column in numbers},
        copy=False,
    )


def _ordinal(field: str) -> pl.Expr:
    """A day as `date.toordinal` counts it, a float since pandas' whole numbers have no gaps."""
    return pl.col(field).cast(pl.Int32).cast(pl.Float64) + date(1970, 1, 1).toordinal()


def _categories(texts: pl.Series) -> pd.Categorical:
    import pandas as pd  # noqa: PLC0415 - comes with Great Expectations, as late

    distinct = texts.drop_nulls().unique()
    codes = texts.cast(pl.Enum(distinct)).to_physical().cast(pl.Int32).fill_null(-1)
    return pd.Categorical.from_codes(codes.to_numpy(), pd.Index(distinct.to_list(), dtype="object"), validate=False)
