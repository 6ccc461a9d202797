"""Backup and restore on a real PostgreSQL: what comes back is the log that went out, to the row, or nothing at all."""

from __future__ import annotations

import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic import command
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import ProgrammingError

from roadmap.domain.people import SHELL
from roadmap.domain.refusals import refuse
from roadmap.errors import LogBrokenError, RoadmapError, SettingsError, StoreError
from roadmap.services.desk import Desk
from roadmap.store import (
    anchoring,
    backing_up,
    database,
    dumping,
    embedded,
    embedded_folders,
    log,
    projecting,
    verifying,
)
from roadmap.store.tables import batch, event, head, metadata, reject, subject
from tests.databases import administrator, urls_of
from tests.factories import deliver, report

LOG = (subject, batch, event, reject)
PASSWORD = "open sesame"  # noqa: S105 - of the test's own server


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A desk with reports, a late one and rejected rows, its projections marked as of this version's layout."""
    with desk.engine.begin() as connection:
        projecting.rebuild(connection)
    rejected = log.Rejected("Q-2", (refuse("not_a_number", "percent", "نیم\t\\"),), sheet="برگه", row=3)
    deliver(desk, report("Q-1", narrative="روایت\n\t\\."), rejected=(rejected,), on=date(2026, 11, 1))
    deliver(desk, report("Q-1", effective=date(2026, 9, 30), percent=10), on=date(2026, 11, 2))
    return desk


@pytest.fixture
def empty(server: embedded.Databases, request: pytest.FixtureRequest) -> Iterator[embedded.Databases]:
    """URLs of a database in which nothing is."""
    name = f"empty_{abs(hash(request.node.nodeid)):x}"
    with administrator(server) as admin:
        admin.execute(text(f"create database {name} owner roadmap_owner"))
    yield urls_of(server, name)
    with administrator(server) as admin:
        admin.execute(text(f"drop database {name} with (force)"))


def backup(urls: embedded.Databases, file: Path, **more: object) -> backing_up.Backup:
    return backing_up.backup(urls.owner, file, **{"programme": "harbour"} | more)


def restore(urls: embedded.Databases, file: Path, programme: str = "harbour") -> backing_up.Restored:
    return backing_up.restore(urls.owner, urls.application, file, programme=programme)


def contents(url: str) -> dict[str, list[object]]:
    """Every row of every table, as the owner reads them."""
    engine = database.connect(url)
    with engine.connect() as connection:
        rows = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return rows


def tables_in(url: str) -> int:
    engine = database.connect(url)
    with engine.connect() as connection:
        query = "select count(*) from pg_class where relnamespace = 'public'::regnamespace"
        found = connection.execute(text(query)).scalar_one()
    engine.dispose()
    return int(found)


def test_what_comes_back_is_what_went_out_row_by_row(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    made = backup(databases, tmp_path / "b.dump")
    back = restore(empty, made.file)
    clean = verifying.verify(filled.engine)
    assert (made.anchor.seq, made.anchor.chain) == (clean.events, clean.chain.hex())
    assert back.head.same_head(back.anchor)
    assert back.anchor == made.anchor
    assert contents(empty.owner) == contents(databases.owner)
    assert made.size == made.file.stat().st_size > 0


def test_a_restored_database_takes_reports_and_refuses_changes(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    restore(empty, backup(databases, tmp_path / "b.dump").file)
    engine = database.connect(empty.application)
    desk = Desk(engine, filled.programme, SHELL)
    before = verifying.verify(engine).events
    deliver(desk, report("Q-1", effective=date(2026, 11, 3), percent=60), on=date(2026, 11, 4))
    assert verifying.verify(engine).events == before + 1
    for statement in ("update event set percent = 1", "truncate reject", "delete from batch"):
        with pytest.raises(ProgrammingError, match="permission denied"), engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()
    owner = database.connect(empty.owner)
    with pytest.raises(ProgrammingError, match="append-only"), owner.begin() as connection:
        connection.execute(text("delete from event"))
    owner.dispose()


def test_what_is_appended_while_it_is_written_is_not_in_it(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    """The anchor and the dump are of one moment, whatever the writers do meanwhile."""
    later = report("Q-1", effective=date(2026, 11, 3), percent=60)
    said: list[str] = []

    def append(sentence: str) -> None:
        said.append(sentence)
        deliver(filled, later, on=date(2026, 11, 4))

    made = backup(databases, tmp_path / "b.dump", say=append)
    assert said[0].startswith(f"Backing up {made.anchor.seq} events; tables of ")
    assert restore(empty, made.file).head.seq == made.anchor.seq == verifying.verify(filled.engine).events - 1


def test_the_files_are_the_owners_alone_and_nothing_else_is_left(
    filled: Desk, databases: embedded.Databases, tmp_path: Path
) -> None:
    made = backup(databases, tmp_path / "b.dump")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.dump", "b.dump.anchor.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert anchoring.read(backing_up.anchor_file(made.file).read_text("utf-8")) == made.anchor


@pytest.mark.parametrize("name", ["b.dump", "b.dump.anchor.json"])
def test_a_file_that_is_there_is_overwritten_only_by_force(
    filled: Desk, databases: embedded.Databases, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("precious", "utf-8")
    with pytest.raises(SettingsError, match=f"{name} is there already"):
        backup(databases, tmp_path / "b.dump")
    assert (tmp_path / name).read_text("utf-8") == "precious"
    assert backup(databases, tmp_path / "b.dump", force=True).size > 100


def test_a_folder_that_is_not_there_or_stands_in_the_way_is_told(
    filled: Desk, databases: embedded.Databases, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="is not there; make it"):
        backup(databases, tmp_path / "none" / "b.dump")
    with pytest.raises(SettingsError, match="is there already"):
        backup(databases, tmp_path, force=True)


def test_a_database_that_was_never_set_up_has_nothing_to_back_up(empty: embedded.Databases, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="roadmap init"):
        backup(empty, tmp_path / "b.dump")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_on_which_not_even_the_hashes_fit_is_told_beforehand(
    filled: Desk, databases: embedded.Databases, tmp_path: Path
) -> None:
    made = backup(databases, tmp_path / "b.dump")
    with pytest.raises(StoreError, match=r"free; 1000000000000000 events take more than 32000000.0 GB"):
        backing_up._refuse_a_small_disk(tmp_path / "c.dump", made.anchor.model_copy(update={"seq": 10**15}))


def test_a_disk_that_fills_up_leaves_neither_a_file_nor_half_of_one(
    filled: Desk, databases: embedded.Databases, tmp_path: Path
) -> None:
    """No file of this process or its children may get longer than 4 KB, which a dump does."""
    script = "import sys; from pathlib import Path; from roadmap.store import backing_up\n"
    script += "backing_up.backup(sys.argv[1], Path(sys.argv[2]), programme='harbour')"
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, databases.owner, tmp_path / "b.dump"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "could not be written (pg_dump ended with code -25); nothing of it was kept." in done.stderr
    assert list(tmp_path.iterdir()) == []


# what is not restored


def test_a_database_that_is_not_empty_is_left_as_it_is(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    made = backup(databases, tmp_path / "b.dump")
    owner = database.connect(empty.owner)
    with owner.begin() as connection:
        connection.execute(text("create table notes (x int)"))
    owner.dispose()
    with pytest.raises(StoreError, match="into an empty one only"):
        restore(empty, made.file)
    assert tables_in(empty.owner) == 1


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.6, 0.9, 0.99, -1])
def test_a_truncated_backup_is_refused_and_the_database_stays_empty(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path, part: float
) -> None:
    made = backup(databases, tmp_path / "b.dump")
    content = made.file.read_bytes()
    made.file.write_bytes(content[:-1] if part < 0 else content[: int(len(content) * part)])
    with pytest.raises(SettingsError, match=r"cannot be restored \(.*\); the database stays empty"):
        restore(empty, made.file)
    assert tables_in(empty.owner) == 0


def test_a_byte_that_turned_is_never_taken_for_the_log(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    """In the rows of `event`: their compressed block does not unpack, and all of it goes back."""
    made = backup(databases, tmp_path / "b.dump")
    content = bytearray(made.file.read_bytes())
    content[-400] ^= 0xFF
    made.file.write_bytes(content)
    with pytest.raises(RoadmapError):
        restore(empty, made.file)
    assert tables_in(empty.owner) == 0


def foreign_dump(databases: embedded.Databases, file: Path) -> None:
    engine = database.connect(databases.owner)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        dumping.dump(connection, file)
    engine.dispose()


def test_a_dump_of_something_else_is_refused(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    made = backup(databases, tmp_path / "b.dump")
    foreign_dump(empty, made.file)
    with pytest.raises(SettingsError, match="is no backup of a roadmap: it has no table alembic_version"):
        restore(empty, made.file)
    made.file.write_text("select 1;\n", "utf-8")
    with pytest.raises(SettingsError, match="cannot be restored"):
        restore(empty, made.file)
    assert tables_in(empty.owner) == 0


def test_a_backup_and_an_anchor_that_are_not_of_one_log_are_refused_before_anything_is_written(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    made = backup(databases, tmp_path / "b.dump")
    other = made.anchor.model_copy(update={"chain": "0" * 64})
    backing_up.anchor_file(made.file).write_text(other.line(), "utf-8")
    with pytest.raises(LogBrokenError, match="they are not of one log") as refused:
        restore(empty, made.file)
    assert made.anchor.chain in str(refused.value)
    assert other.chain in str(refused.value)
    assert tables_in(empty.owner) == 0


def test_a_log_that_was_changed_before_it_was_backed_up_is_not_called_clean(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    owner = database.connect(databases.owner)
    with owner.begin() as connection:
        connection.execute(text("alter table event disable trigger user"))
        connection.execute(text("update event set percent = 99 where seq = 15"))
    owner.dispose()
    with pytest.raises(LogBrokenError, match="event 15 was changed"):
        restore(empty, backup(databases, tmp_path / "b.dump").file)


@pytest.mark.parametrize("name", ["b.dump", "b.dump.anchor.json"])
def test_half_a_backup_is_told(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path, name: str
) -> None:
    made = backup(databases, tmp_path / "b.dump")
    (tmp_path / name).unlink()
    with pytest.raises(SettingsError, match=f"{name} is not there; a backup is two files"):
        restore(empty, made.file)


def test_another_programmes_backup_and_an_anchor_that_is_none_are_refused(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    made = backup(databases, tmp_path / "b.dump")
    with pytest.raises(SettingsError, match="is a backup of programme harbour, this is other"):
        restore(empty, made.file, programme="other")
    backing_up.anchor_file(made.file).write_text("{}", "utf-8")
    with pytest.raises(SettingsError, match="is not the anchor of a backup"):
        restore(empty, made.file)


# other versions


def test_a_backup_by_a_later_version_is_refused(
    filled: Desk, databases: embedded.Databases, empty: embedded.Databases, tmp_path: Path
) -> None:
    owner = database.connect(databases.owner)
    with owner.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    owner.dispose()
    with pytest.raises(SettingsError, match=r"by a later version \(schema 9999\)"):
        restore(empty, backup(databases, tmp_path / "b.dump").file)
    assert tables_in(empty.owner) == 0


@pytest.fixture
def of_the_first_version(filled: Desk, server: embedded.Databases) -> Iterator[embedded.Databases]:
    """The log of `filled` in the schema of the first version, without projections."""
    with administrator(server) as admin:
        admin.execute(text("create database first_version owner roadmap_owner"))
    urls = urls_of(server, "first_version")
    command.upgrade(database._config(urls.owner), "0001")
    owner = database.connect(urls.owner)
    with filled.engine.connect() as source, owner.begin() as target:
        for table in LOG:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            values = ", ".join(f":{column.name}" for column in table.columns)
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            target.execute(text(f"insert into {table.name} ({names}) overriding system value values ({values})"), rows)
        target.execute(head.update().values(**source.execute(select(head)).mappings().one()))
    owner.dispose()
    yield urls
    with administrator(server) as admin:
        admin.execute(text("drop database first_version with (force)"))


def test_a_backup_by_the_first_version_is_brought_to_this_one(
    filled: Desk,
    databases: embedded.Databases,
    of_the_first_version: embedded.Databases,
    empty: embedded.Databases,
    tmp_path: Path,
) -> None:
    made = backup(of_the_first_version, tmp_path / "b.dump")
    assert restore(empty, made.file).head.same_head(made.anchor)
    assert contents(empty.owner) == contents(databases.owner)
    assert database.differences(empty.owner) == []


# PostgreSQL's programmes


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets which versions of a tool are at hand: on the PATH, and beside the embedded server."""

    def at_hand(path: int | None, own: int | None) -> None:
        for folder, version in (("path", path), ("own/bin", own)):
            (tmp_path / folder).mkdir(parents=True)
            if version:
                tool = tmp_path / folder / "pg_dump"
                tool.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}.4 (Debian {version}.4-1)'\n", "utf-8")
                tool.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path / "path"))
        monkeypatch.setattr(embedded_folders, "installation", lambda: tmp_path / "own")

    return at_hand


@pytest.mark.parametrize(
    ("path", "own", "server", "taken"),
    [
        (18, 18, 18, "own/bin"),
        (17, 18, 18, "own/bin"),
        (16, 18, 16, "path"),
        (18, 19, 17, "path"),
        (None, 18, 15, "own"),
    ],
)
def test_of_the_tools_at_hand_the_one_nearest_to_the_server_is_taken(
    tools: Callable[..., None], path: int | None, own: int, server: int, taken: str
) -> None:
    tools(path, own)
    assert f"/{taken}" in dumping._found("pg_dump", server)


@pytest.mark.parametrize(("path", "told"), [(None, "none is here"), (17, "the newest here is 17")])
def test_no_tool_or_only_an_older_one_is_told(
    filled: Desk,
    databases: embedded.Databases,
    tmp_path: Path,
    tools: Callable[..., None],
    path: int | None,
    told: str,
) -> None:
    tools(path, None)
    with pytest.raises(StoreError, match=f"pg_dump of PostgreSQL 18 or newer is needed, {told}"):
        backup(databases, tmp_path / "b.dump")
    assert not (tmp_path / "b.dump").exists()


@pytest.fixture(scope="module")
def guarded() -> Iterator[embedded.Databases]:
    """A server of its own that asks the owner of the log for a password."""
    with TemporaryDirectory(prefix="roadmap-guarded-") as folder, embedded.running(Path(folder)) as urls:
        database.migrate(urls.owner, urls.application)
        with administrator(urls) as admin:
            admin.execute(text(f"alter role roadmap_owner password '{PASSWORD}'"))
            access = Path(admin.execute(text("show hba_file")).scalar_one())
            access.write_text("local all roadmap_owner scram-sha-256\nlocal all all trust\n", "utf-8")
            admin.execute(text("select pg_reload_conf()"))
        yield urls


def test_a_password_is_given_to_the_tools_and_never_on_their_command_line(
    guarded: embedded.Databases, tmp_path: Path
) -> None:
    knowing = make_url(guarded.owner).set(password=PASSWORD).render_as_string(hide_password=False)
    assert backing_up.backup(knowing, tmp_path / "b.dump", programme="harbour").anchor.seq == 0
    engine = database.connect(knowing)
    with engine.connect() as connection:
        assert PASSWORD not in dumping._database(connection)
    engine.dispose()
    with pytest.raises(StoreError, match="no password supplied"):
        backup(guarded, tmp_path / "c.dump")
