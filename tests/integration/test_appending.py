"""Batches by the column: numbers, leaves, roots and receipts, on a real PostgreSQL and checked by plain Python."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Connection, Engine, select, text

from roadmap.domain.refusals import refuse
from roadmap.errors import ConflictError, StoreError
from roadmap.services.desk import Desk
from roadmap.store import log, verifying, views
from roadmap.store.codec import TYPES
from roadmap.store.frames import EVENTS, no_events
from roadmap.store.hashing import GENESIS
from roadmap.store.receipts import sealed
from roadmap.store.tables import batch as batch_table
from roadmap.store.tables import event as event_table
from roadmap.store.tables import reject as reject_table
from tests.factories import report
from tests.histories import projections, rebuilt

FIRST_DAY = date(2026, 1, 1)


def delivery(digest: str = "d1") -> log.Delivery:
    return log.Delivery(channel="file", source="reports.csv", digest=digest, actor="test", commission="quays")


def frame(writer: log.Writer, code: str, versions: range, **changes: object) -> pl.DataFrame:
    """Reports of `code` for the country, one a day, that get `versions` in their stream."""
    subject, unit = ("milestone", code), ("unit", "national")
    numbers = writer.subjects([subject, unit])
    values: dict[str, Any] = {
        "type": TYPES["progress_reported"],
        "subject": numbers[subject],
        "unit": numbers[unit],
        "subject_code": code,
        "unit_code": "national",
        "version": list(versions),
        "effective": [FIRST_DAY + timedelta(days=version % 300) for version in versions],
        "state": 1,
        "percent": [version / 1000 for version in versions],
        "forecast_finish": None,
        "confidence": 0,
        "spent": 1e15,
        "sheet": "گزارش",
        "row": list(versions),
        "payload": '{"narrative":"«روایت»\\n"}',
    }
    columns = {name: (values | changes)[name] for name in EVENTS}
    return pl.DataFrame(columns).cast(dict(EVENTS)).sort("effective", "version")


def append(engine: Engine, digest: str, streams: dict[str, range]) -> log.Receipt:
    """Reports of milestones, which get these versions of their streams, by the column and at once."""
    with log.writing(engine) as writer:
        appending = writer.begin(delivery(digest))
        appending.add(pl.concat([frame(writer, code, versions) for code, versions in streams.items()]))
        return appending.close()


def rejected(*values: str, row: int | None = 3) -> log.Rejected:
    return log.Rejected("Q-2", tuple(refuse("not_a_number", "percent", value) for value in values), row=row)


def root(leaves: list[bytes]) -> bytes:
    """Word by word what RFC 6962 says."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def canonical(values: object) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str).encode()


def leaf(values: list[Any]) -> bytes:
    return hashlib.sha256(b"\x00" + canonical(values)).digest()


def chains_by_hand(connection: Connection) -> list[bytes]:
    """The chain after each batch, from the stored rows, as the first version made it: row by row."""
    codes = {row.id: row.code for row in connection.execute(text("select id, code from subject"))}
    chain, chains = GENESIS, []
    for row in connection.execute(select(batch_table).order_by(batch_table.c.id)).all():
        events = connection.execute(select(event_table).where(event_table.c.batch == row.id).order_by("seq")).all()
        rejects = connection.execute(select(reject_table).where(reject_table.c.batch == row.id).order_by("id")).all()
        leaves = [leaf([*e[:3], codes[e.subject], codes[e.unit], *e[5:-1]]) for e in events]
        assert [e.hash for e in events] == leaves
        roots = root(leaves) + root([leaf(list(each[1:])) for each in rejects])
        values = {name: value for name, value in vars(log.receipt_of(row)).items() if name != "repeated"}
        values |= {"recorded": row.recorded.astimezone(UTC).isoformat()}
        assert values == sealed(log.receipt_of(row))
        chain = hashlib.sha256(chain + roots + canonical(values)).digest()
        chains.append(chain)
    return chains


def test_what_is_added_in_parts_is_one_batch(desk: Desk) -> None:
    with log.writing(desk.engine) as writer:
        before = writer.receipt("", "none")
        appending = writer.begin(delivery())
        appending.add(frame(writer, "Q-1", range(1, 4)), [rejected("half", "many")], duplicates=2)
        appending.add(no_events(), [rejected("none", row=4), rejected("all of it", row=None)])
        appending.add(frame(writer, "Q-2", range(1, 3)), duplicates=1)
        receipt = appending.close({"success": True})
    assert before is None
    told = (receipt.accepted, receipt.duplicates, receipt.rejected, receipt.rows_read, receipt.checks)
    assert told == (5, 3, 2, 10, {"success": True})
    with desk.engine.connect() as connection:
        numbers = connection.execute(text("select seq, row from event where batch = 2 order by seq")).all()
        refused = connection.execute(text("select row, value from reject order by id")).all()
        assert views.head(connection).seq == receipt.last_seq
    assert [row.row for row in numbers] == [1, 2, 3, 1, 2]
    assert [row.seq for row in numbers] == list(range(receipt.first_seq, receipt.last_seq + 1))
    assert refused == [(3, "half"), (3, "many"), (4, "none"), (None, "all of it")]
    assert verifying.verify(desk.engine).batches == 2


def test_parts_are_prepared_before_those_in_front_are_written_and_by_another_connection(desk: Desk) -> None:
    append(desk.engine, "d0", {"Q-1": range(1, 4)})
    with log.writing(desk.engine) as writer:
        frames = [frame(writer, "Q-1", range(4, 7)), frame(writer, "Q-2", range(1, 3))]
    with desk.engine.connect() as reader, log.writing(desk.engine) as writer:
        appending = writer.begin(delivery())
        for part in [appending.prepared(events, reader) for events in frames]:
            appending.write(part)
        receipt = appending.close()
    assert receipt.accepted == 5
    verifying.verify(desk.engine)
    live = projections(desk.engine)
    assert rebuilt(desk.engine) == live


def test_every_leaf_root_and_link_is_what_plain_python_makes(desk: Desk) -> None:
    """More than a block of events, more than one part, all ways of writing a number and a text."""
    with log.writing(desk.engine) as writer:
        appending = writer.begin(delivery("many"))
        appending.add(frame(writer, "Q-1", range(1, 30_000)), [rejected('"', "a\nb", "\\"), rejected("")])
        odd = [1e-5, 0.1, 100.0, 0.0, 1e-300]
        appending.add(frame(writer, "Q-2", range(1, 6), percent=odd, sheet=['"', "", "\t", None, "🚢"]))
        appending.close()
    with log.writing(desk.engine) as writer:
        few = [log.NewEvent(each) for each in (report("Q-3", narrative='گفت: "نه"\n'), report("Q-3", percent=0.0001))]
        writer.append(delivery("few"), log.Outcome(events=few, rejected=[rejected("x", row=None)], refused=True))
    with desk.engine.connect() as connection:
        chains = chains_by_hand(connection)
        stored = connection.execute(select(batch_table.c.chain).order_by(batch_table.c.id)).scalars().all()
    assert stored == chains
    assert verifying.verify(desk.engine).chain == chains[-1]


def test_a_log_of_the_version_before_is_sound(engine: Engine) -> None:
    """Its rows and hashes written out: made by plain `json` and `hashlib`, row by row."""
    values = [
        1,
        1,
        5,
        "Q-1",
        "national",
        1,
        "2026-10-31",
        1,
        40.0,
        None,
        None,
        2500000.0,
        "گزارش",
        7,
        '{"narrative":"روایت"}',
    ]
    event = leaf(values)
    reject = leaf([1, "quays", None, 8, "Q-2", "percent", "", "missing", "خالی است", "is empty"])
    receipt = {
        "batch": 1, "commission": "quays", "channel": "file", "source": "a.csv", "digest": "d", "actor": "inbox",
        "run": None, "recorded": "2026-11-01T12:00:00+00:00", "first_seq": 1, "last_seq": 1, "rows_read": 2,
        "accepted": 1, "duplicates": 0, "rejected": 1, "refused": False, "checks": {},
    }  # fmt: skip
    chain = hashlib.sha256(hashlib.sha256(b"roadmap log").digest() + event + reject + canonical(receipt)).digest()
    with engine.begin() as connection:
        connection.execute(text("insert into subject (kind, code) values ('unit', 'national'), ('milestone', 'Q-1')"))
        connection.execute(
            text(
                """insert into event values (1, 1, 5, 2, 1, 1, '2026-10-31', 1, 40, null, null, 2500000, 'گزارش', 7,
                '{"narrative":"روایت"}', :hash)"""
            ),
            {"hash": event},
        )
        connection.execute(
            text(
                """insert into reject (batch, commission, row, key, field, value, code, fa, en)
                values (1, 'quays', 8, 'Q-2', 'percent', '', 'missing', 'خالی است', 'is empty')"""
            )
        )
        connection.execute(
            text(
                """insert into batch values (1, 'quays', 'file', 'a.csv', 'd', 'inbox', null, '2026-11-01T12:00:00Z',
                1, 1, 2, 1, 0, 1, false, '{}', :event, :reject, :chain)"""
            ),
            {"event": event, "reject": reject, "chain": chain},
        )
        connection.execute(
            text("update head set seq = 1, batch = 1, chain = :chain, recorded = '2026-11-01T12:00:00Z'"),
            {"chain": chain},
        )
    assert verifying.verify(engine) == verifying.Verified(events=1, batches=1, chain=chain)


def test_a_version_that_is_taken_is_a_conflict_that_names_the_milestone(desk: Desk) -> None:
    append(desk.engine, "first", {"Q-1": range(1, 3)})
    append(desk.engine, "second", {"Q-1": range(3, 5)})
    with desk.engine.connect() as connection:
        before = views.head(connection)
    with pytest.raises(ConflictError, match=r"^Q-1 was changed by somebody else"):
        append(desk.engine, "third", {"Q-2": range(1, 3), "Q-1": range(4, 6)})
    with desk.engine.connect() as connection:
        assert views.head(connection) == before
    assert verifying.verify(desk.engine).batches == 3


def test_a_batch_without_its_receipt_is_not_kept(desk: Desk) -> None:
    with desk.engine.connect() as connection:
        before = views.head(connection).seq
    with pytest.raises(StoreError, match="not closed"), log.writing(desk.engine) as writer:
        writer.begin(delivery()).add(frame(writer, "Q-1", range(1, 4)))
    with desk.engine.connect() as connection:
        assert connection.execute(text("select max(seq) from event")).scalar_one() == before


def test_a_column_of_another_type_is_not_hashed_as_another_text(desk: Desk) -> None:
    """40 and 40.0 are the same number in the database and not the same bytes under the hash."""
    with log.writing(desk.engine) as writer:
        whole = frame(writer, "Q-1", range(1, 2)).with_columns(pl.col("percent").cast(pl.Int64))
        appending = writer.begin(delivery())
        with pytest.raises(TypeError, match="EVENTS"):
            appending.add(whole)
        appending.close()


def test_reports_that_are_objects_are_numbered_by_milestone_unit_and_day(desk: Desk) -> None:
    told = [report("Q-2"), report("Q-1", effective=date(2026, 10, 2)), report("Q-2", unit="P-1"), report("Q-1")]
    late = report("Q-1", effective=date(2026, 10, 1))
    with log.writing(desk.engine) as writer:
        receipt = writer.append(delivery(), log.Outcome(events=[log.NewEvent(each) for each in (*told, late)]))
    with desk.engine.connect() as connection:
        found = log.events(connection, receipt.first_seq - 1)
    assert [each.milestone for each in found] == sorted(each.milestone for each in (*told, late))
    assert [each.effective.day for each in found if each.milestone == "Q-1"] == [1, 2, 31]


def test_short_numbers_are_given_out_once_and_without_a_gap(desk: Desk) -> None:
    with log.writing(desk.engine) as writer:
        first = writer.subjects([("milestone", "Z-2"), ("milestone", "Z-1"), ("unit", "Z-1"), ("unit", "Z-1")])
    with log.writing(desk.engine) as writer:
        again = writer.subjects([*first, ("unit", "Z-3")])
    assert first.items() <= again.items()
    last = max(first.values())
    assert sorted(first.values()) == [last - 2, last - 1, last]
    assert again["unit", "Z-3"] == last + 1
