"""The reject ledger: what was turned away waits for its owner until a later delivery repairs it or it is waived."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from roadmap.domain.changes import ReportProgress
from roadmap.domain.events import ProgressReported
from roadmap.domain.refusals import refuse
from roadmap.errors import SettingsError
from roadmap.intake import reopened
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import ledger as ledgers
from roadmap.services import reporting
from roadmap.services.desk import Desk
from roadmap.services.ledger import Ledger, Open, Owner, State, Wanted
from roadmap.services.waiving import waive
from roadmap.store import log, verifying
from roadmap.store.codec import Origin
from tests.factories import TODAY, established, noon, report

MONDAY, TUESDAY, THURSDAY = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 19)
OCTOBER = date(2026, 10, 31)
BAD = refuse("not_a_number", "percent", "x")


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    return established(engine, harbour)


def bad(key: str, row: int | None = 5) -> log.Rejected:
    return log.Rejected(key, (BAD,), "Report", row)


def send(
    desk: Desk,
    *taken: tuple[ProgressReported, int],
    on: date,
    bad: tuple[log.Rejected, ...] = (),
    source: str = "first.csv",
    **told: Any,
) -> log.Receipt:
    """Appends reports as the rows that they name of the file `source`."""
    content = repr([taken, on, [(row.key, row.row) for row in bad], source])
    digest = told.pop("digest", hashlib.sha256(content.encode()).hexdigest())
    channel, commission = told.pop("channel", "file"), told.pop("commission", "quays")
    delivery = log.Delivery(channel=channel, source=source, digest=digest, actor="inbox", commission=commission)
    events = [log.NewEvent(each, origin=Origin("Report", row)) for each, row in taken]
    with log.writing(desk.engine, lambda: noon(on)) as writer:
        return writer.append(delivery, log.Outcome(events=events, rejected=bad, **told))


def ledger(desk: Desk, known: date | None = None, shown: int = 500, **wanted: Any) -> Ledger:
    moment = desks.moment(desk, day=TODAY, known=known)
    return ledgers.ledger(desk, moment, Wanted(**({"state": None} | wanted)), shown=shown)


def only(desk: Desk, known: date | None = None) -> ledgers.Line:
    (line,) = ledger(desk, known).lines
    return line


def test_what_was_turned_away_is_open_for_its_commission_and_ages(desk: Desk) -> None:
    send(desk, on=MONDAY, bad=(bad("Q-1 · 2026-10-31"),))
    line = only(desk)
    assert (line.fate.state, line.owner) == (State.OPEN, Owner.OFFICER)
    assert line.age(TODAY, desk.zone) == 5


def test_what_is_held_back_waits_for_the_secretariat(desk: Desk) -> None:
    held = log.Rejected("first.csv", (replace(BAD, code="held_back"),))
    send(desk, on=MONDAY, bad=(held,), refused=True)
    assert only(desk).owner is Owner.SECRETARIAT


@pytest.mark.parametrize(
    ("key", "sent", "repaired"),
    [
        ("Q-1 · 2026-10-31", report("Q-1", effective=OCTOBER), True),
        ("q", report("Q-1", effective=OCTOBER), False),
        ("Q-1", report("Q-1", effective=date(2026, 1, 31)), True),
        ("Q-1 · 31/10/26", report("Q-1", effective=OCTOBER), False),  # that reads as a unit, which there is not
        ("Q-1 · national · last month", report("Q-1", effective=date(2026, 9, 30)), True),
        ("Q-1 · 2026-10-31", report("Q-1", effective=date(2026, 11, 15)), True),
        ("Q-1 · 2026-10-31", report("Q-1", effective=date(2026, 10, 30)), False),
        ("Q-2 · P-1 · 2026-10-31", report("Q-2", unit="P-1", effective=OCTOBER), True),
        ("Q-2 · P-1 · 2026-10-31", report("Q-2", unit="P-2", effective=OCTOBER), False),
        ("Q-2 · 2026-10-31", report("Q-2", unit="P-1", effective=OCTOBER), False),
        ("a · b · c · d", report("Q-1", effective=OCTOBER), False),
    ],
)
def test_a_later_report_of_its_milestone_unit_and_day_repairs_a_row(
    desk: Desk, key: str, sent: ProgressReported, *, repaired: bool
) -> None:
    send(desk, on=MONDAY, bad=(bad(key),))
    receipt = send(desk, (sent, 7), on=TUESDAY, source="second.csv")
    fate = only(desk).fate
    assert (fate.state is State.REPAIRED) is repaired
    if fate.repair:
        assert (fate.repair.batch, fate.repair.source, fate.repair.row) == (receipt.batch, "second.csv", 7)
        assert fate.repair.recorded == receipt.recorded


def test_the_age_ends_with_the_first_delivery_that_repairs(desk: Desk) -> None:
    send(desk, on=MONDAY, bad=(bad("Q-1 · 2026-10-31"),))
    first = send(desk, (report("Q-1", effective=OCTOBER), 2), on=THURSDAY, source="second.csv")
    send(desk, (report("Q-1", effective=OCTOBER, percent=50), 2), on=date(2026, 11, 20), source="third.csv")
    line = only(desk)
    assert line.fate.repair is not None
    assert (line.fate.repair.batch, line.age(TODAY, desk.zone)) == (first.batch, 3)


def test_the_delivery_that_is_named_is_the_first_for_the_rows_day(desk: Desk) -> None:
    send(desk, on=MONDAY, bad=(bad("Q-1 · 2026-10-31"),))
    send(desk, (report("Q-1", effective=date(2026, 10, 30)), 2), on=TUESDAY, source="second.csv")
    receipt = send(desk, (report("Q-1", effective=OCTOBER), 2), on=THURSDAY, source="third.csv")
    fate = only(desk).fate
    assert fate.repair is not None
    assert fate.repair.batch == receipt.batch


@pytest.mark.parametrize(("day", "repaired"), [(OCTOBER, True), (date(2026, 10, 30), False)])
def test_a_late_row_beside_a_later_report_is_repaired_by_a_late_report(
    desk: Desk, day: date, *, repaired: bool
) -> None:
    """The report that counts is of November and stood before: what came after the row says whether it is mended."""
    send(desk, (report("Q-1", effective=date(2026, 11, 10)), 2), on=date(2026, 11, 12))
    send(desk, on=MONDAY, bad=(bad("Q-1 · 2026-10-31"),), source="late.csv")
    assert only(desk).fate.state is State.OPEN
    send(desk, (report("Q-1", effective=day), 2), on=TUESDAY, source="second.csv")
    assert (only(desk).fate.state is State.REPAIRED) is repaired


def test_a_repair_is_known_before_later_reports_of_the_stream(desk: Desk) -> None:
    send(desk, on=MONDAY, bad=(bad("Q-1 · 2026-10-31"),))
    send(desk, (report("Q-1", effective=date(2026, 10, 30)), 2), on=TUESDAY, source="second.csv")
    send(desk, (report("Q-1", effective=OCTOBER), 2), on=THURSDAY, source="third.csv")
    send(desk, (report("Q-1", effective=date(2026, 11, 15)), 2), on=TODAY, source="fourth.csv")
    states = [only(desk, known=day).fate.state for day in (TUESDAY, THURSDAY, TODAY)]
    assert states == [State.OPEN, State.REPAIRED, State.REPAIRED]


def test_what_stood_before_repairs_nothing(desk: Desk) -> None:
    send(desk, (report("Q-1", effective=OCTOBER), 2), on=MONDAY)
    send(desk, on=TUESDAY, bad=(bad("Q-1 · 2026-10-31"),))
    assert only(desk).fate.state is State.OPEN


def test_another_commissions_report_repairs_nothing(desk: Desk) -> None:
    send(desk, on=MONDAY, bad=(bad("C-1 · 2026-11-15"),))
    send(desk, (report("C-1", effective=date(2026, 11, 15)), 2), on=TUESDAY, commission="cranes", source="other")
    assert only(desk).fate.state is State.OPEN


def test_a_report_from_the_board_repairs_a_row(desk: Desk) -> None:
    send(desk, on=MONDAY, bad=(bad("Q-1 · 2026-10-31"),))
    order = ReportProgress(report("Q-1", effective=OCTOBER), None)
    assert reporting.report(desk, order, commission="quays", day=TODAY).taken
    fate = only(desk).fate
    assert fate.repair is not None
    assert (fate.repair.channel, fate.repair.row) == ("form", None)


def test_a_corrected_file_of_the_same_name_repairs_a_row_whose_key_was_wrong(desk: Desk) -> None:
    send(desk, on=MONDAY, bad=(bad("Q-9 · 2026-10-31", 3), bad("Q-8 · 2026-10-31", 4), bad("Q-7 · 2026-10-31", 9)))
    again = (report("Q-1", effective=OCTOBER), 2), (report("Q-1", effective=date(2026, 11, 1)), 3)
    receipt = send(desk, *again, on=TUESDAY, bad=(bad("Q-8 · 2026-10-31", 4),))
    fates = {line.reject.row: line.fate for line in ledger(desk).lines if line.reject.batch < receipt.batch}
    assert {row: fate.state for row, fate in fates.items()} == {
        3: State.REPAIRED,
        4: State.OPEN,  # turned away again
        9: State.OPEN,  # the file ends before
    }
    assert fates[3].repair is not None
    assert (fates[3].repair.batch, fates[3].repair.row) == (receipt.batch, 3)


def test_a_refused_file_is_repaired_by_a_readable_one_of_its_name(desk: Desk) -> None:
    send(desk, on=MONDAY, bad=(bad("first.csv", None),), refused=True)
    send(desk, (report("Q-1"), 2), on=TUESDAY, source="other.csv")
    send(desk, on=TUESDAY, bad=(bad("first.csv", None),), refused=True, digest="d2")
    assert [line.fate.state for line in ledger(desk).lines] == [State.OPEN, State.OPEN]
    receipt = send(desk, (report("Q-1", percent=50), 2), on=THURSDAY)
    for line in ledger(desk).lines:
        assert line.fate.repair is not None
        assert (line.fate.repair.batch, line.fate.repair.row) == (receipt.batch, None)


def test_a_file_that_is_taken_again_is_repaired_by_what_was_made_of_it(desk: Desk) -> None:
    refused = send(desk, on=MONDAY, bad=(bad("first.csv", None),), refused=True)
    again = send(desk, (report("Q-1"), 2), on=TUESDAY, source="renamed.csv", digest=reopened.digest(refused))
    fate = only(desk).fate
    assert fate.repair is not None
    assert fate.repair.batch == again.batch


def test_the_ledger_as_known_then_knows_no_later_repair_and_no_later_waiver(desk: Desk) -> None:
    send(desk, on=MONDAY, bad=(bad("Q-1 · 2026-10-31"),))
    send(desk, (report("Q-1", effective=OCTOBER), 2), on=THURSDAY, source="second.csv")
    other = send(desk, on=THURSDAY, bad=(bad("Q-9"),), source="third.csv")
    waive(desk, other.batch, [5], reason="Sent by mistake.", day=TODAY)
    assert [line.fate.state for line in ledger(desk, known=TUESDAY).lines] == [State.OPEN]
    assert [line.fate.state for line in ledger(desk).lines] == [State.WAIVED, State.REPAIRED]


def test_open_rows_are_counted_by_commission_and_lines_are_narrowed(desk: Desk) -> None:
    missing = log.Rejected("Q-2 · P-1", (refuse("missing", "state"), BAD), None, 8)
    send(desk, on=MONDAY, bad=(bad("Q-1 · 2026-10-31"), missing))
    send(desk, on=TUESDAY, bad=(bad("C-1", 3),), commission="cranes", source="hafte.json")
    found = ledger(desk)
    assert found.open == {"quays": Open(2, more=False), "cranes": Open(1, more=False)}
    assert found.reasons == {"not_a_number": 3, "missing": 1}
    assert (found.matching, found.looked_through) == (4, True)
    assert [line.reject.row for line in found.lines] == [3, 5, 8, 8]
    assert [line.reject.row for line in ledger(desk, oldest_first=True).lines] == [5, 8, 8, 3]
    assert [line.reject.row for line in ledger(desk, commission="cranes").lines] == [3]
    assert [line.reject.code for line in ledger(desk, code="missing").lines] == ["missing"]
    assert [line.reject.row for line in ledger(desk, search="HAFTE").lines] == [3]
    assert [line.reject.row for line in ledger(desk, search="p-1").lines] == [8, 8]
    assert ledger(desk, state=State.WAIVED).lines == []
    few = ledger(desk, shown=2)
    assert (len(few.lines), few.matching) == (2, 4)


def test_only_so_many_lines_of_a_commission_are_looked_through(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "MOST", 2)
    send(desk, on=MONDAY, bad=tuple(bad("Q-1", row) for row in (2, 3, 4)))
    send(desk, on=TUESDAY, bad=(bad("C-1", 3),), commission="cranes", source="hafte.json")
    found = ledger(desk)
    assert found.open == {"quays": Open(2, more=True), "cranes": Open(1, more=False)}
    assert (found.matching, found.looked_through) == (3, False)


# Waiving


def test_a_waived_row_is_open_no_more_and_says_who_waived_it_when_and_why(desk: Desk) -> None:
    receipt = send(desk, on=MONDAY, bad=(bad("Q-1", 5), bad("Q-2", 6)))
    waive(desk, receipt.batch, [5], reason=" Sent twice. ", day=TODAY)
    waived, still_open = ledger(desk).lines
    assert waived.fate.waiver is not None
    assert (waived.fate.waiver.actor, waived.fate.waiver.reason) == ("tester", "Sent twice.")
    assert (waived.fate.state, still_open.fate.state) == (State.WAIVED, State.OPEN)
    verifying.verify(desk.engine)


def test_what_was_waived_can_be_taken_back_and_waived_again_and_a_double_click_counts_once(desk: Desk) -> None:
    receipt = send(desk, on=MONDAY, bad=(bad("Q-1", 5),))
    states, batches = [], []
    for waived in (True, True, False, False, True, True):
        decided = waive(desk, receipt.batch, [5], reason="So decided.", waived=waived, day=TODAY)
        batches.append(decided.batch)
        states.append(only(desk).fate.state)
    assert states == [State.WAIVED] * 2 + [State.OPEN] * 2 + [State.WAIVED] * 2
    assert [batch - batches[0] for batch in batches] == [0, 0, 1, 1, 2, 2]


def test_a_row_that_was_repaired_after_it_was_waived_is_repaired(desk: Desk) -> None:
    receipt = send(desk, on=MONDAY, bad=(bad("Q-1"),))
    waive(desk, receipt.batch, [5], reason="So decided.", day=TODAY)
    send(desk, (report("Q-1"), 2), on=date(2100, 1, 1), source="second.csv")
    assert only(desk).fate.state is State.REPAIRED


@pytest.mark.parametrize(
    ("batch", "rows", "reason", "told"),
    [
        (99, [5], "So decided.", "There is no delivery with the number 99"),
        (2, [6], "So decided.", "row 6 was not turned away there"),
        (2, [5, None], "So decided.", "the file as a whole was not turned away there"),
        (2, [], "So decided.", "no row is named"),
        (1, [5], "So decided.", "row 5 was not turned away there"),
        (2, [5], "  ", "say in 1 to 1,000 characters why"),
    ],
)
def test_what_cannot_be_waived_is_refused_with_a_sentence(
    desk: Desk, batch: int, rows: list[int | None], reason: str, told: str
) -> None:
    assert send(desk, on=MONDAY, bad=(bad("Q-1", 5),)).batch == 2
    with pytest.raises(SettingsError, match=told):
        waive(desk, batch, rows, reason=reason, day=TODAY)
    assert only(desk).fate.state is State.OPEN
