"""Is a batch plausible? Two Great Expectations suites a file: the contract's, and its commission's on top.

A row is right or wrong by itself (pydantic, `domain.changes`); a batch can be odd though every row of it is right. What
is odd is told with the receipt and on a page; what is critically odd holds the batch back until the secretariat has
looked at it (`quality_rules` says which is which). Great Expectations takes seconds to import, so it is imported where
a suite runs; it gets no network, no analytics and no progress bars.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from roadmap.errors import FileRefusedError
from roadmap.intake import holding, quality_frame, quality_outcome, quality_rules
from roadmap.intake.contracts import KEY_FIELDS
from roadmap.intake.quality_history import Profile
from roadmap.intake.quality_keys import Keys
from roadmap.intake.quality_rules import Rule, Surroundings
from roadmap.intake.quality_streams import Streams
from roadmap.intake.vector import SUITE

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.render.view import DefaultJinjaPageView

#: Rows that are judged at once: a run costs about 0.1 s whatever its size, and a segment of this size 130 MB.
_SEGMENT: Final = 250_000
#: The 95th percentile is the usual step: a few long ones are nobody's usual.
_USUAL: Final = 0.95
#: What the contract's suite is called; a commission's is called as the commission.
CONTRACT: Final = "contract"
_TEMPLATES: Final = Path(__file__).with_name("data_docs")
#: Counts and a few examples. The other formats ask for twice as many metrics, some of them as long as the batch.
_FORMAT: Final = {"result_format": "BASIC", "return_unexpected_index_query": False}


@dataclass(frozen=True)
class Verdict:
    """What the suites found, as the receipt keeps it, and why the batch is held back; `held` is None if it is not."""

    checks: dict[str, Any]
    held: FileRefusedError | None


class Suite:
    """What is expected of the batch `name`, held against its rows as they come.

    Rows are judged in segments and the findings added up, so that memory does not grow with the file but for the eight
    bytes a row by which a key is known again, and some for each stream that it speaks of.
    """

    def __init__(self, around: Surroundings, name: str) -> None:
        self._around, self._name = around, name
        self._waiting: list[pl.DataFrame] = []
        self._segments: list[ExpectationSuiteValidationResult] = []
        self._keys, self._streams = Keys(), Streams(around)
        self._profile = Profile(rows=0)

    def add(self, frame: pl.DataFrame) -> None:
        """Takes the next rows of the batch: of the schema `vector.SUITE`, as many or few as the caller has."""
        self._waiting.append(frame)
        if sum(waiting.height for waiting in self._waiting) >= _SEGMENT:
            self._judge()

    def close(self, page: Path) -> Verdict:
        """The verdict on all rows, after writing both suites' page to `page`.

        Its checks are `success`, `evaluated` (expectations), `failed`, `told` (failed too, but no more than a count),
        `errors` (expectations that could not be evaluated: neither passed nor failed), `suites` (name, `success`,
        `evaluated` of each), `held` (those of `failed` and `errors` that hold the batch back) and `profile`.
        """
        if self._waiting or not self._segments:
            self._judge()
        results = self._results()
        _write_page(results, page)
        checks = quality_outcome.summary(results) | {"profile": self._profile.model_dump(mode="json")}
        return Verdict(checks, holding.held(results))

    def _results(self) -> list[ExpectationSuiteValidationResult]:
        """The outcome of each suite on all rows, and of the commission's on the file as a whole."""
        around, add = self._around, quality_outcome.added
        contract = add(quality_rules.of_contract(around), self._segments, self._keys.repeated())
        rows = add(quality_rules.of_commission(around, around.milestones, _same), self._segments)
        named = ((CONTRACT, contract), (around.commission, [*rows, *self._whole()]))
        return [quality_outcome.suite(f"{suite} · {self._name}", results) for suite, results in named]

    def _whole(self) -> list[ExpectationValidationResult]:
        """What was found of the file as a whole, if it is a whole report."""
        around, day = self._around, self._profile.newest
        if not around.is_whole or day is None:
            return []
        named = self._streams.named()
        frame = quality_frame.whole(self._profile, around.expected(day), named)
        expected = quality_rules.of_whole(around, self._profile, named.keys(), date.toordinal)
        told = quality_rules.of_whole(around, self._profile, named.keys(), _same)
        return quality_outcome.added(told, [_validate(frame, expected)])

    def _judge(self) -> None:
        segment = self._segment()
        frame = quality_frame.rows(segment)
        # Great Expectations copies the set some hundred times, 70 µs a code: it gets the codes that occur.
        milestones = self._around.milestones.intersection(frame["milestone"].cat.categories)
        rules = quality_rules.of_commission(self._around, milestones, date.toordinal)
        self._segments.append(_validate(frame, [*quality_rules.of_contract(self._around), *rules]))

    def _segment(self) -> pl.DataFrame:
        """The rows that wait, which wait no more, beside what stands."""
        segment = pl.concat([SUITE.to_frame(), *self._waiting])
        self._waiting.clear()
        self._keys.add(segment.select(KEY_FIELDS))
        compared = self._streams.compared(segment)
        self._profile = _joined(self._profile, compared)
        return compared


def _same(day: date) -> date:
    return day


def _joined(profile: Profile, segment: pl.DataFrame) -> Profile:
    """`profile` of the rows so far, and of `segment`."""
    days = [profile.newest, segment["effective"].max()]
    steps = [profile.step, segment["step"].quantile(_USUAL) if "step" in segment.columns else None]
    return Profile(
        rows=profile.rows + segment.height,
        newest=max((day for day in days if isinstance(day, date)), default=None),
        step=max((step for step in steps if step is not None), default=None),
    )


def _validate(frame: pd.DataFrame, rules: Sequence[Rule]) -> ExpectationSuiteValidationResult:
    """Runs `rules` on `frame` in a context of its own that leaves nothing behind, in memory or on the disk.

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
        expectations = [rule.expectation for rule in rules]
        return validator.validate_expectation_suite(gx.ExpectationSuite(name="segment", expectations=expectations))
    finally:
        context.data_sources.delete("memory")


def _write_page(results: Sequence[ExpectationSuiteValidationResult], page: Path) -> None:
    """Great Expectations' own pages of `results`, in one frame that fetches nothing: its usual one asks six hosts."""
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    documents = [ValidationResultsPageRenderer().render(result) for result in results]
    first = documents[0]
    first.sections = [section for document in documents for section in document.sections]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(_view().render(first, template="page_offline.j2"), encoding="utf-8")


@functools.cache
def _view() -> DefaultJinjaPageView:
    """Kept for its compiled templates (0.1 s); it knows nothing of what it has shown."""
    from great_expectations.render.view import DefaultJinjaPageView

    return DefaultJinjaPageView(custom_views_directory=_TEMPLATES)
