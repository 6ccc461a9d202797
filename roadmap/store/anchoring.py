"""Anchors: where the log's head stood at a moment, in one line that is kept where the log's owner cannot write.

The chain alone shows a change only to somebody who knows an earlier head. A log that was cut at its end, or written
anew as a whole, is sound in itself; only an anchor from before disagrees with it.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.sql import bindparam, func

from roadmap.store.hashing import GENESIS, canonical
from roadmap.store.tables import batch as batch_table
from roadmap.store.tables import head as head_table

FORMAT: Final = 1
_NO_BATCH: Final = (0, GENESIS.hex())


class Anchor(BaseModel):
    """The head of a programme's log (`seq`, `batch`, `chain` in hex, `recorded`) as it was at `anchored`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1] = FORMAT
    programme: Annotated[str, Field(min_length=1)]
    seq: Annotated[int, Field(ge=0)]
    batch: Annotated[int, Field(ge=0)]
    chain: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    recorded: AwareDatetime
    anchored: AwareDatetime

    def line(self) -> str:
        """The anchor as one line of canonical JSON, without the line's end."""
        return canonical(self.model_dump(mode="json")).decode()

    def same_head(self, other: Anchor) -> bool:
        """Whether both stand at the same place of the same log, whenever they were made."""
        return (self.seq, self.batch, self.chain) == (other.seq, other.batch, other.chain)


class UnreadableError(ValueError):
    """A line that is no anchor of this version's format."""


def take(connection: Connection, programme: str, now: datetime) -> Anchor:
    """The anchor of the log's head as the transaction of `connection` sees it."""
    row = connection.execute(select(head_table)).one()
    return Anchor(
        programme=programme, seq=row.seq, batch=row.batch, chain=row.chain.hex(), recorded=row.recorded, anchored=now
    )


def read(line: str) -> Anchor:
    """The anchor that `line` is.

    Raises:
        UnreadableError: it is none, or of a later version's format.
    """
    try:
        return Anchor.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnreadableError(f"{where}: {first['msg']}" if where else first["msg"]) from None


def found_in(content: bytes) -> list[Anchor]:
    """The anchors of a saved file: lines that begin as JSON objects do, or the same in the parts of a saved mail.

    Raises:
        UnreadableError: such a line is no anchor.
    """
    lines = list(_lines(content.decode("utf-8", "replace")))
    return [read(line) for line in lines or _mailed(content)]


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.lstrip().startswith("{"))


def _mailed(content: bytes) -> Iterator[str]:
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.walk():
        if not part.is_multipart():
            payload: Any = part.get_payload(decode=True)
            yield from _lines(payload.decode("utf-8", "replace"))


def disagreements(connection: Connection, anchors: Iterable[Anchor]) -> Iterator[tuple[Anchor, str]]:
    """Those of `anchors` with which the log does not agree, each with what is wrong, in their order."""
    asked = list(anchors)
    here = connection.execute(select(head_table)).one()
    stored = {0: _NO_BATCH} | _batches(connection, {anchor.batch for anchor in asked})
    for anchor in asked:
        if anchor.batch > here.batch or anchor.seq > here.seq:
            yield (
                anchor,
                (
                    f"the log ends at event {here.seq} in batch {here.batch}, but it had {anchor.seq} events "
                    f"in {anchor.batch} batches: its tail was lost"
                ),
            )
        elif stored.get(anchor.batch) != (anchor.seq, anchor.chain):
            yield anchor, f"batch {anchor.batch} is not the one that stood there with its last event {anchor.seq}"


def _batches(connection: Connection, numbers: set[int]) -> dict[int, tuple[int, str]]:
    """(last event, chain) of the batches that are there."""
    columns = batch_table.c.id, batch_table.c.last_seq, batch_table.c.chain
    wanted = bindparam("numbers", sorted(numbers), type_=ARRAY(INTEGER))
    found = connection.execute(select(*columns).where(batch_table.c.id == func.any(wanted)))
    return {row.id: (row.last_seq, row.chain.hex()) for row in found}
