"""What a batch's checks found, added up over its segments and put so that a person can read it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from roadmap.intake.contracts import KEY_FIELDS
from roadmap.intake.quality_rules import HELD_ROWS, HELD_SHARE, Rule
from roadmap.intake.rejects import shown

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

#: Examples on the page, as many as Great Expectations gives of a segment; the receipt has the first few of them.
SAMPLE: Final = 20
_EXAMPLES: Final = 5
#: Columns of days as ordinals.
_DAYS: Final = frozenset({"effective", "forecast_open", "newest_day"})
#: Columns of how many there are of something.
_WHOLE: Final = frozenset({"rows", "units_left_out"})
_COUNTS: Final = ("element_count", "missing_count", "unexpected_count")
#: Great Expectations' page puts texts in as markup (tried: a `<script>` in a cell ran). No code or word that could be
#: expected holds these characters.
_MARKUP: Final = str.maketrans("<>&", "‹›＆")


def added(
    rules: Sequence[Rule],
    segments: Sequence[Sequence[ExpectationValidationResult]],
    repeated: Mapping[str, Any] | None = None,
) -> list[ExpectationValidationResult]:
    """What all `segments` found of each of `rules`, its texts harmless in a page.

    `rules` are put as a person is told them, `repeated` is what is said of rows of the same key that stand in different
    segments.
    """
    found = [{_about(entry.expectation_config): entry for entry in segment} for segment in segments]
    told = [(rule, rule.expectation.configuration) for rule in rules]
    return [_added(rule, config, [entries[_about(config)] for entries in found], repeated) for rule, config in told]


def suite(name: str, results: Sequence[ExpectationValidationResult]) -> ExpectationSuiteValidationResult:
    """The outcome of the suite `name`."""
    from great_expectations import __version__
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.validator.validator import calc_validation_statistics

    statistics = calc_validation_statistics([*results])._asdict()
    return ExpectationSuiteValidationResult(
        success=statistics.pop("success"),
        results=[*results],
        suite_name=name.translate(_MARKUP),
        statistics=statistics,
        meta={"great_expectations_version": __version__},
    )


def summary(suites: Sequence[ExpectationSuiteValidationResult]) -> dict[str, Any]:
    """What of the outcome is kept with the receipt (see `quality.Suite.close`)."""
    found = [(each.suite_name, entry) for each in suites for entry in each.results if not entry.success]
    broken = [(name, entry) for name, entry in found if is_broken(entry)]
    failed = [(name, entry) for name, entry in found if not is_broken(entry)]
    grave = [(name, entry) for name, entry in failed if severity(entry) != "info"]
    counts = [(name, entry) for name, entry in failed if severity(entry) == "info"]
    return {
        "success": not (broken or grave),
        "evaluated": sum(len(each.results) for each in suites),
        "failed": [_name(*entry) | _failure(entry[1]) for entry in grave],
        "told": [_name(*entry) | _failure(entry[1]) for entry in counts],
        "errors": [_name(*entry) for entry in broken],
        "held": [_name(*entry) for entry in found if severity(entry[1]) == "critical"],
        "suites": [
            {"name": each.suite_name, "success": bool(each.success), "evaluated": len(each.results)} for each in suites
        ],
    }


def is_broken(entry: ExpectationValidationResult) -> bool:
    """Whether an expectation could not be evaluated."""
    return bool(entry.exception_info["raised_exception"])


def severity(entry: ExpectationValidationResult) -> str:
    """How grave it is that an expectation failed."""
    return str(entry.expectation_config.severity.value)


def columns(entry: ExpectationValidationResult) -> tuple[str, ...]:
    """The columns that an expectation is about; none for the table as a whole."""
    return _about(entry.expectation_config)[1]


def judged(found: Mapping[str, Any]) -> int:
    """How many rows an expectation was held against."""
    return int(found["element_count"] - found["missing_count"])


def _about(config: ExpectationConfiguration) -> tuple[str, tuple[str, ...]]:
    """An expectation's kind and what it is about: a column, several, or the whole table (none)."""
    about = config.kwargs
    columns = (about.get("column"), about.get("column_A"), about.get("column_B"), *about.get("column_list", ()))
    return config.type, tuple(column for column in columns if column)


def _name(suite_name: str, entry: ExpectationValidationResult) -> dict[str, Any]:
    kind, about = _about(entry.expectation_config)
    return {"suite": suite_name, "expectation": kind, "column": ", ".join(about)}


def _failure(entry: ExpectationValidationResult) -> dict[str, Any]:
    found = entry.result
    examples = found.get("partial_unexpected_list", [])[:_EXAMPLES]
    counts = {"unexpected_count": found.get("unexpected_count", 0), "examples": examples}
    return counts | {"severity": severity(entry)}


def _added(
    rule: Rule,
    config: ExpectationConfiguration,
    entries: Sequence[ExpectationValidationResult],
    repeated: Mapping[str, Any] | None,
) -> ExpectationValidationResult:
    """One expectation on all rows: broken if it broke in one segment, else judged on what the segments counted."""
    from great_expectations.core import ExpectationValidationResult

    broken = next((trouble for entry in entries if (trouble := _trouble(entry))), None)
    if broken is not None:
        config.severity = "critical"
        return ExpectationValidationResult(success=False, expectation_config=config, exception_info=broken)
    about = _about(config)[1]
    results = [entry.result for entry in entries] + ([repeated] if repeated and about == KEY_FIELDS else [])
    found = _values(about, results) if about else {"observed_value": sum(rows["observed_value"] for rows in results)}
    holds = _holds(found, config.kwargs)
    if rule.holds and not holds and _is_gross(found):
        config.severity = "critical"
    return ExpectationValidationResult(success=holds, expectation_config=config, result=found)


def _trouble(entry: ExpectationValidationResult) -> dict[str, Any] | None:
    """What broke in the expectation itself: `exception_info` is flat, or has one entry for each metric that broke."""
    info = entry.exception_info
    parts = (part for part in (info, *info.values()) if isinstance(part, dict))
    raised = next((part for part in parts if part.get("raised_exception")), None)
    if raised is None:
        return None
    texts = {field: str(raised[field]).translate(_MARKUP) for field in ("exception_message", "exception_traceback")}
    return {"raised_exception": True, **texts}


def _values(about: Sequence[str], results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts and examples of values, in the fields in which Great Expectations' page looks for them."""
    counts = {field: sum(result.get(field) or 0 for result in results) for field in _COUNTS}
    values = [value for result in results for value in result["partial_unexpected_list"]]
    examples = [_example(about, value) for value in values[:SAMPLE]]
    rows = judged(counts)
    return counts | {
        "unexpected_percent": 100 * counts["unexpected_count"] / rows if rows else None,
        "partial_unexpected_list": examples,
        "partial_unexpected_counts": [{"value": value, "count": count} for value, count in Counter(examples).items()],
    }


def _holds(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the rows are as many as `wanted`, or enough of their values as wanted: all, or `mostly`."""
    if "observed_value" in found:
        return bool(wanted["min_value"] <= found["observed_value"] <= wanted["max_value"])
    rows = judged(found)
    return rows == 0 or bool((rows - found["unexpected_count"]) / rows >= wanted.get("mostly", 1))


def _is_gross(found: Mapping[str, Any]) -> bool:
    """Whether so many rows fail that it is the file that is wrong."""
    return judged(found) >= HELD_ROWS and found["unexpected_count"] > HELD_SHARE * judged(found)


def _example(about: Sequence[str], found: object) -> str:
    """What was not expected, to be read: one value, or the values of several columns."""
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, tuple) else (found,)
    plain = (_plain(column, part) for column, part in zip(about, parts, strict=True))
    return shown(" · ".join(plain)).translate(_MARKUP)


def _plain(column: str, value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "—"
    if isinstance(value, float) and column in _DAYS:
        return date.fromordinal(int(value)).isoformat()
    if isinstance(value, float) and column in _WHOLE:
        return str(int(value))
    return str(value)
