"""Another programme, of another field, needs another file and nothing else."""

from __future__ import annotations

import json
from datetime import date

import pytest

from roadmap import installation
from roadmap.domain.model import State
from roadmap.domain.people import Grant
from roadmap.intake import pipeline
from roadmap.programme import Programme
from roadmap.services import commission, ledger, milestone, overview, quality, refresh, reporting
from roadmap.services import desk as desks
from roadmap.services.ledger import Wanted
from roadmap.services.status import status
from roadmap.settings import Settings
from roadmap.store import verifying
from tests.factories import TODAY, acting, order

QUAYS = """\
Code;Place;As of;State;Done %;Expected;Remarks
Q-1;national;2026-10-31;doing;90,5;2026-12-10;بتن‌ریزی
Q-2;P-1;2026-10-31;doing;50;;
Q-2;P-9;2026-10-31;doing;10;;
Q-1;national;2026-09-30;finished;80;;
"""
CRANES = [{"code": "C-1", "place": "national", "day": "2026-11-20", "state": "in_progress", "percent": 5}]


@pytest.fixture
def installed(settings: Settings) -> Settings:
    assert installation.install(settings).new
    (settings.inbox / "quays" / "october.csv").write_text(QUAYS, encoding="utf-8")
    (settings.inbox / "cranes" / "november.json").write_text(json.dumps(CRANES), encoding="utf-8")
    return settings


def test_its_file_carries_everything_from_the_inboxes_to_the_board(installed: Settings, harbour: Programme) -> None:
    receipts = [each for code in harbour.by_commission for each in pipeline.pull(code, installed, today=TODAY)]
    assert [(r.commission, r.rows_read, r.accepted, r.rejected) for r in receipts] == [
        ("quays", 4, 2, 2),
        ("cranes", 1, 1, 0),
    ]
    with desks.desk(installed) as desk:
        now = desks.moment(desk, day=TODAY)
        board = overview.overview(desk, now)
        assert board.percent == pytest.approx((3 * 90.5 + 1 * 25 + 2 * 5) / 6)
        assert board.rejected_rows == 2
        assert commission.commission(desk, now, "quays").percent == pytest.approx((3 * 90.5 + 25) / 4)
        told = milestone.milestone(desk, now, "Q-1").story[0].told
        assert (told.receipt.source, told.row, told.report.narrative) == ("october.csv", 2, "بتن‌ریزی")
        assert ledger.ledger(desk, now, Wanted()).reasons == {"unknown_unit": 1, "inconsistent": 1}
        assert quality.quality(desk, now).commissions[0].last == receipts[0]


def test_forms_forecasts_and_checks_work_for_it_too(installed: Settings) -> None:
    with desks.desk(installed) as desk:
        given = order("C-1", base_version=0, effective=date(2026, 11, 15), state=State.IN_PROGRESS, percent=3)
        lead = acting(desk, "lead", Grant(role="lead", commission="cranes"))
        assert reporting.report(lead, given, commission="cranes", day=TODAY).taken
        assert refresh.refresh_at(desk, TODAY)["kept"] == 3
        assert status(desk)["programme"] == "harbour"
        assert verifying.verify(desk.engine).batches == 2
