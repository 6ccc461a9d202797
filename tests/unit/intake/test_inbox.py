from __future__ import annotations

import hashlib
import os
import time

import pytest

from roadmap.errors import FeedUnavailableError, FileRefusedError
from roadmap.intake import inbox
from tests.unit.intake.files import limits


@pytest.fixture
def settings(tmp_path):
    return limits(tmp_path, max_file_bytes=100)


@pytest.fixture
def box(settings):
    folder = settings.inbox / "quays"
    folder.mkdir(parents=True)
    return folder


def put(folder, name, content=b"content", age=10.0):
    path = folder / name
    path.write_bytes(content)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_an_inbox_that_nobody_made_is_empty(settings):
    assert inbox.waiting(settings, "quays") == []


def test_only_finished_regular_files_wait_oldest_first(settings, box, tmp_path):
    second, first = put(box, "a.csv", age=5), put(box, "b.csv", age=50)
    for name in (".hidden", "~$گزارش.xlsx", "c.csv.part", "d.PART", "e.tmp"):
        put(box, name)
    (box / "folder").mkdir()
    (box / "link.csv").symlink_to(put(tmp_path, "secret.csv"))
    os.mkfifo(box / "pipe.csv")
    assert inbox.waiting(settings, "quays") == [first, second]


def test_a_file_that_vanishes_under_the_eyes_does_not_wait(box):
    path = put(box, "a.csv")
    with os.scandir(box) as entries:
        entry = next(entries)
    path.unlink()
    assert inbox._sighting(entry) is None


def test_what_is_taken_is_known_by_its_content(settings, box):
    path = put(box, "گزارش.csv", b"rows")
    with inbox.taken(path, settings) as taken:
        assert (taken.name, taken.digest) == ("گزارش.csv", hashlib.sha256(b"rows").hexdigest())
        path.unlink()
        taken.content.seek(0)
        assert taken.content.read() == b"rows"
        assert list(inbox.staging(settings).iterdir()) == []  # a copy without a name: nothing to clean up after a kill


def test_a_file_over_the_limit_has_a_digest_and_no_content(settings, box):
    content = b"x" * 3_000_000
    with inbox.taken(put(box, "big.csv", content), settings) as taken:
        assert taken.content is None
        assert taken.digest == hashlib.sha256(content).hexdigest()


def test_a_link_is_never_followed(settings, box, tmp_path):
    (box / "link.csv").symlink_to(put(tmp_path, "secret.csv"))
    with pytest.raises(FileRefusedError) as refused, inbox.taken(box / "link.csv", settings):
        pass
    assert refused.value.code == "not_a_file"


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_is_refused_without_waiting(settings, box, make):
    make(box / "odd.csv")
    with pytest.raises(FileRefusedError, match="not a regular file"), inbox.taken(box / "odd.csv", settings):
        pass


def test_a_file_that_is_not_there_may_come_later(settings, box):
    with pytest.raises(FeedUnavailableError, match=r"none.csv cannot be read"), inbox.taken(box / "none.csv", settings):
        pass


def test_a_file_that_grows_while_it_is_copied_is_left_for_later(settings, box, monkeypatch):
    path = put(box, "growing.csv")
    copy = inbox._copy

    def copy_slowly(*arguments):
        path.write_bytes(b"content and more")
        return copy(*arguments)

    monkeypatch.setattr(inbox, "_copy", copy_slowly)
    refused = pytest.raises(inbox.StillWrittenError, match=r"growing.csv is still being written")
    with refused, inbox.taken(path, settings):
        pass


def test_a_file_of_some_age_is_settled_at_once(box):
    path = put(box, "a.csv")
    started = time.monotonic()
    assert inbox.settled(path)
    assert time.monotonic() - started < 0.2


def test_a_file_that_changes_under_the_eyes_is_not_settled(box, monkeypatch):
    path = put(box, "a.csv", age=0)
    monkeypatch.setattr(inbox.time, "sleep", lambda _: path.write_bytes(b"more content"))
    assert not inbox.settled(path)


@pytest.mark.parametrize("age", [0, -3600])
def test_a_fresh_file_is_watched_for_a_moment_even_from_a_clock_ahead(box, monkeypatch, age):
    waits = []
    monkeypatch.setattr(inbox.time, "sleep", waits.append)
    assert inbox.settled(put(box, "a.csv", age=age))
    assert 0 < waits[0] <= 0.5


def test_a_file_that_another_pull_took_is_not_settled(box):
    assert not inbox.settled(box / "gone.csv")


def away(path, settings, number=7, between=lambda: None):
    with inbox.taken(path, settings) as taken:
        between()
        return inbox.put_away(path, taken, settings.state_dir / "done", number)


def test_a_file_is_put_away_under_its_receipt_and_never_over_another(settings, box):
    names = [away(put(box, "گزارش.csv"), settings).name for _ in range(3)]
    assert names == ["000007-گزارش.csv", "000007-2-گزارش.csv", "000007-3-گزارش.csv"]
    assert list(box.iterdir()) == []


def test_a_file_that_was_replaced_meanwhile_stays(settings, box):
    path = put(box, "a.csv")
    assert away(path, settings, between=lambda: put(box, "a.csv", b"newer content")) is None
    assert path.read_bytes() == b"newer content"


def test_a_file_that_was_removed_meanwhile_is_no_error(settings, box):
    path = put(box, "a.csv")
    assert away(path, settings, between=path.unlink) is None


def test_a_name_of_any_length_and_any_bytes_finds_a_place(settings, box):
    long = "ی" * 125 + ".csv"
    odd = os.fsdecode(b"r\xff\xfe\n.csv")
    assert away(put(box, long), settings).name.endswith("یی.csv")
    assert away(put(box, odd), settings).name == "000007-r\ufffd\ufffd\ufffd.csv"


def test_a_name_that_reorders_text_is_shown_plainly(box):
    assert inbox.display_name(box / "report\u202excod.csv") == "report\ufffdxcod.csv"
