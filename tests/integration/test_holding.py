"""A file that is odd as a whole is held back, told why, and goes in when a person has released it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from roadmap.errors import ConflictError, SettingsError
from roadmap.intake import holding, inbox, pipeline
from roadmap.services import originals, reopening, waiving
from roadmap.store import decisions, log, verifying
from tests.factories import TODAY

HEAD = "Code;Place;As of;State;Done %;Expected;Remarks"
REASON = "The ministry confirmed it by telephone."


def line(code="Q-1", place="", day=date(2026, 10, 31), percent="40", remarks=""):
    return f"{code};{place};{day};doing;{percent};;{remarks}"


def days(count, first=date(2026, 10, 1), **changes):
    """`count` rows of one milestone, a day each, up to the end of October."""
    return [line(day=first + timedelta(days=number), **changes) for number in range(count)]


def csv(rows):
    return ("\n".join([HEAD, *rows]) + "\n").encode()


@pytest.fixture
def drop(desk, settings):
    """Puts a file into the quays' inbox and pulls; the receipts."""

    def put(rows, name="report.csv", today=TODAY):
        folder = settings.inbox / "quays"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(csv(rows))
        os.utime(path, (time.time() - 60, time.time() - 60))
        return pipeline.pull("quays", settings, today=today)

    return put


@pytest.fixture
def release(desk, settings):
    def decide(batch, take=reopening.release, **changes):
        return take(desk, settings, batch, **{"reason": REASON, "day": TODAY} | changes)

    return decide


def counts(receipt):
    return receipt.rows_read, receipt.accepted, receipt.duplicates, receipt.rejected


def ledger(desk, batch):
    with desk.engine.connect() as connection:
        query = text("select row, code, en, fa from reject where batch = :n order by id")
        return [tuple(row) for row in connection.execute(query, {"n": batch})]


def reports(desk):
    with desk.engine.connect() as connection:
        return connection.execute(text("select count(*) from event where type = 5")).scalar_one()


def kept(settings):
    found = (path.relative_to(settings.state_dir) for path in settings.state_dir.rglob("*.csv"))
    return sorted(str(path) for path in found)


def failed(receipt):
    return {entry["column"]: entry["severity"] for entry in receipt.checks["failed"] + receipt.checks["told"]}


STRANGE = days(25, code="Z-9")
FRACTIONS = days(25, percent="0,4")


@pytest.mark.parametrize(
    ("rows", "column", "sentence"),
    [
        (STRANGE, "milestone", "25 of 25 rows name a milestone that this commission does not have"),
        (FRACTIONS, "percent_begun", "25 of 25 rows that have begun stand below one percent"),
        (days(25, first=date(2026, 12, 1)), "effective", "25 of 25 rows are of a day before the plan begins or after"),
        (days(25, first=date(2024, 1, 1)), "effective", "25 of 25 rows are of a day before the plan begins or after"),
        (days(25, percent="400"), "percent", "25 of 25 rows have a percent below 0 or above 100"),
    ],
)
def test_a_file_that_is_odd_as_a_whole_is_held_back_with_figures_and_kept(desk, drop, settings, rows, column, sentence):
    (receipt,) = drop(rows)
    assert (receipt.refused, holding.is_held(receipt), counts(receipt)) == (True, True, (0, 0, 0, 0))
    assert failed(receipt)[column] == "critical"
    assert column in {entry["column"] for entry in receipt.checks["held"]}
    ((row, code, en, fa),) = ledger(desk, receipt.batch)
    assert (row, code) == (None, "held_back")
    assert sentence in en
    assert "دبیرخانه" in fa
    assert kept(settings) == [f"quarantine/quays/{receipt.batch:06}-report.csv"]
    assert (settings.reports / receipt.checks["docs"]).exists()


def test_a_file_with_a_few_bad_rows_goes_in(drop):
    (receipt,) = drop([*days(25), *[line(code="Z-9", place=str(number)) for number in range(3)]])
    assert (receipt.refused, counts(receipt)) == (False, (28, 25, 0, 3))
    assert receipt.checks["held"] == []
    assert failed(receipt)["milestone"] == "warning"


def test_the_pull_goes_on_with_other_files(desk, drop, settings):
    folder = settings.inbox / "quays"
    folder.mkdir(parents=True)
    (folder / "a-held.csv").write_bytes(csv(STRANGE))
    os.utime(folder / "a-held.csv", (time.time() - 600, time.time() - 600))
    held, taken = drop([line()])
    assert (held.refused, taken.accepted) == (True, 1)


@pytest.mark.parametrize(("remarks", "is_held"), [("", True), ("Half of it fell in again.", False)])
def test_going_back_is_held_back_unless_a_reason_is_given(drop, remarks, is_held):
    drop([line(day=date(2026, 9, 30), percent="60")])
    (receipt,) = drop(days(25, percent="50", remarks=remarks), "later.csv")
    assert receipt.refused is is_held
    assert failed(receipt).get("percent_unexplained, percent_before") == ("critical" if is_held else None)


def test_a_few_rows_that_go_back_are_told_and_go_in(drop):
    drop([line(day=date(2026, 9, 30), percent="60")])
    (receipt,) = drop([line(percent="50"), line("Q-2", "P-1", percent="5")], "later.csv")
    assert counts(receipt) == (2, 2, 0, 0)
    (told,) = [each for each in receipt.checks["failed"] if each["column"] == "percent_unexplained, percent_before"]
    assert (told["severity"], told["examples"]) == ("warning", ["50.0 · 60.0"])


def test_what_is_told_late_of_an_earlier_day_does_not_go_back(drop):
    drop([line(day=date(2026, 10, 31), percent="60")])
    (receipt,) = drop(days(25, percent="50"), "earlier.csv")
    assert "percent_unexplained, percent_before" not in failed(receipt)


@pytest.fixture
def history(drop):
    """Three files, month by month, of a commission that goes on by ten points a month."""
    ends = [date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]
    for number, end in enumerate(ends):
        (receipt,) = drop([line(day=end, percent=str(10 + 10 * number))], f"{end}.csv", today=TODAY)
        assert not receipt.refused
    return ends


def test_a_jump_beyond_the_commissions_history_is_told(history, drop):
    (receipt,) = drop([line(day=date(2026, 11, 15), percent="90")], "jump.csv")
    assert failed(receipt)["step"] == "warning"
    (calm,) = drop([line(day=date(2026, 11, 16), percent="95")], "calm.csv")
    assert "step" not in failed(calm)


def test_of_a_commission_without_history_no_step_is_a_jump(drop):
    drop([line(day=date(2026, 9, 30), percent="10")])
    (receipt,) = drop([line(percent="95")], "jump.csv")
    assert "step" not in failed(receipt)
    assert "rows" not in failed(receipt)


def test_a_file_in_which_nothing_is_newer_than_the_newest_before_is_stale(history, drop):
    (receipt,) = drop([line("Q-2", "P-1", day=date(2026, 10, 30))], "stale.csv")
    assert failed(receipt)["newest_day"] == "warning"
    assert counts(receipt) == (1, 1, 0, 0)
    (corrected,) = drop([line("Q-2", "P-2", day=history[-1])], "corrected.csv")
    assert "newest_day" not in failed(corrected)


def test_a_file_older_than_the_last_period_is_stale(drop):
    (receipt,) = drop([line(day=date(2026, 9, 30))])
    assert failed(receipt)["newest_day"] == "warning"
    (current,) = drop([line(day=date(2026, 10, 1))], "current.csv")
    assert "newest_day" not in failed(current)


def test_ten_times_more_rows_than_ever_hold_a_file_back(history, drop, desk):
    (told,) = drop([*days(20, first=date(2026, 11, 1), percent="50")], "some.csv")
    assert "rows" not in failed(told)
    (receipt,) = drop([line("Q-2", f"P-{number}") for number in range(201)], "many.csv")
    assert failed(receipt)["rows"] == "critical"
    assert "the file has 201 rows, where this commission's earlier ones make 0 to 200 usual" in str(
        ledger(desk, receipt.batch)
    )


def test_what_is_left_out_is_counted_and_no_error(drop):
    (receipt,) = drop([line("Q-2", "P-1")])
    assert receipt.checks["success"]
    told = {entry["column"]: (entry["unexpected_count"], entry["examples"]) for entry in receipt.checks["told"]}
    assert told == {"open_milestone": (1, ["Q-1"]), "units_left_out": (1, ["1"])}


def test_a_released_file_goes_in_row_by_row_and_says_so(desk, drop, release, settings):
    (held,) = drop([*FRACTIONS, line(code="Z-9")])
    receipt = release(held.batch)
    assert (receipt.refused, counts(receipt)) == (False, (26, 25, 0, 1))
    assert (receipt.source, receipt.channel, receipt.actor) == ("report.csv", "file", "tester")
    assert receipt.checks["reopened"]["batch"] == held.batch
    assert receipt.checks["held"]  # what was odd is odd still
    assert kept(settings) == [f"done/quays/{receipt.batch:06}-report.csv"]
    with desk.engine.connect() as connection:
        made = decisions.find(connection, "delivery_reopened", [held.batch])
    assert (made.decision.released, made.decision.reason, made.actor) == (True, REASON, "tester")
    with originals.original(settings, receipt) as content:
        assert content.read() == csv([*FRACTIONS, line(code="Z-9")])
    verifying.verify(desk.engine)


def test_the_same_file_once_more_is_led_to_the_receipt_that_counts(desk, drop, release, settings):
    (held,) = drop(FRACTIONS)
    (again,) = drop(FRACTIONS, "again.csv")
    assert (again.batch, again.repeated) == (held.batch, True)
    released = release(held.batch)
    assert kept(settings) == [f"done/quays/{released.batch:06}-{name}" for name in ("again.csv", "report.csv")]
    (third,) = drop(FRACTIONS, "third.csv")
    assert (third.batch, third.repeated, third.refused) == (released.batch, True, False)
    assert reports(desk) == 25


def test_the_same_file_after_it_was_dismissed_is_refused_still(desk, drop):
    (held,) = drop(FRACTIONS)
    waiving.waive(desk, held.batch, [None], reason="Fractions.", day=TODAY)
    (again,) = drop(FRACTIONS, "again.csv")
    assert (again.batch, again.refused, reports(desk)) == (held.batch, True, 0)


def test_a_file_that_is_checked_again_without_release_is_held_back_again(drop, release, settings):
    (held,) = drop(FRACTIONS)
    again = release(held.batch, reopening.reopen)
    assert (again.refused, again.batch > held.batch) == (True, True)
    assert kept(settings) == [f"quarantine/quays/{again.batch:06}-report.csv"]
    assert counts(release(again.batch)) == (25, 25, 0, 0)


def test_a_file_that_could_not_be_read_is_checked_again(desk, drop, release):
    (refused,) = drop(['Q-1;;2026-10-31;doing;40;;"open'])
    assert (refused.refused, holding.is_held(refused)) == (True, False)
    again = release(refused.batch, reopening.reopen)
    assert (again.refused, again.batch > refused.batch) == (True, True)
    assert [code for _, code, *_ in ledger(desk, again.batch)] == ["broken_csv"]


def test_nothing_is_taken_again_that_was_not_refused_is_gone_or_was_taken_already(drop, release, settings):
    (taken,) = drop([line()])
    with pytest.raises(SettingsError, match="was not refused"):
        release(taken.batch)
    with pytest.raises(SettingsError, match="no delivery of a file with the number 99"):
        release(99)
    (held,) = drop(FRACTIONS, "held.csv")
    with pytest.raises(SettingsError, match="say in 1 to 1,000 characters why"):
        release(held.batch, reason="  ")
    released = release(held.batch)
    with pytest.raises(ConflictError, match=f"taken again already, as delivery {released.batch}"):
        release(held.batch)
    (other,) = drop(STRANGE, "other.csv")
    (settings.state_dir / "quarantine" / "quays" / f"{other.batch:06}-other.csv").write_text("changed")
    with pytest.raises(SettingsError, match="is not kept as it came"):
        release(other.batch)


def test_a_file_that_is_loaded_from_anywhere_is_kept_when_it_is_held_back(desk, harbour, settings, release, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(csv(FRACTIONS))
    for _ in range(2):
        receipt = pipeline.load(desk.engine, harbour, settings, "quays", path, today=TODAY)
        assert kept(settings) == [f"quarantine/quays/{receipt.batch:06}-mine.csv"]
    assert path.read_bytes() == csv(FRACTIONS)
    assert counts(release(receipt.batch)) == (25, 25, 0, 0)
    assert path.exists()


KILLED = """
    import json, os, signal, sys
    from datetime import date
    from roadmap.intake import inbox, pipeline
    from roadmap.services import desk as desks
    from roadmap.services import reopening
    from roadmap.settings import Settings

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    if sys.argv[1] == "before it is taken":
        pipeline.take = die
    else:
        inbox.renumber = die
    settings, batch = Settings(_env_file=None, **json.loads(sys.argv[2])), int(sys.argv[3])
    with desks.desk(settings) as desk:
        day = date(2026, 11, 21)
        reopening.release(desk, settings, batch, reason="So.", day=day)
"""


@pytest.mark.parametrize("moment", ["before it is taken", "before it is moved"])
def test_a_release_that_is_killed_is_carried_on(desk, drop, release, settings, moment):
    (held,) = drop(FRACTIONS)
    arguments = [moment, settings.model_dump_json(), str(held.batch)]
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert reports(desk) == (0 if moment == "before it is taken" else 25)
    receipt = release(held.batch, reopening.reopen)  # as it was decided then
    assert counts(receipt) == (25, 25, 0, 0)
    assert kept(settings) == [f"done/quays/{receipt.batch:06}-report.csv"]
    assert reports(desk) == 25
    with desk.engine.connect() as connection:
        assert decisions.find(connection, "delivery_reopened", [held.batch]).decision.reason == "So."


def test_a_release_of_what_was_released_meanwhile_takes_nothing_twice(desk, drop, release, settings, monkeypatch):
    (held,) = drop(FRACTIONS)
    take = pipeline.take

    def overtaken(path, context):
        take(path, context)
        return take(path, context)

    monkeypatch.setattr(pipeline, "take", overtaken)
    assert release(held.batch).repeated
    assert reports(desk) == 25


def test_what_is_put_away_again_keeps_its_senders_name(tmp_path):
    path = tmp_path / "000007-2024-10.csv"
    path.touch()
    inbox.renumber(path, tmp_path / "done", 12)
    assert [each.name for each in (tmp_path / "done").iterdir()] == ["000012-2024-10.csv"]
    inbox.renumber(path, tmp_path / "done", 12)  # somebody was quicker


def test_a_receipt_of_a_form_is_not_held_back(desk):
    with log.writing(desk.engine) as writer:
        delivery = log.Delivery(channel="file", source="x", digest="d", actor="a", commission="quays")
        assert not holding.is_held(writer.append(delivery, log.Outcome(refused=True)))
