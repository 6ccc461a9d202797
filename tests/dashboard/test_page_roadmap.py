from dataclasses import replace

import pytest

from dashboard.format import Format
from dashboard.shown import roadmap as shown
from dashboard.shown.roadmap import Around, Filter, Titles
from roadmap.domain.model import Status
from roadmap.domain.text import Text
from roadmap.services import desk as desks
from roadmap.services import standing
from roadmap.services.critical_path import CriticalPath, critical_path
from tests.factories import TODAY, milestone

FA, EN = Format("fa"), Format("en")
NO_PATH = CriticalPath({}, None)


@pytest.fixture
def lines(desk):
    return standing.lines(desk, desks.moment(desk, day=TODAY))


@pytest.fixture
def around(desk, lines):
    programme = desk.programme
    titles = Titles(
        {each.code: each.title.en for each in programme.commissions},
        {each.code: each.title.en for each in programme.horizons},
    )
    return Around(titles, TODAY, critical_path(lines, TODAY))


def test_every_milestone_stands_under_its_commission_and_leads_to_its_story(board):
    page = board("roadmap")
    assert "3 of 3 milestones" in page.text
    assert page.markup.index("<h4>Quays</h4>") < page.markup.index("<h4>Cranes</h4>")
    assert all(f'href="milestone?milestone={code}"' in page.markup for code in ("Q-1", "Q-2", "C-1"))


def test_the_grouping_is_a_switch_in_the_address(board):
    markup = board("roadmap", by="horizon").markup
    assert markup.index("<h4>Near</h4>") < markup.index("<h4>Far</h4>")
    assert "<h4>Quays</h4>" not in markup


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({"horizon": "far"}, {"Q-2", "C-1"}),
        ({"commission": "quays"}, {"Q-1", "Q-2"}),
        ({"status": "late"}, {"Q-1"}),
        ({"search": "crane"}, {"C-1"}),
        ({"search": "q-2"}, {"Q-2"}),
        ({"search": "استان\u200cها"}, {"Q-2"}),
        ({"horizon": "far", "commission": "quays"}, {"Q-2"}),
        ({"path": "critical"}, {"Q-1", "C-1"}),
        ({"path": "near", "horizon": "far"}, {"C-1"}),
    ],
)
def test_filters_in_the_address_narrow_the_timeline(board, asked, left):
    markup = board("roadmap", **asked).markup
    assert {code for code in ("Q-1", "Q-2", "C-1") if f"milestone={code}" in markup} == left


def test_the_critical_path_is_marked_in_words_and_by_a_sign_and_the_others_tell_their_slack(board):
    page = board("roadmap")
    assert "Critical path: a slip moves the programme’s end, expected on 8 August 2028" in page.text
    assert page.markup.count('<i class="b-tied"') == page.markup.count("</svg>Critical path</span>") == 2
    assert "; 221 days of slack" in page.text
    table = page.app.dataframe[0].value
    assert list(table["Slack (days)"]) == ["0", "221", "0"]
    assert list(table["Critical path"]) == ["Yes", "", "Yes"]
    persian = board("roadmap", "fa", path="critical")
    assert "در مسیر بحرانی: هر تأخیر آن پایان برنامه را عقب می‌برد" in persian.text
    assert list(persian.app.dataframe[0].value["شناوری (روز)"]) == ["۰", "۰"]


def test_a_filter_that_nothing_fits_says_what_to_do(board):
    page = board("roadmap", search="submarine")
    assert "No milestone fits these filters; take one of them away." in page.text
    assert not page.app.dataframe


def test_typing_a_search_writes_it_into_the_address(board):
    page = board("roadmap")
    page.app.text_input(key="filter-search").set_value("  quay one ").run()
    assert page.address == {"search": "quay one"}
    assert "1 of 3 milestones" in page.text


@pytest.mark.parametrize("asked", [{"commission": "navy"}, {"status": "green"}, {"milestone": "X-1"}, {"by": "colour"}])
def test_an_unknown_code_is_told_and_everything_is_shown(board, asked):
    page = board("roadmap", **asked)
    assert f"There is no {next(iter(asked.values()))} here; pick from the list." in page.text
    assert "3 of 3 milestones" in page.text


def test_a_chosen_milestone_stands_between_what_it_waits_for_and_what_waits_for_it(board):
    markup = board("roadmap", milestone="C-1").markup
    assert markup.index("<h4>Depends on</h4>") < markup.index("milestone=Q-1") < markup.index("<h4>Milestone</h4>")
    assert "Needed by" not in markup
    assert "b-row b-before" in markup
    assert "b-row b-chosen" in markup
    assert "<h4>Needed by</h4>" in board("roadmap", milestone="Q-1").markup


def test_a_chosen_milestone_that_stands_alone_says_so(board):
    assert "It depends on no other milestone, and none depends on it." in board("roadmap", milestone="Q-2").text


def test_in_persian_the_table_begins_at_the_right(board):
    english, persian = board("roadmap").app.dataframe[0].value, board("roadmap", "fa").app.dataframe[0].value
    assert list(english.columns)[:2] == ["Code", "Title"]
    assert list(persian.columns)[-2:] == ["عنوان", "کد"]
    assert persian["موعد مصوب"].iloc[0] == "۱۴۰۵/۰۸/۰۹"


def test_persian_pages_hold_no_english(board):
    page = board("roadmap", "fa", milestone="C-1")
    assert "۳ نقطه عطف از ۳" in page.text
    for word in ("Quay", "Late", "Depends", "milestones"):
        assert word not in page.text


def test_the_download_holds_plain_numbers_and_days(lines, around):
    first = shown.records(lines, around, EN)[0]
    assert (first["Code"], first["Done (%)"], first["Days later"]) == ("Q-1", 90.0, 40)
    assert (first["Promised"], first["Expected finish"]) == ("2026-10-31", "2026-12-10")
    assert shown.records(lines, around, FA)[0]["موعد مصوب"] == "1405-08-09"


def test_what_is_shown_can_be_downloaded(board):
    (button,) = board("roadmap", commission="quays").app.get("download_button")
    assert button.proto.label == "Download as CSV"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("", True), ("CAMERA", True), ("دوربین دار", True), ("دوربين‌دار", True), ("uniform", False), ("رئیس", True)],
)
def test_a_search_forgives_case_joints_and_arabic_letters(wanted, found, lines):
    sought = milestone(
        title=Text(fa="لباس دوربین‌دار", en="Camera clothes"), owner=Text(fa="رئیس", en="Head"), code="X-1"
    )
    line = next(iter(lines))
    assert Filter(text=wanted).lets(replace(line, milestone=sought), NO_PATH) is found


def test_statuses_are_filtered_by_their_codes(lines):
    assert [line.code for line in lines if Filter(status=Status.LATE.value).lets(line, NO_PATH)] == ["Q-1"]
