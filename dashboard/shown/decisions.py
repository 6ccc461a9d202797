"""The Decisions page's parts: what waits, what a proposal changes and moves, its record, and two baselines compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashboard import tables
from dashboard.format import Format
from dashboard.markup import Html, Target, link, tag, text
from dashboard.parts import Item, listing
from dashboard.shown import deliveries, words
from dashboard.tables import Column, Fact
from roadmap.domain.events import Change, ProposalChecked, ProposalDecided
from roadmap.domain.model import Budget, Indicator, Link, Milestone, Point, Scope
from roadmap.domain.proposing import Proposal, Taken, item, step
from roadmap.domain.text import Text
from roadmap.services.baselines import Baseline, Comparison
from roadmap.services.proposal_drafts import Drafted
from roadmap.services.proposal_refusals import OvertakenError
from roadmap.services.proposals import Difference, FieldChange, Stage, View


@dataclass(frozen=True)
class Names:
    """Titles by code in the reader's language, and the time zone of the programme."""

    commissions: Mapping[str, str]
    horizons: Mapping[str, str]
    zone: ZoneInfo


def page(code: str, **query: str) -> Target:
    """The Decisions page with the proposal `code` opened."""
    return Target("decisions", (("proposal", code), *query.items()))


def name(proposal: Proposal, names: Names, f: Format) -> str:
    """A proposal's code, and whose it is."""
    commission = proposal.proposed.commission
    return f.join([proposal.code, names.commissions.get(commission, commission)])


def about(proposal: Proposal, f: Format) -> str:
    """The codes of what a proposal changes, the first ones of many."""
    return codes(proposal.proposed.changes, f)


def codes(changes: Sequence[Change], f: Format) -> str:
    """The codes of what is changed, the first ones of many."""
    found = [item(change).code for change in changes]
    left = len(found) - _FIRST
    return f.join([*found[:_FIRST], f.say("decisions.more", count=f.number(left)) if left > 0 else ""])


def drafted(each: Drafted, names: Names, f: Format) -> Html:
    """A proposal that was begun: since when it is kept, what it changes; opens its form."""
    target = Target("decisions", (("view", "propose"), ("commission", each.commission)))
    when = deliveries.when(each.saved, names.zone, f) if each.saved else ""
    way = link(target, f.say("drafted.open", when=when), class_="b-link")
    about = f.join([names.commissions.get(each.commission, each.commission), codes(each.changes, f)])
    return tag("p", way, " ", tag("small", about))


#: So many codes of what is changed stand in a proposal's line.
_FIRST: Final = 4


def proposals(found: Sequence[Proposal], names: Names, f: Format, *, empty: str, **query: str) -> Html:
    """Proposals to open, each with where it stands and since when."""
    items = [
        Item(
            names.commissions.get(each.proposed.commission, each.proposed.commission),
            (each.code, about(each, f), each.proposed.reason, _since(each, names, f)),
            aside=f.say(f"stage.{each.stage.value}"),
            target=page(each.code, **query),
        )
        for each in found
    ]
    return listing(items, f, empty=empty)


def _since(proposal: Proposal, names: Names, f: Format) -> str:
    return deliveries.when(proposal.steps[-1].recorded, names.zone, f)


def head(view: View, names: Names, f: Format) -> Html:
    """Whose proposal it is, where it stands, and why it was made."""
    proposal = view.proposal
    sent, commission = proposal.sent, proposal.proposed.commission
    entries = [
        Fact(f.say("matrix.commission"), names.commissions.get(commission, commission)),
        Fact(f.say("decisions.stage"), f.say(f"stage.{proposal.stage.value}")),
        Fact(f.say("decisions.sent_on"), deliveries.when(sent.recorded, names.zone, f)),
        Fact(f.say("decisions.by"), words.author(sent.actor, f)),
        Fact(f.say("decisions.made_on"), f.number(proposal.proposed.baseline), f.say("meaning.baseline")),
        Fact(f.say("decisions.reason"), tables.passage(proposal.proposed.reason), wide=True),
    ]
    return tables.facts(entries)


def changes(found: Sequence[Difference], names: Names, f: Format) -> Html:
    """What is changed, old → new, a table for each milestone or indicator."""
    return tag("div", *(_change(each, names, f) for each in found))


def _change(difference: Difference, names: Names, f: Format) -> Html:
    wanted = item(difference.change)
    kind = "dropped" if wanted.dropped else "new" if difference.is_new else "changed"
    badge = tag("span", f.say(f"decisions.{kind}"), class_="b-badge b-quiet")
    heading = tag("h4", text(wanted.title.in_(f.language)), " ", tag("small", tables.code(wanted.code)), " ", badge)
    told = [] if wanted.dropped else difference.fields
    return tag("section", heading, fields(told, names, f, is_new=difference.is_new))


def fields(found: Sequence[FieldChange], names: Names, f: Format, *, is_new: bool = False) -> Html:
    """Fields with what stood there and what is to."""
    told = [each for each in found if each.field not in _UNTOLD and not (is_new and _is_nothing(each.after))]
    columns = [Column(f.say("report.field")), Column(f.say("decisions.before")), Column(f.say("decisions.after"))]
    rows = [[f.say(f"plan.{each.field}"), *_both(each, names, f)] for each in told]
    return tables.table(f.say("report.changes"), columns, rows, empty="") if rows else Html("")


#: What a heading says already.
_UNTOLD: Final = frozenset({"code", "dropped"})


def _is_nothing(value: object) -> bool:
    return value is None or value == ()


def _both(change: FieldChange, names: Names, f: Format) -> list[Html]:
    return [
        tables.passage(written(each, change.field, names, f), "b-passage") for each in (change.before, change.after)
    ]


def written(value: Any, name: str, names: Names, f: Format) -> str:  # noqa: ANN401 - whatever a field may hold
    """A field's value in the reader's words; a dash where there is nothing."""
    if value is None or value == ():
        return f.day(None)
    if name in _TITLED:
        titles = names.commissions if name == "commission" else names.horizons
        return titles.get(value, value)
    for kind, writer in _WRITERS:
        if isinstance(value, kind):
            return writer(value, f)
    return str(value)


_TITLED: Final = frozenset({"commission", "horizon"})


def _items(value: tuple[Link | Point, ...], f: Format) -> str:
    return "\n".join(_link(each, f) if isinstance(each, Link) else _point(each, f) for each in value)


def _link(value: Link, f: Format) -> str:
    lag = f.say("milestone.lag", n=value.lag_days, days=f.number(value.lag_days)) if value.lag_days else ""
    return f.join([value.code, lag])


def _point(value: Point, f: Format) -> str:
    return f.join([f.day(value.date), f.compact(value.value)])


def _budget(value: Budget, f: Format) -> str:
    return f.say("decisions.budget", asked=f.compact(value.asked), allocated=f.compact(value.allocated))


#: Whole numbers last: to Python a yes or no is one of them.
_WRITERS: Final[tuple[tuple[type | tuple[type, ...], Callable[[Any, Format], str]], ...]] = (
    (date, lambda value, f: f.day(value)),
    (Text, lambda value, f: value.in_(f.language)),
    (tuple, _items),
    (Point, _point),
    (Budget, _budget),
    (Scope, lambda value, f: f.say(f"scope.{value.value}")),
    (bool, lambda value, f: f.say("decisions.yes" if value else "decisions.no")),
    ((int, float), lambda value, f: f.compact(value)),
)


def record(proposal: Proposal, names: Names, f: Format) -> Html:
    """Everything that was done with a proposal: what, by whom, when, why, in which session."""
    columns = [
        Column(f.say("decisions.what")),
        Column(f.say("decisions.by")),
        Column(f.say("decisions.when")),
        Column(f.say("decisions.reason")),
    ]
    rows = [_step(each, names, f) for each in reversed(proposal.steps)]
    return tables.table(f.say("decisions.record"), columns, rows, empty="")


def _step(taken: Taken, names: Names, f: Format) -> list[str]:
    event = taken.event
    reason = event.remark if isinstance(event, ProposalChecked) else event.reason
    decided = event if isinstance(event, ProposalDecided) else None
    became = f.say("decisions.became", number=f.number(decided.baseline)) if decided and decided.baseline else ""
    held = f.say("decisions.in_session", session=decided.session) if decided and decided.session else ""
    return [
        tables.lines(f.say(f"step.{step(event).value}"), became, held),
        words.author(taken.actor, f),
        deliveries.when(taken.recorded, names.zone, f),
        tables.passage(reason),
    ]


def sentences(texts: Sequence[Text], f: Format) -> list[str]:
    """Refusals in the reader's language."""
    return [each.in_(f.language) for each in texts]


def overtaken(refused: OvertakenError, f: Format) -> str:
    """That somebody acted first, by name, or that a decision did."""
    return refused.naming(f.isolate(words.author(refused.who, f)) if refused.who else "").in_(f.language)


def meanwhile(found: Sequence[Difference], names: Names, f: Format) -> Html:
    """What another decision changed since, beside what is proposed."""
    if not found:
        return Html("")
    notice = tables.alert([f.say("decisions.meanwhile")], kind="problem")
    return tag("div", notice, changes(found, names, f))


def baselines(found: Sequence[Baseline], names: Names, f: Format) -> Html:
    """The baselines, newest first: from when each holds, and by which decision."""
    columns = [
        Column(f.say("decisions.number")),
        Column(f.say("decisions.holds_from")),
        Column(f.say("decisions.decision")),
        Column(f.say("decisions.by")),
        Column(f.say("decisions.when")),
    ]
    rows = [
        [
            f.number(each.number),
            f.day(each.effective),
            link(page(each.proposal, view="records"), each.proposal, class_="b-link")
            if each.proposal
            else f.say("decisions.first"),
            words.author(each.actor, f),
            deliveries.when(each.recorded, names.zone, f),
        ]
        for each in reversed(found)
    ]
    return tables.table(f.say("decisions.baselines"), columns, rows, empty="")


def comparison(found: Comparison, names: Names, f: Format) -> Html:
    """What one baseline has otherwise than another."""
    counted = [
        Fact(f.say(f"decisions.{kind}"), f.number(len(entries)))
        for kind, entries in (("new", found.new), ("dropped", found.dropped), ("changed", found.changed))
    ]
    listed = [_listed(kind, entries, f) for kind, entries in (("new", found.new), ("dropped", found.dropped))]
    changed = [tag("section", _titled(each.item, f), fields(each.fields, names, f)) for each in found.changed]
    nothing = tag("p", f.say("decisions.same"), class_="b-empty")
    return tag("div", tables.facts(counted), *listed, *(changed or [nothing][: not any([found.new, found.dropped])]))


def _listed(kind: str, entries: Sequence[Milestone | Indicator], f: Format) -> Html:
    if not entries:
        return Html("")
    return tag(
        "section", tag("h4", f.say(f"decisions.{kind}")), tag("ul", *(tag("li", _titled(e, f)) for e in entries))
    )


def _titled(entry: Milestone | Indicator, f: Format) -> Html:
    return tag("p", text(entry.title.in_(f.language), "b-what"), " ", tag("small", tables.code(entry.code)))


def taken(proposal: Proposal, f: Format) -> str:
    """What has just been done with a proposal."""
    number = proposal.decided.baseline if proposal.stage is Stage.APPROVED and proposal.decided else None
    if number:
        return f.say("decisions.done_approved", code=proposal.code, number=f.number(number))
    return f.say(f"decisions.done_{proposal.stage.value}", code=proposal.code)
