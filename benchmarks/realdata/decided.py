"""Italy's plan in a real log: the first release established, the second proposed, checked, approved and reported on.

What the second release says otherwise comes in as each ministry's proposal, as a session would have it: sent by its
lead, checked by the secretariat, approved by the commander. Then the newest baseline has to be the second release.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, columns, exactly
from roadmap import organisation
from roadmap.domain.events import Change
from roadmap.domain.model import Indicator, Milestone
from roadmap.domain.people import Grant, Role, Who
from roadmap.domain.proposing import Plan, put
from roadmap.domain.text import hyphenated
from roadmap.feed import AnyFeed
from roadmap.intake import pipeline
from roadmap.plan_differences import Proposal, between
from roadmap.plan_table import Lists
from roadmap.programme import CommissionEntry, Programme
from roadmap.services import desk as desks
from roadmap.services import proposing
from roadmap.services.desk import Desk
from roadmap.services.establishing import establish
from roadmap.settings import Settings
from roadmap.store import database, embedded, proposals, views
from roadmap.store.log import Receipt

#: What both releases have, in the log.
LISTS: Final[tuple[Lists, ...]] = ("milestones", "indicators")
_MINISTRY, _NUMBER = "Amministrazione Titolare", "Codice univoco Milestone-Target"
#: The quarter in the name of a list of what was achieved, and the last day of each.
_QUARTER: Final = re.compile(r"(\d{4})-T([1-4])")
_ENDS: Final = ("03-31", "06-30", "09-30", "12-31")
_REASON: Final = "The second release of the plan."


@dataclass(frozen=True)
class Reported:
    """What became of a list of what was achieved, over all ministries; `held` rows are in files refused as a whole."""

    name: str
    rows: int
    accepted: int
    rejected: int
    held: int
    reasons: Counter[str]


#: What the second release says otherwise, by the list.
Differences = Mapping[Lists, Sequence[Proposal]]


def figures(
    folder: Path, scratch: Path, before: Programme, after: Programme, otherwise: Differences
) -> Iterator[Figure]:
    """Both releases in a log of their own; each list of achievements is reported on the release that was in force."""
    early, *late = sorted(folder.glob("MeT_Attuazione*.csv"))
    with _laid(scratch, before, after) as (desk, settings):
        reported = [_report(desk, settings, early, scratch)]
        made = _decide(desk, before, after, otherwise)
        reported += [_report(desk, settings, path, scratch) for path in late]
        with desk.engine.connect() as connection:
            seq = views.head(connection).seq
            found, baselines = proposals.plan(connection, seq), proposals.laid(connection, seq)
    _print(made, reported)
    yield exactly("pnrr: baselines after the decisions", len(baselines), "baselines", 1 + len(made))
    for name in LISTS:
        counted = sum(sum(each[name].values()) for each in made.values())
        wanted = len({each.code for each in otherwise[name]})
        yield exactly(f"pnrr: {name} put by approved proposals", counted, "changes", wanted)
    yield from _agreement(found, after)
    for each in reported:
        yield Figure(f"pnrr: {each.name}: rows reported", each.rows, "rows")
        yield Figure(f"pnrr: {each.name}: rows accepted", each.accepted, "rows")
        yield Figure(f"pnrr: {each.name}: rows of files refused as a whole", each.held, "rows")
        lost = each.rows - each.accepted - each.rejected - each.held
        yield exactly(f"pnrr: {each.name}: rows without an end", lost, "rows", 0)


@contextmanager
def _laid(scratch: Path, first: Programme, second: Programme) -> Iterator[tuple[Desk, Settings]]:
    """A log with the first release as its baseline; the ministries are those of both, so that one can hand over."""
    both = {each.code: each for each in (*first.commissions, *second.commissions)}
    plan = _among(second, both.values())
    with embedded.running(scratch / "state") as urls:
        database.migrate(urls.owner, urls.application)
        engine = database.connect(urls.application)
        try:
            establish(engine, first, organisation.units(first))
            yield Desk(engine, plan, Who("realdata", "realdata", frozenset())), _settings(scratch, urls)
        finally:
            engine.dispose()


def _settings(scratch: Path, urls: embedded.Databases) -> Settings:
    return Settings(_env_file=None, state_dir=scratch / "state", database_url=urls.application)


def _decide(
    desk: Desk, before: Programme, after: Programme, otherwise: Differences
) -> dict[str, dict[Lists, Counter[str]]]:
    """Every ministry's proposal, from its lead to the commander; how many changes of which kind each had."""
    wanted = _changes(before, after, otherwise)
    for number, (commission, changes) in enumerate(sorted(wanted.items()), start=1):
        lead, office, commander = (
            replace(desk, who=Who(grant.role.value, grant.role.value, frozenset({grant})))
            for grant in (
                Grant(role=Role.LEAD, commission=commission),
                Grant(role=Role.SECRETARIAT),
                Grant(role=Role.COMMANDER),
            )
        )
        sent = proposing.propose(lead, commission, changes, reason=_REASON, baseline=number, draft=_REASON)
        fit = proposing.check(office, sent.code, fit=True, remark=_REASON, seen=sent.seen)
        proposing.decide(commander, fit.code, "approved", reason=_REASON, seen=fit.seen)
    return _counted(before, after, otherwise)


def _changes(before: Programme, after: Programme, otherwise: Differences) -> dict[str, list[Change]]:
    """What the second release says otherwise in meaning, by the ministry that has it now, or brings it in."""
    found: dict[str, list[Change]] = {}
    for name in LISTS:
        old, new = _items(before, name), _items(after, name)
        for code in dict.fromkeys(each.code for each in otherwise[name]):
            wanted = new[code] if code in new else old[code].model_copy(update={"dropped": True})
            found.setdefault(old.get(code, wanted).commission, []).append(put(wanted))
    return found


def _items(plan: Programme, name: Lists) -> dict[str, Milestone | Indicator]:
    if name == "milestones":
        return {each.code: each for each in plan.milestones}
    return {each.code: each.plain() for each in plan.indicators}


def _counted(before: Programme, after: Programme, otherwise: Differences) -> dict[str, dict[Lists, Counter[str]]]:
    """How many changes of which kind each ministry proposed; an entry with several is counted by the first."""
    found: dict[str, dict[Lists, Counter[str]]] = {}
    for name in LISTS:
        old, new = _items(before, name), _items(after, name)
        kinds = {each.code: each.change.value for each in reversed(otherwise[name])}
        for code, kind in kinds.items():
            owner = (old.get(code) or new[code]).commission
            found.setdefault(owner, {each: Counter() for each in LISTS})[name][kind] += 1
    return found


def _agreement(found: Plan, wanted: Programme) -> Iterator[Figure]:
    """The newest baseline against the second release, field by field."""
    for name, own in zip(LISTS, (found.promised(), found.measured()), strict=True):
        items = _items(wanted, name)
        known = {each.code: each for each in own}
        yield exactly(f"pnrr: {name} missing or too many", len(items.keys() ^ known.keys()), "entries", 0)
        told = [change for code in items.keys() & known.keys() for change in between(known[code], items[code])]
        yield Figure(f"pnrr: {name} compared", sum(len(type(each).model_fields) for each in own), "fields")
        other = sum(not change.only_written_otherwise for change in told)
        yield exactly(f"pnrr: {name} that differ from the second release", other, "fields", 0)
        yield Figure(f"pnrr: {name} only written otherwise", len(told), "fields")


def _report(desk: Desk, settings: Settings, path: Path, scratch: Path) -> Reported:
    """Hands in each ministry's rows of a list of what was achieved, as a file of its own with the plan's codes.

    The list has a milestone's number alone. One that stands for several measures of the ministry is left as it is.
    """
    receipts: list[tuple[int, Receipt]] = []
    with desk.engine.connect() as connection:
        promised = views.milestones(connection, views.head(connection).seq)
    for commission, rows in _rows(path).items():
        if commission in desk.programme.by_commission:
            words = _words([each.code for each in promised if each.commission == commission])
            own = scratch / f"{commission}-{path.name}"
            own.write_text(_written([row | {_NUMBER: words.get(row[_NUMBER], row[_NUMBER])} for row in rows]), "utf-8")
            plan = _fed(desk, commission, path)
            receipt = pipeline.load(desk.engine, plan, settings, commission, own, today=desks.today(desk))
            receipts.append((len(rows), receipt))
    with desk.engine.connect() as connection:
        seq = views.head(connection).seq
        refused = [each.code for _, told in receipts for each in views.rejects(connection, seq, batch=told.batch)]
    return Reported(
        path.stem,
        sum(rows for rows, _ in receipts),
        sum(told.accepted + told.duplicates for _, told in receipts),
        sum(told.rejected for _, told in receipts if not told.refused),
        sum(rows for rows, told in receipts if told.refused),
        Counter(refused),
    )


def _rows(path: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of each ministry, by the ministry's code."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        found: dict[str, list[dict[str, str]]] = {}
        for row in csv.DictReader(lines, delimiter=";"):
            found.setdefault(hyphenated(row[_MINISTRY]), []).append(row)
    return found


def _written(rows: Sequence[Mapping[str, str]]) -> str:
    target = io.StringIO()
    writer = csv.DictWriter(target, [*rows[0]], delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def _fed(desk: Desk, commission: str, path: Path) -> Programme:
    """The programme, with the day that `path` speaks of in the feed of that ministry."""
    entry = desk.programme.commission(commission)
    own = entry.model_copy(update={"feed": _of_its_day(entry.feed, path)})
    others = (each for each in desk.programme.commissions if each.code != commission)
    return _among(desk.programme, (own, *others))


def _among(plan: Programme, commissions: Iterable[CommissionEntry]) -> Programme:
    """`plan` with those commissions; made anew, since a copy would keep what it knows of the old ones."""
    parts = {name: getattr(plan, name) for name in Programme.model_fields}
    return Programme.model_validate(parts | {"commissions": tuple(commissions)})


def _words(codes: Sequence[str]) -> dict[str, str]:
    """The plan's code by the number that a list gives; a number that stands for several measures is left out."""
    by_number = Counter(_number(code) for code in codes)
    return {_number(code): code for code in codes if by_number[_number(code)] == 1}


def _number(code: str) -> str:
    return code.partition("-")[2]


def _of_its_day(feed: AnyFeed, path: Path) -> AnyFeed:
    quarter = _QUARTER.search(path.name)
    constants = {"effective": f"{quarter[1]}-{_ENDS[int(quarter[2]) - 1]}"} if quarter else {}
    options = feed.options.model_copy(update={"constants": feed.options.constants | constants})
    return feed.model_copy(update={"options": options})


def _print(made: Mapping[str, Mapping[Lists, Counter[str]]], reported: Sequence[Reported]) -> None:
    lines = [
        (commission, name, kind, f"{count:,}")
        for commission, lists in sorted(made.items())
        for name, kinds in lists.items()
        for kind, count in sorted(kinds.items())
    ]
    print("\npnrr: what each ministry proposed and the commander approved\n")
    print(columns([("ministry", "list", "change", "count"), *lines], right={3}))
    told = [
        (each.name, *(f"{count:,}" for count in (each.rows, each.accepted, each.rejected, each.held)), _because(each))
        for each in reported
    ]
    print("\npnrr: what was reported, in the log\n")
    print(columns([("list", "rows", "accepted", "rejected", "held", "because"), *told], right={1, 2, 3, 4}))


def _because(reported: Reported) -> str:
    return ", ".join(f"{code} {count}" for code, count in reported.reasons.most_common(3))
