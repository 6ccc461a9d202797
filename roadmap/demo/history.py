"""What seven commissions might have reported over two years: plausible, illustrative, the same for the same day.

Each milestone gets a true course (when it really starts and finishes: its commission's habit, its own luck, the
predecessors it waits for) and a lead who sees that truth only gradually. Month ends are read off that course.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from graphlib import TopologicalSorter

import numpy as np

from roadmap.domain.calendar import Calendar, month_end, month_ends
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import Confidence, Milestone, Scope, State, Unit, UnitKind
from roadmap.programme import Programme

_SEED = 1419
_MILD_SLIP, _GRAVE_SLIP = 10, 60
_SUSPENDED_SHARE = 0.03
#: A suspended milestone rests in this part of its course, and is taken up again for the finish.
_REST = (0.8, 0.95)
#: Share of reports that are rosier than the forecast beside them.
_ROSY = 0.1
#: From this share of its time on, a late milestone's report names what holds it up.
_BLOCKER_AFTER = 0.4
#: From this month of the programme on, every station is reported on each month; before, when it is done.
_STATIONS_MONTHLY_FROM = 16
_STATION_WORK = timedelta(days=100)
_FORGETFUL = 0.05

_BLOCKERS = (
    "تخصیص اعتبار این مرحله به تعویق افتاده است.",
    "انتخاب پیمانکار پس از تجدید مناقصه انجام شد و زمان از دست رفت.",
    "تحویل اقلام خارجی به سبب ثبت سفارش طولانی شده است.",
    "اظهارنظر دستگاه همکار هنوز دریافت نشده است.",
    "نیروی آموزش‌دیده در برخی استان‌ها به اندازهٔ نیاز در دسترس نیست.",
    "آماده‌سازی محل اجرا در بخشی از یگان‌ها به پایان نرسیده است.",
)
_NARRATIVES = (
    "کار برابر برنامهٔ مصوب پیش می‌رود و مرحلهٔ بعد آغاز شده است.",
    "بخش عمدهٔ اقدامات این ماه انجام شد؛ مستندات در حال تکمیل است.",
    "جلسهٔ هماهنگی با استان‌ها برگزار و زمان‌بندی ماه آینده ابلاغ شد.",
    "بازدید میدانی انجام و کاستی‌ها برای رفع به مجری اعلام شد.",
)
_DONE = "خروجی تحویل و صورت‌جلسهٔ آن امضا شد."


@dataclass(frozen=True)
class Course:
    """What really happens to a milestone, known to nobody in the programme."""

    start: date
    finish: date
    suspended: bool

    def share(self, day: date) -> float:
        """Share of its time that has gone by on `day`, 0..1."""
        length = max((self.finish - self.start).days, 1)
        return min(max((day - self.start).days / length, 0.0), 1.0)


def reports(programme: Programme, units: Sequence[Unit], today: date) -> dict[date, list[ProgressReported]]:
    """Every report up to `today`, by the month end that it speaks for, oldest first."""
    calendar = programme.programme.calendar
    days = list(month_ends(programme.programme.start, today, calendar))
    courses = _courses(programme)
    by_day: dict[date, list[ProgressReported]] = {day: [] for day in days}
    for milestone in programme.milestones:
        for report in _told(milestone, courses[milestone.code], units, days):
            by_day[report.effective].append(report)
    return by_day


def _random(name: str) -> np.random.Generator:
    return np.random.default_rng([_SEED, *name.encode()])


def _courses(programme: Programme) -> dict[str, Course]:
    """The true course of every milestone, predecessors first."""
    plan = {milestone.code: milestone for milestone in programme.milestones}
    order = TopologicalSorter({code: [link.code for link in plan[code].after] for code in plan}).static_order()
    courses: dict[str, Course] = {}
    for code in order:
        courses[code] = _course(plan[code], courses, programme.programme.calendar)
    return courses


def _course(milestone: Milestone, before: Mapping[str, Course], calendar: Calendar) -> Course:
    random = _random(milestone.code + "/course")
    habit = _random(milestone.commission).uniform(-0.16, -0.02)
    ready = [before[link.code].finish + timedelta(days=link.lag_days) for link in milestone.after]
    start = max([milestone.start, *ready])
    planned = (milestone.finish - milestone.start).days
    stretch = max(0.7, 1.0 + habit + random.normal(0.0, 0.05) + random.choice([0.0, 0.6], p=[0.9, 0.1]))
    # Who starts late works faster: half of the delay handed down by a predecessor is caught up.
    caught_up = (start - milestone.start).days // 2
    length = max(round(planned * stretch) - caught_up, planned // 2, 14)
    # Work is handed over at a month's end, so the month's report has the day on which it was done.
    finish = month_end(start + timedelta(days=length), calendar)
    return Course(start, finish, bool(random.random() < _SUSPENDED_SHARE))


def _told(
    milestone: Milestone, course: Course, units: Sequence[Unit], days: Sequence[date]
) -> Iterator[ProgressReported]:
    places = [unit for unit in units if unit.in_scope(milestone.scope)]
    if milestone.scope in {Scope.NATIONAL, Scope.PROVINCE}:
        for place in places:
            # Its own chance: what one place draws in a later month must not change what another told before.
            random = _random(f"{milestone.code}/{place.code}")
            yield from _monthly(milestone, _shifted(course, place, random), place, days, random)
    else:
        yield from _stations(milestone, course, places, days, _random(milestone.code))


def _shifted(course: Course, place: Unit, random: np.random.Generator) -> Course:
    """A province is a little before or behind the country."""
    if place.kind is UnitKind.NATIONAL:
        return course
    length = (course.finish - course.start).days
    finish = course.start + timedelta(days=max(14, round(length * random.uniform(0.75, 1.0))))
    return Course(course.start, finish, suspended=False)


def _monthly(
    milestone: Milestone, course: Course, place: Unit, days: Sequence[date], random: np.random.Generator
) -> Iterator[ProgressReported]:
    """A report at every month end from the planned start until it is done."""
    bend = random.uniform(0.9, 1.15)
    for day in days:
        if day < milestone.start:
            continue
        percent = float(min(99, round(100 * course.share(day) ** bend)))
        report = _report(milestone, course, place, day, percent, random)
        yield report
        if report.state is State.DONE:
            return


def _report(
    milestone: Milestone, course: Course, place: Unit, day: date, percent: float, random: np.random.Generator
) -> ProgressReported:
    share = course.share(day)
    state = _state(course, share)
    done = state is State.DONE
    forecast = milestone.finish if done else _forecast(milestone, course, day, share)
    slip = (forecast - milestone.finish).days
    national = place.kind is UnitKind.NATIONAL
    percent = 100.0 if done else 0.0 if state is State.NOT_STARTED else max(percent, 1.0)
    return ProgressReported(
        effective=day,
        milestone=milestone.code,
        unit=place.code,
        state=state,
        percent=percent,
        forecast_finish=None if done else forecast,
        confidence=None if done else _confidence(slip, random),
        spent=round(milestone.budget.allocated * percent / 100, 1) if national else None,
        narrative=_DONE if done else str(random.choice(_NARRATIVES)) if national and percent else None,
        blocker=str(random.choice(_BLOCKERS)) if not done and slip > _MILD_SLIP and share > _BLOCKER_AFTER else None,
    )


def _state(course: Course, share: float) -> State:
    if share <= 0:
        return State.NOT_STARTED
    if share >= 1:
        return State.DONE
    if course.suspended and _REST[0] < share < _REST[1]:
        return State.SUSPENDED
    return State.IN_PROGRESS


def _forecast(milestone: Milestone, course: Course, day: date, share: float) -> date:
    """The truth as the lead sees it: optimistic at first, right at the end, never in the past."""
    slip = (course.finish - milestone.finish).days
    seen = milestone.finish + timedelta(days=round(slip * min(1.0, 0.5 + share)))
    return max(seen, min(day + timedelta(days=7), course.finish))


def _confidence(slip: int, random: np.random.Generator) -> Confidence:
    """The lead's own judgement; one in ten is rosier than the forecast beside it."""
    if slip <= _MILD_SLIP or random.random() < _ROSY:
        return Confidence.GREEN
    return Confidence.AMBER if slip <= _GRAVE_SLIP else Confidence.RED


def _stations(
    milestone: Milestone, course: Course, places: Sequence[Unit], days: Sequence[date], random: np.random.Generator
) -> Iterator[ProgressReported]:
    """Stations are done in the order in which the work reaches them: the busy ones first."""
    jitter = random.normal(0.0, 0.12, len(places))
    busiest = np.argsort([-place.visits for place in places], kind="stable").argsort() / max(len(places) - 1, 1)
    shares = np.clip(busiest + jitter, 0.02, 1.0)
    length = (course.finish - course.start).days
    for place, share in zip(places, shares.tolist(), strict=True):
        finish = course.start + timedelta(days=round(length * share))
        own = Course(max(course.start, finish - _STATION_WORK), finish, suspended=False)
        yield from _of_station(milestone, own, place, days)


def _of_station(milestone: Milestone, course: Course, place: Unit, days: Sequence[date]) -> Iterator[ProgressReported]:
    """At first a station is told of when it is done; later every month, but for the few that forget it."""
    random = _random(f"{milestone.code}/{place.code}")
    for month, day in enumerate(days):
        forgets = random.random() < _FORGETFUL
        if course.share(day) >= 1:
            yield ProgressReported(
                effective=day, milestone=milestone.code, unit=place.code, state=State.DONE, percent=100.0
            )
            return
        if month >= _STATIONS_MONTHLY_FROM and day >= milestone.start and not forgets:
            percent = float(min(99, round(100 * course.share(day))))
            state = State.IN_PROGRESS if percent else State.NOT_STARTED
            yield ProgressReported(
                effective=day,
                milestone=milestone.code,
                unit=place.code,
                state=state,
                percent=percent,
                forecast_finish=course.finish,
            )
