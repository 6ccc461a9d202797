"""Who did what, for those who watch over the record: narrowed, a page at a time; and how the chain stands.

Recomputing everything is `roadmap verify`'s work; a page looks at the newest batches only, when it is asked to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ValidationError

from roadmap.services import anchors
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.settings import Settings
from roadmap.store import auditing, views
from roadmap.store.anchoring import Anchor
from roadmap.store.auditing import DECIDED, Entry, Filter, Looked, SignIn
from roadmap.store.durable import whole
from roadmap.store.verifying import Verified
from roadmap.store.views import Head

__all__ = [
    "DECIDED",
    "Anchor",
    "Chain",
    "Entry",
    "Looked",
    "Page",
    "SignIn",
    "Wanted",
    "actors",
    "chain",
    "entries",
    "look",
    "note",
    "sign_ins",
]

#: So many entries are on a page, and so many at most go into a file.
SHOWN: Final = 50
MOST: Final = 10_000
#: So much of the newest is recomputed for a page.
_BATCHES, _EVENTS = 200, 20_000


@dataclass(frozen=True)
class Wanted:
    """What is asked for; empty, or None, stands for everything. `first` and `last` are days, both included."""

    actor: str = ""
    kind: str = ""
    commission: str = ""
    find: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Page:
    """Entries, newest first; `older` is what to ask the next page with, None where there is none."""

    entries: list[Entry]
    older: int | None


class Whole(BaseModel):
    """When the whole log was verified last, as `roadmap verify` noted it, and up to where."""

    at: AwareDatetime
    events: int
    batches: int
    chain: str


@dataclass(frozen=True)
class Chain:
    """How the chain stands: its head, the newest anchor at each place, and when all of it was verified last."""

    head: Head
    anchors: dict[str, Anchor]
    verified: Whole | None

    @property
    def newest(self) -> Anchor | None:
        """The newest anchor, wherever it is."""
        return max(self.anchors.values(), key=lambda each: each.anchored, default=None)


@allowed(Action.READ_AUDIT)
def entries(desk: Desk, wanted: Wanted, *, before: int | None = None, most: int = SHOWN) -> Page:
    """What `wanted` asks for, newest first: of the batches before the batch `before`, at most `most`."""
    asked = Filter(
        actor=wanted.actor,
        kind=wanted.kind,
        commission=wanted.commission,
        find=wanted.find,
        first=_begins(desk, wanted.first) if wanted.first else None,
        last=_begins(desk, wanted.last + timedelta(days=1)) if wanted.last else None,
    )
    with desk.engine.connect() as connection:
        found = auditing.entries(connection, asked, before=before, most=most + 1)
    shown = found[:most]
    return Page(shown, shown[-1].receipt.batch if len(found) > most else None)


def _begins(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, time(), desk.zone)


@allowed(Action.READ_AUDIT)
def actors(desk: Desk) -> list[str]:
    """Everybody who ever did something, as the log calls them."""
    with desk.engine.connect() as connection:
        return auditing.actors(connection)


@allowed(Action.READ_AUDIT)
def sign_ins(desk: Desk) -> list[SignIn]:
    """The newest sign-ins, with what became of each session."""
    with desk.engine.connect() as connection:
        return auditing.sign_ins(connection, SHOWN)


@allowed(Action.READ_AUDIT)
def chain(desk: Desk, settings: Settings) -> Chain:
    """How the chain stands, without recomputing anything."""
    with desk.engine.connect() as connection:
        head = views.head(connection)
    return Chain(head, anchors.newest(settings), _noted(settings))


@allowed(Action.READ_AUDIT)
def look(desk: Desk) -> Looked | None:
    """Recomputes the newest batches; None for an empty log.

    Raises:
        LogBrokenError: naming the first of them that does not agree.
    """
    with desk.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return auditing.look(connection, batches=_BATCHES, most=_EVENTS)


def note(settings: Settings, found: Verified) -> None:
    """Notes in the state folder that the whole log was verified just now."""
    noted = Whole(at=datetime.now(UTC), events=found.events, batches=found.batches, chain=found.chain.hex())
    settings.verified_memory.parent.mkdir(parents=True, exist_ok=True)
    with whole(settings.verified_memory) as fresh:
        fresh.write_text(noted.model_dump_json(), "utf-8")


def _noted(settings: Settings) -> Whole | None:
    """What was noted; a note that cannot be read says as little as none."""
    try:
        return Whole.model_validate_json(settings.verified_memory.read_bytes())
    except (OSError, ValidationError):
        return None
