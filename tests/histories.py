"""Random histories of a programme, and the plain reading of what was known of them: event by event, unit by unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from random import Random
from typing import Any

from sqlalchemy import Engine, select, text

from roadmap import organisation
from roadmap.analysis.progress import Reported, roll_up, whole_state
from roadmap.domain.events import Event, MilestoneBaselined, ProgressReported, UnitOpened
from roadmap.domain.model import Confidence, Milestone, Scope, State, Unit, UnitKind, UnitWeights
from roadmap.domain.projections import fold
from roadmap.domain.refusals import refuse
from roadmap.programme import Programme
from roadmap.services.desk import Desk
from roadmap.store import log, projecting
from roadmap.store.tables import PROJECTIONS
from tests.factories import noon, report

FIRST_DAY = date(2026, 3, 1)
DAYS = 60
_OPEN = {State.NOT_STARTED, State.IN_PROGRESS, State.SUSPENDED}
_WORST = [None, Confidence.GREEN, Confidence.AMBER, Confidence.RED]


@dataclass(frozen=True)
class Told:
    """What a milestone's units of one place come to."""

    reported: Reported
    live: float


def batches(milestones: Sequence[Milestone], units: Sequence[Unit], random: Random, count: int) -> list[list[Event]]:
    """Deliveries in any order of days: late reports, corrections, reopened and cancelled work; the plan moves too."""
    plan, tree = {each.code: each for each in milestones}, {each.code: each for each in units}
    return [
        [_change(plan, tree, random), *_changes(plan, tree, random)]
        if random.random() < 0.25
        else [_report(plan, tree, random) for _ in range(random.randrange(1, 20))]
        for _ in range(count)
    ]


def _changes(plan: dict[str, Milestone], tree: dict[str, Unit], random: Random) -> list[Event]:
    """More of what happens to the plan, and reports in the same batch."""
    more: list[Event] = [_change(plan, tree, random) for _ in range(random.randrange(2))]
    return [*more, *(_report(plan, tree, random) for _ in range(random.randrange(4)))]


def _day(random: Random) -> date:
    return FIRST_DAY + timedelta(days=random.randrange(DAYS))


def _report(plan: Mapping[str, Milestone], tree: Mapping[str, Unit], random: Random) -> ProgressReported:
    """A report of any unit, most of them in scope."""
    milestone = random.choice(list(plan.values()))
    own = [unit.code for unit in tree.values() if unit.in_scope(milestone.scope)]
    state = random.choice([*State, State.DONE, State.IN_PROGRESS, State.IN_PROGRESS])
    percent = {State.DONE: 100, State.NOT_STARTED: 0}.get(state, random.randrange(1, 100))
    return report(
        milestone.code,
        unit=random.choice(own) if own and random.random() < 0.9 else random.choice(list(tree)),
        effective=_day(random),
        state=state,
        percent=percent,
        spent=random.choice([None, 0, 5, 70]),
        confidence=random.choice(_WORST),
        forecast_finish=random.choice([None, date(2027, 1, 1), date(2027, 6, 1)]),
    )


def _change(plan: dict[str, Milestone], tree: dict[str, Unit], random: Random) -> Event:
    """A new baseline of a milestone, a station that is new or changes, or that moves to another province."""
    if random.random() < 0.3:
        milestone = random.choice(list(plan.values()))
        changed = {"scope": random.choice(list(Scope)), "unit_weights": random.choice(list(UnitWeights))}
        plan[milestone.code] = milestone.model_copy(update=changed)
        return baselined(plan[milestone.code], _day(random))
    stations = [unit for unit in tree.values() if unit.kind is UnitKind.STATION]
    provinces = [unit.code for unit in tree.values() if unit.kind is UnitKind.PROVINCE]
    station = random.choice(stations)
    values: dict[str, Any] = {
        "parent": random.choice(provinces),
        "visits": random.randrange(9),
        "target": random.random() < 0.5,
    }
    if random.random() < 0.4:
        values["code"] = f"new-{len(stations)}"
    unit = station.model_copy(update=values)
    tree[unit.code] = unit
    return UnitOpened(effective=_day(random), unit=unit)


def baselined(milestone: Milestone, day: date) -> MilestoneBaselined:
    """A second baseline of `milestone`."""
    return MilestoneBaselined(effective=day, baseline=2, milestone=milestone)


def board(events: Iterable[Event], day: date) -> dict[tuple[str, str | None], Told]:
    """Every milestone on `day` after `events`: for province None over all its units, and in each province with some."""
    streams, found = _streams(known := list(events), day), {}
    for milestone, own in _scopes(known, day):
        for province in {None, *(_province(unit) for unit in own)}:
            here = [unit for unit in own if province in {None, _province(unit)}]
            if here:
                weights = [_weight(milestone, unit) for unit in here]
                found[milestone.code, province] = _told(
                    weights, [streams.get((milestone.code, unit.code), []) for unit in here]
                )
    return found


def month(events: Iterable[Event], first: date, last: date) -> dict[str, tuple[int, int]]:
    """Of each milestone after `events` the units that are expected to report for `first` to `last`, and that have.

    Expected are those in scope on `last` that are neither cancelled then nor have been done since before `first`.
    """
    streams, found = _streams(known := list(events), last), {}
    for milestone, own in _scopes(known, last):
        histories = [streams.get((milestone.code, unit.code), []) for unit in own]
        is_open = [history for history in histories if not _is_closed(history, first)]
        complete = sum(any(first <= each.effective for each in history) for history in is_open)
        if own:
            found[milestone.code] = len(is_open), complete
    return found


def _is_closed(history: Sequence[ProgressReported], first: date) -> bool:
    finished = _finished_on(history)
    return bool(history) and (history[-1].state is State.CANCELLED or (finished is not None and finished < first))


def _streams(known: Sequence[Event], day: date) -> dict[tuple[str, str], list[ProgressReported]]:
    """The reports that count up to `day`, by milestone and unit."""
    histories = fold(e for e in known if isinstance(e, ProgressReported) and e.effective <= day).reports
    return {stream: _kept([recorded.report for recorded in history]) for stream, history in histories.items()}


def _scopes(known: Sequence[Event], day: date) -> list[tuple[Milestone, list[Unit]]]:
    """The milestones of `day` with the units that each is reported for."""
    units = _holding(((e.effective, e.unit.code, e.unit) for e in known if isinstance(e, UnitOpened)), day)
    plan = _holding(
        ((e.effective, e.milestone.code, e.milestone) for e in known if isinstance(e, MilestoneBaselined)), day
    )
    return [(each, [unit for unit in units.values() if unit.in_scope(each.scope)]) for each in plan.values()]


def _holding(versions: Iterable[tuple[date, str, Any]], day: date) -> dict[str, Any]:
    """Of each thing the version of the latest effective day, of that the newest."""
    in_time = sorted((each for each in versions if each[0] <= day), key=lambda each: each[0])
    return {code: value for _, code, value in in_time}


def _province(unit: Unit) -> str | None:
    return {UnitKind.PROVINCE: unit.code, UnitKind.STATION: unit.parent, UnitKind.NATIONAL: None}[unit.kind]


def _weight(milestone: Milestone, unit: Unit) -> int:
    return max(unit.visits, 1) if milestone.unit_weights is UnitWeights.VISITS else 1


def _kept(history: Sequence[ProgressReported]) -> list[ProgressReported]:
    """One report a day, its newest version, in the order of days."""
    by_day = sorted(history, key=lambda each: each.effective)
    return [list(same)[-1] for _, same in groupby(by_day, key=lambda each: each.effective)]


def _finished_on(history: Sequence[ProgressReported]) -> date | None:
    """Since when it is done without having been opened again."""
    since = None
    for each in history:
        since = (since or each.effective) if each.state is State.DONE else None
    return since


def _told(weights: Sequence[float], streams: Sequence[Sequence[ProgressReported]]) -> Told:
    newest = [history[-1] if history else None for history in streams]
    live = [
        (w, each) for w, each in zip(weights, newest, strict=True) if each is None or each.state is not State.CANCELLED
    ]
    counted = {state: sum(each is not None and each.state is state for each in newest) for state in State}
    silent = newest.count(None)
    open_ones = [each for each in newest if each and each.state in _OPEN]
    finishes = [each.forecast_finish for each in open_ones if each.forecast_finish]
    done_on = [day for day in map(_finished_on, streams) if day]
    closed = counted[State.DONE] + counted[State.CANCELLED] == len(streams)
    reported = Reported(
        percent=roll_up((w, each.percent if each else 0.0) for w, each in live) or 0.0,
        units=len(streams),
        reporting=len(streams) - silent,
        done=counted[State.DONE],
        state=whole_state(
            units=len(streams),
            done=counted[State.DONE],
            cancelled=counted[State.CANCELLED],
            suspended=counted[State.SUSPENDED],
            not_started=counted[State.NOT_STARTED] + silent,
        ),
        confidence=max((each.confidence for each in open_ones), key=_WORST.index, default=None),
        forecast_finish=max(finishes, default=None),
        finished_on=max(done_on, default=None) if closed else None,
        last_report=max((each.effective for each in newest if each), default=None),
        spent=sum(_spent(history) for history in streams),
    )
    return Told(reported, sum(w for w, _ in live))


def _spent(history: Sequence[ProgressReported]) -> float:
    stated = [each.spent for each in history if each.spent is not None]
    return stated[-1] if stated else 0.0


def of_every_scope(harbour: Programme) -> Programme:
    """The small programme with a milestone of every scope, some of them weighted by visits."""
    quay, lights, crane = harbour.milestones
    more = [
        quay.model_copy(update={"code": f"Q-{scope}-{weights}", "scope": scope, "unit_weights": weights})
        for scope in (Scope.STATION, Scope.TARGET, Scope.OFFLINE)
        for weights in UnitWeights
    ]
    return harbour.model_copy(update={"milestones": (quay, lights, crane, *more)})


def append(desk: Desk, events: Sequence[Event], *, on: date, rejected: Sequence[log.Rejected] = ()) -> int:
    """Appends `events` as one batch at noon of the day `on`; returns its last number."""
    with log.writing(desk.engine, lambda: noon(on)) as writer:
        number = writer.connection.execute(text("select count(*) from batch")).scalar_one()
        delivery = log.Delivery(channel="file", source="f", digest=f"d{number}", actor="test", commission="quays")
        outcome = log.Outcome(events=[log.NewEvent(each) for each in events], rejected=rejected)
        return writer.append(delivery, outcome).last_seq


def chronicle(desk: Desk, plan: Programme, seed: int, count: int = 14) -> dict[int, list[Event]]:
    """Random batches in the log, one of them empty; for the last number of each all events so far."""
    random = Random(seed)  # noqa: S311 - chance, not secrecy
    with desk.engine.connect() as connection:
        known: list[Event] = list(log.events(connection))
    found = {len(known): list(known)}
    for number, batch in enumerate(batches(plan.milestones, organisation.units(plan), random, count)):
        known += batch
        found[append(desk, batch, on=FIRST_DAY + timedelta(days=number))] = list(known)
    rejected = log.Rejected("Q-1", (refuse("missing", "state"),), row=2)
    append(desk, [], on=FIRST_DAY + timedelta(days=count), rejected=[rejected])
    return found


def projections(engine: Engine) -> dict[str, list[Any]]:
    """The rows of every projection."""
    with engine.connect() as connection:
        return {t.name: list(connection.execute(select(t).order_by(*t.primary_key))) for t in PROJECTIONS}


def rebuilt(engine: Engine) -> dict[str, list[Any]]:
    """The rows of every projection after all were made again."""
    with engine.begin() as connection:
        projecting.rebuild(connection)
    return projections(engine)
