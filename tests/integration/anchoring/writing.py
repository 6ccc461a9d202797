"""Writes anchors to places, and says what they find."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from roadmap.services import anchors
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.store import projecting, verifying
from tests.factories import deliver, report

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def set_to(settings: Settings, *places: object, **more: object) -> Settings:
    """The settings of a test with `places` for anchors."""
    values = {name: getattr(settings, name) for name in Settings.model_fields} | more
    return Settings(_env_file=None, **(values | {"anchors": " ".join(f"'{place}'" for place in places)}))


def write(settings: Settings, hours: int = 0) -> list[anchors.Written]:
    return anchors.write(settings, lambda: NOON + timedelta(hours=hours))


def findings(desk: Desk, settings: Settings, *files: Path) -> list[str]:
    """All that is wrong, as sentences, after the log alone was found clean."""
    verifying.verify(desk.engine)
    held = anchors.check(desk.engine, "harbour", settings, files)
    return [finding for each in held for finding in each.findings]


def append(desk: Desk, day: int, percent: float = 40) -> None:
    deliver(desk, report("Q-1", effective=date(2026, 10, day), percent=percent), on=date(2026, 11, day))


def cut_tail(connection: Connection) -> None:
    """The last batch goes, and the head is set back as if it had never been there."""
    for statement in (
        "delete from reject where batch = (select batch from head)",
        "delete from event where batch = (select batch from head)",
        "delete from batch where id = (select batch from head)",
        "update head set seq = b.last_seq, batch = b.id, chain = b.chain from batch b where b.id = head.batch - 1",
    ):
        connection.execute(text(statement))
    projecting.rebuild(connection)
