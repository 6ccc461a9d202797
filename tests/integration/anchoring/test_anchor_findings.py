"""What the chain alone cannot see, and an anchor does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, select

from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.store.tables import batch
from tests.integration.anchoring.writing import append, cut_tail, findings, set_to, write


def test_a_tail_that_was_cut_off_is_seen_by_an_anchor_only(
    desk: Desk, settings: Settings, tmp_path: Path, owner: Callable[[Callable[[Connection], None]], None]
) -> None:
    place = tmp_path / "anchors.jsonl"
    write(set_to(settings, place))
    append(desk, 1)
    write(set_to(settings, place), hours=1)
    owner(cut_tail)
    assert findings(desk, set_to(settings)) == []
    [told] = findings(desk, set_to(settings, place))
    assert told == (
        "1 of 2 anchors disagree, the first of 2026-11-21 13:00:00+00:00: the log ends at event 14 in batch 1, "
        "but it had 15 events in 2 batches: its tail was lost"
    )


def test_a_tail_that_was_cut_off_and_grew_again_is_seen_by_an_anchor_only(
    desk: Desk, settings: Settings, tmp_path: Path, owner: Callable[[Callable[[Connection], None]], None]
) -> None:
    place = tmp_path / "anchors.jsonl"
    append(desk, 1)
    write(set_to(settings, place))
    owner(cut_tail)
    append(desk, 1, percent=41)
    append(desk, 2, percent=42)
    assert findings(desk, set_to(settings)) == []
    assert (
        "batch 2 is not the one that stood there with its last event 15" in findings(desk, set_to(settings, place))[0]
    )


def test_a_log_written_anew_with_all_its_hashes_is_seen_by_an_anchor_only(
    desk: Desk, settings: Settings, tmp_path: Path, owner: Callable[[Callable[[Connection], None]], None]
) -> None:
    """One event says something else, and every hash from there to the head is recomputed by the log's own code."""
    place = tmp_path / "anchors.jsonl"
    write(set_to(settings, place))
    append(desk, 1)
    append(desk, 2)
    write(set_to(settings, place), hours=1)
    write(set_to(settings, place), hours=2)
    before = receipts(desk)
    owner(cut_tail)
    owner(cut_tail)
    append(desk, 1, percent=99)
    append(desk, 2)
    assert receipts(desk) == before
    assert findings(desk, set_to(settings)) == []
    [told] = findings(desk, set_to(settings, place))
    assert told.startswith("2 of 3 anchors disagree, the first of 2026-11-21 13:00:00+00:00: batch 3 is not the one")


def receipts(desk: Desk) -> list[tuple[object, ...]]:
    """What is told of every batch but hashes."""
    columns = batch.c.id, batch.c.source, batch.c.recorded, batch.c.first_seq, batch.c.last_seq, batch.c.accepted
    with desk.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(batch.c.id))]


def test_a_log_that_only_grew_agrees_with_all_its_anchors(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    config = set_to(settings, tmp_path / "anchors.jsonl")
    for day in range(1, 8):
        append(desk, day)
        write(config, hours=day)
    append(desk, 9)
    assert findings(desk, config) == []
