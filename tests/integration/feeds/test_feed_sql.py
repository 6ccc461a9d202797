"""A view in another database as a feed, on the tests' own PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, make_url, text

from roadmap.errors import FeedUnavailableError, ProgrammeError
from tests.feeding import counts, cursor, events, pull, put_away, told, waiting

FEED = 'kind = "sql"\nconnection = "records"\nview = "office.گزارش"\ncursor = "changed"\n'
VIEW = """
    create view office."گزارش" as select "Code", "Place", "As of", "State", "Done %", "Remarks", changed
    from office.report
"""
DROP = 'drop view office."گزارش"'

Say = Callable[..., None]


@pytest.fixture
def say(desk, databases, monkeypatch) -> Say:
    """Runs SQL in the office's database, which is the tests' own with a schema beside; a connection reads it."""
    owner = create_engine(databases.owner, isolation_level="AUTOCOMMIT")
    url = make_url(databases.owner)
    connection = {
        "conn_type": "postgres",
        "host": url.query["host"],
        "port": url.query["port"],
        "schema": url.database,
        "login": url.username,
        "password": "se-cret",
    }
    monkeypatch.setenv("AIRFLOW_CONN_RECORDS", json.dumps(connection))

    def run(*statements: str) -> None:
        with owner.connect() as session:
            for statement in statements:
                session.execute(text(statement))

    run(
        "create schema office",
        'create table office.report ("Code" text, "Place" text, "As of" date, "State" text, "Done %" numeric, '
        '"Remarks" text, changed timestamptz)',
        VIEW,
    )
    yield run
    owner.dispose()


def row(percent: str, changed: str, day: str = "2026-10-31", remarks: str = "") -> str:
    moment = f"'{changed}'" if changed else "null"
    return f"insert into office.report values ('Q-1', '', '{day}', 'doing', {percent}, '{remarks}', {moment})"


def test_rows_of_a_view_come_with_days_and_decimals_as_they_are_there(say, engine, settings):
    say(
        "alter role current_user set datestyle = 'German'",
        row("40.50", "2026-11-01 10:00+03:30", remarks='یک، دو\n«سه", چهار'),
        row("1234.5", "2026-11-02 10:00+03:30", "2026-11-10"),
    )
    config = told(settings, FEED, "")
    (receipt,) = pull(config)
    assert counts(receipt) == (2, 1, 0, 1)  # 1234.5 is read as that, and is no percent
    assert events(engine) == [("Q-1", "2026-10-31", 40.5)]
    name = f"{receipt.batch:06}-{receipt.source}"
    assert put_away(config) == [name]
    first = (config.state_dir / "done" / "quays" / name).read_text("utf-8").splitlines()[0]
    assert first == "Code,Place,As of,State,Done %,Remarks,changed"


def test_only_what_is_new_is_read_and_nothing_where_nothing_is(say, engine, settings):
    config = told(settings, FEED, "")
    assert pull(config) == []
    assert (waiting(config), cursor(engine)) == ([], None)
    say(row("10", "2026-11-01"), row("20", "2026-11-02", "2026-11-10"))
    (first,) = pull(config)
    assert cursor(engine)[1] == first.batch
    say(row("30", "2026-11-02", "2026-11-11"))  # shares the largest value
    (second,) = pull(config)
    assert counts(second) == (2, 1, 1, 0)
    assert pull(config) == []
    say(row("40", "", "2026-11-12"))  # has none: is not lost
    assert pull(config)[0].accepted == 1
    assert [percent for _, _, percent in events(engine)] == [10, 20, 30, 40]


def test_a_row_that_changed_comes_again(say, engine, settings):
    config = told(settings, FEED, "")
    say(row("10", "2026-11-01"))
    pull(config)
    say("""update office.report set "As of" = '2026-11-15', "Done %" = 60, changed = '2026-11-16'""")
    assert counts(pull(config)[0]) == (1, 1, 0, 0)


def test_the_other_database_is_only_read(say, settings):
    say(
        "create function office.sly() returns text language sql as "
        '$$ insert into office.report ("Code") values (\'x\') returning "Code" $$',
        DROP,
        'create view office."گزارش" as select office.sly() as "Code", now() as changed',
    )
    with pytest.raises(FeedUnavailableError, match="ReadOnlySqlTransaction"):
        pull(told(settings, FEED, ""))


def test_a_view_that_is_too_slow_is_given_up(say, settings):
    say(
        DROP,
        'create view office."گزارش" as select pg_sleep(20)::text as "Code", now() as changed',
    )
    with pytest.raises(FeedUnavailableError, match=r"did not answer within 0\.2 s"):
        pull(told(settings, FEED + "timeout_seconds = 0.2", ""))


def test_a_view_that_hands_out_too_much_is_not_read_to_the_end(say, engine, settings):
    say(
        DROP,
        'create view office."گزارش" as select repeat(\'x\', 1000) as "Code", n as changed '
        "from generate_series(1, 20000) n",
    )
    config = told(settings, FEED, "").model_copy(update={"max_file_bytes": 50_000})
    (receipt,) = pull(config)
    assert (receipt.refused, receipt.rows_read) == (True, 0)
    (name,) = put_away(config, "quarantine")
    assert (config.state_dir / "quarantine" / "quays" / name).stat().st_size == 50_001
    assert '"since":null' in cursor(engine)[0]
    assert pull(config) == []  # refused once, not at every asking
    roomy = config.model_copy(update={"max_file_bytes": 50_000_000})
    assert [again.refused for again in pull(roomy)] == [True]  # its columns are not the quays', but it is read


@pytest.mark.parametrize(
    ("feed", "options", "reason"),
    [
        (FEED.replace("گزارش", "nothing"), "", "cannot be asked .*does not exist"),
        (FEED.replace("changed", "moved"), "", "has no column 'moved' .*it has: Code, Place"),
        (FEED, 'date = "jalali"', "holds days in As of, which are Gregorian"),
        (FEED.replace('"records"', '"nobody"'), "", "set AIRFLOW_CONN_NOBODY"),
    ],
)
def test_a_view_that_is_not_as_the_entry_says_is_told(say, settings, feed, options, reason):
    with pytest.raises(ProgrammeError, match=reason):
        pull(told(settings, feed, options))


def test_a_database_that_is_away_is_told_without_its_password(desk, settings, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_RECORDS", "postgres://reader:se-cret@127.0.0.1:1/office")
    with pytest.raises(FeedUnavailableError, match="connection 'records' is away") as away:
        pull(told(settings, FEED, ""))
    assert "se-cret" not in str(away.value)


@pytest.mark.parametrize("uri", ["mysql://reader@127.0.0.1/office", "postgres:///office"])
def test_a_connection_that_is_not_of_a_postgresql_server_is_told(desk, settings, monkeypatch, uri):
    monkeypatch.setenv("AIRFLOW_CONN_RECORDS", uri)
    with pytest.raises(ProgrammeError, match="is not of a PostgreSQL server"):
        pull(told(settings, FEED, ""))
