"""Is a batch plausible? Two Great Expectations suites a file: the contract's, and its commission's on top.

A row is right or wrong by itself (pydantic, `domain.changes`); a batch can be odd though every row of it is right. What
is odd is told with the receipt and on a page; what is critically odd holds the batch back until the secretariat has
looked at it (`quality_rules` says which is which). Great Expectations takes seconds to import, so it is imported where
a suite runs; it gets no network, no analytics and no progress bars.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

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

#: Rows that are judged at once: a run costs about 0.1 s whatever its size, and a segment of this size 130 MB. The first
#: ones sooner, so that of a file of 100,000 rows most are judged while it is read.
_SEGMENT: Final = 250_000
_FIRST_SEGMENT: Final = 50_000
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
    bytes a row by which a key is known again, and some for each stream that it speaks of. A segment is judged in a
    thread of its own while the caller reads on; what breaks there is raised by the next `add`, or by `close`.
    """

    def __init__(self, around: Surroundings, name: str) -> None:
        self._around, self._name = around, name
        self._waiting: list[pl.DataFrame] = []
        self._judging = ThreadPoolExecutor(max_workers=1, thread_name_prefix="suite")
        self._segments: list[Future[list[ExpectationValidationResult]]] = []
        self._keys, self._streams = Keys(), Streams(around)
        self._profile = Profile(rows=0)

    def __enter__(self) -> Self:
        """The suite itself; at the end of the block nothing of it runs any more."""
        return self

    def __exit__(self, *_: object) -> None:
        """Waits for the segment that is being judged."""
        self._judging.shutdown(cancel_futures=True)

    def add(self, frame: pl.DataFrame) -> None:
        """Takes the next rows of the batch: of the schema `vector.SUITE`, as many or few as the caller has."""
        self._waiting.append(frame)
        if sum(waiting.height for waiting in self._waiting) >= (_SEGMENT if self._segments else _FIRST_SEGMENT):
            self._hand_over()

    def close(self, page: Path) -> Verdict:
        """The verdict on all rows, after writing both suites' page to `page`.

        Its checks are `success`, `evaluated` (expectations), `failed`, `told` (failed too, but no more than a count),
        `errors` (expectations that could not be evaluated: neither passed nor failed), `suites` (name, `success`,
        `evaluated` of each), `held` (those of `failed` and `errors` that hold the batch back) and `profile`.
        """
        if self._waiting or not self._segments:
            self._hand_over()
        results = self._results()
        _write_page(results, page)
        checks = quality_outcome.summary(results) | {"profile": self._profile.model_dump(mode="json")}
        return Verdict(checks, holding.held(results))

    def _results(self) -> list[ExpectationSuiteValidationResult]:
        """The outcome of each suite on all rows, and of the commission's on the file as a whole."""
        around, add = self._around, quality_outcome.added
        segments = [segment.result() for segment in self._segments]
        contract = add(quality_rules.of_contract(around), segments, self._keys.repeated())
        rows = add(quality_rules.of_commission(around, around.milestones, _same), segments)
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

    def _hand_over(self) -> None:
        """Has the rows that wait judged; of segments there are two at most, one that is judged and one that grows."""
        for segment in self._segments[-1:]:
            segment.result()
        self._segments.append(self._judging.submit(self._judged, self._waiting))
        self._waiting = []

    def _judged(self, waiting: list[pl.DataFrame]) -> list[ExpectationValidationResult]:
        segment = pl.concat([SUITE.to_frame(), *waiting])
        waiting.clear()
        frame = quality_frame.rows(self._compared(segment))
        # Great Expectations copies the set some hundred times, 70 µs a code: it gets the codes that occur.
        milestones = self._around.milestones.intersection(frame["milestone"].cat.categories)
        rules = quality_rules.of_commission(self._around, milestones, date.toordinal)
        return _validate(frame, [*quality_rules.of_contract(self._around), *rules])

    def _compared(self, segment: pl.DataFrame) -> pl.DataFrame:
        """`segment` beside what stands; what is told of the file as a whole takes note of it."""
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


def _validate(frame: pd.DataFrame, rules: Sequence[Rule]) -> list[ExpectationValidationResult]:
    """What each of `rules` finds in `frame`, by Great Expectations' validator alone.

    Around it usually stands a context, which writes its settings out several times a run, would keep the frame and is
    itself kept; we need nothing of what it knows.
    """
    from great_expectations.core.batch import Batch
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.validator.validator import Validator

    validator = Validator(PandasExecutionEngine(), batches=[Batch(frame)])
    validator.metrics_calculator.show_progress_bars = False
    found: list[ExpectationValidationResult] = validator.graph_validate(
        [rule.expectation.configuration for rule in rules], {"result_format": _FORMAT}
    )
    return found


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
