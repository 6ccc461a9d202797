"""Is a batch plausible? A Great Expectations suite a file, its outcome kept with the receipt, its page to be opened.

A row is right or wrong by itself (pydantic, `domain.changes`); a batch can be odd though every row of it is right.
In this version the suite informs and decides nothing. Great Expectations takes seconds to import, so it is imported
where a suite runs; it gets no network, no analytics and no progress bars.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from roadmap.domain.model import State
from roadmap.intake import quality_outcome
from roadmap.intake.contracts import KEY_FIELDS
from roadmap.intake.quality_keys import Keys
from roadmap.intake.vector import SUITE

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.render.view import DefaultJinjaPageView

#: Rows that are judged at once: a run costs about 0.1 s whatever its size, and a segment of this size 130 MB.
_SEGMENT: Final = 250_000
#: A commission's file may name a few codes that are not its own; more than a twentieth is a wrong file.
_MOSTLY: Final = 0.95
_FINISHED: Final = (State.DONE.value, State.CANCELLED.value)
_TEMPLATES: Final = Path(__file__).with_name("data_docs")
#: Counts and a few examples. The other formats ask for twice as many metrics, some of them as long as the batch.
_FORMAT: Final = {"result_format": "BASIC", "return_unexpected_index_query": False}


@dataclass(frozen=True)
class Surroundings:
    """What a batch is held against: the commission's milestones, the day the plan starts, today, the rows allowed."""

    milestones: frozenset[str]
    start: date
    today: date
    max_rows: int


class Suite:
    """What is expected of the batch `name`, held against its rows as they come.

    Rows are judged in segments and the findings added up, so that memory does not grow with the file but for the eight
    bytes a row by which a key is known again.
    """

    def __init__(self, around: Surroundings, name: str) -> None:
        self._around, self._name = around, name
        self._waiting: list[pl.DataFrame] = []
        self._segments: list[ExpectationSuiteValidationResult] = []
        self._keys = Keys()

    def add(self, frame: pl.DataFrame) -> None:
        """Takes the next rows of the batch: of the schema `vector.SUITE`, as many or few as the caller has."""
        self._waiting.append(frame)
        if sum(waiting.height for waiting in self._waiting) >= _SEGMENT:
            self._judge()

    def close(self, page: Path) -> dict[str, Any]:
        """The outcome on all rows, after writing its page to `page`.

        Returns:
            `success`, `evaluated` (expectations), `failed` (a list of `expectation`, `column`, `unexpected_count`,
            `examples`) and `errors` (expectations that could not be evaluated: neither passed nor failed).
        """
        if self._waiting or not self._segments:
            self._judge()
        told = _expectations(self._around, self._around.milestones, _same)
        result = quality_outcome.total(self._name, told, self._segments, self._keys.repeated())
        _write_page(result, page)
        return quality_outcome.summary(result)

    def _judge(self) -> None:
        frame = _frame(self._segment())
        # Great Expectations copies the set some hundred times, 70 µs a code: it gets the codes that occur.
        milestones = self._around.milestones.intersection(frame["milestone"].cat.categories)
        self._segments.append(_validate(frame, _expectations(self._around, milestones, date.toordinal)))

    def _segment(self) -> pl.DataFrame:
        """The rows that wait, which wait no more."""
        segment = pl.concat([SUITE.to_frame(), *self._waiting])
        self._waiting.clear()
        self._keys.add(segment.select(KEY_FIELDS))
        return segment


def _same(day: date) -> date:
    return day


def _expectations(around: Surroundings, milestones: Iterable[str], day: Callable[[date], object]) -> list[Expectation]:
    """What is expected of a plausible batch; `day` puts days as the frame has them, or as a person reads them."""
    _quieten()
    import great_expectations.expectations as gx

    return [
        gx.ExpectTableRowCountToBeBetween(min_value=1, max_value=around.max_rows),
        gx.ExpectColumnValuesToBeInSet(column="milestone", value_set=sorted(milestones), mostly=_MOSTLY),
        gx.ExpectCompoundColumnsToBeUnique(column_list=list(KEY_FIELDS)),
        gx.ExpectColumnValuesToNotBeNull(column="effective"),
        gx.ExpectColumnValuesToBeBetween(column="effective", min_value=day(around.start), max_value=day(around.today)),
        gx.ExpectColumnValuesToBeInSet(column="state", value_set=[state.value for state in State]),
        gx.ExpectColumnValuesToBeBetween(column="percent", min_value=0, max_value=100),
        # Excel holds 50% as 0.5: hardly anything that has begun stands below one percent.
        gx.ExpectColumnValuesToBeBetween(column="percent_begun", min_value=1, mostly=_MOSTLY),
        gx.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="forecast_open", column_B="effective", or_equal=True, ignore_row_if="either_value_is_missing"
        ),
    ]


def _quieten() -> None:
    """Great Expectations says much already when it is imported."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)


def _frame(segment: pl.DataFrame) -> pd.DataFrame:
    """`segment` (of the schema `vector.SUITE`) for pandas, in types that Great Expectations compares by the column.

    Texts are categories. Days are their ordinals: bounds of datetimes are held against each value by itself (6 s a
    million), unless they are in nanoseconds, which know no year before 1677 or after 2262 and so no misread one.
    `percent_begun` and `forecast_open` leave out the rows for which an expectation about them means nothing.
    """
    import pandas as pd  # noqa: PLC0415 - comes with Great Expectations, as late

    finished = pl.col("state").is_in(_FINISHED)
    numbers = segment.select(
        _ordinal("effective"),
        "percent",
        percent_begun=pl.when(pl.col("percent") > 0).then("percent"),
        forecast_open=pl.when(finished).then(None).otherwise(_ordinal("forecast_finish")),
    )
    texts = segment.select("milestone", "unit", "state")
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


def _validate(frame: pd.DataFrame, expectations: Sequence[Expectation]) -> ExpectationSuiteValidationResult:
    """Runs `expectations` on `frame` in a context of its own that leaves nothing behind, in memory or on the disk.

    A context costs some milliseconds. One that is kept would keep every frame that it ever saw, and Great
    Expectations itself keeps the last one: hence the deletion.
    """
    import great_expectations as gx
    from great_expectations.data_context.types import base
    from great_expectations.validator.v1_validator import Validator

    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(),
        progress_bars=base.ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(project_config=config, mode="ephemeral")
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("segment")
    whole = asset.add_batch_definition_whole_dataframe("whole")
    try:
        # What `Batch.validate` does, but that a batch at hand has been fingerprinted once before: a tenth of the time.
        validator = Validator(batch_definition=whole, batch_parameters={"dataframe": frame}, result_format=_FORMAT)
        return validator.validate_expectation_suite(gx.ExpectationSuite(name="segment", expectations=[*expectations]))
    finally:
        context.data_sources.delete("memory")


def _write_page(result: ExpectationSuiteValidationResult, page: Path) -> None:
    """Great Expectations' own page of `result` in a frame that fetches nothing: its usual one loads from six hosts."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    document = ValidationResultsPageRenderer().render(result)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(_view().render(document, template="page_offline.j2"), encoding="utf-8")


@functools.cache
def _view() -> DefaultJinjaPageView:
    """Kept for its compiled templates (0.1 s); it knows nothing of what it has shown."""
    from great_expectations.render.view import DefaultJinjaPageView

    return DefaultJinjaPageView(custom_views_directory=_TEMPLATES)
