"""The `roadmap` command: what it prints, and one sentence instead of a traceback whatever is wrong."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import create_engine, make_url, text
from typer.testing import CliRunner

from roadmap import cli
from roadmap.settings import Settings
from roadmap.store.embedded import Databases
from tests.conftest import HARBOUR
from tests.databases import administrator, urls_of
from tests.feeding import told as told_programme

Run = Callable[..., Result]

COMMAND = Path(sys.executable).with_name("roadmap")
CSV = "Code;Place;As of;State;Done %\nQ-1;national;2026-10-31;doing;40\nQ-1;national;2026-13-01;doing;50\n"
NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
URLS = ("database_url", "owner_database_url", "airflow_database_url")
#: Commands that open the database whatever lies in the inboxes, and all that read settings and programme.
OPENING = [["status"], ["verify"], ["anchor"], ["rebuild"], ["load", "some.csv", "--commission", "quays"]]
AS_OWNER = [["init"], ["backup", "b.dump"]]
READING = [*AS_OWNER, ["pull"], ["restore", "b.dump"], *OPENING]


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder to be in, with the small programme set, and a database that nobody answers at."""
    values = {"state_dir": tmp_path / "state", "programme": HARBOUR, "demo": False, "anchors": tmp_path / "a.jsonl"}
    for name, value in (values | dict.fromkeys(URLS, NOWHERE)).items():
        monkeypatch.setenv(f"ROADMAP_{name.upper()}", str(value))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.csv").write_text(CSV, encoding="utf-8")
    return tmp_path


@pytest.fixture
def database(places: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A fresh database that answers."""
    for name in URLS:
        monkeypatch.setenv(f"ROADMAP_{name.upper()}", getattr(settings, name))
    return settings


@pytest.fixture
def run(places: Path) -> Run:
    return lambda *arguments: CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture
def installed(run: Run, database: Settings) -> Run:
    assert run("init").exit_code == 0
    return run


def refused(result: Result) -> str:
    """The one sentence with which a command failed."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("roadmap: ")
    assert result.stderr.endswith(".\n")
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def told(result: Result) -> object:
    """The JSON that a command printed."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_init_sets_up_once(run: Run, database: Settings) -> None:
    assert run("init").stdout == "Set up: 14 events in the log.\n"
    assert run("init").stdout == "Already set up: 14 events in the log.\n"
    assert told(run("init", "--json")) == {"events": 14, "new": False}


def test_status_tells_where_the_installation_stands(installed: Run) -> None:
    lines = installed("status").stdout.splitlines()
    assert lines[0] == "harbour: 2 commissions, 3 milestones, 14 events, 0 rejected rows"
    assert lines[1].startswith("head 14 ")
    assert lines[2:] == ["quays: nothing yet", "cranes: nothing yet"]
    installed("load", "some.csv", "--commission", "quays")
    assert installed("status").stdout.splitlines()[2].startswith("quays: some.csv at 20")
    found = told(installed("status", "--json"))
    assert set(found) >= {"commissions", "milestones", "events", "rejected_rows", "last_batch", "head"}
    assert (found["events"], found["rejected_rows"]) == (15, 1)


def test_load_takes_a_file_and_leaves_it(installed: Run, tmp_path: Path) -> None:
    first = installed("load", "some.csv", "--commission", "quays")
    assert first.stdout == "quays: some.csv: 2 rows, 1 accepted, 0 duplicates, 1 rejected\n"
    again = installed("load", "some.csv", "--commission", "quays")
    assert again.stdout == "quays: some.csv: 2 rows, 1 accepted, 0 duplicates, 1 rejected, came before\n"
    assert (tmp_path / "some.csv").read_text(encoding="utf-8") == CSV
    found = told(installed("load", "some.csv", "--commission", "quays", "--json"))
    assert (found["rows_read"], found["repeated"]) == (2, True)


def test_a_file_that_is_held_back_says_so_and_is_released_with_a_reason(installed: Run, tmp_path: Path) -> None:
    rows = [f"Q-1;;2026-10-{day:02};doing;0,4" for day in range(1, 26)]
    (tmp_path / "odd.csv").write_text("\n".join(["Code;Place;As of;State;Done %", *rows]), encoding="utf-8")
    held = installed("load", "odd.csv", "--commission", "quays")
    assert held.exit_code == 1
    assert held.stdout.endswith(
        "0 rejected, held back for the secretariat: `roadmap release 2 --reason TEXT` takes it in\n"
    )
    assert installed("again", "2").exit_code == 2  # no reason
    again = installed("again", "2", "--reason", "The mapping was corrected.")
    assert (again.exit_code, "`roadmap release 4 " in again.stdout) == (1, True)
    released = told(installed("release", "4", "--reason", "They confirmed it.", "--json"))
    assert (released["batch"], released["accepted"], released["held"], released["refused"]) == (6, 25, False, False)
    twice = installed("release", "4", "--reason", "They confirmed it.")
    assert (twice.exit_code, twice.stderr) == (1, "roadmap: Delivery 4 was taken again already, as delivery 6.\n")


def test_pull_takes_what_waits_and_says_when_nothing_does(installed: Run, tmp_path: Path) -> None:
    assert installed("pull").stdout == "Nothing waits in the inboxes.\n"
    inbox = tmp_path / "state" / "inbox" / "quays"
    (inbox / "october.csv").write_text(CSV, encoding="utf-8")
    found = told(installed("pull", "--json"))
    assert [(each["source"], each["accepted"], each["rejected"]) for each in found] == [("october.csv", 1, 1)]
    assert list(inbox.iterdir()) == []
    assert told(installed("pull", "cranes", "--json")) == []


def test_a_feed_that_cannot_be_asked_is_told_and_keeps_no_other_commission_waiting(
    installed: Run, database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = told_programme(database, 'kind = "http"\nconnection = "registry"\npath = "reports"\n')
    monkeypatch.setenv("ROADMAP_PROGRAMME", str(asked.programme))
    row = {"code": "C-1", "place": "", "day": "2026-06-30", "state": "in_progress", "percent": 10}
    (tmp_path / "state" / "inbox" / "cranes" / "june.json").write_text(json.dumps([row]), encoding="utf-8")
    result = installed("pull")
    assert result.exit_code == 1
    assert result.stdout == "cranes: june.json: 1 rows, 1 accepted, 0 duplicates, 0 rejected\n"
    assert "quays: There is no connection 'registry'" in result.stderr


def test_a_refused_file_is_told_and_fails_the_command(installed: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("nothing of the kind\n1\n", encoding="utf-8")
    result = installed("load", "bad.csv", "--commission", "quays")
    assert result.exit_code == 1
    assert result.stdout == "quays: bad.csv: 0 rows, 0 accepted, 0 duplicates, 0 rejected, refused\n"
    (tmp_path / "state" / "inbox" / "cranes" / "bad.json").write_text("{", encoding="utf-8")
    assert installed("pull").exit_code == 1


def test_verify_finds_a_clean_log_clean(installed: Run) -> None:
    assert installed("verify").stdout.startswith("Clean: 14 events in 1 batches, chain head ")
    found = told(installed("verify", "--json"))
    assert (found["events"], found["batches"], len(found["chain"])) == (14, 1, 64)


def test_verify_names_what_was_tampered_with(installed: Run, database: Settings) -> None:
    owner = create_engine(database.owner_database_url)
    with owner.begin() as connection:
        connection.execute(text("alter table event disable trigger user"))
        connection.execute(text("update event set effective = effective + 1 where seq = 7"))
    owner.dispose()
    assert "event 7 was changed" in refused(installed("verify"))


def cut_tail(database: Settings) -> None:
    """The owner takes the last batch away, and sets the head back as if it had never been there."""
    owner = create_engine(database.owner_database_url)
    with owner.begin() as connection:
        for statement in (
            "alter table event disable trigger user",
            "alter table batch disable trigger user",
            "alter table reject disable trigger user",
            "delete from reject where batch = 2",
            "delete from event where batch = 2",
            "delete from batch where id = 2",
            "update head set seq = b.last_seq, batch = b.id, chain = b.chain from batch b where b.id = 1",
        ):
            connection.execute(text(statement))
    owner.dispose()


def test_verify_says_plainly_what_it_cannot_see_without_an_anchor(
    installed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROADMAP_ANCHORS", "")
    lines = installed("verify").stdout.splitlines()
    assert lines[1].startswith(
        "No anchor is known: a tail that was cut off, or a log written anew as a whole, would not"
    )
    assert told(installed("verify", "--json"))["anchors"] == []


def test_anchor_writes_the_head_to_every_place(installed: Run, tmp_path: Path) -> None:
    place = tmp_path / "a.jsonl"
    assert installed("anchor").stdout.startswith(f"{place}: event 14, batch 1, chain ")
    assert "unmoved since the anchor of 20" in installed("anchor").stdout
    [found] = told(installed("anchor", "--json"))
    assert (found["place"], found["moved"], found["error"], found["anchor"]["seq"]) == (str(place), False, None, 14)
    assert f"{place}: anchors that agree: 3, the newest of 20" in installed("verify").stdout
    [held] = told(installed("verify", "--json"))["anchors"]
    assert held == {"place": str(place), "anchors": 3, "readable": True, "findings": []}


def test_anchor_names_the_place_that_fails_and_writes_the_others(
    installed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROADMAP_ANCHORS", "none/a.jsonl b.jsonl")
    result = installed("anchor")
    failing = f"{tmp_path}/none/a.jsonl (No such file or directory)"
    assert result.exit_code == 1
    assert result.stderr == f"roadmap: No anchor could be written to {failing}; see to it before the next hour.\n"
    assert result.stdout.startswith(f"{tmp_path}/b.jsonl: event 14")
    assert [each["error"] is None for each in json.loads(installed("anchor", "--json").stdout)] == [False, True]


def test_anchor_without_a_place_is_refused(installed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADMAP_ANCHORS", "")
    assert "ROADMAP_ANCHORS" in refused(installed("anchor"))


def test_verify_holds_the_log_against_its_anchors(
    installed: Run, database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("load", "some.csv", "--commission", "quays")
    installed("anchor")
    cut_tail(database)
    result = installed("verify")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"roadmap: Anchors at {tmp_path}/a.jsonl: 1 of 1 anchors disagree, the first of 20")
    assert (
        "the log ends at event 14 in batch 1, but it had 15 events in 2 batches: its tail was lost.\n" in result.stderr
    )
    again = installed("verify", "--json")
    assert (again.exit_code, len(json.loads(again.stdout)["anchors"][0]["findings"])) == (1, 1)
    monkeypatch.setenv("ROADMAP_ANCHORS", "")
    assert installed("verify").exit_code == 0
    assert "its tail was lost" in installed("verify", "--anchor", "a.jsonl").stderr


@pytest.fixture
def elsewhere(server: Databases, monkeypatch: pytest.MonkeyPatch, installed: Run) -> Iterator[Callable[[], None]]:
    """Sets the URLs of a database in which nothing is, when it is called."""
    with administrator(server) as admin:
        admin.execute(text("create database elsewhere owner roadmap_owner"))
    urls = urls_of(server, "elsewhere")

    def go() -> None:
        monkeypatch.setenv("ROADMAP_DATABASE_URL", urls.application)
        monkeypatch.setenv("ROADMAP_OWNER_DATABASE_URL", urls.owner)

    yield go
    with administrator(server) as admin:
        admin.execute(text("drop database elsewhere with (force)"))


def test_a_backup_is_restored_elsewhere_and_proved(installed: Run, elsewhere: Callable[[], None]) -> None:
    installed("load", "some.csv", "--commission", "quays")
    installed("anchor")
    made = installed("backup", "b.dump")
    assert made.stdout.startswith("b.dump: 0.1 MB in ")
    assert made.stderr.startswith("Backing up 15 events; tables of ")
    assert "overwrite it with --force" in refused(installed("backup", "b.dump"))
    head = told(installed("backup", "b.dump", "--force", "--json"))["anchor"]
    assert "is not empty" in refused(installed("restore", "b.dump"))
    elsewhere()
    back = installed("restore", "b.dump")
    assert back.exit_code == 0, back.output
    lines = back.stdout.splitlines()
    assert lines[0] == f"anchor    event 15, batch 2, chain {head['chain']}"
    assert lines[1] == f"restored  event 15, batch 2, chain {head['chain']}"
    assert "a.jsonl: anchors that agree: 1," in lines[3]
    assert installed("verify").exit_code == 0
    assert installed("init").stdout == "Already set up: 15 events in the log.\n"


def test_what_came_after_the_backup_is_told_when_it_is_restored(installed: Run, elsewhere: Callable[[], None]) -> None:
    installed("backup", "b.dump")
    installed("load", "some.csv", "--commission", "quays")
    installed("anchor")
    elsewhere()
    result = installed("restore", "b.dump", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["head"]["seq"], found["head"]["chain"]) == (14, found["anchor"]["chain"])
    assert "ends at event 14 in batch 1, but it had 15 events in 2 batches" in found["anchors"][0]["findings"][0]


def test_rebuild_makes_the_projections_again(installed: Run) -> None:
    assert installed("rebuild").stdout == "Rebuilt from 14 events.\n"
    assert told(installed("rebuild", "--json")) == {"events": 14}
    assert told(installed("status", "--json"))["milestones"] == 3


def test_schemas_are_what_the_models_say(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("schemas", "--check").exit_code == 0
    monkeypatch.setattr(cli, "SCHEMAS", tmp_path)
    assert "Stale: " in refused(run("schemas", "--check"))
    assert run("schemas").exit_code == 0
    assert run("schemas", "--check").exit_code == 0


def test_the_permissions_on_paper_are_those_of_the_table(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("permissions", "--check").exit_code == 0
    monkeypatch.setattr(cli, "PERMISSIONS", tmp_path / "permissions.md")
    (tmp_path / "permissions.md").write_text("Everybody may everything.")
    assert "Stale: permissions.md" in refused(run("permissions", "--check"))
    assert run("permissions").exit_code == 0
    assert run("permissions", "--check").exit_code == 0


@pytest.fixture
def bare(places: Path, server: Databases, monkeypatch: pytest.MonkeyPatch) -> str:
    """The application's URL of a database that was never set up; it is the one that is set."""
    url = make_url(server.application).set(database="postgres").render_as_string(hide_password=False)
    monkeypatch.setenv("ROADMAP_DATABASE_URL", url)
    return url


@pytest.mark.parametrize("arguments", OPENING, ids=lambda arguments: arguments[0])
def test_a_database_that_was_never_set_up_is_told(run: Run, bare: str, arguments: list[str]) -> None:
    assert "run `roadmap init` first" in refused(run(*arguments))


def test_a_role_that_may_not_set_up_is_told(run: Run, bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADMAP_OWNER_DATABASE_URL", bare)
    assert "permission denied" in refused(run("init"))


@pytest.mark.parametrize("arguments", [*AS_OWNER, *OPENING], ids=lambda arguments: arguments[0])
@pytest.mark.parametrize(
    "url",
    [NOWHERE, "no url at all", "mysql://u@somewhere/else", "postgresql://u:secret@localhost:port/x", "sqlite://"],
)
def test_a_database_that_cannot_be_reached_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], url: str
) -> None:
    monkeypatch.setenv("ROADMAP_DATABASE_URL", url)
    monkeypatch.setenv("ROADMAP_OWNER_DATABASE_URL", url)
    sentence = refused(run(*arguments))
    assert ("does not answer" if url == NOWHERE else "is not of the form postgresql+psycopg://") in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize("lacking", ["ROADMAP_OWNER_DATABASE_URL", "ROADMAP_AIRFLOW_DATABASE_URL"])
def test_half_a_set_of_urls_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    monkeypatch.delenv(lacking)
    assert lacking in refused(run("init"))


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
def test_a_setting_that_cannot_be_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setenv("ROADMAP_MAX_COLUMNS", "many")
    assert "ROADMAP_MAX_COLUMNS" in refused(run(*arguments))


@pytest.mark.parametrize("content", [None, "[programme", "", 'include = ["x"]', "[programme]\ncode = 1"])
def test_a_programme_file_that_is_broken_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, places: Path, content: str | None
) -> None:
    path = places / "broken.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    monkeypatch.setenv("ROADMAP_PROGRAMME", str(path))
    assert "broken.toml" in refused(run("pull"))


@pytest.mark.parametrize("arguments", [["init"], ["status"], ["pull"]], ids=lambda arguments: arguments[0])
def test_a_folder_for_a_programme_file_is_told(
    installed: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str]
) -> None:
    monkeypatch.setenv("ROADMAP_PROGRAMME", str(tmp_path))
    assert "cannot be read" in refused(installed(*arguments))


@pytest.mark.parametrize("embedded", [True, False])
def test_a_file_where_the_state_is_to_be_is_told(
    run: Run, database: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, embedded: object
) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    monkeypatch.setenv("ROADMAP_STATE_DIR", str(tmp_path / "taken"))
    if embedded:
        monkeypatch.delenv("ROADMAP_DATABASE_URL")
    assert "taken" in refused(run("init"))


@pytest.mark.parametrize("arguments", [["pull", "docks"], ["load", "some.csv", "--commission", "docks"]])
def test_a_commission_that_is_not_there_is_answered_with_those_that_are(installed: Run, arguments: list[str]) -> None:
    assert "'docks' in this programme; it has: quays, cranes" in refused(installed(*arguments))


@pytest.mark.parametrize("file", ["nowhere.csv", ".", "link.csv"])
def test_a_file_that_cannot_be_taken_is_told(installed: Run, tmp_path: Path, file: str) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "some.csv")
    refused(installed("load", file, "--commission", "quays"))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["up", "--board-port", "0"], "BOARD_PORT"),
        (["up", "--board-port", "70000"], "BOARD_PORT"),
        (["up", "--airflow-port", "-1"], "AIRFLOW_PORT"),
    ],
)
def test_a_port_that_cannot_be_is_told(run: Run, arguments: list[str], named: str) -> None:
    assert named in refused(run(*arguments))


@pytest.mark.parametrize(
    "arguments", [["up", "--board-port", "http"], ["load"], ["load", "some.csv"], ["fly"], ["status", "--fast"]]
)
def test_a_command_line_that_is_wrong_is_told_with_its_usage(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage:" in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_command_it_shows_what_it_can_do(run: Run) -> None:
    shown = run()
    for name in ["up", "init", "pull", "load", "status", "verify", "anchor", "backup", "restore", "rebuild", "schemas"]:
        assert name in shown.output


@pytest.mark.parametrize(
    ("arguments", "code"), [(["status"], 1), (["pull", "docks"], 1), (["status", "--fast"], 2), (["--help"], 0)]
)
def test_the_installed_command_ends_with_the_code_that_scripts_look_at(
    bare: str, arguments: list[str], code: int
) -> None:
    done = subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert bool(done.stderr) == (code != 0)


def test_rejects_are_told_as_sentences_csv_and_json(installed: Run, tmp_path: Path) -> None:
    assert installed("rejects").stdout == "Nothing waits.\n"
    installed("load", "some.csv", "--commission", "quays")
    line = installed("rejects").stdout
    assert line.startswith("quays: some.csv (delivery 2), row 3: ")
    assert line.endswith("[open, officer, 0 days]\n")
    (row,) = told(installed("rejects", "quays", "--json"))
    assert (row["row"], row["code"], row["state"], row["repaired_by"]) == (3, "not_a_date", "open", None)
    assert told(installed("rejects", "cranes", "--json")) == []
    (tmp_path / "again.csv").write_text(CSV.replace("2026-13-01", "2026-11-01"), encoding="utf-8")
    installed("load", "again.csv", "--commission", "quays")
    assert installed("rejects").stdout == "Nothing waits.\n"
    heads, repaired = csv.reader(io.StringIO(installed("rejects", "--all", "--csv").stdout))
    found = dict(zip(heads, repaired, strict=True))
    assert (found["state"], found["repaired_by"], found["repaired_row"]) == ("repaired", "again.csv", "3")
    assert "ships" in refused(installed("rejects", "ships"))
