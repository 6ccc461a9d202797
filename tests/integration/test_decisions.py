"""A person's decision stands in the log once, with who made it and when, and changes no figure of the board."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, Engine

from roadmap.domain.events import DeliveryReopened, RejectsWaived
from roadmap.programme import Programme
from roadmap.services import desk as desks
from roadmap.services import standing
from roadmap.services.desk import Desk
from roadmap.store import decisions, projecting, verifying, views
from tests.factories import deliver, established, report

NOON = datetime(2100, 1, 1, 12, tzinfo=UTC)
REOPENED = DeliveryReopened(
    effective=date(2026, 11, 1), commission="quays", batch=3, released=True, reason="The province moved."
)
WAIVED = RejectsWaived(effective=date(2026, 11, 2), commission="cranes", batch=4, rows=(7,), reason="Sent twice.")


@pytest.fixture
def desk(engine: Engine, harbour: Programme) -> Desk:
    return established(engine, harbour)


def record(desk: Desk) -> decisions.Receipt:
    return decisions.record(desk.engine, REOPENED, same=[3], actor="secretariat", clock=lambda: NOON)


def test_a_decision_is_recorded_with_who_made_it_and_when(desk: Desk) -> None:
    receipt = record(desk)
    assert (receipt.channel, receipt.commission, receipt.source, receipt.accepted) == ("decision", "", "quays", 1)
    with desk.engine.connect() as connection:
        found = decisions.find(connection, "delivery_reopened", [3])
        assert decisions.find(connection, "delivery_reopened", [4]) is None
    assert found == decisions.Made(receipt.first_seq, REOPENED, "secretariat", NOON)


def test_the_same_decision_made_twice_is_recorded_once(desk: Desk) -> None:
    first, second = record(desk), record(desk)
    assert (second.batch, second.repeated) == (first.batch, True)
    assert verifying.verify(desk.engine).events == first.last_seq


def test_decisions_are_told_by_type_commission_and_moment(desk: Desk) -> None:
    first = record(desk)
    second = decisions.record(desk.engine, WAIVED, same=[4, 7], actor="secretariat")
    with desk.engine.connect() as connection:
        assert told(connection, "delivery_reopened", second.last_seq) == [REOPENED]
        assert told(connection, "delivery_reopened", second.last_seq, "cranes") == []
        assert told(connection, "rejects_waived", first.last_seq) == []
        assert told(connection, "rejects_waived", second.last_seq, "cranes") == [WAIVED]


def told(connection: Connection, *asked: str | int) -> list[object]:
    return [made.decision for made in decisions.made(connection, *asked)]


def test_no_commission_looks_as_if_it_had_reported_and_no_figure_moves(desk: Desk) -> None:
    deliver(desk, report("Q-1", percent=40))
    before = figures(desk)
    record(desk)
    assert figures(desk) == before
    with desk.engine.begin() as connection:
        projecting.rebuild(connection)
    assert figures(desk) == before
    verifying.verify(desk.engine)


def figures(desk: Desk) -> tuple[object, ...]:
    """Where every milestone stands, and what each commission sent last."""
    moment = desks.moment(desk, day=date(2026, 11, 15))
    with desk.engine.connect() as connection:
        return standing.lines(desk, moment), views.last_receipts(connection, moment.seq)
