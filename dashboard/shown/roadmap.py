"""The Roadmap's parts, from the lines of one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from dashboard import parts
from dashboard.csv_file import Value
from dashboard.format import Format
from dashboard.look import GRAVITY
from dashboard.markup import Html, Target, link, tag
from dashboard.shown.bars import Ghosts, bar
from dashboard.tables import alert
from dashboard.timeline import Group, critical, timeline
from roadmap.domain.calendar import write_day
from roadmap.domain.model import Milestone
from roadmap.domain.proposing import item
from roadmap.domain.text import key
from roadmap.services.critical_path import NEAR, CriticalPath
from roadmap.services.proposals import View
from roadmap.services.standing import Line

Grouping = Literal["commission", "horizon"]
GROUPINGS: Final[tuple[Grouping, ...]] = ("commission", "horizon")
Role = Literal["before", "chosen", "after"]
ROLES: Final[tuple[Role, ...]] = ("before", "chosen", "after")
#: How an address asks for the critical path alone, and for what is close to it as well.
PATHS: Final = ("critical", "near")


@dataclass(frozen=True)
class Titles:
    """Titles by code in the reader's language, each in the programme's order."""

    commissions: Mapping[str, str]
    horizons: Mapping[str, str]


@dataclass(frozen=True)
class Around:
    """What milestones are shown with: titles, the day that the board stands for, the critical path of all of them."""

    titles: Titles
    today: date
    path: CriticalPath


@dataclass(frozen=True)
class Filter:
    """What is asked for; empty is everything. `text` is looked for in code, titles and owner, `path` is of PATHS."""

    horizon: str = ""
    commission: str = ""
    status: str = ""
    text: str = ""
    path: str = ""

    def lets(self, line: Line, path: CriticalPath) -> bool:
        """Whether `line` is wanted, `path` being the critical one."""
        milestone = line.milestone
        is_on = {"": True, "critical": path.holds(line.code), "near": path.near(line.code)}[self.path]
        given = ((self.horizon, milestone.horizon), (self.commission, milestone.commission), (self.status, line.status))
        own = is_on and all(wanted in {"", found} for wanted, found in given)
        return own and _folded(self.text) in _searched(milestone)


def _searched(milestone: Milestone) -> str:
    texts = (milestone.title, milestone.owner)
    return _folded(" ".join([milestone.code, *(part for each in texts for part in (each.fa, each.en))]))


def _folded(value: str) -> str:
    """Neither case, nor the Arabic letters, nor the joint within a Persian word keep a text from being found."""
    return " ".join(key(value.replace("\u200c", " ")).casefold().split())


def roles(found: Sequence[Line], code: str | None) -> dict[str, Role]:
    """The milestone `code`, what it waits for and what waits for it; empty where none is chosen."""
    chosen = next((line for line in found if line.code == code), None)
    if chosen is None:
        return {}
    before: dict[str, Role] = {link.code: "before" for link in chosen.milestone.after}
    after: dict[str, Role] = {
        line.code: "after" for line in found if chosen.code in {link.code for link in line.milestone.after}
    }
    return {**before, **after, chosen.code: "chosen"}


def paths(f: Format) -> dict[str, str]:
    """The ways to narrow the milestones to the critical path, by code."""
    return {each: f.say(f"path.{each}", days=f.number(NEAR)) for each in PATHS}


def legend(path: CriticalPath, f: Format) -> Html:
    """What the signs mean, and when the critical path ends."""
    ends = [critical(f.say("critical.legend", end=f.day(path.end)))] if path.end else []
    return parts.legend(GRAVITY, f, *ends)


def all_of_them(
    found: Sequence[Line],
    by: Grouping,
    around: Around,
    marked: Mapping[str, Role],
    f: Format,
    ghosts: Ghosts | None = None,
) -> Html:
    """The milestones on one axis under commissions or horizons, those `marked` tinted, with `ghosts` behind them."""
    titles = around.titles
    own, other = (titles.commissions, titles.horizons) if by == "commission" else (titles.horizons, titles.commissions)
    groups = [
        Group(
            title,
            tuple(
                bar(
                    line,
                    (line.code, other[_other(line, by)], _slack(line, around.path, f)),
                    f,
                    role=marked.get(line.code, ""),
                    ghosts=ghosts,
                    path=around.path,
                )
                for line in found
                if _own(line, by) == code
            ),
        )
        for code, title in own.items()
    ]
    return timeline([group for group in groups if group.bars], today=around.today, f=f)


def _slack(line: Line, path: CriticalPath, f: Format) -> str:
    """The days that keep what is close to the critical path off it; what is on it is marked."""
    days = path.slack.get(line.code)
    if not days or not path.near(line.code):
        return ""
    return f.say("critical.near", n=days, days=f.number(days))


def _own(line: Line, by: Grouping) -> str:
    return line.milestone.commission if by == "commission" else line.milestone.horizon


def _other(line: Line, by: Grouping) -> str:
    return line.milestone.horizon if by == "commission" else line.milestone.commission


def connections(found: Sequence[Line], marked: Mapping[str, Role], around: Around, f: Format) -> Html:
    """A milestone between what it waits for and what waits for it."""
    groups = [
        Group(
            f.say(f"roadmap.{role}"),
            tuple(
                bar(line, (line.code, around.titles.commissions[line.milestone.commission]), f, path=around.path)
                for line in found
                if marked.get(line.code) == role
            ),
        )
        for role in ROLES
    ]
    return timeline([group for group in groups if group.bars], today=around.today, f=f)


def alone(marked: Mapping[str, Role]) -> bool:
    """Whether a milestone is chosen that hangs together with no other."""
    return len(marked) == 1


def proposed(view: View, titles: Titles, f: Format) -> Html:
    """That this is not decided: whose proposal is shown, what it changes, and the way back to it."""
    proposal = view.proposal
    commission = titles.commissions.get(proposal.proposed.commission, proposal.proposed.commission)
    told = f.say("roadmap.proposed", code=f.isolate(proposal.code), commission=commission)
    gone = [each.code for each in map(item, proposal.proposed.changes) if each.dropped]
    dropped = [f.say("roadmap.dropped", codes=f.join(gone))] if gone else []
    back = link(Target("decisions", (("proposal", proposal.code),)), f.say("roadmap.to_proposal"), class_="b-link")
    leave = link(Target("roadmap"), f.say("roadmap.leave"), class_="b-link")
    return tag("div", alert([told, *dropped], kind="notice"), tag("p", back, " · ", leave))


def ghosts(milestones: Iterable[Milestone]) -> Ghosts:
    """The days of a plan's milestones, to stand behind another's."""
    return {each.code: (each.start, each.finish) for each in milestones}


_Writer = Callable[[date], str]


def grid(found: Iterable[Line], around: Around, f: Format) -> list[dict[str, str]]:
    """The milestones as a table to look at: as much as a screen is wide."""
    left_out = {f.say(f"roadmap.{name}") for name in ("planned_percent", "start", "p50")}
    return [
        {
            heading: value if isinstance(value, str) else f.compact(value)
            for heading, value in _record(line, around, f.short_day, f).items()
            if heading not in left_out
        }
        for line in found
    ]


def records(found: Iterable[Line], around: Around, f: Format) -> list[dict[str, Value]]:
    """The milestones as a table to work with: plain numbers, days as year-month-day of the reader's calendar."""
    return [_record(line, around, lambda day: write_day(day, f.calendar), f) for line in found]


def _record(line: Line, around: Around, write: _Writer, f: Format) -> dict[str, Value]:
    milestone, forecast, say = line.milestone, line.forecast, f.say
    titles, slack = around.titles, around.path.slack.get(line.code)
    return {
        say("table.code"): line.code,
        say("table.title"): milestone.title.in_(f.language),
        say("matrix.commission"): titles.commissions[milestone.commission],
        say("filter.horizon"): titles.horizons[milestone.horizon],
        say("table.state"): say(f"status.{line.status.value}"),
        say("roadmap.percent"): round(line.reported.percent, 1),
        say("roadmap.planned_percent"): round(line.planned, 1),
        say("roadmap.start"): write(milestone.start),
        say("table.planned"): write(milestone.finish),
        say("roadmap.expected"): write(line.expected_finish),
        say("roadmap.days"): line.variance_days,
        say("critical.slack"): "" if slack is None else slack,
        say("critical.path"): say("decisions.yes") if around.path.holds(line.code) else "",
        say("roadmap.p50"): write(forecast.p50) if forecast else "",
        say("roadmap.p80"): write(forecast.p80) if forecast else "",
    }
