"""What came in and what was turned away, of all commissions or of one."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from roadmap.analysis.reporting import Rate
from roadmap.domain.refusals import refuse
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import quality as qualities
from roadmap.services.desk import Desk
from roadmap.services.quality import CommissionQuality, Quality
from roadmap.store import log
from tests.factories import TODAY, deliver, established, report

OCTOBER, DEADLINE = date(2026, 10, 31), date(2026, 11, 10)


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    return established(engine, harbour)


def quality(desk: Desk, day: date = TODAY, commission: str | None = None) -> Quality:
    return qualities.quality(desk, desks.moment(desk, day=day), commission)


def of(found: Quality, code: str) -> CommissionQuality:
    return next(entry for entry in found.commissions if entry.code == code)


def test_reports_are_due_for_the_last_month_by_the_deadline(desk: Desk) -> None:
    found = quality(desk)
    assert (found.period_end, found.deadline) == (OCTOBER, DEADLINE)


def test_a_rate_counts_milestones_open_in_the_period(desk: Desk) -> None:
    deliver(desk, report("Q-1", effective=OCTOBER), on=date(2026, 11, 5))
    found = quality(desk)
    assert of(found, "quays").reporting == Rate(1, 2)
    assert of(found, "cranes").reporting == Rate(0, 0)


@pytest.mark.parametrize(
    ("came", "asked", "on_time"),
    [
        (date(2026, 11, 5), TODAY, True),
        (DEADLINE, TODAY, True),
        (date(2026, 11, 11), TODAY, False),
        (date(2026, 10, 20), TODAY, False),  # came before the period had ended: nothing came for it
        (date(2026, 10, 20), date(2026, 11, 9), None),
        (None, TODAY, False),
        (None, DEADLINE, None),
    ],
)
def test_a_delivery_is_on_time_by_the_deadline(desk: Desk, came: date | None, asked: date, on_time: object) -> None:
    if came:
        deliver(desk, report("Q-1", effective=date(2026, 10, 15)), on=came)
    assert of(quality(desk, asked), "quays").on_time is on_time


def test_what_was_turned_away_is_listed_and_counted_by_reason(desk: Desk) -> None:
    missing, mixed = refuse("missing", "state"), refuse("mixed_digits", "percent", "1۲")
    rows = (log.Rejected("Q-1", (missing, mixed), "Report", 4), log.Rejected("Q-2", (missing,), "Report", 5))
    receipt = deliver(desk, report("Q-1"), rejected=rows, on=date(2026, 11, 5))
    other = deliver(desk, rejected=(log.Rejected("bad.json", (missing,)),), commission="cranes", on=date(2026, 11, 6))
    found = quality(desk)
    assert found.by_code == {"missing": 3, "mixed_digits": 1}
    assert [(row.commission, row.row, row.code, row.value) for row in found.rejects] == [
        ("cranes", None, "missing", ""),
        ("quays", 4, "missing", ""),
        ("quays", 4, "mixed_digits", "1۲"),
        ("quays", 5, "missing", ""),
    ]
    assert {(row.fa, row.en) for row in found.rejects} == {(each.text.fa, each.text.en) for each in (missing, mixed)}
    assert (of(found, "quays").rejected_rows, of(found, "cranes").rejected_rows) == (2, 1)
    assert [each.batch for each in found.receipts] == [other.batch, receipt.batch]
    assert (receipt.rows_read, receipt.accepted, receipt.rejected) == (3, 1, 2)
    assert of(found, "quays").last == receipt


def test_one_commission_sees_its_own_beside_everybodys_rates(desk: Desk) -> None:
    deliver(desk, report("Q-1"), on=date(2026, 11, 5))
    deliver(desk, rejected=(log.Rejected("x", (refuse("missing", "state"),)),), commission="cranes", on=TODAY)
    found = quality(desk, commission="quays")
    assert {receipt.commission for receipt in found.receipts} == {"quays"}
    assert (found.rejects, found.by_code) == ([], {})
    assert [entry.code for entry in found.commissions] == ["quays", "cranes"]


def test_the_first_baseline_is_no_delivery_of_a_commission(desk: Desk) -> None:
    found = quality(desk)
    assert found.receipts == []
    assert of(found, "quays").last is None


def test_deliveries_are_found_by_commission_and_file(desk: Desk) -> None:
    first = deliver(desk, report("Q-1"), on=date(2026, 11, 5))
    second = deliver(desk, report("C-1", effective=TODAY), commission="cranes", on=date(2026, 11, 6))
    wanted = {("quays", first.source), ("cranes", second.source), ("cranes", first.source)}
    assert [receipt.batch for receipt in qualities.deliveries(desk, wanted)] == [first.batch, second.batch]
    assert qualities.deliveries(desk, set()) == []
