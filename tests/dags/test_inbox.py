"""The trigger on real folders: it announces what waits, as often as that changes, and touches nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import aclosing

import pytest

from dags.inbox import InboxTrigger, settled, sightings
from roadmap.intake.feeds.landing import generated_name

pytestmark = pytest.mark.timeout(30)
QUICK = 0.02


async def first_events(folder, count, act=None):
    """The payloads of the next `count` events; `act(n)` is called after the n-th."""
    payloads = []
    async with aclosing(InboxTrigger(str(folder), QUICK).run()) as events:
        async for event in events:
            payloads.append(event.payload)
            if len(payloads) == count:
                return payloads
            act(len(payloads))
    return payloads


async def is_silent(folder, seconds=0.3):
    try:
        await asyncio.wait_for(first_events(folder, 1), seconds)
    except TimeoutError:
        return True
    return False


def test_a_file_that_waits_is_announced(tmp_path):
    (tmp_path / "گزارش.xlsx").write_bytes(b"x")
    assert asyncio.run(first_events(tmp_path, 1)) == [{"waiting": 1, "files": ["گزارش.xlsx"]}]


def test_a_restarted_triggerer_announces_again_what_still_waits(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    before, after = (asyncio.run(first_events(tmp_path, 1)) for _ in range(2))
    assert before == after
    assert (tmp_path / "a.csv").read_text() == "x"


def test_a_later_file_and_the_same_name_again_are_each_announced(tmp_path):
    def act(number):
        if number == 1:
            (tmp_path / "b.csv").write_text("x")
        else:
            (tmp_path / "a.csv").write_text("corrected")

    (tmp_path / "a.csv").write_text("x")
    events = asyncio.run(first_events(tmp_path, 3, act))
    assert [event["waiting"] for event in events] == [1, 2, 2]


def test_the_same_file_put_back_after_it_was_taken_is_announced_again(tmp_path):
    inbox, done = tmp_path / "inbox", tmp_path / "done"
    inbox.mkdir()
    (inbox / "a.csv").write_text("x")

    async def scene():
        async with aclosing(InboxTrigger(str(inbox), QUICK).run()) as events:
            await anext(events)
            following = asyncio.create_task(anext(events))
            shutil.move(inbox / "a.csv", done)
            await asyncio.sleep(5 * QUICK)
            assert not following.done()
            shutil.move(done, inbox / "a.csv")
            return (await following).payload

    assert asyncio.run(scene())["files"] == ["a.csv"]


def test_nothing_new_is_nothing_said(tmp_path):
    assert asyncio.run(is_silent(tmp_path))
    assert asyncio.run(is_silent(tmp_path / "not there yet"))


def test_a_file_that_still_grows_is_not_announced_until_it_rests(tmp_path):
    (tmp_path / "big.csv").write_text("x")
    first = sightings(str(tmp_path))
    (tmp_path / "big.csv").write_text("xx")
    second = sightings(str(tmp_path))
    assert settled(first, second) == frozenset()
    assert settled(second, sightings(str(tmp_path))) == second


@pytest.mark.parametrize("name", [".hidden.csv", "~$open.xlsx", "coming.csv.part", "coming.crdownload", "x.tmp"])
def test_names_of_unfinished_and_hidden_files_are_not_seen(tmp_path, name):
    (tmp_path / name).write_text("x")
    assert sightings(str(tmp_path)) == frozenset()


@pytest.mark.parametrize("kind", ["http", "sql", "files"])
def test_what_a_pull_has_fetched_is_not_announced_since_that_pull_takes_it(tmp_path, kind):
    (tmp_path / generated_name(kind, "-report.csv")).write_text("x")
    assert sightings(str(tmp_path)) == frozenset()
    (tmp_path / f"{kind}-report.csv").write_text("x")
    assert [seen.name for seen in sightings(str(tmp_path))] == [f"{kind}-report.csv"]


def test_links_and_folders_are_not_files(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe.csv")
    assert sightings(str(tmp_path)) == frozenset()


def test_the_event_names_at_most_twenty_files(tmp_path):
    for number in range(25):
        (tmp_path / f"{number:02}.csv").write_text("x")
    [event] = asyncio.run(first_events(tmp_path, 1))
    assert event["waiting"] == 25
    assert event["files"] == [f"{number:02}.csv" for number in range(20)]


def test_the_triggerer_can_make_it_again_from_what_it_wrote_down(tmp_path):
    path, arguments = InboxTrigger(str(tmp_path)).serialize()
    module, _, name = path.rpartition(".")
    assert (module, name) == (InboxTrigger.__module__, "InboxTrigger")
    assert InboxTrigger(**arguments).serialize() == (path, arguments)
