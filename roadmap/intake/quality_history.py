"""What a commission's files were like so far: what the next one is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field

from roadmap.domain.model import Value

#: So many of a commission's newest files are looked back at: a year of monthly ones.
LOOK_BACK: Final = 12
#: Of fewer files nobody can say what is usual.
_FEWEST: Final = 3


class Profile(Value):
    """What is kept of a file with its receipt: its rows, its newest day, its usual step.

    `step` is the 95th percentile, in points, of how far its rows went beyond what stood; None where none did.
    """

    rows: Annotated[int, Field(ge=0)]
    newest: date | None = None
    step: float | None = None


@dataclass(frozen=True)
class History:
    """What a commission's newest files were like: rows of the smallest and the largest, newest day, longest step."""

    least_rows: int
    most_rows: int
    newest: date | None
    step: float | None


def history(checks: Iterable[Mapping[str, Any]]) -> History | None:
    """The history that the outcomes of earlier files tell; None where they are too few."""
    profiles = [Profile.model_validate(found["profile"]) for found in checks if "profile" in found]
    if len(profiles) < _FEWEST:
        return None
    rows = [profile.rows for profile in profiles]
    days = [profile.newest for profile in profiles if profile.newest is not None]
    steps = [profile.step for profile in profiles if profile.step is not None]
    return History(min(rows), max(rows), max(days, default=None), max(steps) if len(steps) >= _FEWEST else None)
