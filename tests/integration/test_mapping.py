"""A mapping that a person saved is how files read from then on; a sample shows beforehand what will become of them."""

from __future__ import annotations

import io
import tomllib
from datetime import date

import openpyxl
import pytest

from roadmap.domain.events import FeedMapped
from roadmap.errors import ConflictError, FileRefusedError, ProgrammeError
from roadmap.feed import FilesFeed, HttpFeed
from roadmap.intake import pipeline
from roadmap.services import desk as desks
from roadmap.services import (
    handing_in,
    mapping_feeds,
    mapping_preview,
    mapping_samples,
    reopening,
    reporting,
    templates,
)
from roadmap.services.mapping_toml import as_toml
from roadmap.store import decisions, verifying
from tests.factories import TODAY, acting, deliver, established, report

#: What the office sends one month: other headers, other words, another mark between cells.
NEW = (
    "Kode,Ort,Stand,Lage,Fertig\nQ-1,,2026-11-20,laufend,95\nQ-2,P-1,2026-11-20,laufend,60\nQ-9,,2026-11-20,laufend,5\n"
)
MAPPING = {"Kode": "milestone", "Ort": "unit", "Stand": "effective", "Lage": "state", "Fertig": "percent"}


@pytest.fixture
def desk(engine, harbour, monkeypatch):
    monkeypatch.setattr(desks, "today", lambda _desk: TODAY)
    return established(engine, harbour)


def wanted(desk, mapping=None, values=None, **options):
    """A mapping of the quays' files, as the wizard makes it."""
    entry = desk.programme.commission("quays")
    feed = entry.feed.model_copy(
        update={"mapping": mapping or MAPPING, "values": values or {"state": {"laufend": "in_progress"}}}
    )
    return mapping_feeds.fitted(entry, feed, {"delimiter": ",", "decimal": "."} | options, TODAY)


def save(desk, mapped=None, base=0, actor="secretariat"):
    return mapping_feeds.save(acting(desk, actor), mapped or wanted(desk), base)


def hand_in(desk, settings, content=NEW, name="month.csv"):
    return handing_in.hand_in(desk, settings, "quays", name, content.encode(), day=TODAY)


def test_a_file_that_was_refused_reads_once_a_mapping_for_it_is_saved(desk, settings):
    refused = hand_in(desk, settings)
    assert refused.refused
    save(desk)
    receipt = hand_in(desk, settings, NEW + "Q-1,,2026-11-19,laufend,94\n")
    assert (receipt.accepted, receipt.rejected) == (3, 1)


def test_the_refused_file_itself_can_be_checked_again(desk, settings):
    refused = hand_in(desk, settings)
    assert [each.batch for each in mapping_feeds.refused(desk, settings, "quays")] == [refused.batch]
    save(desk)
    again = reopening.reopen(desk, settings, refused.batch, reason="mapped", day=TODAY)
    assert (again.accepted, again.rejected) == (2, 1)
    assert mapping_feeds.refused(desk, settings, "quays") == []


def test_every_way_that_takes_reads_by_the_saved_mapping(desk, settings, tmp_path):
    save(desk)
    path = tmp_path / "month.csv"
    path.write_text(NEW)
    loaded = pipeline.load(desk.engine, desk.programme, settings, "quays", path, today=TODAY)
    assert loaded.accepted == 2
    inbox = settings.inbox / "quays"
    inbox.mkdir(parents=True)
    (inbox / "next.csv").write_text(NEW.replace("2026-11-20", "2026-11-21"))
    (pulled,) = pipeline.pull("quays", settings, today=TODAY)
    assert pulled.accepted == 2


def test_the_template_uses_the_headers_of_the_saved_mapping(desk, settings):
    save(desk)
    made = templates.template(desk, settings, "quays", day=TODAY)
    table = mapping_samples.read(
        made.content, mapping_samples.layouts.Layout("xlsx"), desk.commission("quays").feed, settings
    )
    assert {"Kode", "Lage", "Fertig"} <= set(table.header)


def test_kind_and_schedule_stay_the_programme_files(desk):
    save(desk)
    feed = desk.commission("quays").feed
    assert (feed.kind, feed.every_minutes) == ("files", 5)
    assert (feed.mapping, feed.options.delimiter) == (MAPPING, ",")
    assert feed.options.date == "gregorian"


def test_other_commissions_and_no_figure_are_touched(desk):
    save(desk)
    assert desk.commission("cranes") == desk.programme.commission("cranes")
    verifying.verify(desk.engine)


def test_of_two_who_save_at_once_the_second_is_told_and_nothing_is_overwritten(desk):
    first = save(desk, actor="one")
    other = wanted(desk, {**MAPPING, "Notiz": "narrative"})
    with pytest.raises(ConflictError, match=f"one saved version {first.number}"):
        save(desk, other, actor="two")
    assert mapping_feeds.present(desk, "quays").newest.feed.mapping == MAPPING
    second = save(desk, other, base=first.number, actor="two")
    assert [each.number for each in mapping_feeds.present(desk, "quays").versions] == [0, first.number, second.number]


def test_whoever_loses_the_race_under_the_lock_is_told_too(desk, monkeypatch):
    """Both have looked, and nobody had saved; only the log's head tells them apart."""
    monkeypatch.setattr(mapping_feeds, "_is_newest", lambda *_: None)
    save(desk, actor="one")
    with pytest.raises(ConflictError, match="one saved"):
        save(desk, wanted(desk, {**MAPPING, "Notiz": "narrative"}), actor="two")


def test_the_same_saved_twice_is_saved_once(desk):
    assert save(desk) == save(desk)


def test_going_back_is_a_new_version(desk, settings):
    first = save(desk)
    entry = desk.programme.commission("quays")
    back = mapping_feeds.fitted(entry, entry.feed, {}, TODAY)
    second = save(desk, back, base=first.number)
    assert second.number > first.number
    assert desk.commission("quays").feed == entry.feed
    assert hand_in(desk, settings).refused


def broken(desk):
    """A mapping from before the programme file said that this feed can only have others."""
    mapped = FeedMapped(effective=TODAY, commission="quays", format="csv", mapping=MAPPING, options={"decimal": "x"})
    decisions.record(desk.engine, mapped, same=["quays", 0], actor="secretariat")


def test_a_mapping_that_fits_no_longer_is_told_and_never_ignored(desk, settings):
    broken(desk)
    with pytest.raises(
        ProgrammeError, match=r"commission quays \(version \d+, by secretariat\) no longer fits .*decimal"
    ):
        desk.commission("quays")
    inbox = settings.inbox / "quays"
    inbox.mkdir(parents=True)
    (inbox / "next.csv").write_text(NEW)
    with pytest.raises(ProgrammeError, match="Save a new one"):
        pipeline.pull("quays", settings, today=TODAY)
    assert (inbox / "next.csv").exists()


def test_such_a_mapping_is_shown_as_trouble_and_a_new_one_mends_it(desk):
    broken(desk)
    present = mapping_feeds.present(desk, "quays")
    assert "no longer fits" in str(present.trouble)
    save(desk, base=present.number)
    assert mapping_feeds.present(desk, "quays").trouble is None
    assert desk.commission("quays").feed.mapping == MAPPING


def test_what_a_feed_cannot_follow_is_refused_before_it_is_saved(desk):
    with pytest.raises(ProgrammeError, match="no form of a day"):
        wanted(desk, dates=["tomorrow"])


def test_a_kind_with_one_format_has_no_other(desk):
    feed = HttpFeed(kind="http", connection="registry", path="reports", mapping={})
    entry = desk.programme.commission("quays").model_copy(update={"feed": feed})
    other = feed.model_copy(update={"format": "csv"})
    with pytest.raises(ProgrammeError, match="format"):
        mapping_feeds.fitted(entry, other, {}, TODAY)


def test_what_only_the_programme_file_says_is_carried_on(desk):
    entry = desk.programme.commission("quays")
    options = entry.feed.options.model_copy(update={"constants": {"confidence": "green"}, "fill_down": ("Kode",)})
    told = entry.model_copy(update={"feed": entry.feed.model_copy(update={"options": options})})
    mapped = mapping_feeds.fitted(told, told.feed, {"delimiter": ","}, TODAY)
    made = mapping_feeds.applied(told, mapped)
    assert (made.options.constants, made.options.fill_down) == ({"confidence": "green"}, ("Kode",))


def test_a_change_names_what_was_and_what_is(desk):
    before = desk.programme.commission("quays").feed
    changes = mapping_feeds.changes(before, mapping_feeds.applied(desk.programme.commission("quays"), wanted(desk)))
    told = {(change.kind, change.name): (change.before, change.after) for change in changes}
    assert told["column", "Kode"] == ("", "milestone")
    assert told["column", "Code"] == ("milestone", "")
    assert told["word", "state: laufend"] == ("", "in_progress")
    assert told["option", "delimiter"] == (";", ",")


def look(desk, settings, content=NEW):
    entry = desk.commission("quays")
    return entry, mapping_samples.look(settings, entry, content.encode(), mapping_samples.known_to(desk, entry))


def test_of_a_workbook_the_sheet_with_the_reports_is_found(desk, settings):
    book = openpyxl.Workbook()
    book.active.append(["Contents", "of this book"])
    book.active.append(["nothing", "much"])
    sheet = book.create_sheet("November")
    for line in NEW.splitlines():
        sheet.append(line.split(","))
    content = io.BytesIO()
    book.save(content)
    entry = desk.commission("quays")
    table = mapping_samples.look(settings, entry, content.getvalue(), mapping_samples.known_to(desk, entry))
    assert (table.sheet, table.layout.sheet, table.sheets) == ("November", "November", ("November", "Sheet"))


def test_a_sample_is_read_without_a_word_about_its_layout(desk, settings):
    _, table = look(desk, settings)
    assert (table.layout.format, table.layout.delimiter, table.header[0], table.frame.height) == ("csv", ",", "Kode", 3)


def test_a_sample_that_cannot_be_read_is_refused_with_the_readers_sentence(desk, settings):
    with pytest.raises(FileRefusedError) as caught:
        look(desk, settings, "")
    assert caught.value.code == "empty_file"


def test_a_sample_over_the_limit_is_refused(desk, settings):
    with pytest.raises(FileRefusedError) as caught:
        look(desk, settings.model_copy(update={"max_file_bytes": 10}))
    assert caught.value.code == "too_big"


def test_a_long_sample_is_cut_and_told(desk, settings, monkeypatch):
    monkeypatch.setattr(mapping_samples, "MOST_ROWS", 2)
    _, table = look(desk, settings)
    assert (table.frame.height, table.cut) == (2, True)


def test_a_sample_is_proposed_for_by_the_plan(desk, settings):
    entry, table = look(desk, settings)
    proposal = mapping_samples.propose(entry, table, mapping_samples.known_to(desk, entry))
    assert [column.field for column in proposal.columns][:3] == ["milestone", "unit", "effective"]


def test_what_another_commission_saved_is_known_to_the_proposer(desk, settings):
    entry = desk.programme.commission("cranes")
    feed = entry.feed.model_copy(update={"mapping": {"Fertig": "percent"}})
    save(desk, mapping_feeds.fitted(entry, feed, {}, TODAY))
    entry, table = look(desk, settings)
    proposal = mapping_samples.propose(entry, table, mapping_samples.known_to(desk, entry))
    assert [column.field for column in proposal.columns][-1] == "percent"


def test_the_preview_is_what_the_file_itself_becomes(desk, settings):
    deliver(desk, report("Q-1", effective=date(2026, 11, 20), percent=95))
    _, table = look(desk, settings)
    feed = mapping_feeds.applied(desk.programme.commission("quays"), wanted(desk))
    found = mapping_preview.preview(desk, "quays", feed, table)
    verdicts = [(row.number, row.verdict) for row in found.rows]
    assert verdicts == [(2, "duplicate"), (3, "accepted"), (4, "rejected")]
    assert found.rows[1].report == report("Q-2", unit="P-1", effective=date(2026, 11, 20), percent=60)
    assert found.reasons == (("milestone", "unknown_milestone", 1),)
    save(desk)
    receipt = hand_in(desk, settings)
    assert (receipt.duplicates, receipt.accepted, receipt.rejected) == tuple(
        found.count(verdict) for verdict in ("duplicate", "accepted", "rejected")
    )


def test_a_preview_writes_nothing(desk, settings):
    before = decisions_and_events(desk)
    _, table = look(desk, settings)
    feed = mapping_feeds.applied(desk.programme.commission("quays"), wanted(desk))
    mapping_preview.preview(desk, "quays", feed, table)
    assert decisions_and_events(desk) == before
    assert reporting.present(desk, "Q-2", "P-1").report is None


def decisions_and_events(desk):
    with desk.engine.connect() as connection:
        return connection.exec_driver_sql("select count(*), max(seq) from event").one()


def test_a_mapping_that_misses_a_field_says_so_for_the_whole_file(desk, settings):
    entry, table = look(desk, settings)
    found = mapping_preview.preview(desk, "quays", entry.feed, table)
    assert "lacks these columns: Code" in found.refused.en
    assert found.rows == ()


def test_the_mapping_as_toml_reads_back_as_the_same_feed(desk):
    odd = {'Sp"alte\\ 1\t': "milestone", "تاریخ": "effective", "a.b": "state"}
    options = {"nothing": ["-", "\x7f"], "joined": {"percent": ["p", "q"]}, "sheet": "برگه", "hyphenate": True}
    feed = FilesFeed(kind="files", format="xlsx", mapping=odd, values={"state": {"ja!": "done"}}, options=options)
    (commission,) = [tomllib.loads("[[x]]\n" + as_toml(feed).replace("commissions.feed", "x.feed"))["x"][0]]
    assert FilesFeed.model_validate(commission["feed"]) == feed
