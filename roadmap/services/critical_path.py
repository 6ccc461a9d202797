"""The critical path of what is still to come, as it is expected: what moves the last finish, and what has slack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from roadmap.analysis.schedule import CircleError, expected, schedule
from roadmap.domain.model import Status
from roadmap.services.standing import Line

#: What has less slack than a quarter of a year, in days, is close to the critical path.
NEAR: Final = 90
_OVER: Final = frozenset({Status.DONE, Status.CANCELLED})


@dataclass(frozen=True)
class CriticalPath:
    """By how many days each open milestone may still slip before the last finish does (total float).

    `slack` is by code; `end` the day on which everything is expected to be finished, links considered, None where
    nothing is open.
    """

    slack: Mapping[str, int]
    end: date | None

    def holds(self, code: str) -> bool:
        """Whether the milestone `code` is on it: if that slips, so does the end."""
        return self.slack.get(code) == 0

    def near(self, code: str) -> bool:
        """Whether `code` is on it, or may slip by less than a quarter of a year."""
        return self.slack.get(code, NEAR) < NEAR


def critical_path(lines: Sequence[Line], day: date) -> CriticalPath:
    """The critical path through `lines` on `day`; none where a proposed plan goes round in a circle."""
    try:
        found = schedule(expected(((line.milestone, line.reported) for line in lines), day))
    except CircleError:  # the proposal's own page says so
        return CriticalPath({}, None)
    slack = {line.code: found.times[line.code].slack for line in lines if line.status not in _OVER}
    return CriticalPath(slack, date.fromordinal(found.end) if slack else None)
