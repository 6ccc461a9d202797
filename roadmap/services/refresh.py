"""What is too costly for every append: forecasts, made again after new reports and kept for ever."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Engine

from roadmap.analysis.forecast import forecast
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.settings import Settings
from roadmap.store import forecasts, views


def refresh(settings: Settings) -> dict[str, Any]:
    """Forecasts every open milestone from what is known now; what a refresh run calls."""
    with desks.desk(settings) as desk:
        return refresh_at(desk, desks.today(desk))


@allowed(Action.RUN)
def refresh_at(desk: Desk, day: date) -> dict[str, Any]:
    """Forecasts as of `day`; a second time from the same events changes nothing."""
    return forecast_anew(desk.engine, day)


def forecast_anew(engine: Engine, day: date) -> dict[str, Any]:
    """What `refresh_at` does, for services that have passed the gate for what makes it due."""
    with engine.connect() as connection:
        seq = views.head(connection).seq
        plan = views.milestones(connection, seq, day)
        facts = views.reported(connection, seq, day)
        past = views.foreseen(connection, seq, day)
    made = forecast(plan, facts, day, past=past)
    with engine.begin() as connection:
        kept = forecasts.keep(connection, made, seq=seq, day=day)
    return {"seq": seq, "day": day.isoformat(), "milestones": len(made), "kept": kept}
