"""Reads a programme file: who is in the programme, what it promises, where its data comes from.

The file is TOML; `include` names further files beside it (glob patterns) whose lists are added. Dates are strings in
the programme's own calendar. Code never names a commission: another programme is another file.
"""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator

from roadmap.domain.calendar import Calendar, add_months, months_between, read_day
from roadmap.domain.model import Code, Commission, Horizon, Indicator, Milestone, Observation, Value
from roadmap.domain.plan_rules import Frame, problems
from roadmap.domain.text import Text
from roadmap.errors import ProgrammeError
from roadmap.feed import AnyFeed, Feed
from roadmap.feed_options import FeedOptions
from roadmap.plan_table import Entry, Lists, PlanTable, read_entries

__all__ = [
    "SHIPPED",
    "CommissionEntry",
    "Feed",
    "FeedOptions",
    "Identity",
    "IndicatorEntry",
    "Organisation",
    "Programme",
    "Province",
    "Source",
    "entries",
    "load",
]

SHIPPED = Path(__file__).with_name("programmes") / "police_stations" / "programme.toml"

_DATE_KEYS = {"start", "finish", "date"}


class CommissionEntry(Commission):
    """A commission together with its feed."""

    feed: AnyFeed

    def plain(self) -> Commission:
        """The commission without its feed."""
        return Commission(code=self.code, title=self.title, lead=self.lead)


class Identity(Value):
    """What the programme is called, when it began and how it counts time.

    `review` is what waits for the secretariat before it counts: reports that are written on the board, or nothing.
    """

    code: Code
    title: Text
    council: Text
    calendar: Calendar
    start: date
    timezone: str
    reporting_deadline_days: Annotated[int, Field(ge=0, le=90)]
    tolerance_points: Annotated[float, Field(ge=0, le=100)]
    currency: Text
    review: Literal["forms", "none"] = "none"

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"there is no time zone {name!r}"
            raise ValueError(message) from None
        return name


class Source(Value):
    """A document that facts of the programme are quoted from."""

    code: Code
    title: Text
    publisher: Text


class Organisation(Value):
    """The organisation tree: provinces from a table or the plan's tables, stations generated with a fixed seed."""

    provinces: str | None = None
    stations: Annotated[int, Field(ge=0)] = 0
    without_network: Annotated[int, Field(ge=0)] = 0
    visits: Annotated[int, Field(ge=0)] = 0
    target_share: Annotated[float, Field(gt=0, lt=1)] = 0.53
    seed: int = 0

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.without_network > self.stations:
            message = f"{self.without_network} stations without_network are more than the {self.stations} there are"
            raise ValueError(message)
        return self


class IndicatorEntry(Indicator):
    """An indicator together with the values that are already known of it."""

    observations: tuple[Observation, ...] = ()

    def plain(self) -> Indicator:
        """The indicator without its observations."""
        return Indicator.model_validate(self.model_dump(exclude={"observations"}))


class Province(Value):
    """A row of the province table."""

    code: Code
    name_fa: str
    name_en: str
    population: Annotated[int, Field(gt=0)]


#: What the entries of a list are, as far as a table can say it.
_MODELS: dict[Lists, type[Value]] = {
    "horizons": Horizon,
    "commissions": Commission,
    "milestones": Milestone,
    "indicators": IndicatorEntry,
    "provinces": Province,
    "sources": Source,
}


class Programme(Value):
    """A whole programme, checked: codes unique, references resolved, dependencies acyclic."""

    programme: Identity
    horizons: Annotated[tuple[Horizon, ...], Field(min_length=1)]
    commissions: Annotated[tuple[CommissionEntry, ...], Field(min_length=1)]
    sources: tuple[Source, ...] = ()
    organisation: Organisation
    milestones: Annotated[tuple[Milestone, ...], Field(min_length=1)]
    indicators: tuple[IndicatorEntry, ...] = ()
    provinces: tuple[Province, ...] = ()

    @cached_property
    def by_commission(self) -> dict[str, CommissionEntry]:
        """Commissions by code, in the file's order."""
        return {commission.code: commission for commission in self.commissions}

    def commission(self, code: str) -> CommissionEntry:
        """The commission `code`; ProgrammeError naming the known ones where there is none."""
        try:
            return self.by_commission[code]
        except KeyError:
            known = ", ".join(self.by_commission)
            raise ProgrammeError(
                f"There is no commission {code!r} in this programme; it has: {known}.",
                fa=f"کمیسیونی با کد «{code}» در این برنامه نیست؛ یکی از این‌ها را برگزینید: {known}.",
            ) from None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        wrong = [*_repeated(self), *_disordered(self), *_broken(self)]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


def load(path: Path = SHIPPED, *, start: date | None = None) -> Programme:
    """The programme of the file `path`.

    With `start`, the whole plan is moved by whole months so that it begins in the month of that day (a demonstration
    never looks stale). Without, dates are as the file has them.

    Raises:
        ProgrammeError: the file cannot be read or does not hold together; the message names the place.
    """
    try:
        document = _merged(path)
        calendar = _calendar(document)
        shift = 0 if start is None else _shift(document, calendar, start)
        plans = _plans(document.pop("plan", []))
        dated = _with_days(document, calendar, shift)
        dated["provinces"] = _provinces(path, dated)
        for plan in plans:
            dated[plan.list] = [*dated.get(plan.list, ()), *_planned(plan, path.parent, calendar, shift)]
        return Programme.model_validate(dated)
    except ValidationError as error:
        raise ProgrammeError(_sentence(path, error)) from None
    except (KeyError, TypeError, ValueError, NotImplementedError, OSError) as error:
        message = f"Programme file {path.name}: {error}. Correct the file and start again."
        raise ProgrammeError(message) from error


def entries(path: Path) -> dict[Lists, list[Entry]]:
    """What the tables of the programme file `path` say, list by list, as read and as written.

    Raises:
        ProgrammeError: as `load`.
    """
    found: dict[Lists, list[Entry]] = {}
    try:
        for plan in _plans(_merged(path).get("plan", [])):
            found.setdefault(plan.list, []).extend(read_entries(plan, path.parent, _MODELS[plan.list]))
    except ValidationError as error:
        raise ProgrammeError(_sentence(path, error)) from None
    except (TypeError, ValueError, OSError) as error:
        message = f"Programme file {path.name}: {error}. Correct the file and start again."
        raise ProgrammeError(message) from error
    return found


class _Plans(Value):
    """The tables that lists of the programme come from."""

    plan: tuple[PlanTable, ...]


def _plans(told: object) -> tuple[PlanTable, ...]:
    return _Plans.model_validate({"plan": told}).plan


def _planned(plan: PlanTable, folder: Path, calendar: Calendar, shift: int) -> list[dict[str, Any]]:
    """The entries of a table as the file would have them, moved by `shift` months."""
    every = _with_days(plan.every, calendar, shift)
    found = read_entries(plan, folder, _MODELS[plan.list])
    return [entry.document(every, lambda day: add_months(day, shift, calendar)) for entry in found]


def _merged(path: Path) -> dict[str, Any]:
    document = _toml(path)
    for part in _included(path, document.pop("include", [])):
        for name, entries in _toml(part).items():
            document[name] = [*document.get(name, ()), *_list(part, name, entries)]
    return document


def _included(path: Path, patterns: object) -> list[Path]:
    """The files beside `path` that `patterns` stand for, in order; a pattern that finds nothing is a slip."""
    found: list[Path] = []
    for pattern in _list(path, "include", patterns):
        parts = sorted(path.parent.glob(str(pattern)))
        if not parts:
            message = f"include: no file beside it fits {pattern!r}"
            raise ValueError(message)
        found += parts
    return found


def _list(path: Path, name: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        message = f"{name} in {path.name} is not a list"
        raise TypeError(message)
    return value


def _calendar(document: dict[str, Any]) -> Calendar:
    """The calendar that dates are written in; what else is wrong with the table is told by its model."""
    identity = document.get("programme")
    return "jalali" if isinstance(identity, dict) and identity.get("calendar") == "jalali" else "gregorian"


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"There is no programme file {path}; give the path of one (setting ROADMAP_PROGRAMME)."
        raise ProgrammeError(message) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"Programme file {path} cannot be read: {error}."
        raise ProgrammeError(message) from error


def _shift(document: dict[str, Any], calendar: Calendar, start: date) -> int:
    return months_between(read_day(str(document["programme"]["start"]), calendar), start, calendar)


def _with_days(value: Any, calendar: Calendar, shift: int) -> Any:  # noqa: ANN401 - whatever TOML can hold
    """`value` with every date, in quotes or not, read in `calendar` and moved by `shift` months."""
    if isinstance(value, dict):
        return {
            name: _day(name, str(item), calendar, shift)
            if name in _DATE_KEYS and str(item)[:1].isdigit()
            else _with_days(item, calendar, shift)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_with_days(item, calendar, shift) for item in value]
    return value


def _day(name: str, written: str, calendar: Calendar, shift: int) -> date:
    try:
        return add_months(read_day(written, calendar), shift, calendar)
    except ValueError as error:
        message = f"{name} = {written} is no day of the {calendar} calendar ({error})"
        raise ValueError(message) from None


def _provinces(path: Path, document: dict[str, Any]) -> list[dict[str, str]]:
    organisation = document.get("organisation")
    if not isinstance(organisation, dict) or "provinces" not in organisation:
        return []  # the plan's, or told by the model
    table = path.parent / str(organisation["provinces"])
    with table.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def _sentence(path: Path, error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(_place(first["loc"])) or "the whole file"
    more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"Programme file {path.name}, {where}: {first['msg']}{more}. Correct the file and start again."


def _place(location: tuple[int | str, ...]) -> list[str]:
    """The parts of `location` as the file has them: behind a feed pydantic names the feed's kind."""
    return [str(part) for before, part in pairwise((None, *location)) if before != "feed"]


def _repeated(programme: Programme) -> list[str]:
    codes = Counter(
        (name, entry.code)
        for name in ("horizons", "commissions", "sources", "milestones", "indicators", "provinces")
        for entry in getattr(programme, name)
    )
    return [f"{name}: code {code} is used {count} times" for (name, code), count in codes.items() if count > 1]


def _disordered(programme: Programme) -> list[str]:
    """Horizons that end before they start."""
    return [f"{h.code}: finish {h.finish} is before start {h.start}" for h in programme.horizons if h.finish < h.start]


def _broken(programme: Programme) -> list[str]:
    """Rules that milestones and indicators break."""
    frame = Frame(
        commissions=set(programme.by_commission),
        horizons={horizon.code for horizon in programme.horizons},
        sources={source.code for source in programme.sources},
    )
    return [problem.text.en for problem in problems(programme.milestones, programme.indicators, frame)]
