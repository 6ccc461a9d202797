"""What keeps a plan from holding together: the rules of the programme file, which proposals have to keep as well."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from roadmap.domain.model import Indicator, Milestone
from roadmap.domain.text import Text


class Rule(StrEnum):
    """What a plan may not do."""

    COMMISSION = "commission"
    HORIZON = "horizon"
    SOURCE = "source"
    PREDECESSOR = "predecessor"
    ORDER = "order"
    EARLY = "early"
    CIRCLE = "circle"


_SENTENCES: Final = {
    Rule.COMMISSION: ("{code}: کمیسیون {other} وجود ندارد", "{code}: there is no commission {other}"),
    Rule.HORIZON: ("{code}: افق {other} وجود ندارد", "{code}: there is no horizon {other}"),
    Rule.SOURCE: ("{code}: سند {other} وجود ندارد", "{code}: there is no source {other}"),
    Rule.PREDECESSOR: (
        "{code}: پیش‌نیاز آن، {other}، در برنامه نیست",
        "{code}: its predecessor {other} is not in the programme",
    ),
    Rule.ORDER: (
        "{code}: هدف‌های آن به ترتیب تاریخ نیست",
        "{code}: its targets are not in the order of their dates",
    ),
    Rule.EARLY: (
        "{code} پیش از آن آغاز می‌شود که پیش‌نیازش {other} به پایان برسد",
        "{code} starts on {start}, before its predecessor {other} finishes on {finish}",
    ),
    Rule.CIRCLE: ("وابستگی‌ها دور می‌زنند: {other}", "dependencies go round in a circle: {other}"),
}


@dataclass(frozen=True)
class Problem:
    """A rule that the entry `code` breaks ("": several of them), with what it names, in both languages."""

    rule: Rule
    code: str
    other: str
    text: Text


@dataclass(frozen=True)
class Frame:
    """What the entries of a plan may name, by code."""

    commissions: Collection[str]
    horizons: Collection[str]
    sources: Collection[str]


def problems(milestones: Sequence[Milestone], indicators: Sequence[Indicator], frame: Frame) -> list[Problem]:
    """Everything that keeps these milestones and indicators from being a plan; empty for one that holds together."""
    codes = {milestone.code for milestone in milestones}
    return [
        *_unknown(Rule.COMMISSION, [*milestones, *indicators], lambda entry: {entry.commission}, frame.commissions),
        *_unknown(Rule.HORIZON, milestones, lambda entry: {entry.horizon}, frame.horizons),
        *_unknown(Rule.SOURCE, [*milestones, *indicators], _quoted, frame.sources),
        *_unknown(Rule.PREDECESSOR, milestones, lambda entry: [link.code for link in entry.after], codes),
        *(_problem(Rule.ORDER, entry.code) for entry in indicators if _is_disordered(entry)),
        *_early(milestones),
        *_circle(milestones),
    ]


def _unknown(
    rule: Rule, entries: Sequence[Any], named: Callable[[Any], Collection[str]], known: Collection[str]
) -> Iterator[Problem]:
    return (_problem(rule, entry.code, other) for entry in entries for other in named(entry) if other not in known)


def _quoted(entry: Milestone | Indicator) -> set[str]:
    """Codes of the sources that `entry` or a value of it is quoted from."""
    if isinstance(entry, Milestone):
        return {entry.source} if entry.source else set()
    values = [entry.baseline, *entry.targets, *getattr(entry, "observations", ())]
    return {value.source for value in values if value is not None and value.source is not None}


def _is_disordered(indicator: Indicator) -> bool:
    return list(indicator.targets) != sorted(indicator.targets, key=lambda target: target.date)


def _early(milestones: Sequence[Milestone]) -> Iterator[Problem]:
    finish = {milestone.code: milestone.finish for milestone in milestones}
    for own in milestones:
        for link in own.after:
            if link.code in finish and own.start < finish[link.code]:
                yield _problem(Rule.EARLY, own.code, link.code, start=own.start, finish=finish[link.code])


def _circle(milestones: Sequence[Milestone]) -> Iterator[Problem]:
    graph = {milestone.code: [link.code for link in milestone.after] for milestone in milestones}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield _problem(Rule.CIRCLE, "", " → ".join(error.args[1]))


def _problem(rule: Rule, code: str, other: str = "", **values: object) -> Problem:
    fa, en = (sentence.format(code=code, other=other, **values) for sentence in _SENTENCES[rule])
    return Problem(rule, code, other, Text(fa=fa, en=en))
