"""A report while somebody writes it, in the form or in the grid: what it was begun on, kept as it is typed, sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboard import data, typed
from dashboard.shown import report as shown
from roadmap.domain.changes import ReportProgress, Stream
from roadmap.domain.refusals import Refusal
from roadmap.services import drafts, reporting
from roadmap.services.drafts import Draft
from roadmap.services.reporting import Answer, Present

#: What a report says beside the day that it is of.
SAID: Final = tuple(name for name in shown.FIELDS if name != "effective")
#: Refusals of a report whose writer has not seen what somebody else wrote.
_CLASHES: Final = frozenset({"stale_version", "waiting_meanwhile"})


@dataclass(frozen=True)
class Filling:
    """A report that is being written.

    `texts` are what it was filled from, as a draft keeps them; `version` and `seen` what it was begun on (see
    `Present`), which for a `draft` may be older than what is `present` now.
    """

    commission: str
    stream: Stream
    present: Present
    texts: Mapping[str, str]
    version: int
    seen: int
    draft: Draft | None = None


def fill(commission: str, streams: Sequence[Stream]) -> list[Filling]:
    """What reports of `commission` on `streams` begin with, in their order: the reader's draft, or what stands."""
    own = {draft.stream: draft for draft in drafts.own(data.desk(), commission)}
    stands = reporting.present_of(data.desk(), streams)
    return [_filling(commission, stream, present, own.get(stream)) for stream, present in stands.items()]


def _filling(commission: str, stream: Stream, present: Present, draft: Draft | None) -> Filling:
    if draft is not None:
        return Filling(commission, stream, present, draft.fields, draft.base_version, draft.seen, draft)
    # What was sent and is not settled yet, else the report that counts.
    report = present.case.submission.report if present.case else present.report
    texts = typed.kept({name: getattr(report, name) for name in SAID}) if report else {}
    return Filling(commission, stream, present, texts, present.version, present.seen)


def keep(filling: Filling, texts: Mapping[str, str]) -> None:
    """Keeps what was typed as the reader's draft."""
    drafts.keep(
        data.desk(),
        filling.stream,
        texts,
        commission=filling.commission,
        base_version=filling.version,
        seen=filling.seen,
    )


def discard(filling: Filling) -> None:
    """Throws the reader's draft away, if there is one."""
    drafts.discard(data.desk(), filling.stream, commission=filling.commission)


def read(filling: Filling, texts: Mapping[str, str]) -> ReportProgress | tuple[Refusal, ...]:
    """The order that `texts` by the contract's names are, or all that is wrong with them; other names are passed over.

    What a browser sends is what somebody typed, whichever field it comes from: lists and limits are only offered there.
    """
    values, unreadable = typed.fields({name: texts.get(name, "") for name in shown.FIELDS})
    milestone, unit = filling.stream
    named = shown.filled({"milestone": milestone, "unit": unit, **values})
    order = reporting.read(named, base_version=filling.version)
    if isinstance(order, ReportProgress):
        return tuple(unreadable) or order
    told = {refusal.field for refusal in unreadable}  # what cannot be read is missing as well
    return (*unreadable, *(refusal for refusal in order if refusal.field not in told))


def post(order: ReportProgress, filling: Filling) -> Answer:
    """Sends the report; what was taken is a draft no more."""
    answer = reporting.report(data.desk(), order, commission=filling.commission, seen=filling.seen, day=data.today())
    if answer.taken:
        discard(filling)
    return answer


def is_clash(refusal: Refusal) -> bool:
    """Whether the report was not taken because another had come meanwhile."""
    return refusal.code in _CLASHES
