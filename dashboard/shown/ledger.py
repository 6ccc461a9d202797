"""The reject ledger's parts: its lines with what became of them, and the same as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard import csv_file, tables
from dashboard.format import Format
from dashboard.look import MARKS
from dashboard.markup import Html, link, sign, tag
from dashboard.shown import words
from dashboard.shown.rates import page
from dashboard.tables import Column
from roadmap.domain.model import Status
from roadmap.domain.text import Text
from roadmap.services.ledger import Ledger, Line, RejectRow, Repair, State, Waiver

_SIGNS = {State.OPEN: Status.AT_RISK, State.REPAIRED: Status.DONE, State.WAIVED: Status.CANCELLED}


@dataclass(frozen=True)
class Around:
    """What lines are told with: commissions' titles by code, the day that is looked at, the programme's time zone."""

    titles: Mapping[str, str]
    today: date
    zone: ZoneInfo


def table(lines: Sequence[Line], around: Around, f: Format) -> Html:
    """What was turned away, where it stands, why, who is to see to it, and what became of it."""
    columns = [
        Column(f.say("reject.where")),
        Column(f.say("reject.key"), f.say("meaning.key")),
        Column(f.say("reject.why")),
        Column(f.say("reject.value")),
        Column(f.say("reject.owner"), f.say("meaning.owner")),
        Column(f.say("reject.state"), f.say("meaning.age")),
    ]
    rows = [_line(line, around, f) for line in lines]
    return tables.table(f.say("reject.caption"), columns, rows, empty=f.say("reject.none"))


def _line(line: Line, around: Around, f: Format) -> list[str]:
    row = line.reject
    place = f.join([around.titles.get(row.commission, row.commission), row.sheet or "", place_of(row.row, f)])
    return [
        tables.lines(tables.code(row.source, "b-code b-what"), place),
        tables.lines(*(tables.code(part) for part in row.key.split(" · "))),
        tables.lines(tag("span", sentence(row, f), class_="b-code"), words.field(row.field, f)),
        tables.code(row.value, "b-code b-value"),
        f.say(f"owner.{line.owner.value}"),
        fate(line, around, f),
    ]


def place_of(row: int | None, f: Format) -> str:
    """Which row of the file it is, or the whole of it."""
    return f.say("reject.whole_file") if row is None else f.say("reject.row", row=f.number(row))


def sentence(row: RejectRow, f: Format) -> str:
    """Why the row was turned away and what to do, in the reader's words."""
    return words.refusal(row.field, Text(fa=row.fa, en=row.en), f)


def fate(line: Line, around: Around, f: Format) -> Html:
    """What became of the line: it waits, or by what it was repaired, or by whom and why it was waived."""
    state, days = line.fate.state, line.age(around.today, around.zone)
    length = f.say("time.days", n=days, count=f.number(days))
    waits = length if days else f.say("time.today")
    told = {
        State.OPEN: waits,
        State.REPAIRED: f.say("reject.repaired_after", days=length) if days else f.say("reject.repaired_today"),
        State.WAIVED: f.say("reject.waived"),
    }[state]
    style = f"color:{MARKS[_SIGNS[state]].ink}"
    head = tag("span", sign(_SIGNS[state]), told, class_="b-count b-day", style=style)
    if line.fate.repair:
        return tables.lines(head, _repair(line.fate.repair, line.reject.commission, around, f))
    return tables.lines(head, *_waiver(line.fate.waiver, around, f)) if line.fate.waiver else tables.lines(head)


def _repair(repair: Repair, commission: str, around: Around, f: Format) -> Html:
    """A link to the receipts, where the delivery stands."""
    return link(page(commission=commission, state="all"), repaired_by(repair, around, f), class_="b-link")


def repaired_by(repair: Repair, around: Around, f: Format) -> str:
    """The delivery that repaired it: file, row if it is known, day."""
    source = words.channel(repair.channel, f) if repair.channel == "form" else repair.source
    row = f.say("reject.row", row=f.number(repair.row)) if repair.row is not None else ""
    return f.join([source, row, f.short_day(_day(repair.recorded, around))])


def _waiver(waiver: Waiver, around: Around, f: Format) -> list[str]:
    author = words.author(waiver.actor, f)
    return [f.join([author, f.short_day(_day(waiver.recorded, around))]), tag("bdi", waiver.reason, dir="auto")]


def _day(moment: datetime, around: Around) -> date:
    return moment.astimezone(around.zone).date()


def file_of(lines: Sequence[Line], f: Format) -> str:
    """A delivery by its file, day and how many rows of it are meant."""
    first = lines[0].reject
    return f.join([first.source, f.say("reject.rows", n=len(lines), count=f.number(len(lines)))])


def row_of(line: Line, f: Format) -> str:
    """A row by its number and its key."""
    row = line.reject
    return f.join([place_of(row.row, f), *(row.key.split(" · ") if row.row is not None else ())])


def more(view: Ledger, lines: int, f: Format) -> str:
    """What is not shown: what follows the first `lines`, and those beyond what was looked through."""
    told = []
    if view.matching > lines:
        told.append(f.say("reject.more", shown=f.number(lines), count=f.number(view.matching)))
    if not view.looked_through:
        told.append(f.say("reject.beyond"))
    return " ".join(told)


def states(f: Format) -> dict[str, str]:
    """The states that lines can be narrowed to, by code."""
    return {state.value: f.say(f"ledger.{state.value}") for state in State} | {"all": f.say("ledger.all")}


def orders(f: Format) -> dict[str, str]:
    """The orders that lines can be in, by code."""
    return {"newest": f.say("ledger.newest"), "oldest": f.say("ledger.oldest")}


def reasons(view: Ledger, f: Format) -> dict[str, str]:
    """The reasons that occur, the most frequent first, by code and with how often."""
    return {
        code: f.say("reject.reason_of", reason=_reason(code, f), count=f.number(count))
        for code, count in view.reasons.items()
    }


def _reason(code: str, f: Format) -> str:
    """Why a row was refused in a few words; the many reasons for a whole file are one here."""
    key = f"refusal.{code}"
    return f.say(key if key in f.say.keys else "refusal.whole_file")


def as_csv(lines: Sequence[Line], around: Around, f: Format) -> bytes:
    """`lines` for a spreadsheet: under the reader's headings, days ISO and codes as they are."""
    return csv_file.write([_record(line, around, f) for line in lines])


def _record(line: Line, around: Around, f: Format) -> dict[str, csv_file.Value]:
    row, repair, waiver = line.reject, line.fate.repair, line.fate.waiver
    return {
        f.say("csv.commission"): around.titles.get(row.commission, row.commission),
        f.say("csv.source"): row.source,
        f.say("csv.sheet"): row.sheet,
        f.say("csv.row"): row.row,
        f.say("csv.key"): row.key,
        f.say("csv.field"): words.field(row.field, f),
        f.say("csv.value"): row.value,
        f.say("csv.why"): sentence(row, f),
        f.say("csv.code"): row.code,
        f.say("csv.day"): _day(row.recorded, around).isoformat(),
        f.say("csv.age"): line.age(around.today, around.zone),
        f.say("csv.owner"): f.say(f"owner.{line.owner.value}"),
        f.say("csv.state"): f.say(f"ledger.{line.fate.state.value}"),
        f.say("csv.settled"): _day(line.fate.settled, around).isoformat() if line.fate.settled else None,
        f.say("csv.repaired_by"): repair.source if repair else None,
        f.say("csv.repaired_row"): repair.row if repair else None,
        f.say("csv.waived_by"): words.author(waiver.actor, f) if waiver else None,
        f.say("csv.waived_why"): waiver.reason if waiver else None,
    }
