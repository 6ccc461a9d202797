"""Anchors in a file: a line an hour, and what is told of a file that was damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roadmap.errors import RoadmapError, StoreError
from roadmap.services import anchors
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.store import anchoring, verifying
from roadmap.store.hashing import GENESIS
from tests.integration.anchoring.writing import NOON, append, findings, set_to, write


def test_an_anchor_is_one_canonical_line_that_tells_where_the_log_stands(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "a disk" / "anchors.jsonl"
    place.parent.mkdir()
    written = write(set_to(settings, place))
    clean = verifying.verify(desk.engine)
    [line] = place.read_text("utf-8").splitlines()
    assert line == json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"))
    assert json.loads(line).keys() == {"format", "programme", "seq", "batch", "chain", "recorded", "anchored"}
    found = anchoring.read(line)
    assert (found.programme, found.seq, found.batch) == ("harbour", clean.events, clean.batches)
    assert (found.chain, found.anchored) == (clean.chain.hex(), NOON)
    assert [each.anchor for each in written] == [found]


def test_a_file_grows_by_a_line_an_hour_and_an_unmoved_head_is_a_sign_of_life(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place.as_uri())
    moved = [write(config, hours=0)[0].moved, write(config, hours=1)[0].moved]
    first = place.read_bytes()
    append(desk, 1)
    moved.append(write(config, hours=2)[0].moved)
    assert moved == [True, False, True]
    assert place.read_bytes().startswith(first)
    assert len(place.read_bytes().splitlines()) == 3
    assert findings(desk, config) == []


def test_a_torn_last_line_is_told_and_never_glued_to_the_next(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    write(config)
    with place.open("a", encoding="utf-8") as stream:
        stream.write('{"batch":1,"cha')
    write(config)
    assert len(place.read_text("utf-8").splitlines()) == 3
    [told] = findings(desk, config)
    assert told.startswith("its line 2 is no anchor, torn or changed")


@pytest.mark.parametrize("lines", [1, 0])
def test_a_file_that_lost_anchors_is_told(desk: Desk, settings: Settings, tmp_path: Path, lines: int) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    write(config, hours=0)
    write(config, hours=1)
    place.write_text("".join(place.read_text("utf-8").splitlines(keepends=True)[:lines]), "utf-8")
    [told] = findings(desk, config)
    assert told.startswith("anchors written to it: 2, the last at 2026-11-21 13:00:00+00:00 for event 14; ")
    assert f"there now: {lines};" in told


def test_a_line_taken_out_of_the_middle_is_told(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    for hour in range(3):
        write(config, hours=hour)
    lines = place.read_text("utf-8").splitlines(keepends=True)
    place.write_text(lines[0] + lines[2], "utf-8")
    assert "anchors written to it: 3" in findings(desk, config)[0]


def test_a_disk_that_is_not_mounted_gets_no_new_file_in_its_mount_point(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    write(config)
    place.unlink()
    [written] = write(config, hours=1)
    assert "is its disk not mounted?" in str(written.error)
    assert not place.exists()
    assert "anchors written to it: 1" in findings(desk, config)[0]


def test_one_place_that_fails_is_named_and_keeps_no_other_from_its_anchor(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    places = [tmp_path / "none" / "a.jsonl", "ftp2://nowhere/x", "mailto:someone@example.org", tmp_path / "b.jsonl"]
    written = write(set_to(settings, *places))
    assert [each.error is None for each in written] == [False, False, False, True]
    assert (tmp_path / "b.jsonl").is_file()
    with pytest.raises(RoadmapError) as refused:
        anchors.insist(written)
    sentence = str(refused.value)
    for named in (f"{places[0]} (No such file or directory)", "ftp2://nowhere/x (it is no path", "ROADMAP_SMTP_HOST"):
        assert named in sentence
    assert "b.jsonl" not in sentence
    assert "\n" not in sentence


def test_a_place_that_cannot_be_read_is_told(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    [told] = findings(desk, set_to(settings, tmp_path / "folder"))
    assert told == "it cannot be read (Is a directory)"


def test_a_memory_that_was_damaged_is_told(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    config = set_to(settings, tmp_path / "anchors.jsonl")
    write(config)
    config.anchor_memory.write_text('{"x": 1}', "utf-8")
    with pytest.raises(StoreError, match="written anchors are remembered"):
        write(config)


def test_anchors_of_another_programme_in_the_same_place_are_counted_and_passed_over(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    write(config)
    other = anchoring.read(place.read_text("utf-8")).model_copy(update={"programme": "other", "seq": 999})
    with place.open("a", encoding="utf-8") as stream:
        stream.write(other.line() + "\n")
    [held] = anchors.check(desk.engine, "harbour", config)
    assert (len(held.anchors), held.others, held.findings) == (1, 1, ())
    [told] = findings(desk, set_to(settings), place)
    assert told == "it has anchors of other, this is harbour"


def test_an_empty_log_has_an_anchor_too(engine: object, desk: Desk, settings: Settings, tmp_path: Path) -> None:
    """Batch 0 is before any batch: its chain is the one that the first batch is linked to."""
    nothing = anchoring.Anchor(programme="harbour", seq=0, batch=0, chain=GENESIS.hex(), recorded=NOON, anchored=NOON)
    (tmp_path / "saved").write_text(nothing.line(), "utf-8")
    assert findings(desk, set_to(settings), tmp_path / "saved") == []
    (tmp_path / "saved").write_text(nothing.model_copy(update={"chain": "0" * 64}).line(), "utf-8")
    assert "batch 0 is not the one" in findings(desk, set_to(settings), tmp_path / "saved")[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "it cannot be read (No such file or directory)"),
        ("nothing of the kind\n", "it holds no anchor"),
        ('{"format": 1}\n', "a line of it is no anchor (programme: Field required)"),
        ('{"format": 2}\n', "a line of it is no anchor (format: Input should be 1)"),
        ("{\n", "a line of it is no anchor (Invalid JSON"),
    ],
)
def test_a_file_that_is_given_must_hold_anchors(
    desk: Desk, settings: Settings, tmp_path: Path, content: str | None, told: str
) -> None:
    saved = tmp_path / "saved.txt"
    if content is not None:
        saved.write_text(content, "utf-8")
    assert findings(desk, set_to(settings), saved)[0].startswith(told)
