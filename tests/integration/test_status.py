"""One look at the whole installation."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import Engine

from roadmap.domain.refusals import refuse
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import periods
from roadmap.services.desk import Desk
from roadmap.services.status import status, summary
from roadmap.store import log
from tests.factories import deliver, established, report


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    return established(engine, harbour)


def test_a_fresh_installation_has_its_plan_and_nothing_more(desk: Desk) -> None:
    found = status(desk)
    assert {name: found[name] for name in ("programme", "commissions", "milestones", "units", "indicators")} == {
        "programme": "harbour",
        "commissions": 2,
        "milestones": 3,
        "units": 9,
        "indicators": 1,
    }
    # Nine units, three milestones, an indicator and its one observation: fourteen events of one batch.
    assert (found["events"], found["batches"], found["rejected_rows"]) == (14, 1, 0)
    assert found["last_batch"] == {"quays": None, "cranes": None}


def test_it_tells_each_commissions_newest_delivery_and_the_chains_head(desk: Desk) -> None:
    deliver(desk, report("Q-1"), on=date(2026, 11, 1))
    rejected = (log.Rejected("Q-2", (refuse("missing", "state"),), "Report", 3),)
    receipt = deliver(desk, report("Q-1", effective=date(2026, 11, 1)), rejected=rejected, on=date(2026, 11, 2))
    found = status(desk)
    assert (found["events"], found["batches"], found["rejected_rows"]) == (16, 3, 1)
    assert found["head"]["seq"] == 16
    assert len(bytes.fromhex(found["head"]["chain"])) == 32
    assert found["last_batch"]["quays"] == summary(receipt)
    assert found["last_batch"]["quays"]["rows_read"] == 2
    assert found["last_batch"]["cranes"] is None


def test_it_is_fit_for_json(desk: Desk) -> None:
    deliver(desk, report("Q-1"))
    found = status(desk)
    assert json.loads(json.dumps(found)) == found


def test_the_summary_of_nothing_is_nothing() -> None:
    assert summary(None) is None


def test_it_tells_how_each_commission_reported_for_the_last_period(desk: Desk) -> None:
    deliver(desk, report("Q-1", effective=date(2026, 10, 31)), on=date(2026, 11, 12))
    day = desks.today(desk)
    expected = {
        code: {
            "period_end": told.period.last.isoformat(),
            "expected": told.completeness.expected,
            "complete": told.completeness.complete,
            "in_time": told.timeliness.complete,
        }
        for code, (told, *_) in periods.rates(desk, desks.moment(desk, day=day)).items()
    }
    assert status(desk)["reporting"] == expected
    assert expected["quays"]["expected"] == 3
