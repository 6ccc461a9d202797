"""What was read of a file waits on the disk until the log's head is held: memory stays flat, whatever the file's size.

Orders come chunk by chunk in the file's order and are handed out milestone by milestone, as deciding and projecting
want them: all that a file says of a milestone at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple, Self

import polars as pl

from roadmap.intake.vector import Refused
from roadmap.store.receipts import Rejected, refusals

#: About how many orders are decided and written at a time, unless a milestone alone has more: the fewer, the sooner the
#: first of them are written and the more each costs; hence the second number, for files of so many buckets at least.
BUCKET_ROWS: Final = 25_000
LARGE_BUCKET_ROWS: Final = 50_000
_MANY_BUCKETS: Final = 10

#: Rows of a file that are read at one go: a bucket wants some from the middle of each, and skips what stands before.
_RUN_ROWS: Final = 4_000
#: As many orders are written at a time, at least: a bucket reads some of each file.
FILE_ROWS: Final = 100_000


class _Place(NamedTuple):
    """Where orders lie: `rows` of them in the file with the number `file`, from the place `start` on."""

    file: int
    start: int
    rows: int


class Spill:
    """Sound orders and refused rows of one file, in files without a name: they vanish with the process."""

    def __init__(self, folder: Path) -> None:
        """Writes to the file system of `folder`."""
        self._folder = folder
        self._files = ExitStack()
        self._places: dict[str, list[_Place]] = {}
        self._refused: list[int] = []
        self._waiting: list[pl.DataFrame] = []
        self._rows = 0

    def __enter__(self) -> Self:
        """The spill itself; what it holds goes at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Lets everything go."""
        self._files.close()

    def add(self, orders: pl.DataFrame, refused: Sequence[Refused]) -> None:
        """Keeps a chunk's orders, and its refused rows."""
        self._rows += orders.height
        if orders.height:
            self._waiting.append(orders)
        if sum(waiting.height for waiting in self._waiting) >= FILE_ROWS:
            self._write_orders()
        if refused:
            rejected = (Rejected(row.key, row.refusals, row=row.number) for row in refused)
            self._refused.append(self._written(refusals(rejected)))

    def _write_orders(self) -> None:
        """Writes what waits, sorted by milestone."""
        if not self._waiting:
            return
        orders = pl.concat(self._waiting).sort("milestone", maintain_order=True)
        self._waiting.clear()
        file, start = self._written(orders), 0
        for milestone, rows in orders["milestone"].rle().struct.unnest().select("value", "len").iter_rows():
            self._places.setdefault(milestone, []).append(_Place(file, start, rows))
            start += rows

    def _written(self, frame: pl.DataFrame) -> int:
        """The number of the open file that `frame` was written to."""
        file = self._files.enter_context(tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115 - its end is ours
        frame.write_ipc(file, record_batch_size=_RUN_ROWS)
        file.flush()
        return file.fileno()

    @property
    def is_divided(self) -> bool:
        """Whether the orders are too many for one bucket."""
        return self._rows > BUCKET_ROWS

    def refused(self) -> Iterator[pl.DataFrame]:
        """What is wrong with the refused rows, chunk by chunk in the file's order: REFUSALS frames without a sheet."""
        for file in self._refused:
            yield _scanned(file).collect()

    def buckets(self) -> Iterator[pl.DataFrame]:
        """The orders, some milestones at a time, of each those in the file's order."""
        self._write_orders()
        is_large = self._rows > LARGE_BUCKET_ROWS * _MANY_BUCKETS
        return map(_gathered, self._divided(LARGE_BUCKET_ROWS if is_large else BUCKET_ROWS))

    def _divided(self, rows: int) -> Iterator[list[_Place]]:
        places: list[_Place] = []
        for milestone in sorted(self._places):
            own = self._places[milestone]
            if places and _count(places) + _count(own) > rows:
                yield places
                places = []
            places.extend(own)
        if places:
            yield places


def _count(places: Iterable[_Place]) -> int:
    return sum(place.rows for place in places)


def _gathered(places: Iterable[_Place]) -> pl.DataFrame:
    """The orders that lie at `places`. Neighbouring milestones lie side by side in each file."""
    runs: dict[int, _Place] = {}
    for place in places:
        run = runs.get(place.file, place._replace(rows=0))
        runs[place.file] = run._replace(rows=run.rows + place.rows)
    parts = [_scanned(run.file).slice(run.start, run.rows) for _, run in sorted(runs.items())]
    return pl.concat(parts).collect()


def _scanned(file: int) -> pl.LazyFrame:
    """What was written to the open file with this number; the kernel lends it a name as long as it is open."""
    return pl.scan_ipc(f"/proc/self/fd/{file}")
