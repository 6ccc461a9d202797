"""The Italian recovery plan: a second programme by its file alone, and what its second release proposes."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, columns
from benchmarks.realdata import decided
from roadmap import programme
from roadmap.feed import FilesFeed
from roadmap.plan_differences import Change, differences, rewritings
from roadmap.plan_table import Entry, Lists

_PLAN: Final = Path(__file__).with_name("pnrr.toml")
_RELEASES: Final = ("PNRR_MeT_OA_programmazione.csv", "PNRR_MeT_OA_programmazione_v02.csv")
_TABLE: Final = "release.csv"


def achievements_feed() -> FilesFeed:
    """The feed by which the ministries say what they have achieved."""
    told = tomllib.loads(_PLAN.read_text("utf-8"))["plan"]
    return FilesFeed.model_validate(next(plan["every"]["feed"] for plan in told if plan["list"] == "commissions"))


def figures(folder: Path, scratch: Path) -> Iterator[Figure]:
    """Loads both releases in turn and counts what the second says otherwise."""
    editions = [_edition(folder / name, scratch / str(number)) for number, name in enumerate(_RELEASES, start=1)]
    for number, (plan, _) in enumerate(editions, start=1):
        sizes = {"ministries": plan.commissions, "units": plan.provinces}
        sizes |= {"milestones": plan.milestones, "indicators": plan.indicators}
        yield from (Figure(f"pnrr: release {number}", len(entries), kind) for kind, entries in sizes.items())
    first, second = editions
    before, after = first[1], second[1]
    _print(before, after)
    otherwise = {name: differences(before[name], after[name]) for name in decided.LISTS}
    for name, found in otherwise.items():
        counted = Counter(proposal.change for proposal in found)
        yield from (Figure(f"pnrr: {name} {change}", counted[change], "proposals") for change in Change)
        yield Figure(f"pnrr: {name} only written otherwise", len(rewritings(before[name], after[name])), "cells")
    yield from decided.figures(folder, scratch, first[0], second[0], otherwise)


def _edition(table: Path, folder: Path) -> tuple[programme.Programme, Mapping[Lists, Sequence[Entry]]]:
    """The programme whose table is `table`, put beside a copy of its file."""
    folder.mkdir()
    (folder / _TABLE).symlink_to(table.resolve())
    file = folder / _PLAN.name
    file.write_bytes(_PLAN.read_bytes())
    return programme.load(file), programme.entries(file)


def _print(before: Mapping[Lists, Sequence[Entry]], after: Mapping[Lists, Sequence[Entry]]) -> None:
    lines = [
        (name, change, field, f"{count}")
        for name in before
        for (change, field), count in sorted(_counted(before[name], after[name]).items())
    ]
    print("\npnrr: the second release against the first\n")
    print(columns([("list", "proposal", "field", "count"), *lines], right={3}))


def _counted(before: Sequence[Entry], after: Sequence[Entry]) -> Counter[tuple[str, str]]:
    proposals = Counter((proposal.change.value, proposal.field) for proposal in differences(before, after))
    return proposals + Counter(("(written otherwise)", each.field) for each in rewritings(before, after))
