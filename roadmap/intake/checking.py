"""A row against the contract: pydantic is the authority on it, and everything that is wrong is told at once."""

from __future__ import annotations

from pydantic import ValidationError

from roadmap.domain.changes import ReportProgress
from roadmap.domain.refusals import Refusal
from roadmap.intake.contracts import ReportRow, to_order
from roadmap.intake.mapping import Draft
from roadmap.intake.rejects import contract_refusals


def check(draft: Draft) -> ReportProgress | tuple[Refusal, ...]:
    """The order that `draft` is, or all that is wrong with it (never empty)."""
    try:
        row = ReportRow.model_validate(draft.values)
    except ValidationError as error:
        return _told_once(draft, contract_refusals(error))
    return draft.refusals or to_order(row)


def _told_once(draft: Draft, found: tuple[Refusal, ...]) -> tuple[Refusal, ...]:
    """What the mapping could not read is not there for the contract: it is unreadable, not missing."""
    unreadable = {refusal.field for refusal in draft.refusals}
    return (*draft.refusals, *(refusal for refusal in found if refusal.field not in unreadable))
