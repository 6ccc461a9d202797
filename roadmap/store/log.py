"""The event log: the only writer of events.

A writer first locks the head row. Sequence numbers come from that row and the lock lasts to the commit, so commit
order is number order and there is no gap: a reader that asks for what came after `seq` never misses anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER, TEXT

from roadmap.domain.changes import Recorded, Stream
from roadmap.domain.events import Event, ProgressReported, place
from roadmap.domain.events import subject as subject_of
from roadmap.errors import StoreError
from roadmap.store.appending import CHANNEL, Appending, Head, overtaken
from roadmap.store.codec import SUBJECT_KINDS, TYPES, Origin, decode, encode
from roadmap.store.frames import EVENTS
from roadmap.store.receipts import Delivery, Receipt, Rejected, find_receipt, receipt_of
from roadmap.store.tables import head as head_table
from roadmap.store.tables import subject as subject_table

__all__ = [
    "CHANNEL",
    "Appending",
    "Clock",
    "Delivery",
    "NewEvent",
    "Outcome",
    "Receipt",
    "Rejected",
    "Writer",
    "events",
    "find_receipt",
    "now",
    "receipt_of",
    "reports",
    "subject_numbers",
    "writing",
]

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
class Outcome:
    """What is to be written of a delivery, decided beforehand; goes in whole or not at all."""

    events: Sequence[NewEvent] = ()
    rejected: Sequence[Rejected] = ()
    duplicates: int = 0
    refused: bool = False
    checks: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def writing(engine: Engine, clock: Clock = now) -> Iterator[Writer]:
    """A transaction that holds the log's head: what happens inside is decided on a state nobody else can change.

    Raises:
        StoreError: there is no log yet; or a batch was begun and not closed, and nothing of it is kept.
    """
    with engine.begin() as connection:
        row = connection.execute(select(head_table).with_for_update()).one_or_none()
        if row is None:
            message = "The log is empty of even its head; run `roadmap init` first."
            raise StoreError(message)
        writer = Writer(connection, Head(row.seq, row.batch, row.chain, max(clock(), row.recorded)))
        yield writer
        if writer.is_amid_batch:
            message = "A batch was begun and not closed, so nothing of it is kept; close it with its receipt."
            raise StoreError(message)


class Writer:
    """Appends to the log while holding its head; made by `writing`."""

    def __init__(self, connection: Connection, head: Head) -> None:
        """Takes the locked `head` of `connection`'s transaction."""
        self.connection = connection
        self._head = head
        self._appending: Appending | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever appended."""
        return self._head.batch == 0

    @property
    def is_amid_batch(self) -> bool:
        """Whether a batch was begun that is not closed."""
        return self._appending is not None and not self._appending.closed

    def receipt(self, commission: str, digest: str) -> Receipt | None:
        """The receipt of the same content, if it came before."""
        return find_receipt(self.connection, commission, digest)

    def begin(self, delivery: Delivery) -> Appending:
        """A batch to which events can be added by the column; one at a time, each closed with its receipt."""
        self._appending = Appending(self.connection, self._head, delivery)
        return self._appending

    def append(self, delivery: Delivery, outcome: Outcome) -> Receipt:
        """Writes events that are objects, a few of them: the whole of a batch at once.

        Reports get their numbers after all other events, sorted by milestone, unit, day and version.

        Raises:
            ConflictError: a stream has moved past the version an event was decided on.
        """
        appending = self.begin(delivery)
        appending.add(self._frame(outcome.events), outcome.rejected, outcome.duplicates)
        return appending.close(outcome.checks, refused=outcome.refused)

    def subjects(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Short numbers of (kind, code) pairs, given out where they are new."""
        pairs = sorted(set(wanted))
        kinds, codes = [kind for kind, _ in pairs], [code for _, code in pairs]
        self.connection.execute(_NEW_SUBJECTS, {"kinds": kinds, "codes": codes})
        return subject_numbers(self.connection, set(pairs))

    def _frame(self, events: Sequence[NewEvent]) -> pl.DataFrame:
        streams = self._streams([new.event for new in events])
        versions = Counter(self._versions(streams))
        rows = []
        for new, stream in zip(events, streams, strict=True):
            versions[stream] += 1
            if new.version not in {None, versions[stream]}:
                raise overtaken(subject_of(new.event))
            _, subject, unit = stream
            rows.append(encode(new.event, subject=subject, unit=unit, version=versions[stream], origin=new.origin))
        return _in_order(pl.DataFrame(rows, schema=EVENTS, orient="row"))

    def _streams(self, events: Sequence[Event]) -> list[tuple[int, int, int]]:
        """Type, subject and unit of each event by their numbers."""
        subjects = [(SUBJECT_KINDS[TYPES[event.type]], subject_of(event)) for event in events]
        units = [("unit", place(event)) for event in events]
        numbers = self.subjects([*subjects, *units])
        of_events = zip(events, subjects, units, strict=True)
        return [(TYPES[event.type], numbers[subject], numbers[unit]) for event, subject, unit in of_events]

    def _versions(self, streams: Sequence[tuple[int, int, int]]) -> dict[tuple[int, int, int], int]:
        """The newest version of each stream that has any."""
        types, subjects, units = zip(*set(streams), strict=True) if streams else ((), (), ())
        found = self.connection.execute(
            _VERSIONS, {"types": list(types), "subjects": list(subjects), "units": list(units)}
        )
        return {(row.type, row.subject, row.unit): row.version for row in found}


def _in_order(events: pl.DataFrame) -> pl.DataFrame:
    """Reports behind all other events, which stay as they are, and sorted as `Appending.add` wants them."""
    is_report = pl.col("type") == TYPES["progress_reported"]
    place_of_report = [pl.when(is_report).then(name) for name in ("subject", "unit", "effective", "version")]
    return events.sort(is_report, *place_of_report, maintain_order=True)


_NEW_SUBJECTS = text(
    """
    insert into subject (kind, code)
    select k.kind, k.code
    from unnest(:kinds, :codes) with ordinality as k(kind, code, place)
    where not exists (select 1 from subject s where (s.kind, s.code) = (k.kind, k.code))
    order by k.place
    """
).bindparams(bindparam("kinds", type_=ARRAY(TEXT)), bindparam("codes", type_=ARRAY(TEXT)))

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
