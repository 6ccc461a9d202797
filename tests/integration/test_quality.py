"""What came in, of all commissions or of one, and how each of them reports."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from roadmap.analysis.reporting import Period, Rate
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
    deliver(desk, report("Q-1", effective=OCTOBER), on=date(2026, 11, 5))
    told = of(quality(desk), "quays").periods[0]
    assert told.period == Period(date(2026, 10, 1), OCTOBER, DEADLINE)
    assert (told.completeness, told.timeliness) == (Rate(1, 3), Rate(1, 3))
    assert of(quality(desk), "cranes").periods[0].completeness == Rate(0, 0)


def test_a_receipt_adds_up_and_the_newest_is_the_first(desk: Desk) -> None:
    missing, mixed = refuse("missing", "state"), refuse("mixed_digits", "percent", "1۲")
    rows = (log.Rejected("Q-1", (missing, mixed), "Report", 4), log.Rejected("Q-2", (missing,), "Report", 5))
    receipt = deliver(desk, report("Q-1"), rejected=rows, on=date(2026, 11, 5))
    other = deliver(desk, rejected=(log.Rejected("bad.json", (missing,)),), commission="cranes", on=date(2026, 11, 6))
    found = quality(desk)
    assert [each.batch for each in found.receipts] == [other.batch, receipt.batch]
    assert (receipt.rows_read, receipt.accepted, receipt.rejected) == (3, 1, 2)
    assert of(found, "quays").last == receipt


def test_one_commission_sees_its_own_receipts_beside_everybodys_rates(desk: Desk) -> None:
    deliver(desk, report("Q-1"), on=date(2026, 11, 5))
    deliver(desk, rejected=(log.Rejected("x", (refuse("missing", "state"),)),), commission="cranes", on=TODAY)
    found = quality(desk, commission="quays")
    assert {receipt.commission for receipt in found.receipts} == {"quays"}
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
