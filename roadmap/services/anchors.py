"""Writing anchors to every place that is set, and holding the log against all that can be read back.

What was written where is remembered in the state folder too: a place that lost some of its anchors is told.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import Engine

from roadmap.errors import RoadmapError, StoreError
from roadmap.services import desk as desks
from roadmap.services.anchor_places import place
from roadmap.settings import Settings
from roadmap.store import anchoring
from roadmap.store.anchoring import Anchor, UnreadableError
from roadmap.store.durable import whole


class Remembered(BaseModel):
    """How many anchors this machine wrote to a place, and the last of them."""

    count: int
    last: Anchor


_MEMORY: TypeAdapter[dict[str, Remembered]] = TypeAdapter(dict[str, Remembered])


@dataclass(frozen=True)
class Written:
    """What became of an anchor at one place: `error` says why it is not there, `before` is the last one there."""

    place: str
    anchor: Anchor
    before: Anchor | None = None
    error: str | None = None

    @property
    def moved(self) -> bool:
        """Whether the head is another one than at the last anchor here; one that is not is a sign of life only."""
        return self.before is None or not self.before.same_head(self.anchor)


@dataclass(frozen=True)
class Held:
    """The log held against one place or file: its `anchors` of this programme, and all that is wrong, as sentences."""

    place: str
    anchors: tuple[Anchor, ...] = ()
    others: int = 0
    readable: bool = True
    findings: tuple[str, ...] = ()


def write(settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[Written]:
    """Writes the log's head to every place of the settings; one that fails does not keep the others from it."""
    with desks.desk(settings) as desk, desk.engine.connect() as connection:
        anchor = anchoring.take(connection, desk.programme.programme.code, clock())
    with _remembering(settings.anchor_memory) as memory:
        return [_write_one(url, anchor, memory, settings) for url in settings.anchor_places]


def _write_one(url: str, anchor: Anchor, memory: dict[str, Remembered], settings: Settings) -> Written:
    known = memory.get(url)
    before, count = (known.last, known.count) if known else (None, 0)
    try:
        place(url, settings).write(anchor, before=count)
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, the other places get their anchor
        return Written(url, anchor, before, error=_reason(error))
    memory[url] = Remembered(count=count + 1, last=anchor)
    return Written(url, anchor, before)


def newest(settings: Settings) -> dict[str, Anchor]:
    """The last anchor that this machine wrote to each place, by the place's address."""
    return {url: known.last for url, known in _remembered(settings.anchor_memory).items()}


def insist(written: Sequence[Written]) -> None:
    """Fails if a place did not get its anchor.

    Raises:
        RoadmapError: naming each such place and why; the next run tries again.
    """
    failed = [f"{each.place} ({each.error})" for each in written if each.error]
    if failed:
        message = f"No anchor could be written to {', '.join(failed)}; see to it before the next hour."
        raise RoadmapError(message)


def check(engine: Engine, programme: str, settings: Settings, files: Sequence[Path] = ()) -> list[Held]:
    """Holds the log of `engine` against the anchors at every place of the settings, and those of `files`."""
    memory = _remembered(settings.anchor_memory)
    held = [_read_place(url, programme, memory.get(url), settings) for url in settings.anchor_places]
    held += [_read_file(path, programme) for path in files]
    return [_against_log(engine, each) for each in held]


def _read_place(url: str, programme: str, known: Remembered | None, settings: Settings) -> Held:
    try:
        lines = place(url, settings).lines()
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, the other places are looked at
        return Held(url, readable=False, findings=(f"it cannot be read ({_reason(error)})",))
    if lines is None:
        return Held(url, readable=False)
    found, findings = _parsed(lines)
    own = tuple(anchor for anchor in found if anchor.programme == programme)
    return Held(url, own, others=len(found) - len(own), findings=(*findings, *_missing(own, known)))


def _parsed(lines: Sequence[str]) -> tuple[list[Anchor], list[str]]:
    """The anchors of `lines`, and the first line that is none."""
    anchors, findings = [], []
    for number, line in enumerate(lines, start=1):
        try:
            anchors.append(anchoring.read(line))
        except UnreadableError as error:
            findings.append(f"its line {number} is no anchor, torn or changed ({error})")
    more = f" and {len(findings) - 1} more lines" if len(findings) > 1 else ""
    return anchors, [f"{findings[0]}{more}"] if findings else []


def _missing(found: Sequence[Anchor], known: Remembered | None) -> Iterator[str]:
    """What is to be said when fewer anchors are there than were written, or the last of them is not."""
    if known is None or (len(found) >= known.count and known.last in found):
        return
    last = f"the last at {known.last.anchored} for event {known.last.seq}"
    yield f"anchors written to it: {known.count}, {last}; there now: {len(found)}; it was shortened or changed"


def _read_file(path: Path, programme: str) -> Held:
    try:
        found = tuple(anchoring.found_in(path.read_bytes()))
    except OSError as error:
        return Held(str(path), readable=False, findings=(f"it cannot be read ({_reason(error)})",))
    except UnreadableError as error:
        return Held(str(path), readable=False, findings=(f"a line of it is no anchor ({error})",))
    foreign = sorted({anchor.programme for anchor in found} - {programme})
    findings = (f"it has anchors of {', '.join(foreign)}, this is {programme}",) if foreign else ()
    nothing = () if found else ("it holds no anchor",)
    return Held(str(path), tuple(each for each in found if each.programme == programme), findings=findings + nothing)


def _against_log(engine: Engine, held: Held) -> Held:
    with engine.connect() as connection:
        wrong = list(anchoring.disagreements(connection, held.anchors))
    if not wrong:
        return held
    anchor, sentence = wrong[0]
    told = f"{len(wrong)} of {len(held.anchors)} anchors disagree, the first of {anchor.anchored}: {sentence}"
    return Held(held.place, held.anchors, held.others, held.readable, (*held.findings, told))


@contextmanager
def _remembering(path: Path) -> Iterator[dict[str, Remembered]]:
    """The memory, written again at the end; one process at a time writes anchors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        memory = _remembered(path)
        yield memory
        with whole(path) as fresh:
            fresh.write_bytes(_MEMORY.dump_json(memory, indent=2))
    finally:
        os.close(folder)


def _remembered(path: Path) -> dict[str, Remembered]:
    with suppress(FileNotFoundError):
        try:
            return _MEMORY.validate_json(path.read_bytes())
        except ValidationError:
            message = f"{path}, where written anchors are remembered, cannot be read; look into it, then move it away."
            raise StoreError(message) from None
    return {}


def _reason(error: Exception) -> str:
    """The first line of what a driver says."""
    told: Any = error.strerror if isinstance(error, OSError) and error.strerror else error
    return (str(told).strip() or type(error).__name__).splitlines()[0].rstrip(".")
