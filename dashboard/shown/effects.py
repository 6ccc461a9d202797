"""What a proposal moves elsewhere: whom it pushes, who loses what it waits for, ends and weights of horizons."""

from __future__ import annotations

from datetime import date

from dashboard import tables
from dashboard.format import Format
from dashboard.markup import Html, tag, text
from dashboard.shown.decisions import Names
from dashboard.tables import Column, Fact
from roadmap.services.proposals import Effects


def effects(found: Effects, names: Names, f: Format) -> Html:
    """What changes move elsewhere."""
    if found.circle:
        return tables.alert([f.say("effects.circle", codes=" → ".join(found.circle))], kind="problem")
    before, after = (f.percent(value, 1) for value in found.planned)
    entries = [
        Fact(
            f.say("effects.end"), _moved(found.end.before, found.end.after, found.end.days, f), f.say("effects.end_of")
        ),
        Fact(f.say("effects.planned"), f.say("effects.from_to", before=before, after=after)),
    ]
    return tag("div", tables.facts(entries), _pushed(found, f), _loose(found, f), _horizons(found, names, f))


def _moved(before: date | None, after: date | None, days: int, f: Format) -> str:
    if before == after:
        return f.join([f.day(after), f.say("effects.stays")])
    return f.join([f.say("effects.from_to", before=f.day(before), after=f.day(after)), f.slip(days) if days else ""])


def _pushed(found: Effects, f: Format) -> Html:
    columns = [
        Column(f.say("page.milestone")),
        Column(f.say("effects.planned_start")),
        Column(f.say("effects.possible_start")),
        Column(f.say("effects.possible_finish")),
        Column(f.say("roadmap.days"), number=True),
    ]
    rows = [
        [
            tables.lines(text(push.milestone.title.in_(f.language), "b-what"), tables.code(push.milestone.code)),
            f.day(push.milestone.start), f.day(push.start), f.day(push.finish), f.number(push.days, sign=True),
        ]
        for push in found.pushed
    ]  # fmt: skip
    head = f.say("effects.pushed", n=len(rows), count=f.number(len(rows)))
    table = tables.table(f.say("effects.pushed_of"), columns, rows, empty=f.say("effects.none"))
    return tag("section", tag("h4", head) if rows else Html(""), table)


def _loose(found: Effects, f: Format) -> Html:
    told = [
        tag("li", f.say("effects.loose", title=f.isolate(each.milestone.title.in_(f.language)), dropped=each.dropped))
        for each in found.loose
    ]
    return tag("ul", *told) if told else Html("")


def _horizons(found: Effects, names: Names, f: Format) -> Html:
    if not found.horizons:
        return Html("")
    columns = [
        Column(f.say("filter.horizon")),
        Column(f.say("plan.weight")),
        Column(f.say("effects.milestones")),
        Column(f.say("effects.horizon_end")),
    ]
    rows = [
        [
            names.horizons.get(each.horizon, each.horizon),
            _from_to(f.compact(each.weight[0]), f.compact(each.weight[1]), f),
            _from_to(f.number(each.milestones[0]), f.number(each.milestones[1]), f),
            _moved(each.end.before, each.end.after, each.end.days, f),
        ]
        for each in found.horizons
    ]
    return tag("section", tables.table(f.say("effects.horizons"), columns, rows, empty=""))


def _from_to(before: str, after: str, f: Format) -> str:
    return after if before == after else f.say("effects.from_to", before=before, after=after)
