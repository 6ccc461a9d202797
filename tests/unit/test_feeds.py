"""The files that the demonstration lays into the inboxes: what is written in an office's own way reads back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from roadmap import programme
from roadmap.demo import feeds
from roadmap.domain.changes import ReportProgress
from roadmap.domain.events import ProgressReported
from roadmap.intake import parse
from roadmap.intake.checking import check
from roadmap.intake.feeds import asking
from roadmap.intake.mapping import Mapper
from roadmap.programme import Feed
from roadmap.settings import Settings
from tests.factories import report

FEEDS = {
    f"{plan.programme.code}-{commission.code}": commission.feed
    for plan in (programme.load(), programme.load(Path(__file__).parents[1] / "programmes" / "harbour.toml"))
    for commission in plan.commissions
}
feeds_of_both = pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)

FULL = report(
    unit="P-1",
    percent=42.5,
    forecast_finish=date(2027, 3, 20),
    confidence="amber",
    spent=1234.5,
    narrative="کار برابر برنامه، با «گیومه» و; نقطه‌ویرگول, پیش می‌رود",
    blocker="تأمین اعتبار",
    evidence="صورت‌جلسه",
)
DONE = report(code="B-2", state="done", percent=100)


@dataclass
class ReadBack:
    """What the intake makes of a file."""

    reports: list[ProgressReported] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)


def read(path: Path, feed: Feed) -> ReadBack:
    settings, found = Settings(_env_file=None, state_dir=path.parent / "state"), ReadBack()
    with path.open("rb") as content, parse.read(content, feed, settings) as table:
        mapper = Mapper(feed, table.header)
        for row in (row for chunk in table.chunks for row in parse.rows_of(chunk)):
            verdict = check(mapper.draft(row))
            if isinstance(verdict, ReportProgress):
                found.reports.append(verdict.report)
            else:
                found.refused += [(row.number, refusal.field, refusal.code) for refusal in verdict]
    return found


def carried(reports: Sequence[ProgressReported], feed: Feed) -> list[ProgressReported]:
    """`reports` without the fields that `feed` has no column for."""
    kept = {*feed.mapping.values(), "type"}
    return [
        ProgressReported.model_validate({name: value for name, value in each.model_dump().items() if name in kept})
        for each in reports
    ]


@feeds_of_both
def test_what_is_written_in_a_feeds_own_way_comes_back_through_the_intake(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / f"reports.{feed.format}"
    feeds.write(path, feed, [FULL, DONE])
    found = read(path, feed)
    assert found.refused == []
    assert found.reports == carried([FULL, DONE], feed)


@feeds_of_both
def test_a_file_has_the_offices_own_headers_and_words(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / f"reports.{feed.format}"
    feeds.write(path, feed, [FULL])
    header, row = plainly(path, feed)
    assert sorted(header) == sorted(feed.mapping)
    words = {word for word, value in feed.values.get("state", {}).items() if value == "in_progress"}
    assert row[[feed.mapping[name] for name in header].index("state")] in (words or {"in_progress"})


@feeds_of_both
def test_numbers_and_dates_are_written_as_the_office_writes_them(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / f"reports.{feed.format}"
    feeds.write(path, feed, [FULL])
    header, row = plainly(path, feed)
    written = dict(zip((feed.mapping[name] for name in header), row, strict=True))
    assert written["percent"] == {".": "42.5", ",": "42,5", "٫": "۴۲٫۵"}[feed.options.decimal]
    assert written["effective"] == {"jalali": "1405-08-09", "gregorian": "2026-10-31"}[feed.options.date]


def plainly(path: Path, feed: Feed) -> list[list[object]]:
    """The rows of `path` as the plainest reader of its format sees them."""
    if feed.format == "xlsx":
        return [[cell.value for cell in row] for row in load_workbook(path).active.iter_rows()]
    content = path.read_text(encoding="utf-8-sig")
    if feed.format == "csv":
        return list(csv.reader(io.StringIO(content), delimiter=feed.options.delimiter))
    return [list(json.loads(content)[0]), *(list(row.values()) for row in json.loads(content))]


@feeds_of_both
def test_mishaps_spoil_a_few_rows_at_the_end_of_a_long_file_and_no_other(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / f"reports.{feed.format}"
    many = [report(code=f"A-{number}") for number in range(100)]
    feeds.write(path, feed, many, mishaps=True)
    found = read(path, feed)
    assert found.reports == carried(many[:-3], feed)
    assert {field for _, field, _ in found.refused} == {"percent", "effective"}
    assert len({row for row, _, _ in found.refused}) == 3


@feeds_of_both
def test_a_short_file_has_no_mishaps(feed: Feed, tmp_path: Path) -> None:
    path = tmp_path / f"reports.{feed.format}"
    feeds.write(path, feed, [DONE] * 30, mishaps=True)
    assert read(path, feed).refused == []


@pytest.mark.parametrize("kind", ["xlsx", "csv", "json"])
def test_a_file_appears_whole_and_replaces_what_was_there(kind: str, tmp_path: Path) -> None:
    feed = next(feed for feed in FEEDS.values() if feed.format == kind)
    path = tmp_path / f"reports.{kind}"
    path.write_text("before", encoding="utf-8")
    feeds.write(path, feed, [DONE])
    assert read(path, feed).reports == carried([DONE], feed)
    assert [entry for entry in tmp_path.iterdir() if entry.is_file()] == [path]


def test_a_feed_that_only_has_an_inbox_is_asked_for_nothing(harbour, tmp_path):
    settings = Settings(_env_file=None, state_dir=tmp_path)
    assert [list(asking.fetch(entry.feed, None, tmp_path, settings)) for entry in harbour.commissions] == [[], []]
