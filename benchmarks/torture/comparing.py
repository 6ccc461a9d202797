"""The same things told by the real log and by the plain model of T6, in one form, so that they can be compared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from benchmarks.torture import plans
from benchmarks.torture.model import Model, Row
from roadmap.store import log, views
from roadmap.store.tables import PROJECTIONS

_PLAIN = ("units", "reporting", "done", "forecast_finish", "finished_on", "last_report")


def board(connection: Connection, seq: int, day: date) -> dict[str, Row]:
    """Where each milestone that has units stands."""
    told = views.reported(connection, seq, day)
    return {
        code: {
            **{name: getattr(whole, name) for name in _PLAIN},
            "percent": whole.percent,
            "spent": whole.spent,
            "state": whole.state.value,
            "confidence": whole.confidence and whole.confidence.value,
        }
        for code, whole in told.items()
        if whole.units
    }


def expected_board(model: Model, seq: int, day: date) -> dict[str, Row]:
    """The same by the model."""
    standing = model.standing(model.batch_at(seq), day)
    return {code: {name: row[name] for name in row if name != "live"} for code, row in standing.items()}


def provinces(connection: Connection, seq: int, day: date) -> dict[str, dict[str, Row]]:
    """The percent of each milestone in each province where anything of it is not cancelled."""
    told = views.province_percent(connection, seq, day)
    return {code: {name: {"percent": percent} for name, percent in row.items()} for code, row in told.items()}


def expected_provinces(model: Model, seq: int, day: date) -> dict[str, dict[str, Row]]:
    """The same by the model."""
    standing = {code: model.standing(model.batch_at(seq), day, code) for code in plans.PROVINCES}
    live = {
        code: {name: {"percent": row["percent"]} for name, row in rows.items() if row["live"]}
        for code, rows in standing.items()
    }
    return {code: rows for code, rows in live.items() if rows}


def differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the one has otherwise than the other, however deep, by its path; sums may differ in their last digits."""
    wrong: dict[str, tuple[Any, Any]] = {}
    for key in sorted(found.keys() | expected.keys()):
        one, other = found.get(key), expected.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            wrong |= {f"{key} {deeper}": both for deeper, both in differences(one, other).items()}
        elif not _same(one, other):
            wrong[key] = (one, other)
    return wrong


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


def histories(connection: Connection, model: Model) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Every version of every stream: as the log has it, and as the model has it."""
    expected: dict[Any, Any] = {}
    for _, version, row in sorted(model.reports, key=lambda each: each[1]):
        said = (row["effective"], row["state"], row["percent"], row["spent"], row["narrative"])
        expected.setdefault((row["milestone"], row["unit"]), []).append((version, *said))
    found = {
        stream: [
            (kept.version, told.effective, told.state.value, told.percent, told.spent, told.narrative)
            for kept in recorded
            for told in [kept.report]
        ]
        for stream, recorded in log.reports(connection, list(expected)).items()
    }
    return found, expected


def projected(connection: Connection) -> dict[str, set[tuple[Any, ...]]]:
    """Every row of every projection."""
    return {table.name: {tuple(row) for row in connection.execute(select(table))} for table in PROJECTIONS}
