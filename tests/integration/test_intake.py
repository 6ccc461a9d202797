"""The whole way of a file into a real log: what became of every row, and what is left behind by whom."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import date
from operator import attrgetter

import pytest
from sqlalchemy import create_engine, text

from roadmap import organisation
from roadmap.errors import FeedUnavailableError, FileRefusedError, ProgrammeError, StoreError
from roadmap.intake import inbox, pipeline, quality, spill
from roadmap.programme import Programme
from roadmap.store import database, reference, verifying
from tests.factories import TODAY
from tests.histories import projections, rebuilt
from tests.unit.intake.files import FAR_CELL, HEADER, feed, with_cells, workbook

HEAD = "Code;Place;As of;State;Done %;Expected;Remarks"
by_code = attrgetter("code")
SOUND = "Q-1;;2026-10-31;doing;40,5;2026-12-31;going on"


@pytest.fixture
def settled(desk):
    """A log whose first baseline is laid."""
    return desk.engine


@pytest.fixture
def send(settings):
    """Puts a file into an inbox, as one that has lain there for a while."""

    def put(content, name="report.csv", commission="quays"):
        folder = settings.inbox / commission
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (time.time() - 60, time.time() - 60))
        return path

    return put


@pytest.fixture
def pull(settled, settings):
    return lambda commission="quays": pipeline.pull(commission, settings, today=TODAY)


def csv(*rows, head=HEAD):
    return "\n".join([head, *rows]) + "\n"


def counts(receipt):
    return receipt.rows_read, receipt.accepted, receipt.duplicates, receipt.rejected


def rows(engine, statement):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def rejects(engine):
    return rows(engine, "select sheet, row, field, code from reject order by row, id")


def events(engine):
    return rows(engine, "select seq, row, percent, effective from event where type = 5 order by batch, row")


def tree(settings):
    """Every file below the state folder that is not a page of the checks, by its path there."""
    found = (path.relative_to(settings.state_dir) for path in settings.state_dir.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if path.parts[0] != "data_docs")


def persian(programme, **options):
    """The programme with a Persian, Jalali workbook feed for its quays."""
    document = programme.model_dump()
    document["commissions"][0]["feed"] = feed("xlsx", **options).model_dump()
    return Programme.model_validate(document)


def test_a_sound_row_becomes_an_event_that_knows_its_file_and_row(settled, pull, send, settings):
    send(csv("", SOUND))
    (receipt,) = pull()
    assert counts(receipt) == (1, 1, 0, 0)
    assert (receipt.channel, receipt.source, receipt.actor) == ("file", "report.csv", "inbox")
    assert events(settled) == [(receipt.last_seq, 3, 40.5, date(2026, 10, 31))]
    assert tree(settings) == [f"done/quays/{receipt.batch:06}-report.csv"]


def test_every_row_ends_accepted_duplicate_or_rejected_with_what_is_wrong(settled, pull, send):
    send(
        csv(
            SOUND,
            SOUND,
            "Q-1;;2026-10-31;doing;41;;",
            "Q-2;P-1;2026-10-31;finished;80;;",
            "Q-2;;2026-10-31;doing;10;;",
            "Q-2;P-9;2026-10-31;doing;10;;",
            "C-1;;2026-10-31;doing;10;;",
            "Z-9;;2026-10-31;doing;10;;",
            "Q-2;P-1;2027-01-01;doing;10;;",
            "Q-2;P-1;2026-02-30;perhaps;1۲;;a;text; that shifted",
            "Q-2;P-2;2026-10-31;doing;8.000,00;;",
            ";;;;;;no key at all",
        )
    )
    (receipt,) = pull()
    assert counts(receipt) == (12, 1, 1, 10)
    assert rejects(settled) == [
        (None, 4, "percent", "repeated"),
        (None, 5, "percent", "inconsistent"),
        (None, 6, "unit", "unit_out_of_scope"),
        (None, 7, "unit", "unknown_unit"),
        (None, 8, "milestone", "foreign_milestone"),
        (None, 9, "milestone", "unknown_milestone"),
        (None, 10, "effective", "future"),
        (None, 11, "effective", "not_a_date"),
        (None, 11, "state", "unknown_choice"),
        (None, 11, "percent", "mixed_digits"),
        (None, 11, "8", "unexpected"),
        (None, 11, "9", "unexpected"),
        (None, 12, "percent", "out_of_range"),
        (None, 13, "milestone", "missing"),
        (None, 13, "effective", "missing"),
        (None, 13, "state", "missing"),
        (None, 13, "percent", "missing"),
    ]


def test_a_file_in_many_buckets_is_as_whole_as_one_in_a_single_one(settled, pull, send, monkeypatch):
    monkeypatch.setattr(spill, "BUCKET_ROWS", 1)
    send(csv(SOUND, "Q-2;P-1;2026-09-30;doing;10;;", "Z-9;;2026-10-31;doing;1;;", "Q-2;P-1;2026-10-31;doing;30;;"))
    late = (
        "Q-2;P-1;2026-08-31;doing;5;;",
        "Q-1;;2026-09-30;doing;20;;",
        "Q-1;;2026-10-31;doing;40,5;2026-12-31;going on",
    )
    assert [counts(receipt) for receipt in pull()] == [(4, 3, 0, 1)]
    send(csv(*late))
    assert [counts(receipt) for receipt in pull()] == [(3, 2, 1, 0)]
    verifying.verify(settled)
    live = projections(settled)
    assert rebuilt(settled) == live


@pytest.mark.parametrize("table", ["assignment", "span"], ids=["read from", "written to"])
def test_who_wants_a_table_for_himself_alone_is_not_waited_for_forever(
    settled, databases, pull, send, monkeypatch, table
):
    """Two connections work for one file; one that waits for him who waits for the other would wait for good."""
    monkeypatch.setattr(spill, "BUCKET_ROWS", 1)
    monkeypatch.setattr(database, "LOCK_SECONDS", 1)
    send(csv(SOUND, "Q-2;P-1;2026-09-30;doing;10;;"))
    owner = create_engine(databases.owner)
    with owner.begin() as alone:
        alone.execute(text(f"lock table {table} in access exclusive mode"))
        with pytest.raises(FeedUnavailableError, match="lock timeout"):
            pull()
    owner.dispose()
    assert [counts(receipt) for receipt in pull()] == [(2, 2, 0, 0)]


def test_a_persian_workbook_with_jalali_days_goes_in(settled, harbour, settings, tmp_path):
    path = tmp_path / "گزارش آبان.xlsx"
    path.write_bytes(
        workbook(
            HEADER,
            ("Q-1", None, "۱۴۰۵/۰۸/۳۰", "در جريان", "۴۰٫۵", "۱۴۰۵-۱۲-۲۹", "سبز", "۱٬۲۵۰", "شرحِ کار\u200cها", None),
            ("Q-1", None, date(2026, 9, 22), "در جریان", 30.0, None, None, None, None, None),
            ("Q-1", None, "1404-12-30", "در جریان", 20, None, None, None, None, None),
            ("Q-1", None, "1405-07-01", "انجام شده", 80, None, None, None, None, None),
            ("Q-2", "P-۱", "1405-07-01", "شروع نشده", 0, None, None, None, None, None),
            others=["راهنما"],
        )
    )
    receipt = pipeline.load(settled, persian(harbour), settings, "quays", path, today=TODAY)
    assert counts(receipt) == (5, 3, 0, 2)
    assert rejects(settled) == [("گزارش", 4, "effective", "not_a_date"), ("گزارش", 5, "percent", "inconsistent")]
    assert [row[1:] for row in events(settled)] == [
        (2, 40.5, date(2026, 11, 21)),
        (3, 30.0, date(2026, 9, 22)),
        (6, 0.0, date(2026, 9, 23)),
    ]
    assert receipt.checks["sheets_not_read"] == ["راهنما"]
    assert path.exists()


def test_a_json_feed_goes_in_and_its_odd_objects_come_back(settled, pull, send):
    items = [
        {"code": "C-1", "day": "2026-11-20", "state": "in_progress", "percent": 12.5, "confidence": "red"},
        {"code": "C-1", "day": "2026-11-21", "state": "in_progress", "percent": "twelve", "phone": "021"},
        {"code": "C-1", "day": "2026-11-19", "state": {"a": 1}, "percent": True},
    ]
    send(json.dumps(items), "cranes.json", "cranes")
    (receipt,) = pull("cranes")
    assert counts(receipt) == (3, 1, 0, 2)
    assert receipt.checks["columns_not_used"] == ["phone"]
    assert [reject[1:] for reject in rejects(settled)] == [
        (2, "percent", "not_a_number"),
        (3, "state", "unknown_choice"),
        (3, "percent", "not_a_number"),
    ]


def test_a_row_edited_on_an_old_version_is_a_conflict(settled, harbour, settings, tmp_path):
    def load(name, percent, version):
        path = tmp_path / name
        path.write_bytes(workbook(HEADER, ("Q-1", "", "1405-08-01", "در جریان", percent, *[None] * 4, version)))
        return pipeline.load(settled, persian(harbour), settings, "quays", path, today=TODAY)

    assert counts(load("1.xlsx", 10, None)) == (1, 1, 0, 0)
    assert counts(load("2.xlsx", 20, 1)) == (1, 1, 0, 0)
    assert counts(load("3.xlsx", 30, 1)) == (1, 0, 0, 1)
    assert counts(load("4.xlsx", 40, None)) == (1, 0, 0, 1)
    assert [code for *_, code in rejects(settled)] == ["stale_version", "conflict"]


def test_the_same_content_again_changes_nothing_and_is_put_away(settled, pull, send, settings):
    send(csv(SOUND))
    (first,) = pull()
    send(csv(SOUND), "another name.csv")
    (second,) = pull()
    assert second.repeated
    assert second.batch == first.batch
    assert len(events(settled)) == 1
    assert tree(settings) == [f"done/quays/{first.batch:06}-{name}" for name in ("another name.csv", "report.csv")]


def test_the_same_row_in_another_file_is_a_duplicate(pull, send):
    send(csv(SOUND))
    send(csv(SOUND, "Q-2;P-1;2026-10-31;doing;10;;"), "more.csv")
    assert sorted(counts(receipt) for receipt in pull()) == [(1, 1, 0, 0), (2, 1, 1, 0)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"some;thing;else\n1;2;3\n", "missing_columns"),
        (csv(SOUND).encode().replace(b"going", b"go\x00ing"), "nul_bytes"),
        (csv("Q-1;;2026-10-31;doing;40;;دربار").encode("cp1256"), "not_text"),
    ],
)
def test_a_file_that_cannot_be_taken_has_a_receipt_and_a_sentence_and_is_quarantined(
    settled, pull, send, settings, content, code
):
    send(content)
    (receipt,) = pull()
    assert receipt.refused
    assert counts(receipt) == (0, 0, 0, 0)
    assert rejects(settled) == [(None, None, "", code)]
    assert tree(settings) == [f"quarantine/quays/{receipt.batch:06}-report.csv"]
    send(content, "once more.csv")
    assert pull()[0].repeated
    assert tree(settings)[0] == f"quarantine/quays/{receipt.batch:06}-once more.csv"


def test_a_hostile_workbook_is_a_refused_file_not_a_dead_worker(settled, harbour, settings, tmp_path):
    path = tmp_path / "far.xlsx"
    path.write_bytes(with_cells(FAR_CELL))
    assert pipeline.load(settled, persian(harbour), settings, "quays", path, today=TODAY).refused
    assert rejects(settled) == [(None, None, "", "parser_failed")]


def test_a_file_over_the_size_limit_is_refused_unread(settled, settings, send):
    send(csv(*[SOUND] * 100))
    small = settings.model_copy(update={"max_file_bytes": 1000})
    (receipt,) = pipeline.pull("quays", small, today=TODAY)
    assert receipt.refused
    assert rejects(settled) == [(None, None, "", "too_big")]


def test_utf_16_as_excel_writes_it_is_taken(pull, send):
    send(csv("Q-1;;2026-10-31;doing;40;;شرح").encode("utf-16"))
    assert counts(pull()[0]) == (1, 1, 0, 0)


def test_links_and_unfinished_files_stay_where_they_are(pull, send, settings, tmp_path):
    (tmp_path / "secret.csv").write_text(csv(SOUND))
    for name in ("~$report.xlsx", "half.csv.part", ".hidden.csv"):
        send(csv(SOUND), name)
    (settings.inbox / "quays" / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert pull() == []
    assert len(tree(settings)) == 4


def test_a_file_that_is_still_being_written_waits_for_the_next_pull(pull, send, settings, monkeypatch):
    path = send(csv(SOUND))

    def never(*_):
        raise inbox.StillWrittenError(path.name)

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_copy", never)
        assert pull() == []
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "settled", lambda _: False)
        assert pull() == []
    assert counts(pull()[0]) == (1, 1, 0, 0)


def test_one_files_trouble_does_not_keep_the_others_waiting(settled, pull, send, settings, monkeypatch):
    send(csv("Q-1;;2026-10-30;doing;40;;"), "trouble.csv")
    send(csv(SOUND), "fine.csv")
    whole = quality.Suite.__init__

    def suite(self, around, name):
        if "trouble" in name:
            message = "no space left on device"
            raise OSError(message)
        whole(self, around, name)

    with monkeypatch.context() as patch:
        patch.setattr(quality.Suite, "__init__", suite)
        with pytest.raises(FeedUnavailableError, match=r"trouble\.csv: no space left"):
            pull()
    assert len(events(settled)) == 1
    assert "inbox/quays/trouble.csv" in tree(settings)
    assert counts(pull()[0]) == (1, 1, 0, 0)


def test_content_that_came_in_while_this_file_was_read_is_recognised_under_the_lock(settled, pull, send, monkeypatch):
    send(csv(SOUND))
    (first,) = pull()
    monkeypatch.setattr(pipeline, "_known", lambda *_: None)
    send(csv(SOUND))
    (second,) = pull()
    assert (second.repeated, second.batch) == (True, first.batch)
    send(b"")
    refused = pull()[0]
    send(b"")
    assert pull()[0].batch == refused.batch


KILLED = """
    import json, os, signal, sys
    from datetime import date
    from roadmap.intake import inbox, pipeline
    from roadmap.settings import Settings
    from roadmap.store import appending

    close = appending.Appending.close

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    def die_before_commit(*arguments, **named):
        close(*arguments, **named)
        die()

    if sys.argv[1] == "before the commit":
        appending.Appending.close = die_before_commit
    else:
        inbox.put_away = die
    settings = Settings(_env_file=None, **json.loads(sys.argv[2]))
    pipeline.pull("quays", settings, today=date.fromisoformat(sys.argv[3]))
"""


@pytest.mark.parametrize("moment", ["before the commit", "between commit and move"])
def test_a_pull_that_is_killed_is_finished_by_the_next_one(settled, pull, send, settings, moment):
    send(csv(SOUND, "Z-9;;2026-10-31;doing;10;;"))
    arguments = [moment, settings.model_dump_json(), TODAY.isoformat()]
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL
    committed = moment != "before the commit"
    assert len(events(settled)) == int(committed)
    assert tree(settings) == ["inbox/quays/report.csv"]

    (receipt,) = pull()
    assert receipt.repeated is committed
    assert counts(receipt) == (2, 1, 0, 1)
    assert len(events(settled)) == len(rejects(settled)) == 1
    assert tree(settings) == [f"done/quays/{receipt.batch:06}-report.csv"]
    assert pull() == []


def test_the_receipt_tells_what_the_checks_found_and_where_their_page_is(pull, send, settings):
    send(csv(SOUND, "Z-9;;2026-10-31;doing;10;;", head=HEAD + ";Phone"))
    checks = pull()[0].checks
    assert not checks["success"]
    assert checks["errors"] == []
    assert [(entry["column"], entry["examples"]) for entry in checks["failed"]] == [("milestone", ["Z-9"])]
    assert checks["columns_not_used"] == ["Phone"]
    assert (settings.reports / checks["docs"]).read_text(encoding="utf-8").startswith("\n<!DOCTYPE html>")


def test_what_the_checks_find_turns_no_row_away(settled, pull, send):
    send(csv("Q-1;;2024-10-31;doing;0,4;;"))
    (receipt,) = pull()
    assert {entry["column"] for entry in receipt.checks["failed"]} == {"effective", "percent_begun", "newest_day"}
    assert counts(receipt) == (1, 1, 0, 0)


def test_today_is_the_programmes_own_day(settled, send, settings, monkeypatch):
    class Late(pipeline.datetime):
        @classmethod
        def now(cls, tz=None):
            return pipeline.datetime(2026, 10, 30, 22, 0, tzinfo=pipeline.ZoneInfo("UTC")).astimezone(tz)

    monkeypatch.setattr(pipeline, "datetime", Late)
    send(csv(SOUND, "Q-2;P-1;2026-11-01;doing;10;;"))
    assert counts(pipeline.pull("quays", settings)[0]) == (2, 1, 0, 1)  # in Tehran it is the 31st already


def test_an_unknown_commission_is_the_callers_mistake(pull, settled, harbour, settings, tmp_path):
    with pytest.raises(ProgrammeError, match="no commission 'trains'"):
        pull("trains")
    with pytest.raises(ProgrammeError):
        pipeline.load(settled, harbour, settings, "trains", tmp_path / "x.csv", today=TODAY)


def test_a_link_handed_in_by_name_is_refused(settled, harbour, settings, send, tmp_path):
    (tmp_path / "link.csv").symlink_to(send(csv(SOUND)))
    with pytest.raises(FileRefusedError, match="send the file itself"):
        pipeline.load(settled, harbour, settings, "quays", tmp_path / "link.csv", today=TODAY)


def test_a_database_that_was_never_set_up_is_told_and_the_file_waits(server, settings, send):
    send(csv(SOUND))
    empty = settings.model_copy(update={"database_url": server.application.replace("/tracker", "/airflow")})
    with pytest.raises(StoreError):
        pipeline.pull("quays", empty, today=TODAY)
    assert tree(settings) == ["inbox/quays/report.csv"]


def test_the_reference_is_what_the_baseline_promised(settled, harbour):
    with settled.connect() as connection:
        milestones, units = reference.milestones(connection), reference.units(connection)
    assert sorted(milestones, key=by_code) == sorted(harbour.milestones, key=by_code)
    assert sorted(units, key=by_code) == sorted(organisation.units(harbour), key=by_code)


def test_the_reference_of_orders_holds_what_they_name_and_nothing_else(settled, harbour):
    with settled.connect() as connection:
        found = reference.reference(connection, ["Q-1", "X-99"], ["P-1"])
    assert (list(found.milestones), list(found.units)) == (["Q-1"], ["P-1"])


def test_an_empty_log_has_nothing_to_refer_to(engine):
    with engine.connect() as connection:
        assert (reference.milestones(connection), reference.units(connection)) == ([], [])
