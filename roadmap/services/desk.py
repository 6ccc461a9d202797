"""What every service needs at hand: the database, the programme, and the moment that is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from roadmap import programme as programmes
from roadmap.analysis.progress import Rules
from roadmap.domain.people import SHELL, Who
from roadmap.intake import mapped
from roadmap.programme import CommissionEntry, Programme
from roadmap.settings import Settings
from roadmap.store import opening, views

#: A month is at most so long; a report is stale when it is older than a month and the deadline.
_LONGEST_MONTH = 31


@dataclass(frozen=True)
class Desk:
    """A programme, its database, and who stands at it; made by `desk`."""

    engine: Engine
    programme: Programme
    who: Who

    @property
    def rules(self) -> Rules:
        """The programme's thresholds."""
        identity = self.programme.programme
        stale_after = timedelta(days=_LONGEST_MONTH + identity.reporting_deadline_days)
        return Rules(tolerance_points=identity.tolerance_points, stale_after=stale_after)

    def commission(self, code: str) -> CommissionEntry:
        """The commission `code`, its feed as it is mapped at this moment: a desk lives longer than a mapping.

        Raises:
            ProgrammeError: there is no such commission, or the mapping that was saved for it fits its feed no longer.
        """
        with self.engine.connect() as connection:
            return mapped.commission(connection, self.programme, code)

    @property
    def zone(self) -> ZoneInfo:
        """The programme's time zone."""
        return ZoneInfo(self.programme.programme.timezone)


@dataclass(frozen=True)
class Moment:
    """Which board is meant: for the day `day`, as known at event `seq` (the head's, unless an older day was asked)."""

    day: date
    seq: int
    known: date | None = None


@contextmanager
def desk(settings: Settings, who: Who = SHELL) -> Iterator[Desk]:
    """A desk on the database and programme of `settings` for `who` (the machine), for as long as the block lasts."""
    with opening.opened(settings) as engine:
        yield Desk(engine, read_programme(engine, settings), who)


def read_programme(engine: Engine, settings: Settings) -> Programme:
    """The programme file, its plan where the log's first baseline put it: a demonstration moves it only once."""
    with engine.connect() as connection:
        began = views.programme_start(connection)
    return programmes.load(settings.programme, start=began)


def today(desk: Desk) -> date:
    """The current day in the programme's time zone."""
    return datetime.now(desk.zone).date()


def moment(desk: Desk, *, day: date | None = None, known: date | None = None) -> Moment:
    """The board for `day` (today) as known at the end of the day `known` (now)."""
    with desk.engine.connect() as connection:
        if known is None:
            seq = views.head(connection).seq
        else:
            following = datetime.combine(known + timedelta(days=1), time(), desk.zone)
            seq = views.known_at(connection, following)
    return Moment(day=day or today(desk), seq=seq, known=known)
