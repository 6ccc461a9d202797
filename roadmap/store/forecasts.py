"""Keeps forecasts: added, never changed, so that each can be scored when its day has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from roadmap.analysis.forecast import Forecast
from roadmap.store.log import CHANNEL, subject_numbers
from roadmap.store.tables import forecast as forecast_table


def keep(connection: Connection, made: Mapping[str, Forecast], *, seq: int, day: date) -> int:
    """Adds forecasts made on `day` from what was known at `seq`; returns how many were new."""
    numbers = subject_numbers(connection, {("milestone", code) for code in made})
    rows = [
        {
            "milestone": numbers["milestone", code],
            "seq": seq,
            "day": day,
            "p20": own.p20,
            "p50": own.p50,
            "p80": own.p80,
        }
        for code, own in made.items()
    ]
    if not rows:
        return 0
    added = insert(forecast_table).values(rows).on_conflict_do_nothing().returning(forecast_table.c.milestone)
    count = len(connection.execute(added).all())
    connection.execute(select(func.pg_notify(CHANNEL, str(seq))))
    return count


def newest(connection: Connection) -> int:
    """The event number that the newest forecast was computed from; 0 before the first."""
    # The largest of each milestone's largest: one index look-up a milestone, where max(seq) reads every forecast.
    query = text(
        """
        select coalesce(max(own.seq), 0) from subject s
        cross join lateral (select max(seq) as seq from forecast where milestone = s.id) own
        where s.kind = 'milestone'
        """
    )
    return int(connection.execute(query).scalar_one())
