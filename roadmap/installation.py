"""Makes an installation ready: schema, first baseline, inboxes, and for a demonstration its illustrative data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from roadmap import organisation, programme
from roadmap.demo import cast, history, indicators, offices
from roadmap.demo.loading import load_history
from roadmap.domain.calendar import add_months, month_start
from roadmap.domain.people import SHELL
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.establishing import establish
from roadmap.settings import Settings
from roadmap.store import database, opening, projecting, views

_DEMO_MONTHS = 24


@dataclass(frozen=True)
class Installed:
    """What `install` found or made: events in the log, and whether it was new."""

    events: int
    new: bool


def install(settings: Settings, *, today: date | None = None) -> Installed:
    """Migrates the database and, if the log is empty, lays the first baseline (and the demonstration's history).

    A second time it changes nothing but what a newer version's schema needs.
    """
    with opening.databases(settings) as urls:
        database.migrate(urls.owner, urls.application)
        engine = database.connect(urls.application)
        try:
            _renew_projections(engine)
            new = _first_events(engine, settings, today)
            plan = desks.read_programme(engine, settings)
            _make_inboxes(settings, plan)
            if cast.is_wanted(settings):
                cast.lay(Desk(engine, plan, SHELL))
            with engine.connect() as connection:
                return Installed(views.head(connection).seq, new)
        finally:
            engine.dispose()


def _renew_projections(engine: Engine) -> None:
    """Makes the projections again where another version has made them in another layout."""
    with engine.begin() as connection:
        if projecting.is_stale(connection):
            projecting.rebuild(connection)


def _first_events(engine: Engine, settings: Settings, today: date | None) -> bool:
    with engine.connect() as connection:
        if views.head(connection).batch:
            return False
    if not settings.demo:
        plan = programme.load(settings.programme)
        establish(engine, plan, organisation.units(plan))
        return True
    _lay_history(engine, settings, today)
    return True


def _lay_history(engine: Engine, settings: Settings, today: date | None) -> None:
    """All months but the last, which the feeds deliver."""
    identity = programme.load(settings.programme).programme
    day = today or datetime.now(ZoneInfo(identity.timezone)).date()
    start = add_months(month_start(day, identity.calendar), -_DEMO_MONTHS, identity.calendar)
    plan = programme.load(settings.programme, start=start)
    units = organisation.units(plan)
    reports, observations = history.reports(plan, units, day), indicators.observations(plan, day)
    reports.pop(max(reports), None)
    by_day = {end: [*told, *observations.get(end, ())] for end, told in reports.items()}
    load_history(engine, plan, units, by_day)


def _make_inboxes(settings: Settings, plan: Programme) -> None:
    for code in plan.by_commission:
        (settings.inbox / code).mkdir(parents=True, exist_ok=True)


def lay_demo_feeds(desk: Desk, settings: Settings, *, today: date | None = None) -> dict[str, Path]:
    """Has each commission's office hand out the months since the last report; the files by commission.

    They lie where the demonstration's offices are, if they are open, or in the inbox. None where none is due.
    """
    day = today or desks.today(desk)
    with desk.engine.connect() as connection:
        last = views.last_effective(connection)
    by_day = history.reports(desk.programme, organisation.units(desk.programme), day)
    due = [report for effective, reports in by_day.items() if last is None or effective > last for report in reports]
    owner = {milestone.code: milestone.commission for milestone in desk.programme.milestones}
    own = {code: [report for report in due if owner[report.milestone] == code] for code in desk.programme.by_commission}
    return {
        code: offices.lay(code, desk.programme.commission(code).feed, reports, settings)
        for code, reports in own.items()
        if reports
    }
