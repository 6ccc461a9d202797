"""The Mapping page: a sample is taken, what is proposed is corrected, previewed and saved by who may."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import event

from dashboard import mapping, texts
from roadmap.domain.text import LANGUAGES
from roadmap.errors import ConflictError
from roadmap.intake import proposing
from roadmap.intake.proposing import vocabulary
from roadmap.services import handing_in, mapping_feeds
from roadmap.services.gate import NotAllowedError
from roadmap.services.mapping_toml import as_toml
from tests.factories import TODAY, acting

pytestmark = pytest.mark.usefixtures("installed")
LEAD = "lead:quays"
#: What the office sends from now on: unknown headers, an unknown word, a row of a milestone that there is not.
NEW = (
    "Kode,Ort,Stand,Lage,Fertig,Wort\n"
    "Q-1,,2026-11-20,doing,95,gut\nQ-2,P-1,2026-11-20,ruht,60,\nQ-2,P-2,2026-11-20,doing,20,\nQ-9,,2026-11-20,doing,5,\n"
)


@pytest.fixture
def lead(board):
    return lambda language="en": board("mapping", language, commission="quays", role=LEAD)


def take(page, content=NEW, name="month.csv"):
    page.app.file_uploader[0].set_value((name, content.encode(), "text/csv")).run()
    page.app.button(key="mapping-read").click().run(timeout=60)
    assert not page.app.exception
    return page


def field(page, ending, kind="selectbox"):
    return next(each for each in getattr(page.app, kind) if each.key and each.key.endswith(ending))


def pick(page, ending, value):
    field(page, ending).set_value(value).run(timeout=60)
    assert not page.app.exception
    return page


def completed(page):
    """What was left open, said: the percent, and what the unknown word means."""
    return pick(pick(page, "column-4", "percent"), "state-ruht", "suspended")


def save(page):
    field(page, "-seen", "checkbox").check().run(timeout=60)
    page.app.button(key="mapping-save").click().run(timeout=60)
    assert not page.app.exception
    return page


def test_everybody_sees_how_files_read_and_where_that_is_said(board):
    page = board("mapping", commission="quays", day="2026-11-20")
    assert "From the programme file" in page.text
    assert "Code Milestone" in page.text
    assert "doing State In progress" in page.text
    assert page.app.file_uploader.len == 0


def test_a_lead_is_offered_the_own_commission_alone(board):
    page = board("mapping", commission="quays", role="lead:cranes")
    assert page.app.selectbox(key="filter-commission").options == ["Cranes"]
    assert "From the programme file" not in page.text


def test_the_secretariat_may(board):
    assert board("mapping", commission="quays", role="secretariat").app.file_uploader.len == 1


def test_an_older_board_maps_nothing(board):
    page = board("mapping", commission="quays", role=LEAD, day="2026-10-10")
    assert page.app.file_uploader.len == 0


@pytest.mark.parametrize("role", ["executive", "lead:cranes"])
def test_who_saves_without_the_right_is_refused_by_what_writes(reads, desk, role):
    reads(role)
    entry = desk.programme.commission("quays")
    wanted = mapping_feeds.fitted(entry, entry.feed, {"decimal": "."}, TODAY)
    with pytest.raises(NotAllowedError):
        mapping.save(wanted, 0)
    assert mapping_feeds.present(desk, "quays").number == 0


def test_a_sample_is_proposed_for_with_reasons_and_what_is_not_known_is_left_open(lead):
    page = take(lead())
    assert "3 of 4 cells are milestones of the plan." in page.text
    assert [field(page, f"column-{place}").value for place in range(6)] == [
        "milestone", "unit", "effective", "state", "", "",
    ]  # fmt: skip
    assert "Left open. Neither its name nor its cells are known." in page.text
    assert field(page, "state-doing").value == "in_progress"
    assert field(page, "state-ruht").value == ""


def test_the_plan_is_read_with_the_sample_and_not_for_each_column_that_is_changed(lead, desk):
    """Each column whose field was changed has its words proposed anew, at each turn of the page."""
    page = take(lead())
    asked = []
    event.listen(desk.engine, "before_cursor_execute", lambda _, __, told, *___: asked.append(" ".join(told.split())))
    for place, name in ((4, "percent"), (3, "confidence"), (5, "state")):
        page = pick(page, f"column-{place}", name)
    assert field(page, "state-gut").value == ""
    assert [told for told in asked if "FROM unit ORDER" in told or "FROM milestone ORDER" in told] == []


def test_what_is_still_missing_is_told_by_the_reader_itself(lead):
    page = take(lead())
    assert "With this mapping the file would be refused: The file lacks these columns: Done %." in page.text
    assert field(page, "-seen", "checkbox").disabled


def test_a_corrected_column_shows_what_becomes_of_each_row_beside_the_present_mapping(lead):
    page = pick(take(lead()), "column-4", "percent")
    assert "accepted 2 – duplicate 0 – rejected 2 –" in page.text
    assert "With the present mapping the file is refused: The file lacks these columns: Code" in page.text
    assert "'ruht' is not known for “State”" in page.text
    assert "There is no milestone 'Q-9'" in page.text


def test_only_what_is_wrong_can_be_shown(lead):
    page = pick(take(lead()), "column-4", "percent")
    assert "Percent complete: 95%" in page.text
    field(page, "only-wrong", "toggle").set_value(True).run(timeout=60)
    assert "Percent complete: 95%" not in page.text
    assert "There is no milestone 'Q-9'" in page.text


def test_a_saved_mapping_holds_and_the_file_is_taken(lead, desk, settings):
    page = save(completed(take(lead())))
    assert "The mapping is saved (version" in page.text
    assert "Saved by" in page.text
    receipt = handing_in.hand_in(desk, settings, "quays", "a.csv", NEW.encode(), day=TODAY)
    assert (receipt.accepted, receipt.rejected) == (3, 1)


def test_before_saving_each_change_is_shown_old_and_new(lead):
    page = completed(take(lead()))
    assert "Column Kode – Milestone" in page.text
    assert "Mark between cells ; ," in page.text
    assert "word ruht – Suspended" in page.text


def test_headers_and_words_of_before_are_kept_unless_taken_out(lead, desk):
    page = completed(take(lead()))
    field(page, "-kept", "multiselect").set_value(["Remarks"]).run(timeout=60)
    save(page)
    feed = desk.commission("quays").feed
    assert feed.mapping["Remarks"] == "narrative"
    assert "Code" not in feed.mapping
    assert feed.values["state"]["finished"] == "done"


def test_what_was_picked_survives_another_run_of_the_page(lead):
    page = pick(take(lead()), "column-5", "narrative")
    page.app.run(timeout=60)
    assert field(page, "column-5").value == "narrative"
    page.app.query_params["commission"] = "cranes"
    page.app.run(timeout=60)
    page.app.query_params["commission"] = "quays"
    page.app.run(timeout=60)
    assert field(page, "column-5").value == "narrative"


def test_another_mark_between_cells_reads_the_sample_anew(lead):
    page = pick(take(lead()), "-delimiter", ";")
    assert "Kode,Ort,Stand,Lage,Fertig,Wort" in page.text
    page = pick(page, "-delimiter", ",")
    assert field(page, "column-0").value == "milestone"


def test_a_sample_that_cannot_be_read_is_refused_with_a_sentence(lead):
    page = take(lead(), "")
    assert "The file is empty" in page.text
    page = take(lead("fa"), '[{"a": 1}')
    assert "پرونده JSON درستی نیست" in page.text


def test_days_that_can_be_read_in_two_ways_wait_for_the_person(lead):
    days = NEW.replace("2026-11-20", "03/04/2026")
    page = pick(pick(take(lead(), days), "column-4", "percent"), "column-2", "effective")
    assert "Choose what is still open above" in page.text
    field(page, "day-choice", "radio").set_value(1).run(timeout=60)
    assert "Report date: 4 March 2026" in page.text


def overtake(desk, base=0):
    entry = desk.programme.commission("quays")
    wanted = mapping_feeds.fitted(entry, entry.feed, {"nothing": ["?"]}, TODAY)
    return mapping_feeds.save(acting(desk, "secretariat (demo role)"), wanted, base)


def test_who_was_overtaken_sees_the_newer_mapping_and_overwrites_nothing_in_silence(lead, desk):
    page = completed(take(lead()))
    first = overtake(desk)
    page.app.run(timeout=60)
    assert "Another mapping was saved meanwhile" in page.text
    assert not [each for each in page.app.button if each.key == "mapping-save"]
    page.app.button(key="mapping-go-on").click().run(timeout=60)
    save(page)
    assert mapping_feeds.present(desk, "quays").number > first.number


def test_who_is_overtaken_at_the_very_click_is_told_too(lead, desk, monkeypatch):
    page = completed(take(lead()))
    saving = mapping_feeds.save

    def late(*given, **named):
        monkeypatch.setattr(mapping_feeds, "save", saving)
        overtake(desk)
        raise ConflictError("meanwhile")

    monkeypatch.setattr(mapping_feeds, "save", late)
    assert "Another mapping was saved meanwhile" in save(page).text


def test_a_refused_file_is_checked_again_after_the_mapping_was_saved(lead, desk, settings):
    refused = handing_in.hand_in(desk, settings, "quays", "a.csv", NEW.encode(), day=TODAY)
    page = save(completed(take(lead())))
    page.app.button(key=f"mapping-again-{refused.batch}").click().run(timeout=60)
    assert "a.csv: 4 rows read; 3 accepted, 0 duplicates, 1 rejected." in page.text
    assert not [each for each in page.app.button if each.key == f"mapping-again-{refused.batch}"]


def test_the_way_back_is_a_new_version(lead, desk):
    save(completed(take(lead())))
    page = lead()
    page.app.button(key="mapping-back-0").click().run(timeout=60)
    present = mapping_feeds.present(desk, "quays")
    assert len(present.versions) == 3
    assert present.entry.feed == desk.programme.commission("quays").feed


def test_what_only_the_programme_file_says_is_shown_and_carried_on(lead, desk, monkeypatch):
    entry = desk.programme.commission("quays")
    options = entry.feed.options.model_copy(update={"constants": {"confidence": "green"}})
    told = entry.model_copy(update={"feed": entry.feed.model_copy(update={"options": options})})
    monkeypatch.setitem(desk.programme.by_commission, "quays", told)
    page = lead()
    assert "confidence: green" in page.text
    save(completed(take(page)))
    assert desk.commission("quays").feed.options.constants == {"confidence": "green"}


def test_in_persian_the_page_is_persian(lead):
    page = completed(take(lead("fa")))
    assert "۳ خانه از ۴ خانه کد نقطه عطف برنامه است." in page.text
    assert "نقطه عطفی با کد" in page.text


def test_the_mapping_can_be_taken_to_the_programme_file(desk):
    feed = desk.programme.commission("quays").feed
    document = tomllib.loads("[[commissions]]\n" + as_toml(feed))
    assert type(feed).model_validate(document["commissions"][0]["feed"]) == feed


def test_every_reason_has_its_sentence_in_both_languages():
    sources = "".join(path.read_text() for path in Path(proposing.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'"((?:name|cells|days|numbers|word|nothing)_[a-z_]+)"', sources))
    assert len(codes) > 25
    for language in LANGUAGES:
        assert {code for code in codes if f"mapping_why.{code}" not in texts.load(language).keys} == set()


def test_the_boards_own_words_for_states_are_known_to_the_proposer():
    known = vocabulary.words([])
    for language in LANGUAGES:
        catalogue = texts.load(language)
        for field_, told in (("state", known["state"]), ("confidence", known["confidence"])):
            for meant in {meant for meanings in told.values() for meant in meanings}:
                word = vocabulary.folded(catalogue(f"{field_}.{meant}"))
                assert told[word] == {meant}
