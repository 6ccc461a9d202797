"""Is a batch plausible? A Great Expectations suite a file, its outcome kept with the receipt, its page to be opened.

A row is right or wrong by itself (pydantic, `domain.changes`); a batch can be odd though every row of it is right.
In this version the suite informs and decides nothing. Great Expectations takes seconds to import, so it is imported
where a suite runs; it gets no network, no analytics and no progress bars.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from roadmap.domain.model import NATIONAL, State
from roadmap.intake.contracts import KEY_FIELDS
from roadmap.intake.mapping import Draft
from roadmap.intake.rejects import shown

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation

#: A commission's file may name a few codes that are not its own; more than a twentieth is a wrong file.
_MOSTLY: Final = 0.95
_EXAMPLES: Final = 5
_FINISHED: Final = frozenset({State.DONE, State.CANCELLED})
#: Great Expectations' page puts unexpected values in as markup (tried: a `<script>` in a cell ran). No code or word
#: that could be expected holds these characters.
_MARKUP: Final = str.maketrans("<>&", "‹›＆")
_TEMPLATES: Final = Path(__file__).with_name("data_docs")


@dataclass(frozen=True)
class Surroundings:
    """What a batch is held against: the commission's milestones, the day the plan starts, today, the rows allowed."""

    milestones: frozenset[str]
    start: date
    today: date
    max_rows: int


def inspect(drafts: Sequence[Draft], around: Surroundings, *, name: str, page: Path) -> dict[str, Any]:
    """The outcome of the suite on the batch `name`, after writing its page.

    Returns:
        `success`, `evaluated` (expectations), `failed` (a list of `expectation`, `column`, `unexpected_count`,
        `examples`) and `errors` (expectations that could not be evaluated: neither passed nor failed).
    """
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # before it is imported: that alone says much
    result = _validate(_frame(drafts), _suite(around), name)
    _write_page(result, page)
    return _summary(result)


def _frame(drafts: Sequence[Draft]) -> pd.DataFrame:
    """The batch as a frame: codes and states as they read or else as they were written, days and numbers if they read.

    `percent_begun` and `forecast_open` leave out the rows for which an expectation about them means nothing.
    """
    import pandas as pd  # noqa: PLC0415 - comes with Great Expectations, as late

    said = {field: [_said(draft, field) for draft in drafts] for field in ("milestone", "unit", "state")}
    said["unit"] = [unit or NATIONAL for unit in said["unit"]]
    days = {field: _read(drafts, field) for field in ("effective", "forecast_finish")}
    percent = pd.Series(_read(drafts, "percent"), dtype="float64")
    is_open = [draft.values.get("state") not in _FINISHED for draft in drafts]
    return pd.DataFrame(
        {
            **{field: pd.Series(texts, dtype="object") for field, texts in said.items()},
            **{field: pd.Series(values, dtype="datetime64[us]") for field, values in days.items()},
            "percent": percent,
            "percent_begun": percent.where(percent > 0),
            "forecast_open": pd.Series(days["forecast_finish"], dtype="datetime64[us]").where(is_open),
        }
    )


def _said(draft: Draft, field: str) -> str | None:
    value = draft.values.get(field, draft.written.get(field))
    return None if value is None else str(value).translate(_MARKUP)


def _read(drafts: Sequence[Draft], field: str) -> list[Any]:
    return [draft.values.get(field) for draft in drafts]


def _suite(around: Surroundings) -> list[Expectation]:
    """What is expected of a plausible batch."""
    import great_expectations.expectations as gx

    return [
        gx.ExpectTableRowCountToBeBetween(min_value=1, max_value=around.max_rows),
        gx.ExpectColumnValuesToBeInSet(column="milestone", value_set=sorted(around.milestones), mostly=_MOSTLY),
        gx.ExpectCompoundColumnsToBeUnique(column_list=list(KEY_FIELDS)),
        gx.ExpectColumnValuesToNotBeNull(column="effective"),
        gx.ExpectColumnValuesToBeBetween(
            column="effective", min_value=_moment(around.start), max_value=_moment(around.today)
        ),
        gx.ExpectColumnValuesToBeInSet(column="state", value_set=[state.value for state in State]),
        gx.ExpectColumnValuesToBeBetween(column="percent", min_value=0, max_value=100),
        # Excel holds 50% as 0.5: hardly anything that has begun stands below one percent.
        gx.ExpectColumnValuesToBeBetween(column="percent_begun", min_value=1, mostly=_MOSTLY),
        gx.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="forecast_open", column_B="effective", or_equal=True, ignore_row_if="either_value_is_missing"
        ),
    ]


def _moment(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _validate(frame: pd.DataFrame, suite: list[Expectation], name: str) -> ExpectationSuiteValidationResult:
    """Runs `suite` on `frame` in a context of its own that leaves nothing behind, in memory or on the disk."""
    import great_expectations as gx
    from great_expectations.data_context.types import base

    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(),
        progress_bars=base.ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(project_config=config, mode="ephemeral")
    batch = context.data_sources.pandas_default.read_dataframe(frame)
    return batch.validate(gx.ExpectationSuite(name=name.translate(_MARKUP), expectations=suite))


def _write_page(result: ExpectationSuiteValidationResult, page: Path) -> None:
    """Great Expectations' own page of `result` in a frame that fetches nothing: its usual one loads from six hosts."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    document = ValidationResultsPageRenderer().render(result)
    html = DefaultJinjaPageView(custom_views_directory=_TEMPLATES).render(document, template="page_offline.j2")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html, encoding="utf-8")


def _summary(result: ExpectationSuiteValidationResult) -> dict[str, Any]:
    """What of `result` is kept with the receipt."""
    errors = [_name(entry) for entry in result.results if _raised(entry)]
    failed = [_failure(entry) for entry in result.results if not entry.success and not _raised(entry)]
    return {"success": bool(result.success), "evaluated": len(result.results), "failed": failed, "errors": errors}


def _raised(entry: ExpectationValidationResult) -> bool:
    """Whether the expectation itself broke: `exception_info` is flat, or has one entry for each metric that broke."""
    info = entry.exception_info
    return any(part.get("raised_exception") for part in (info, *info.values()) if isinstance(part, dict))


def _failure(entry: ExpectationValidationResult) -> dict[str, Any]:
    found = entry.result
    examples = [_example(example) for example in found.get("partial_unexpected_list", ())[:_EXAMPLES]]
    return _name(entry) | {"unexpected_count": int(found.get("unexpected_count", 0)), "examples": examples}


def _example(found: object) -> str:
    """What was not expected, to be read: one value, or the values of several columns."""
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, tuple) else (found,)
    return shown(" · ".join(_plain(part) for part in parts))


def _plain(value: object) -> str:
    import pandas as pd  # noqa: PLC0415 - comes with Great Expectations, as late

    if pd.isna(value):
        return "—"
    return pd.Timestamp(value).date().isoformat() if isinstance(value, pd.Timestamp | np.datetime64) else str(value)


def _name(entry: ExpectationValidationResult) -> dict[str, Any]:
    """An expectation's kind and what it is about: a column, several, or the whole table (empty)."""
    about = entry.expectation_config.kwargs
    columns = [about.get("column"), about.get("column_A"), about.get("column_B"), *about.get("column_list", ())]
    kind = entry.expectation_config.type
    return {"expectation": kind, "column": ", ".join(column for column in columns if column)}
