"""Why a batch is held back: what stood out in it, in figures, put for its sender and for the secretariat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from roadmap.domain.text import Text, persian_digits
from roadmap.errors import FileRefusedError
from roadmap.intake import quality_outcome
from roadmap.intake.unfit import refuse_file
from roadmap.store.log import Receipt

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult

#: The code of the line in the reject ledger.
HELD_BACK: Final = "held_back"
#: More would be a list, and the page has that.
_TOLD: Final = 3

#: What is so of more than half of the rows, by the column that tells it.
_ROWS: Final[dict[str, Text]] = {
    "milestone": Text(
        fa="{odd} ردیف از {all} ردیف کد نقطه عطفی را دارد که از این کمیسیون نیست",
        en="{odd} of {all} rows name a milestone that this commission does not have",
    ),
    "effective": Text(
        fa="تاریخ {odd} ردیف از {all} ردیف پیش از آغاز برنامه یا پس از امروز است",
        en="{odd} of {all} rows are of a day before the plan begins or after today",
    ),
    "percent": Text(
        fa="درصد {odd} ردیف از {all} ردیف بیرون از ۰ تا ۱۰۰ است",
        en="{odd} of {all} rows have a percent below 0 or above 100",
    ),
    "percent_begun": Text(
        fa="درصد {odd} ردیف از {all} ردیفِ آغازشده کمتر از یک است؛ گویا درصدها به صورت کسر نوشته شده‌اند",
        en="{odd} of {all} rows that have begun stand below one percent, as if percents were written as fractions",
    ),
    "percent_unexplained": Text(
        fa="{odd} ردیف از {all} ردیف بدون شرح و مانع از درصد پیشین عقب‌تر رفته است",
        en="{odd} of {all} rows go back from what stands, with neither a narrative nor a blocker",
    ),
}
_VOLUME: Final = Text(
    fa="پرونده {all} ردیف دارد؛ پرونده‌های پیشین این کمیسیون از {least} تا {most} ردیف را معمول می‌کنند",
    en="the file has {all} rows, where this commission's earlier ones make {least} to {most} usual",
)
_BROKEN: Final = Text(
    fa="یکی از بررسی‌های دسته ({name}) اجرا نشد",
    en="one of the batch's checks ({name}) could not be run",
)


def is_held(receipt: Receipt) -> bool:
    """Whether the delivery of `receipt` is held back, and not refused for what it is."""
    return receipt.refused and bool(receipt.checks.get("held"))


def held(suites: Sequence[ExpectationSuiteValidationResult]) -> FileRefusedError | None:
    """Why the batch is held back; None where nothing that `suites` found is critical."""
    found = [entry for suite in suites for entry in suite.results if not entry.success]
    grave = [entry for entry in found if quality_outcome.severity(entry) == "critical"]
    if not grave:
        return None
    told = [_told(entry) for entry in grave[:_TOLD]]
    what = Text(fa="؛ ".join(text.fa for text in told), en="; ".join(text.en for text in told))
    return refuse_file(HELD_BACK, what=what)


def _told(entry: ExpectationValidationResult) -> Text:
    if quality_outcome.is_broken(entry):
        return _filled(_BROKEN, name=entry.expectation_config.type)
    column, wanted = quality_outcome.columns(entry)[0], entry.expectation_config.kwargs
    if column == "rows":
        (rows,) = entry.result["partial_unexpected_list"]
        return _filled(_VOLUME, all=int(rows), least=int(wanted["min_value"]), most=int(wanted["max_value"]))
    counts = {"odd": entry.result["unexpected_count"], "all": quality_outcome.judged(entry.result)}
    return _filled(_ROWS[column], **counts)


def _filled(sentence: Text, **figures: Any) -> Text:  # noqa: ANN401 - whatever is put into a sentence
    en = {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in figures.items()}
    fa = {name: persian_digits(value.replace(",", "٬")) for name, value in en.items()}
    return Text(fa=sentence.fa.format(**fa), en=sentence.en.format(**en))
