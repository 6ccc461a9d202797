"""Backup and restore: a dump of the database, and beside it the log's head as an anchor.

The anchor is taken in the snapshot that is dumped, so a restored log has to end exactly there. A backup goes back into
an empty database only, whole or not at all; roles and rights are those of the place that it goes to.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from roadmap.errors import LogBrokenError, SettingsError, StoreError
from roadmap.store import anchoring, database, dumping, log, migrations, projecting, verifying
from roadmap.store.anchoring import Anchor, UnreadableError
from roadmap.store.durable import whole

Say = Callable[[str], None]

#: Hashes of events do not compress: no backup takes less than this for an event.
_LEAST_BYTES_AN_EVENT: Final = 32
#: Tables without which a file is no backup of ours.
_LOG: Final = frozenset({"alembic_version", "batch", "event", "head", "reject", "subject"})


@dataclass(frozen=True)
class Backup:
    """A backup that was written: its size in bytes, and the head that it holds."""

    file: Path
    size: int
    seconds: float
    anchor: Anchor


@dataclass(frozen=True)
class Restored:
    """A log that came back: the anchor of its backup and the head it has now, which are the same place of one log."""

    anchor: Anchor
    head: Anchor
    seconds: float


def anchor_file(file: Path) -> Path:
    """Where the anchor of the backup `file` lies."""
    return file.with_name(f"{file.name}.anchor.json")


def size(count: float) -> str:
    """A number of bytes in words."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"  # noqa: PLR2004 - a billion is one


def backup(owner_url: str, file: Path, *, programme: str, force: bool = False, say: Say = lambda _: None) -> Backup:
    """Writes the database of `owner_url` to `file`, and the head that it holds beside it.

    Raises:
        SettingsError: something of that name is there already (and no `force`), or its folder is not.
        StoreError: the database cannot be reached, no fitting `pg_dump` is there, or the disk is too small.
    """
    began = time.monotonic()
    _refuse_to_overwrite(file, force=force)
    engine = database.connect(owner_url)
    try:
        if not database.is_current(engine):
            message = "There is nothing to back up: the database is not set up yet; run `roadmap init` first."
            raise StoreError(message)
        # Its first statement settles what this transaction sees: the head and the dump are of one state.
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            anchor = anchoring.take(connection, programme, datetime.now(UTC))
            _refuse_a_small_disk(file, anchor)
            say(f"Backing up {anchor.seq} events; tables of {size(_stored_bytes(connection))} …")
            _write(connection, file, anchor)
    finally:
        engine.dispose()
    return Backup(file, file.stat().st_size, time.monotonic() - began, anchor)


def _refuse_to_overwrite(file: Path, *, force: bool) -> None:
    if not file.parent.is_dir():
        message = f"The folder {file.parent} for the backup is not there; make it, or name another."
        raise SettingsError(message)
    for path in (file, anchor_file(file)):
        if path.is_dir() or (path.exists() and not force):
            message = f"{path} is there already; name another file, or overwrite it with --force."
            raise SettingsError(message)


def _refuse_a_small_disk(file: Path, anchor: Anchor) -> None:
    least, free = anchor.seq * _LEAST_BYTES_AN_EVENT, shutil.disk_usage(file.parent).free
    if free < least:
        message = f"The disk of {file} has {size(free)} free; {anchor.seq} events take more than {size(least)}."
        raise StoreError(message)


def _stored_bytes(connection: Connection) -> int:
    query = "select sum(pg_table_size(oid)) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    return int(connection.execute(text(query)).scalar_one())


def _write(connection: Connection, file: Path, anchor: Anchor) -> None:
    try:
        with whole(file) as dumped, whole(anchor_file(file)) as beside:
            dumping.dump(connection, dumped)
            beside.write_text(f"{anchor.line()}\n", encoding="utf-8")
    except dumping.ToolError as error:
        message = f"The backup {file} could not be written ({error}); nothing of it was kept."
        raise StoreError(message) from None


def restore(owner_url: str, application_url: str, file: Path, *, programme: str, say: Say = lambda _: None) -> Restored:
    """Fills an empty database from `file`, brings it to this version, recomputes every hash and looks at the head.

    Raises:
        SettingsError: `file` is no whole backup of this programme, or one of a later version; nothing was written.
        StoreError: the database is not empty or cannot be reached, or no fitting `pg_restore` is there.
        LogBrokenError: the log does not agree with its own hashes or with the backup's anchor.
    """
    began = time.monotonic()
    anchor = _anchor_of(file, programme)
    _fill(owner_url, file, anchor, say)
    database.migrate(owner_url, application_url)
    say("Restored; recomputing every hash …")
    head = _proved(application_url, programme)
    if not head.same_head(anchor):
        raise _of_two_logs(f"The restored log {_ends(head)}", anchor)
    return Restored(anchor, head, time.monotonic() - began)


def _anchor_of(file: Path, programme: str) -> Anchor:
    beside = anchor_file(file)
    for path in (file, beside):
        if not path.is_file():
            message = f"{path} is not there; a backup is two files, FILE and FILE.anchor.json: bring both."
            raise SettingsError(message)
    try:
        anchor = anchoring.read(beside.read_text("utf-8", "replace"))
    except UnreadableError as error:
        message = f"{beside} is not the anchor of a backup ({error}); bring the one that was written with the backup."
        raise SettingsError(message) from None
    if anchor.programme != programme:
        message = f"{file} is a backup of programme {anchor.programme}, this is {programme}; correct ROADMAP_PROGRAMME."
        raise SettingsError(message)
    return anchor


def _fill(owner_url: str, file: Path, anchor: Anchor, say: Say) -> None:
    """Looks at the database and into the file before anything is written."""
    engine = database.connect(owner_url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            _refuse_unless_empty(connection)
            _refuse_another(connection, file, anchor)
            say(f"Restoring {anchor.seq} events …")
            dumping.load(connection, file)
            connection.execute(text("analyze"))
    except dumping.ToolError as error:
        message = f"{file} cannot be restored ({error}); the database stays empty, take another backup."
        raise SettingsError(message) from None
    finally:
        engine.dispose()


def _refuse_unless_empty(connection: Connection) -> None:
    query = r"""
        select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    """
    if connection.execute(text(query)).scalar_one():
        message = (
            "The database is not empty, and a backup goes into an empty one only; "
            "make a new database, or for the embedded one set another ROADMAP_STATE_DIR."
        )
        raise StoreError(message)


def _refuse_another(connection: Connection, file: Path, anchor: Anchor) -> None:
    """A dump of something else, of a later version, or with another head than its anchor's."""
    if missing := _LOG - dumping.tables(connection, file):
        message = f"{file} is no backup of a roadmap: it has no table {min(missing)}; take another file."
        raise SettingsError(message)
    revision = dumping.only_row(connection, file, "alembic_version")["version_num"]
    if revision not in {script.revision for script in ScriptDirectory(migrations.__path__[0]).walk_revisions()}:
        message = f"{file} was written by a later version (schema {revision}); restore it with that version."
        raise SettingsError(message)
    row = dumping.only_row(connection, file, "head")
    chain = row["chain"].removeprefix(r"\\x")
    head = anchor.model_copy(update={"seq": int(row["seq"]), "batch": int(row["batch"]), "chain": chain})
    if not head.same_head(anchor):
        raise _of_two_logs(f"{file} {_ends(head)}", anchor)


def _proved(application_url: str, programme: str) -> Anchor:
    """The head of a log whose hashes were all recomputed; projections of an earlier layout are made again."""
    engine = database.connect(application_url)
    try:
        with log.writing(engine) as writer:
            if projecting.is_stale(writer.connection):
                projecting.rebuild(writer.connection)
        verifying.verify(engine)
        with engine.connect() as connection:
            return anchoring.take(connection, programme, datetime.now(UTC))
    finally:
        engine.dispose()


def _ends(head: Anchor) -> str:
    return f"ends at event {head.seq} in batch {head.batch} with chain {head.chain}"


def _of_two_logs(what: str, anchor: Anchor) -> LogBrokenError:
    return LogBrokenError(f"{what}, but its anchor {_ends(anchor)}; they are not of one log: take another backup.")
