"""T9: a backup that is taken while a writer goes on, restored on another server: it ends where its anchor says.

The control brings the dump of an earlier backup under a later one's anchor: its last batches are gone, which nothing
but the anchor can tell.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import worlds
from benchmarks.figures import Figure, exactly
from benchmarks.torture import appending, diary, filling, rebuilt
from roadmap.errors import LogBrokenError
from roadmap.store import backing_up, database, embedded
from roadmap.store.backing_up import Backup
from roadmap.store.embedded import Databases


def figures(events: int) -> Iterator[Figure]:
    """A log of `events` events is backed up under way and restored elsewhere."""
    with worlds.world(worlds.size_for(max(events // filling.DAYS, 1))) as world:
        filling.fill(world, events)
        folder = world.settings.state_dir.parent
        backup, sooner = _taken_under_way(world)
        yield Figure(f"T9 backup of {backup.anchor.seq:,} events", backup.seconds, "s")
        with embedded.running(folder / "elsewhere") as urls:
            refused = _refused(urls, sooner.file, backup)
            yield exactly("T9 control, the last batches missing: refused", int(refused), "backups", 1)
            began = time.monotonic()
            restored = backing_up.restore(urls.owner, urls.application, backup.file, programme=backup.anchor.programme)
            yield Figure("T9 restore, every hash recomputed", time.monotonic() - began, "s")
            yield exactly("T9 restored head is the anchor's", int(restored.head.same_head(backup.anchor)), "heads", 1)
            engine = database.connect(urls.application)
            yield exactly("T9 verify finds", appending.breaks(engine), "breaks", 0)
            yield exactly("T9 rows that differ from a rebuild of them", rebuilt.differing(engine).rows, "rows", 0)
            engine.dispose()


def _taken_under_way(world: worlds.World) -> tuple[Backup, Backup]:
    """A backup that was taken while a writer wrote, and one of before."""
    folder = world.settings.state_dir.parent
    owner, programme = world.databases.owner, world.programme.programme.code
    sooner = backing_up.backup(owner, folder / "sooner.dump", programme=programme)
    with diary.writing(world, "backed-up"):
        backup = backing_up.backup(owner, folder / "backup.dump", programme=programme)
    return backup, sooner


def _refused(urls: Databases, dump: Path, backup: Backup) -> bool:
    """Whether an earlier dump under the anchor of `backup` is not taken for it; the database stays empty."""
    shutil.copy(backing_up.anchor_file(backup.file), backing_up.anchor_file(dump))
    try:
        backing_up.restore(urls.owner, urls.application, dump, programme=backup.anchor.programme)
    except LogBrokenError:
        return True
    return False
