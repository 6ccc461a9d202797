"""What Airflow sees in the DAG folder, parsed by a real process of its own."""

from __future__ import annotations

import shutil

import pytest

from tests.dags.conftest import HARBOUR, parsed

PULLS = ["pull_cranes", "pull_quays"]


def test_every_commission_of_the_programme_has_a_pull_and_all_share_refresh_anchor_and_remind(harbour_dags):
    assert harbour_dags["errors"] == {}
    assert sorted(harbour_dags["dags"]) == ["anchor", *PULLS, "refresh", "remind"]


def test_parsing_loads_nothing_heavy(harbour_dags):
    assert harbour_dags["loaded"] == []


@pytest.mark.parametrize("pull", PULLS)
def test_a_pull_waits_for_its_inbox_and_for_the_clock(harbour_dags, pull):
    told, code = harbour_dags["dags"][pull], pull.removeprefix("pull_")
    assert told["assets"] == [f"inbox of {code}"]
    [[path, arguments]] = told["triggers"]
    assert path == "dags.inbox.InboxTrigger"
    assert arguments["folder"].endswith(f"/inbox/{code}")
    assert told["clock"].endswith("/5 * * * *")
    assert (told["max_active_runs"], told["catchup"]) == (1, False)


def test_sweeps_of_different_pulls_do_not_start_together(harbour_dags):
    assert len({harbour_dags["dags"][pull]["clock"] for pull in PULLS}) == len(PULLS)


def test_the_anchor_is_written_every_hour_and_no_hour_is_caught_up_with(harbour_dags):
    told = harbour_dags["dags"]["anchor"]
    assert told["clock"] == "17 * * * *"
    assert (told["max_active_runs"], told["catchup"]) == (1, False)


def test_reminders_are_looked_at_every_hour_and_no_hour_is_caught_up_with(harbour_dags):
    told = harbour_dags["dags"]["remind"]
    assert told["clock"] == "37 * * * *"
    assert (told["max_active_runs"], told["catchup"], told["assets"]) == (1, False, [])


def test_assets_make_one_chain_from_inboxes_to_the_board(harbour_dags):
    dags = harbour_dags["dags"]
    parts = [outlet for pull in PULLS for task in dags[pull]["tasks"].values() for outlet in task["outlets"]]
    assert sorted(parts) == dags["refresh"]["assets"] == ["roadmap of cranes", "roadmap of quays"]
    assert dags["refresh"]["tasks"]["recompute"]["outlets"] == ["board"]


def test_every_dag_says_what_it_is_in_both_languages(harbour_dags):
    for told in harbour_dags["dags"].values():
        assert told["tags"]
        assert any("a" <= letter <= "z" for letter in told["doc"])
        assert any("آ" <= letter <= "ی" for letter in told["doc"])
        assert any("آ" <= letter <= "ی" for letter in told["title"])


def test_every_task_has_an_owner_patience_and_a_limit(harbour_dags):
    for told in harbour_dags["dags"].values():
        for task in told["tasks"].values():
            assert task["owner"] == "council secretariat"
            assert task["retries"] == 3
            assert task["retry_delay"] > 0
            assert task["has_time_limit"]
            assert task["tells_failure"]


def test_a_bad_programme_file_gives_one_clear_import_error_a_dag_file(tmp_path):
    broken = tmp_path / "broken.toml"
    shutil.copy(HARBOUR.with_suffix(".csv"), tmp_path)
    broken.write_text(HARBOUR.read_text("utf-8").replace('code = "near"', 'code = "near "', 1), "utf-8")
    told = parsed(tmp_path, broken)
    assert sorted(told["dags"]) == ["anchor", "remind"]
    assert len(told["errors"]) == 2
    for error in told["errors"].values():
        assert "ProgrammeError: Programme file broken.toml, horizons.0.code" in error
        assert "Correct the file and start again." in error
