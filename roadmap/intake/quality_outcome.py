"""What a batch's checks found, added up over its segments and put so that a person can read it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from roadmap.intake.contracts import KEY_FIELDS
from roadmap.intake.rejects import shown

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

#: Examples on the page, as many as Great Expectations gives of a segment; the receipt has the first few of them.
SAMPLE: Final = 20
_EXAMPLES: Final = 5
#: Columns of days as ordinals.
_DAYS: Final = frozenset({"effective", "forecast_open"})
_COUNTS: Final = ("element_count", "missing_count", "unexpected_count")
#: Great Expectations' page puts texts in as markup (tried: a `<script>` in a cell ran). No code or word that could be
#: expected holds these characters.
_MARKUP: Final = str.maketrans("<>&", "‹›＆")


def total(
    name: str,
    expected: Sequence[Expectation],
    segments: Sequence[ExpectationSuiteValidationResult],
    repeated: Mapping[str, Any],
) -> ExpectationSuiteValidationResult:
    """The findings of all `segments` as one result of the batch `name`, its texts harmless in a page.

    `expected` are the expectations as a person is told them, `repeated` what is said of rows of the same key that stand
    in different segments.
    """
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.validator.validator import calc_validation_statistics

    found = [{_about(entry.expectation_config): entry for entry in segment.results} for segment in segments]
    told = [expectation.configuration for expectation in expected]
    results = [_added(config, [entries[_about(config)] for entries in found], repeated) for config in told]
    statistics = calc_validation_statistics(results)._asdict()
    return ExpectationSuiteValidationResult(
        success=statistics.pop("success"),
        results=results,
        suite_name=name.translate(_MARKUP),
        statistics=statistics,
        meta={"great_expectations_version": segments[0].meta["great_expectations_version"]},
    )


def summary(result: ExpectationSuiteValidationResult) -> dict[str, Any]:
    """What of `result` is kept with the receipt."""
    broken = [entry for entry in result.results if entry.exception_info["raised_exception"]]
    failed = [entry for entry in result.results if not entry.success and entry not in broken]
    return {
        "success": bool(result.success),
        "evaluated": len(result.results),
        "failed": [_name(entry) | _failure(entry.result) for entry in failed],
        "errors": [_name(entry) for entry in broken],
    }


def _about(config: ExpectationConfiguration) -> tuple[str, tuple[str, ...]]:
    """An expectation's kind and what it is about: a column, several, or the whole table (none)."""
    about = config.kwargs
    columns = (about.get("column"), about.get("column_A"), about.get("column_B"), *about.get("column_list", ()))
    return config.type, tuple(column for column in columns if column)


def _name(entry: ExpectationValidationResult) -> dict[str, Any]:
    kind, columns = _about(entry.expectation_config)
    return {"expectation": kind, "column": ", ".join(columns)}


def _failure(found: Mapping[str, Any]) -> dict[str, Any]:
    examples = found.get("partial_unexpected_list", [])[:_EXAMPLES]
    return {"unexpected_count": found.get("unexpected_count", 0), "examples": examples}


def _added(
    config: ExpectationConfiguration, entries: Sequence[ExpectationValidationResult], repeated: Mapping[str, Any]
) -> ExpectationValidationResult:
    """One expectation on all rows: broken if it broke in one segment, else judged on what the segments counted."""
    from great_expectations.core import ExpectationValidationResult

    broken = next((trouble for entry in entries if (trouble := _trouble(entry))), None)
    if broken is not None:
        return ExpectationValidationResult(success=False, expectation_config=config, exception_info=broken)
    columns = _about(config)[1]
    results = [entry.result for entry in entries] + ([repeated] if columns == KEY_FIELDS else [])
    found = (
        _values(columns, results) if columns else {"observed_value": sum(rows["observed_value"] for rows in results)}
    )
    return ExpectationValidationResult(success=_holds(found, config.kwargs), expectation_config=config, result=found)


def _trouble(entry: ExpectationValidationResult) -> dict[str, Any] | None:
    """What broke in the expectation itself: `exception_info` is flat, or has one entry for each metric that broke."""
    info = entry.exception_info
    parts = (part for part in (info, *info.values()) if isinstance(part, dict))
    raised = next((part for part in parts if part.get("raised_exception")), None)
    if raised is None:
        return None
    texts = {field: str(raised[field]).translate(_MARKUP) for field in ("exception_message", "exception_traceback")}
    return {"raised_exception": True, **texts}


def _rows(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"observed_value": sum(result["observed_value"] for result in results)}


def _values(columns: Sequence[str], results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts and examples of values, in the fields in which Great Expectations' page looks for them."""
    counts = {field: sum(result.get(field) or 0 for result in results) for field in _COUNTS}
    values = [value for result in results for value in result["partial_unexpected_list"]]
    examples = [_example(columns, value) for value in values[:SAMPLE]]
    judged = counts["element_count"] - counts["missing_count"]
    return counts | {
        "unexpected_percent": 100 * counts["unexpected_count"] / judged if judged else None,
        "partial_unexpected_list": examples,
        "partial_unexpected_counts": [{"value": value, "count": count} for value, count in Counter(examples).items()],
    }


def _holds(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the rows are as many as `wanted`, or enough of their values as wanted: all, or `mostly`."""
    if "observed_value" in found:
        return bool(wanted["min_value"] <= found["observed_value"] <= wanted["max_value"])
    judged = found["element_count"] - found["missing_count"]
    return judged == 0 or bool((judged - found["unexpected_count"]) / judged >= wanted.get("mostly", 1))


def _example(columns: Sequence[str], found: object) -> str:
    """What was not expected, to be read: one value, or the values of several columns."""
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, tuple) else (found,)
    plain = (_plain(column, part) for column, part in zip(columns, parts, strict=True))
    return shown(" · ".join(plain)).translate(_MARKUP)


def _plain(column: str, value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "—"
    if isinstance(value, float) and column in _DAYS:
        return date.fromordinal(int(value)).isoformat()
    return str(value)
