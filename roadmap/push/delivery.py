"""One CloudEvent is one delivery: a json file of rows that takes the way of all files, and the receipt of it."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from roadmap.intake import inbox, pipeline, pushed
from roadmap.intake.rejects import shown
from roadmap.push.envelope import Event
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.status import summary
from roadmap.settings import Settings
from roadmap.store import log, views
from roadmap.store.hashing import canonical

#: Who a receipt says has handed the event in: whoever has the commission's token.
ACTOR: Final = "push token"

_OF_A_REJECT: Final = ("row", "key", "field", "value", "code", "fa", "en")


def deliver(event: Event, commission: str, desk: Desk, settings: Settings) -> log.Receipt:
    """The receipt of `event`, which may be of an earlier event with the same source and id.

    Raises:
        StoreError, sqlalchemy.exc.OperationalError: the database is away; nothing was written.
    """
    digest = hashlib.sha256(canonical(["cloudevent", commission, event.source, event.id])).hexdigest()
    source = f"{shown(event.source)} {shown(event.id)}"
    sent = pipeline.Sent(pushed.CHANNEL, source, digest, {pushed.BY_CONTRACT: event.by_contract})
    entry = pushed.as_json(desk.commission(commission), by_contract=event.by_contract)
    calendar, today = desk.programme.programme.calendar, desks.today(desk)
    context = pipeline.Context(desk.engine, settings, entry, calendar, today, log.now, ACTOR, sent=sent)
    with tempfile.TemporaryDirectory(dir=inbox.staging(settings), prefix="push-") as folder:
        path = Path(folder) / "rows.json"
        path.write_bytes(event.rows)
        receipt, taken = pipeline.take(path, context)
        if not receipt.repeated:
            named = replace(taken, name=f"{taken.name.replace('/', '_')}.json")
            inbox.put_away(path, named, inbox.kept_in(settings, receipt), receipt.batch)
        return receipt


def told(receipt: log.Receipt, desk: Desk, room: int) -> dict[str, Any]:
    """`receipt` as plain values, with at most `room` lines of what was turned away and whether there are more."""
    with desk.engine.connect() as connection:
        lines = views.rejects(connection, receipt.last_seq, batch=receipt.batch, limit=room + 1)
    return (summary(receipt) or {}) | {
        "columns_not_used": receipt.checks.get("columns_not_used", []),
        "rejects": [{name: getattr(line, name) for name in _OF_A_REJECT} for line in lines[:room]],
        "more_rejects": len(lines) > room,
    }
