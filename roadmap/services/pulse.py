"""A number that goes up whenever a board would look different: what live boards watch and caches are keyed by."""

from __future__ import annotations

from roadmap.services.desk import Desk
from roadmap.store import forecasts, views


def pulse(desk: Desk) -> int:
    """Deliveries (with events or without) and forecasts so far; each only grows, so their sum tells of both."""
    with desk.engine.connect() as connection:
        return views.head(connection).batch + forecasts.newest(connection)
