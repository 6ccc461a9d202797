"""The demonstration's offices: each kind of feed that is asked, asked for real, and what a person changes there."""

from __future__ import annotations

import json
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from sqlalchemy import Engine, create_engine, text

from roadmap import programme
from roadmap.demo import feeds, office, offices
from roadmap.errors import FeedUnavailableError, ProgrammeError
from roadmap.intake.feeds import connections
from roadmap.settings import Settings
from roadmap.stack import ports
from roadmap.store import embedded
from tests.databases import administrator
from tests.factories import report
from tests.feeding import counts, events, pull, told

LIST = 'kind = "http"\nconnection = "registry"\npath = "office/reports"\nattempts = 1\n'
PAGES = LIST + 'records = "data.items"\nnext = "data.next"\nsince = "after"\ncursor = "changed"\n'
VIEW = 'kind = "sql"\nconnection = "records"\nview = "دفتر.گزارش"\ncursor = "changed"\n'
FOLDER = 'kind = "files"\nformat = "csv"\nurl = "file:///monthly"\nconnection = "share"\n'
FOLDERS_OPTIONS = 'date = "gregorian"\ndecimal = ","\ndelimiter = ";"\n'
GREGORIAN = 'date = "gregorian"\n'

OCTOBER = [report("Q-1", effective=date(2026, 10, 31), percent=10), report("Q-2", unit="P-1", percent=20)]


@pytest.fixture(scope="module")
def server_folder(server: embedded.Databases) -> Path:
    """The state folder of the tests' own embedded PostgreSQL."""
    with administrator(server) as session:
        return Path(session.execute(text("select current_setting('data_directory')")).scalar_one()).parents[1]


@pytest.fixture
def opened(desk, settings: Settings):
    """Opens the office of the quays, whose feed these lines of TOML say, with its rows of October."""

    def build(entry: str, options: str, state_dir: Path | None = None) -> Settings:
        config = told(settings, entry, options).model_copy(update={"demo": True})
        config = config.model_copy(update={"state_dir": state_dir or config.state_dir})
        plan = programme.load(config.programme)
        port = ports.choose(offices.HOST, wanted=None, first=8900, setting=None)
        offices.connect(offices.unconnected(plan), config, port=port, database=state_dir is not None)
        offices.lay("quays", plan.commission("quays").feed, OCTOBER, config)
        return config

    return build


@contextmanager
def served(config: Settings) -> Iterator[str]:
    """The offices' server, in a thread of this process; the address of the quays' records."""
    told_host = json.loads(connections.demonstrated(config)["AIRFLOW_CONN_REGISTRY"])["host"]
    server = office.server(config, int(told_host.rpartition(":")[2]))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"{told_host}/office/reports"
    server.should_exit = True
    thread.join()


def change(config: Settings, **fields: object) -> None:
    """What a person does: the first record of the quays' file gets other values."""
    path = config.demo_dir / "quays.json"
    first, *others = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps([first | fields, *others]), "utf-8")


def test_a_list_is_handed_out_with_a_mark_and_a_changed_record_comes_in(opened, engine: Engine) -> None:
    config = opened(LIST, GREGORIAN)
    with served(config):
        assert [counts(receipt) for receipt in pull(config)] == [(2, 2, 0, 0)]
        assert pull(config) == []
        change(config, **{"As of": "2026-11-15", "Done %": 60})
        assert [counts(receipt) for receipt in pull(config)] == [(2, 1, 1, 0)]
    assert ("Q-1", "2026-11-15", 60) in events(engine)


def test_records_come_page_by_page_and_later_only_those_that_changed(
    opened, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "_PAGE", 1)
    config = opened(PAGES, GREGORIAN)
    with served(config) as address:
        token = json.loads(connections.demonstrated(config)["AIRFLOW_CONN_REGISTRY"])["extra"]
        first = requests.get(address, headers=token, timeout=5).json()["data"]
        assert (len(first["items"]), first["next"]) == (1, "?page=2")
        assert [counts(receipt) for receipt in pull(config)] == [(2, 2, 0, 0)]
        assert pull(config) == []
        change(config, changed="2999-01-01T00:00:00Z", **{"As of": "2026-11-15"})
        assert [counts(receipt) for receipt in pull(config)] == [(1, 1, 0, 0)]


@pytest.mark.parametrize(("entry", "spoilt"), [(LIST, False), (PAGES, True)])
def test_a_list_that_comes_whole_whenever_it_changes_has_no_rows_that_are_wrong(
    opened, entry: str, *, spoilt: bool
) -> None:
    config = opened(entry, GREGORIAN)
    feed = programme.load(config.programme).commission("quays").feed
    path = offices.lay("quays", feed, [report(f"Q-{number}") for number in range(100)], config)
    assert ("۴۵ درصد" in path.read_text("utf-8")) is spoilt


def test_a_view_is_read_and_a_changed_row_comes_in_by_itself(opened, server_folder: Path, engine: Engine) -> None:
    config = opened(VIEW, "", server_folder)
    assert [counts(receipt) for receipt in pull(config)] == [(2, 2, 0, 0)]
    assert pull(config) == []
    with embedded.administrator(server_folder, "offices") as there:
        there.execute("""update "دفتر"."گزارش" set "As of" = '2026-11-15', "Done %" = '60' where "Code" = 'Q-1'""")
    assert [counts(receipt) for receipt in pull(config)] == [(2, 1, 1, 0)]  # what was newest comes once more with it
    assert pull(config) == []
    assert ("Q-1", "2026-11-15", 60) in events(engine)
    connections.forget(config)


def test_a_view_is_made_anew_for_a_feed_whose_columns_were_changed(opened, server_folder: Path, engine: Engine) -> None:
    opened(VIEW, "", server_folder)
    config = opened(VIEW.replace("changed", "moved"), "", server_folder)
    assert [counts(receipt) for receipt in pull(config)] == [(2, 2, 0, 0)]
    connections.forget(config)


def test_the_role_of_a_view_may_read_it_and_nothing_else(opened, server_folder: Path, databases) -> None:
    config = opened(VIEW, "", server_folder)
    to = json.loads(connections.demonstrated(config)["AIRFLOW_CONN_RECORDS"])
    reader = create_engine(
        f"postgresql+psycopg://{to['login']}@/{to['schema']}?host={to['host']}&port={to['port']}",
        isolation_level="AUTOCOMMIT",
    )
    with reader.connect() as session:
        assert session.execute(text('select count(*) from "دفتر"."گزارش"')).scalar_one() == 2
        for forbidden in ('delete from "دفتر"."گزارش"', 'select * from "دفتر"."گزارش_rows"', "create table x ()"):
            with pytest.raises(Exception, match="permission denied"):
                session.execute(text(forbidden))
    reader.dispose()
    connections.forget(config)


def test_a_folder_lies_below_the_place_that_its_connection_says(opened, engine: Engine) -> None:
    config = opened(FOLDER, FOLDERS_OPTIONS)
    [path] = (config.state_dir / "demo" / "share" / "monthly").iterdir()
    assert [counts(receipt) for receipt in pull(config)] == [(2, 2, 0, 0)]
    assert pull(config) == []
    assert path.is_file()
    feed = programme.load(config.programme).commission("quays").feed
    feeds.write(path.with_name("november.csv"), feed, [report("Q-1", effective=date(2026, 11, 15), percent=60)])
    assert [counts(receipt) for receipt in pull(config)] == [(1, 1, 0, 0)]


def test_an_operators_folder_is_named_by_a_connection_of_airflows(
    desk, engine: Engine, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = told(settings, FOLDER, FOLDERS_OPTIONS)
    monkeypatch.setenv("AIRFLOW_CONN_SHARE", f"fs://?path={quote(str(tmp_path / 'mnt'), safe='')}")
    path = tmp_path / "mnt" / "monthly" / "october.csv"
    path.parent.mkdir(parents=True)
    feeds.write(path, programme.load(config.programme).commission("quays").feed, OCTOBER)
    assert [counts(receipt) for receipt in pull(config)] == [(2, 2, 0, 0)]


def test_the_server_answers_nobody_without_the_token_and_on_no_other_address(opened) -> None:
    config = opened(LIST, GREGORIAN)
    with served(config) as address:
        for headers in ({}, {"Authorization": "Bearer guessed"}):
            assert requests.get(address, headers=headers, timeout=5).status_code == 401
        with pytest.raises(requests.ConnectionError):
            requests.get(address.replace("127.0.0.1", "127.0.0.2"), timeout=5)


@pytest.mark.parametrize("content", ["[{", '{"Code": "Q-1"}', "[1]"])
def test_a_file_that_is_half_edited_is_asked_for_again(opened, content: str) -> None:
    config = opened(LIST, GREGORIAN)
    (config.demo_dir / "quays.json").write_text(content)
    with served(config), pytest.raises(FeedUnavailableError, match="answers with status 503"):
        pull(config)


def test_an_office_that_has_nothing_yet_hands_out_nothing(opened) -> None:
    config = opened(LIST, GREGORIAN)
    (config.demo_dir / "quays.json").unlink()
    with served(config):
        assert pull(config) == []


def test_only_their_owner_may_read_what_opens_the_offices_and_each_start_makes_it_anew(opened) -> None:
    before = opened(LIST, GREGORIAN)
    file, secret = before.demo_dir / "connections.json", connections.demonstrated(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert connections.demonstrated(opened(LIST, GREGORIAN)) != secret
    assert "Bearer" not in before.programme.read_text("utf-8")


def test_an_operators_connection_counts_more_than_the_demonstrations(opened, monkeypatch) -> None:
    config = opened(LIST, GREGORIAN)
    monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", "http://registry.example")
    assert connections.connection("registry", config).host == "registry.example"


def test_without_a_running_demonstration_it_is_told_what_a_feed_lacks(opened) -> None:
    config = opened(LIST, GREGORIAN)
    connections.forget(config)
    with pytest.raises(ProgrammeError, match=r"set AIRFLOW_CONN_REGISTRY .*\(a demonstration has its own while"):
        pull(config)
