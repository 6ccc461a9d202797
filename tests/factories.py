"""Plain makers of values for tests: every argument has a sensible default, a test names only what it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Engine

from roadmap import organisation
from roadmap.analysis.progress import Reported
from roadmap.domain.changes import Recorded, Reference, ReportProgress
from roadmap.domain.events import (
    ActionGiven,
    ActionSettled,
    ChangeProposed,
    DeliveryReopened,
    Event,
    FeedMapped,
    IndicatorBaselined,
    IndicatorObserved,
    IndicatorPut,
    MilestoneBaselined,
    MilestonePut,
    MinutesKept,
    ProgressReported,
    ProposalChecked,
    ProposalDecided,
    ProposalWithdrawn,
    RejectsWaived,
    ReportReviewed,
    ReportSubmitted,
    RoleAssigned,
    SessionCalled,
    SessionDecided,
    UnitOpened,
)
from roadmap.domain.model import NATIONAL, Indicator, Milestone, Observation, State, Unit, UnitKind
from roadmap.domain.people import OF_A_COMMISSION, Grant, Role, Who
from roadmap.domain.text import Text
from roadmap.programme import Programme
from roadmap.services.desk import Desk
from roadmap.services.establishing import establish
from roadmap.store import log
from roadmap.store.codec import Origin
from roadmap.store.hashing import canonical

TODAY = date(2026, 11, 21)


def text(en: str = "Something", fa: str = "چیزی") -> Text:
    """A text in both languages."""
    return Text(fa=fa, en=en)


def milestone(code: str = "A-1", **changes: Any) -> Milestone:
    """A milestone of commission `alpha` in horizon `short`, planned from 1 January to 31 December 2026."""
    values: dict[str, Any] = {
        "code": code,
        "commission": "alpha",
        "horizon": "short",
        "title": text(f"Result {code}", f"نتیجه {code}"),
        "deliverable": text(),
        "evidence": text(),
        "owner": text(),
        "start": date(2026, 1, 1),
        "finish": date(2026, 12, 31),
        "weight": 1,
    }
    return Milestone.model_validate(values | changes)


def unit(code: str = "P-1", **changes: Any) -> Unit:
    """A province."""
    values: dict[str, Any] = {"code": code, "kind": UnitKind.PROVINCE, "parent": NATIONAL, "title": text(code, code)}
    return Unit.model_validate(values | changes)


def country() -> Unit:
    """The unit of national milestones."""
    return unit(NATIONAL, kind=UnitKind.NATIONAL, parent=None)


def report(code: str = "A-1", **changes: Any) -> ProgressReported:
    """A report of 40 percent, in progress, for the country, of 31 October 2026."""
    values: dict[str, Any] = {
        "milestone": code,
        "effective": date(2026, 10, 31),
        "state": State.IN_PROGRESS,
        "percent": 40,
    }
    return ProgressReported.model_validate(values | changes)


def order(code: str = "A-1", base_version: int | None = None, **changes: Any) -> ReportProgress:
    """An order to take `report(code, **changes)`."""
    return ReportProgress(report(code, **changes), base_version)


def recorded(version: int = 1, code: str = "A-1", **changes: Any) -> Recorded:
    """`report(code, **changes)` as the log holds it at `version`."""
    return Recorded(version, report(code, **changes))


def reference(*milestones: Milestone, units: tuple[Unit, ...] = ()) -> Reference:
    """What may be named: the milestones given (one by default) and the country besides `units`."""
    known = milestones or (milestone(),)
    return Reference(
        milestones={entry.code: entry for entry in known}, units={entry.code: entry for entry in (country(), *units)}
    )


def reported(**changes: Any) -> Reported:
    """What is known of a milestone: in progress at 40 percent, reported on 31 October 2026."""
    values: dict[str, Any] = {
        "percent": 40.0,
        "reporting": 1,
        "state": State.IN_PROGRESS,
        "last_report": date(2026, 10, 31),
    }
    return Reported(**(values | changes))


def indicator(code: str = "I-1", **changes: Any) -> Indicator:
    """A level that is to rise from 100 at the start of 2026 to 200 at its end."""
    values: dict[str, Any] = {
        "code": code,
        "commission": "alpha",
        "title": text(),
        "measure": text("tonnes", "تن"),
        "kind": "count",
        "direction": "up",
        "cumulation": "level",
        "baseline": {"date": date(2026, 1, 1), "value": 100},
        "targets": [{"date": date(2026, 12, 31), "value": 200}],
    }
    return Indicator.model_validate(values | changes)


def observation(**changes: Any) -> Observation:
    """A value of 150 in the middle of 2026."""
    return Observation.model_validate({"date": date(2026, 6, 30), "value": 150} | changes)


def one_event_of_each_type() -> list[Event]:
    """Every type of event, with every optional field given."""
    day = date(2026, 10, 31)
    full = milestone(after=[{"code": "A-0", "lag_days": 3}], budget={"asked": 5, "allocated": 4}, source="paper")
    seen = observation(unit="P-1", numerator=3, denominator=4, status="estimated", source="paper")
    told = report(
        unit="P-1",
        percent=12.5,
        forecast_finish=date(2027, 1, 1),
        confidence="amber",
        spent=1.5,
        narrative="روایت",
        blocker="مانع",
        evidence="سند",
    )
    return [
        UnitOpened(effective=day, unit=unit("S-1", kind="station", parent="P-1", visits=7, target=True, offline=True)),
        MilestoneBaselined(effective=day, baseline=2, milestone=full),
        IndicatorBaselined(effective=day, baseline=2, indicator=indicator(key=True)),
        IndicatorObserved(effective=day, indicator="I-1", observation=seen),
        told,
        FeedMapped(
            effective=day,
            commission="alpha",
            format="csv",
            mapping={"Code": "milestone"},
            values={"state": {"Ready": "done"}},
            options={"date": "gregorian", "nothing": ["-"], "sheet": None},
        ),
        DeliveryReopened(effective=day, commission="alpha", batch=3, released=True, reason="The province moved."),
        RejectsWaived(effective=day, commission="alpha", batch=3, rows=(None, 7), waived=False, reason="Sent twice."),
        ReportSubmitted(effective=day, report=told, base_version=2),
        ReportReviewed(effective=day, milestone="A-1", unit="P-1", submission=9, verdict="accepted", rating="red"),
        ReportReviewed(effective=day, milestone="A-1", unit="P-1", submission=9, verdict="returned", reason="Why?"),
        RoleAssigned(effective=day, person="7", grants=(Grant(role="lead", commission="alpha"),), reason="Appointed."),
        ChangeProposed(
            effective=day,
            proposal="alpha-1",
            commission="alpha",
            baseline=1,
            changes=(MilestonePut(milestone=full), IndicatorPut(indicator=indicator())),
            reason="The building is late.",
        ),
        ProposalChecked(effective=day, proposal="alpha-1", fit=True, remark="Complete."),
        ProposalDecided(
            effective=day, proposal="alpha-1", verdict="approved", reason="So be it.", session="council-1", baseline=2
        ),
        ProposalWithdrawn(effective=day, proposal="alpha-2", reason="No longer needed."),
        SessionCalled(effective=day, session="council-1", on=date(2026, 11, 5), title="جلسه"),
        SessionDecided(effective=day, session="council-1", text="Posts first."),
        ActionGiven(
            effective=day,
            action="action-1",
            session="council-1",
            text="Ask the provinces.",
            owner="alpha",
            due=date(2026, 12, 1),
            milestone="A-1",
        ),
        ActionSettled(effective=day, action="action-1", outcome="done", remark="All have answered."),
        MinutesKept(effective=day, session="council-1", text="They met.", seq=12),
    ]


def established(engine: Engine, plan: Programme) -> Desk:
    """A desk on an empty database in which `plan` was established on its first day."""
    establish(engine, plan, organisation.units(plan), clock=lambda: noon(plan.programme.start))
    return Desk(engine, plan, everybody(plan))


def everybody(plan: Programme) -> Who:
    """Somebody with every role there is, of every commission of `plan`: for tests that are about something else."""
    of_all = [Grant(role=role) for role in Role if role not in OF_A_COMMISSION]
    of_each = [Grant(role=role, commission=code) for role in OF_A_COMMISSION for code in plan.by_commission]
    return Who("tester", "tester", frozenset([*of_all, *of_each]))


def acting(desk: Desk, actor: str, *grants: Grant) -> Desk:
    """`desk` with somebody at it whom the log calls `actor`, with `grants`; without any, with what was there."""
    return replace(desk, who=Who(actor, actor, frozenset(grants) or desk.who.grants))


def deliver(
    desk: Desk,
    *reports: ProgressReported,
    commission: str = "quays",
    on: date = TODAY,
    rejected: tuple[log.Rejected, ...] = (),
    **outcome: Any,
) -> log.Receipt:
    """Appends `reports` as rows 2, 3, … of a file of `commission` that came in at noon of the day `on`."""
    content = canonical([[each.model_dump(mode="json") for each in reports], on, [row.key for row in rejected]])
    delivery = log.Delivery(
        channel="file",
        source=f"{commission}-{on}.csv",
        digest=hashlib.sha256(content).hexdigest(),
        actor="inbox",
        commission=commission,
    )
    events = [log.NewEvent(each, origin=Origin("Report", row)) for row, each in enumerate(reports, start=2)]
    with log.writing(desk.engine, lambda: noon(on)) as writer:
        whole = any(each.row is None for each in rejected)
        return writer.append(delivery, log.Outcome(events=events, rejected=rejected, **{"refused": whole} | outcome))


def noon(day: date) -> datetime:
    """12:00 UTC of `day`."""
    return datetime.combine(day, time(12), UTC)


def leaf(values: Sequence[Any]) -> bytes:
    """The leaf of a row by hand: a zero byte and the canonical JSON of its stored values under SHA-256."""
    return hashlib.sha256(b"\x00" + canonical(list(values))).digest()
