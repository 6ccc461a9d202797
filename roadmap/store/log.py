"""The event log: the only writer of events.

A writer first locks the head row. Sequence numbers come from that row and the lock lasts to the commit, so commit
order is number order and there is no gap: a reader that asks for what came after `seq` never misses anything.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER, TEXT
from sqlalchemy.dialects.postgresql import insert as upsert

from roadmap.domain.changes import Recorded, Stream
from roadmap.domain.events import Event, ProgressReported, place
from roadmap.domain.events import subject as subject_of
from roadmap.domain.refusals import Refusal
from roadmap.errors import ConflictError, StoreError
from roadmap.store import projecting
from roadmap.store.codec import COLUMNS, REJECT_COLUMNS, SUBJECT_KINDS, TYPES, Origin, decode, encode
from roadmap.store.hashing import leaf, link, merkle_root
from roadmap.store.tables import batch as batch_table
from roadmap.store.tables import head as head_table
from roadmap.store.tables import reject as reject_table
from roadmap.store.tables import subject as subject_table

#: Where listeners hear of new events; a hint only, the head's `seq` is the truth.
CHANNEL = "roadmap"

_BATCH_COLUMNS = tuple(column.name for column in batch_table.columns)
#: Columns of `batch` that a receipt does not have, or has in another form.
_UNTOLD = {"id", "checks", "root", "reject_root", "chain"}
_NOWHERE = Origin()

Clock = Callable[[], datetime]


def now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class NewEvent:
    """An event to be appended. `version` is the one it must get in its stream; None: whatever is next."""

    event: Event
    version: int | None = None
    origin: Origin = _NOWHERE


@dataclass(frozen=True)
class Rejected:
    """A row, or with `row` None a whole file, that was not taken, and all that is wrong with it."""

    key: str
    refusals: tuple[Refusal, ...]
    sheet: str | None = None
    row: int | None = None


@dataclass(frozen=True)
class Delivery:
    """What came in: one file or one form, from whom, by which way."""

    channel: str
    source: str
    digest: str
    actor: str
    commission: str = ""
    run: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What is to be written of a delivery, decided beforehand; goes in whole or not at all."""

    events: Sequence[NewEvent] = ()
    rejected: Sequence[Rejected] = ()
    duplicates: int = 0
    refused: bool = False
    checks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """What became of a delivery. rows_read = accepted + duplicates + rejected."""

    batch: int
    commission: str
    channel: str
    source: str
    digest: str
    actor: str
    run: str | None
    recorded: datetime
    first_seq: int
    last_seq: int
    rows_read: int
    accepted: int
    duplicates: int
    rejected: int
    refused: bool
    checks: Mapping[str, Any]
    repeated: bool = False


@contextmanager
def writing(engine: Engine, clock: Clock = now) -> Iterator[Writer]:
    """A transaction that holds the log's head: what happens inside is decided on a state nobody else can change."""
    with engine.begin() as connection:
        row = connection.execute(select(head_table).with_for_update()).one_or_none()
        if row is None:
            message = "The log is empty of even its head; run `roadmap init` first."
            raise StoreError(message)
        yield Writer(connection, row, clock)


class Writer:
    """Appends to the log while holding its head; made by `writing`."""

    def __init__(self, connection: Connection, head: Row[Any], clock: Clock) -> None:
        """Takes the locked `head` row of `connection`'s transaction."""
        self.connection = connection
        self._seq: int = head.seq
        self._batch: int = head.batch
        self._chain: bytes = head.chain
        self._recorded = max(clock(), head.recorded)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever appended."""
        return self._batch == 0

    def receipt(self, commission: str, digest: str) -> Receipt | None:
        """The receipt of the same content, if it came before."""
        return find_receipt(self.connection, commission, digest)

    def append(self, delivery: Delivery, outcome: Outcome) -> Receipt:
        """Writes events, rejects, receipt, projections and the chain's next link.

        Raises:
            ConflictError: a stream has moved past the version an event was decided on.
        """
        first = self._seq + 1
        rows = self._rows(outcome.events)
        receipt = self._receipt(delivery, outcome, first)
        rejects = _reject_rows(receipt, outcome.rejected)
        roots = merkle_root([row[-1] for row in rows]), merkle_root([leaf(list(row.values())) for row in rejects])
        chain = link(self._chain, *roots, sealed(receipt))
        self._write_batch(receipt, roots, chain)
        self._write_events(rows)
        if rejects:
            self.connection.execute(insert(reject_table), rejects)
        self._move_head(receipt, chain)
        if rows:
            projecting.project(self.connection, first, receipt.last_seq, {row[2] for row in rows})
        self.connection.execute(select(func.pg_notify(CHANNEL, str(receipt.last_seq))))
        return receipt

    def _rows(self, events: Sequence[NewEvent]) -> list[tuple[Any, ...]]:
        subjects = self._subjects(events)
        streams = [self._stream(new.event, subjects) for new in events]
        versions = Counter(self._versions(streams))
        rows = []
        for number, (new, stream) in enumerate(zip(events, streams, strict=True), start=1):
            versions[stream] += 1
            if new.version not in {None, versions[stream]}:
                message = (
                    f"{subject_of(new.event)} was changed by somebody else meanwhile; look at it again and decide."
                )
                raise ConflictError(message)
            _, subject, unit = stream
            place = {"seq": self._seq + number, "batch": self._batch + 1, "subject": subject, "unit": unit}
            rows.append(encode(new.event, version=versions[stream], origin=new.origin, **place))
        return rows

    def _subjects(self, events: Sequence[NewEvent]) -> dict[tuple[str, str], int]:
        """Short numbers of all codes that `events` name, given out where they are new."""
        wanted = {(SUBJECT_KINDS[TYPES[new.event.type]], subject_of(new.event)) for new in events}
        wanted |= {("unit", place(new.event)) for new in events}
        if not wanted:
            return {}
        rows = [{"kind": kind, "code": code} for kind, code in sorted(wanted)]
        self.connection.execute(upsert(subject_table).on_conflict_do_nothing(), rows)
        return subject_numbers(self.connection, wanted)

    def _stream(self, event: Event, subjects: Mapping[tuple[str, str], int]) -> tuple[int, int, int]:
        number = TYPES[event.type]
        return number, subjects[SUBJECT_KINDS[number], subject_of(event)], subjects["unit", place(event)]

    def _versions(self, streams: Sequence[tuple[int, int, int]]) -> dict[tuple[int, int, int], int]:
        """The newest version of each stream that has any."""
        types, subjects, units = zip(*set(streams), strict=True) if streams else ((), (), ())
        found = self.connection.execute(
            _VERSIONS, {"types": list(types), "subjects": list(subjects), "units": list(units)}
        )
        return {(row.type, row.subject, row.unit): row.version for row in found}

    def _receipt(self, delivery: Delivery, outcome: Outcome, first: int) -> Receipt:
        accepted, rejected = len(outcome.events), sum(item.row is not None for item in outcome.rejected)
        return Receipt(
            batch=self._batch + 1,
            recorded=self._recorded,
            first_seq=first,
            last_seq=self._seq + accepted,
            rows_read=accepted + outcome.duplicates + rejected,
            accepted=accepted,
            duplicates=outcome.duplicates,
            rejected=rejected,
            refused=outcome.refused,
            checks=dict(outcome.checks),
            **vars(delivery),
        )

    def _write_batch(self, receipt: Receipt, roots: tuple[bytes, bytes], chain: bytes) -> None:
        values = vars(receipt) | {
            "id": receipt.batch,
            "checks": json.dumps(receipt.checks),
            "root": roots[0],
            "reject_root": roots[1],
            "chain": chain,
        }
        self.connection.execute(insert(batch_table).values({name: values[name] for name in _BATCH_COLUMNS}))

    def _write_events(self, rows: Sequence[tuple[Any, ...]]) -> None:
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        driver = self.connection.connection.driver_connection
        if driver is None or not rows:
            return
        with driver.cursor() as cursor, cursor.copy(f"copy event ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)

    def _move_head(self, receipt: Receipt, chain: bytes) -> None:
        self._seq, self._batch, self._chain = receipt.last_seq, receipt.batch, chain
        values = {"seq": self._seq, "batch": self._batch, "chain": chain, "recorded": receipt.recorded}
        self.connection.execute(update(head_table).values(values))


def _reject_rows(receipt: Receipt, rejected: Sequence[Rejected]) -> list[dict[str, Any]]:
    """A row of `reject` for each thing that is wrong, its values in the order of `REJECT_COLUMNS`."""
    values = (
        (
            *(receipt.batch, receipt.commission, item.sheet, item.row, item.key),
            *(refusal.field, refusal.value, refusal.code, refusal.text.fa, refusal.text.en),
        )
        for item in rejected
        for refusal in item.refusals
    )
    return [dict(zip(REJECT_COLUMNS, row, strict=True)) for row in values]


_VERSIONS = text(
    """
    select e.type, e.subject, e.unit, max(e.version) as version
    from unnest(:types, :subjects, :units) as k(type, subject, unit)
    join event e on (e.type, e.subject, e.unit) = (k.type, k.subject, k.unit)
    group by e.type, e.subject, e.unit
    """
).bindparams(
    bindparam("types", type_=ARRAY(INTEGER)),
    bindparam("subjects", type_=ARRAY(INTEGER)),
    bindparam("units", type_=ARRAY(INTEGER)),
)

_REPORTS = text(
    """
    select m.code as milestone, u.code as of_unit, e.*
    from unnest(:milestones, :units) as k(milestone, unit)
    join subject m on m.kind = 'milestone' and m.code = k.milestone
    join subject u on u.kind = 'unit' and u.code = k.unit
    join event e on e.type = :type and e.subject = m.id and e.unit = u.id
    order by e.subject, e.unit, e.version
    """
).bindparams(bindparam("milestones", type_=ARRAY(TEXT)), bindparam("units", type_=ARRAY(TEXT)))


def reports(connection: Connection, streams: Sequence[Stream]) -> dict[Stream, list[Recorded]]:
    """What the log holds of `streams`, oldest version first; a stream without reports is left out."""
    milestones, units = zip(*set(streams), strict=True) if streams else ((), ())
    wanted = {"milestones": list(milestones), "units": list(units), "type": TYPES["progress_reported"]}
    found: dict[Stream, list[Recorded]] = {}
    for row in connection.execute(_REPORTS, wanted):
        report = decode(row, row.milestone, row.of_unit)
        if isinstance(report, ProgressReported):
            found.setdefault((row.milestone, row.of_unit), []).append(Recorded(row.version, report))
    return found


def events(connection: Connection, after: int = 0) -> list[Event]:
    """Every event after `after`, in order: what a replay folds."""
    query = text(
        """
        select s.code as of_subject, u.code as of_unit, e.*
        from event e join subject s on s.id = e.subject join subject u on u.id = e.unit
        where e.seq > :after order by e.seq
        """
    )
    return [decode(row, row.of_subject, row.of_unit) for row in connection.execute(query, {"after": after})]


def subject_numbers(connection: Connection, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Short numbers of those of the (kind, code) pairs that the log knows."""
    codes = {code for _, code in wanted}
    found = connection.execute(
        select(subject_table).where(
            subject_table.c.code == func.any(bindparam("codes", list(codes), type_=ARRAY(TEXT)))
        )
    )
    return {(row.kind, row.code): row.id for row in found}


def find_receipt(connection: Connection, commission: str, digest: str) -> Receipt | None:
    """The receipt of a delivery by its content, marked as repeated; None where it never came."""
    same = (batch_table.c.commission == commission) & (batch_table.c.digest == digest)
    row = connection.execute(select(batch_table).where(same)).one_or_none()
    return None if row is None else receipt_of(row, repeated=True)


def receipt_of(row: Row[Any], *, repeated: bool = False) -> Receipt:
    """The receipt that a row of `batch` is."""
    values = {name: getattr(row, name) for name in _BATCH_COLUMNS if name not in _UNTOLD}
    return Receipt(batch=row.id, checks=json.loads(row.checks), repeated=repeated, **values)


def sealed(receipt: Receipt) -> dict[str, Any]:
    """What of a receipt the chain covers, in a form that does not depend on the database's time zone."""
    values = {name: value for name, value in vars(receipt).items() if name != "repeated"}
    return values | {"recorded": receipt.recorded.astimezone(UTC).isoformat()}
