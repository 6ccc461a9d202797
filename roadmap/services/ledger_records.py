"""The reject ledger for scripts and spreadsheets: its lines as plain values."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from roadmap.domain.text import guarded
from roadmap.services.desk import Desk, Moment
from roadmap.services.gate import allowed
from roadmap.services.ledger import MOST, Line, State, Wanted, ledger
from roadmap.services.permissions import Action

#: A line as plain values fit for JSON.
Record = dict[str, Any]
_TOLD: Final = ("batch", "commission", "source", "sheet", "row", "key", "field", "value", "code", "fa", "en")


@allowed(Action.READ_REJECTS, "commission")
def records(desk: Desk, moment: Moment, commission: str | None = None, *, every: bool = False) -> list[Record]:
    """The newest lines of each commission (or of one) that are open, or with `every` all of them, as plain values.

    Raises:
        ProgrammeError: there is no such commission.
    """
    code = desk.programme.commission(commission).code if commission else None
    wanted = Wanted(code, state=None if every else State.OPEN)
    found = ledger(desk, moment, wanted, shown=MOST * len(desk.programme.commissions))
    return [_record(line, moment.day, desk.zone) for line in found.lines]


def _record(line: Line, today: date, zone: ZoneInfo) -> Record:
    row, repair, waiver = line.reject, line.fate.repair, line.fate.waiver
    plain = {name: getattr(row, name) for name in _TOLD}
    return plain | {
        "recorded": row.recorded.isoformat(),
        "owner": line.owner.value,
        "state": line.fate.state.value,
        "age_days": line.age(today, zone),
        "settled": line.fate.settled.isoformat() if line.fate.settled else None,
        "repaired_by": repair.source if repair else None,
        "repaired_batch": repair.batch if repair else None,
        "repaired_row": repair.row if repair else None,
        "waived_by": waiver.actor if waiver else None,
        "waived_why": waiver.reason if waiver else None,
    }


def as_csv(told: Sequence[Record]) -> str:
    """`told` as CSV under their names; no cell runs as a formula in a spreadsheet."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerows([list(record) for record in told[:1]])
    writer.writerows(
        [guarded(value) if isinstance(value, str) else value for value in record.values()] for record in told
    )
    return target.getvalue()


def sentence(record: Record) -> str:
    """`record` in one line, for a person at a terminal."""
    place = "whole file" if record["row"] is None else f"row {record['row']}"
    delivery = f"{record['commission']}: {record['source']} (delivery {record['batch']}), {place}"
    return f"{delivery}: {record['en']} [{record['state']}, {record['owner']}, {record['age_days']} days]"
