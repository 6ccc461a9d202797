"""What is proposed for a sample: right, or left open; never guessed in silence."""

from __future__ import annotations

from datetime import date

import pytest

from roadmap import organisation, programme
from roadmap.demo import feeds, history
from roadmap.intake import parse
from roadmap.intake.parse import Cell, Row
from roadmap.intake.proposing import layout, main
from roadmap.intake.proposing.findings import DayChoice
from roadmap.intake.proposing.layout import Layout
from tests.factories import TODAY
from tests.unit.intake.files import feed, limits

#: Of the seven shipped feeds, each without its own entry: fields proposed right, left open. None may be wrong.
RIGHT, OPEN = 69, 8


@pytest.fixture(scope="module")
def shipped():
    """The shipped programme, begun two years before the tests' day, and its last two months of reports."""
    plan = programme.load(start=date(2024, 11, 21))
    by_day = history.reports(plan, organisation.units(plan), TODAY)
    return plan, [each for day in sorted(by_day)[-2:] for each in by_day[day]]


def sampled(entry, reports, folder):
    """The table of the demo's file of a commission, as intake reads it."""
    path = folder / "sample"
    feeds.write(path, entry.feed, reports, mishaps=True)
    with path.open("rb") as content, parse.read(content, entry.feed, limits(folder)) as found:
        return found.header, [row for chunk in found.chunks for row in parse.rows_of(chunk)]


@pytest.fixture(scope="module")
def proposals(shipped, tmp_path_factory):
    """The proposals for all seven, by commission; nobody's own headers and words are known."""
    plan, reports = shipped
    owner = {each.code: each.commission for each in plan.milestones}
    units = [each.code for each in organisation.units(plan)]
    made = {}
    for code, entry in plan.by_commission.items():
        own = [each for each in reports if owner.get(getattr(each, "milestone", "")) == code]
        header, rows = sampled(entry, own, tmp_path_factory.mktemp(code))
        others = [each.feed for each in plan.commissions if each.code != code]
        known = main.known(others, milestones=owner, units=units, today=TODAY)
        made[code] = main.propose(header, rows, known)
    return made


def test_of_seven_unknown_feeds_no_field_is_proposed_wrong_and_nearly_all_are_right(shipped, proposals):
    plan, _ = shipped
    pairs = [
        (column.field, plan.by_commission[code].feed.mapping[column.name])
        for code, proposal in proposals.items()
        for column in proposal.columns
    ]
    assert [pair for pair in pairs if pair[0] not in {None, pair[1]}] == []
    assert (sum(field == meant for field, meant in pairs), sum(field is None for field, _ in pairs)) == (RIGHT, OPEN)


def test_of_their_words_none_is_proposed_wrong(shipped, proposals):
    plan, _ = shipped
    for code, proposal in proposals.items():
        for field, words in proposal.words.items():
            own = plan.by_commission[code].feed.values[field]
            assert [word for word in words if word.meant not in {None, own.get(word.word)}] == []


def test_their_calendars_and_marks_are_read(shipped, proposals):
    plan, _ = shipped
    for code, proposal in proposals.items():
        own = plan.by_commission[code].feed.options
        assert (proposal.days.calendar, proposal.days.forms) == (own.date, ())
        assert proposal.numbers.decimal is not None


def test_every_proposal_says_why(proposals):
    columns = [column for proposal in proposals.values() for column in proposal.columns]
    assert all(column.reasons for column in columns)
    assert all((column.sureness == "open") == (column.field is None) for column in columns)


KNOWN = {"milestones": ["A-1", "A-2"], "units": ["national", "P-1"], "today": TODAY}


def proposed(header, *rows, own=None, others=()):
    """The proposal for a small table; cells are texts or typed cells."""
    made = [
        Row(number, tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells))
        for number, cells in enumerate(rows, start=2)
    ]
    return main.propose(header, made, main.known(others, own=own, **KNOWN), own)


def fields(proposal):
    return [column.field for column in proposal.columns]


def why(proposal, place):
    return [reason.code for reason in proposal.columns[place].reasons]


def test_a_header_of_the_contract_is_sure_in_both_languages():
    found = proposed(["نقطه عطف", "Percent complete"], ["A-1", "40"], ["A-2", "45"])
    assert fields(found) == ["milestone", "percent"]
    assert {column.sureness for column in found.columns} == {"sure"}


def test_a_column_whose_cells_are_milestones_is_known_whatever_its_name():
    found = proposed(["x"], ["A-1"], ["A-2"])
    assert fields(found) == ["milestone"]
    assert why(found, 0) == ["cells_milestones"]


def test_a_name_without_the_cells_for_it_is_not_enough():
    found = proposed(["Milestone", "Report date"], ["Z-9", "soon"], ["Z-8", "later"])
    assert fields(found) == [None, None]
    assert why(found, 0) == ["name_without_cells"]


def test_two_columns_of_milestones_are_left_to_the_person():
    found = proposed(["x", "y"], ["A-1", "A-2"], ["A-2", "A-1"])
    assert fields(found) == [None, None]


def test_two_columns_of_one_name_are_left_to_the_person_with_the_reason():
    found = proposed(["Blocker", "Obstacle"], ["a", "b"], ["c", "d"])
    assert fields(found) == [None, None]
    assert why(found, 0) == ["name_twice"]


def test_a_word_that_is_also_another_fields_makes_no_free_text_of_a_column():
    """Half of its cells are numbers: it may be the percent, so its "progress" is not that of a progress summary."""
    others = [feed(mapping={"Progress summary": "narrative", "Progress": "percent"})]
    found = proposed(["Progress of work"], ["40"], ["fine"], ["no"], others=others)
    assert fields(found) == [None]


def test_an_offices_own_numbering_is_not_the_version_of_a_report():
    assert fields(proposed(["Version No"], ["3"], ["4"])) == [None]
    assert fields(proposed(["version"], ["3"], ["4"])) == ["version"]


def test_a_word_or_two_that_are_known_do_not_make_a_column_of_states():
    assert fields(proposed(["x"], ["done"], ["done"])) == [None]
    assert fields(proposed(["x"], ["done"], ["done"], ["ongoing"])) == ["state"]


def test_what_is_mapped_now_stays_so():
    own = feed(mapping={"Wort": "narrative", "Obstacle": "evidence"})
    found = proposed(["Wort", "Obstacle"], ["a", "b"], ["c", "d"], own=own)
    assert fields(found) == ["narrative", "evidence"]
    assert why(found, 0) == ["name_mapped"]


def test_of_two_columns_of_days_the_past_one_is_the_report_and_the_later_one_the_forecast():
    found = proposed(["eins", "zwei"], ["2026-10-31", "2027-01-01"], ["2026-10-31", "2026-12-01"])
    assert fields(found) == ["effective", "forecast_finish"]
    assert (found.days.calendar, found.days.forms) == ("gregorian", ())


def test_of_days_that_are_not_mapped_yet_the_past_ones_are_the_report_and_later_ones_the_forecast():
    rows = ["2026-10-31", "2027-01-01"], ["2026-10-31", "2026-12-01"]
    for name, field, whys in (("eins", "effective", "days_later"), ("zwei", "forecast_finish", "days_past")):
        found = proposed(["eins", "zwei"], *rows, own=feed(mapping={name: field}))
        assert fields(found) == ["effective", "forecast_finish"]
        assert whys in (*why(found, 0), *why(found, 1))


def test_a_name_that_two_fields_share_is_left_to_the_person_with_both():
    others = [feed(mapping={"Note": "narrative"}), feed(mapping={"Note": "blocker"})]
    found = proposed(["Note"], ["a"], ["b"], others=others)
    assert fields(found) == [None]
    assert found.columns[0].reasons[0].said["fields"] == "blocker, narrative"


def test_of_two_columns_of_one_name_the_one_with_known_words_is_the_choice():
    found = proposed(["Status", "State"], ["ongoing", "a"], ["ongoing", "b"], ["done", "a"])
    assert fields(found) == ["state", None]


def test_two_columns_of_past_days_are_left_to_the_person():
    found = proposed(["eins", "zwei"], ["2026-10-31", "2026-09-01"], ["2026-10-31", "2026-09-02"])
    assert fields(found) == [None, None]


def test_jalali_years_are_told_from_gregorian_ones():
    assert proposed(["Report date"], ["۱۴۰۵/۸/۳۰"]).days.calendar == "jalali"
    assert proposed(["Report date"], ["2026/10/30"]).days.calendar == "gregorian"


def test_a_day_that_can_be_read_in_two_ways_is_left_open_with_both():
    days = proposed(["Report date"], ["03/04/2026"], ["05/06/2026"]).days
    assert days.calendar is None
    assert days.choices == (
        DayChoice("gregorian", ("DD/MM/YYYY",), "03/04/2026", date(2026, 4, 3)),
        DayChoice("gregorian", ("MM/DD/YYYY",), "03/04/2026", date(2026, 3, 4)),
    )


def test_how_days_are_written_is_told_of_columns_that_nobody_knows_too():
    found = proposed(["eins", "zwei"], ["2026-10-31", "2026-09-01"], ["2026-10-31", "2026-09-02"])
    assert (fields(found), found.days.calendar) == ([None, None], "gregorian")


def test_one_cell_that_only_one_way_reads_settles_the_others():
    days = proposed(["Report date"], ["03/04/2026"], ["25/06/2026"]).days
    assert (days.calendar, days.forms) == ("gregorian", ("DD/MM/YYYY",))


def test_a_report_of_the_future_is_no_reading():
    days = proposed(["Report date"], ["03/12/2026"], ["01/02/2026"]).days  # 3 December is yet to come
    assert days.forms == ("MM/DD/YYYY",)


def test_days_in_several_forms_are_read_by_all_of_them():
    days = proposed(["Report date"], ["31.10.2026"], ["Q2 2026"], ["30.09.2026"]).days
    assert days.calendar == "gregorian"
    assert set(days.forms) == {"DD.MM.YYYY", "Q YYYY"}


def test_days_that_the_workbook_types_need_no_form():
    days = proposed(["Report date"], [Cell("2026-10-31", "date")]).days
    assert (days.calendar, [reason.code for reason in days.reasons]) == (None, ["days_typed"])


def test_a_comma_for_fractions_is_seen():
    numbers = proposed(["Percent", "Spent"], ["40,5", "1.250,5"], ["41", "2"]).numbers
    assert numbers.decimal == ","


def test_of_marks_that_read_the_same_the_present_ones_stay():
    own = feed(mapping={"Percent": "percent"}, decimal="٫")
    assert proposed(["Percent"], ["۴۰٫۵"], own=own).numbers.decimal == "٫"


def test_a_mark_that_may_part_thousands_or_a_fraction_is_left_open():
    numbers = proposed(["Spent"], ["1.250"]).numbers
    assert numbers.decimal is None
    assert numbers.reasons[0].said["example"] == "1.250"


def test_a_percent_decides_what_its_mark_is():
    assert proposed(["Percent"], ["12.500"], ["40"]).numbers.decimal == "."


def test_percents_that_are_shares_of_one_are_told():
    assert proposed(["Percent"], ["0.45"], ["1"]).numbers.shares
    assert not proposed(["Percent"], ["45"], ["1"]).numbers.shares


def test_words_for_nothing_are_found_and_are_no_content():
    found = proposed(["Percent", "Blocker"], ["40", "ندارد"], ["n/a", "no money"])
    assert found.nothing == ("ندارد", "n/a")
    assert found.columns[0].filled == 1


def test_known_words_of_states_are_proposed_and_unknown_ones_left_open():
    found = proposed(["Status"], ["ongoing"], ["ongoing"], ["resting"])
    assert [(word.word, word.count, word.meant) for word in found.words["state"]] == [
        ("ongoing", 2, "in_progress"),
        ("resting", 1, None),
    ]


def test_a_word_that_offices_use_differently_is_left_open():
    others = [feed(), feed().model_copy(update={"values": {"state": {"در جریان": "suspended"}}})]
    found = proposed(["وضعیت"], ["در جریان"], ["در جریان"], others=others)
    (word,) = found.words["state"]
    assert (word.meant, word.reasons[0].code) == (None, "word_of_several")


def test_what_stands_beside_an_unknown_word_is_a_hint_and_no_more():
    found = proposed(["Status", "Percent"], *[["fertig", "100"]] * 3, ["los", "20"], ["los", "30"])
    assert [(word.meant, word.reasons[0].code) for word in found.words["state"]] == [
        (None, "word_always_whole"),
        (None, "word_unknown"),
    ]


PLAIN = Layout("csv")


@pytest.mark.parametrize(
    ("content", "present", "found"),
    [
        (b"PK\x03\x04 and more", PLAIN, Layout("xlsx")),
        (b"\xd0\xcf\x11\xe0", PLAIN, Layout("xlsx")),
        (b' [{"a": 1}]', PLAIN, Layout("json")),
        (b"\xef\xbb\xbf[]", PLAIN, Layout("json")),
        (b"a;b;c\n1;2;3\n", PLAIN, Layout("csv", delimiter=";")),
        (b"a\tb\n1\t2,5\n", PLAIN, Layout("csv", delimiter="\t")),
        (b"a,b\n", Layout("csv", delimiter=";"), PLAIN),
        (b"alone\n", Layout("csv", delimiter=";"), Layout("csv", delimiter=";")),
        ("شناسه,وضعيت\n".encode("windows-1256"), PLAIN, Layout("csv", "windows-1256")),
        ("Größe,Straße\n".encode("windows-1252"), PLAIN, Layout("csv", "windows-1252")),
        ("شناسه;یگان\n".encode("utf-16"), PLAIN, Layout("csv", delimiter=";")),
        ("شناسه".encode()[:-1], PLAIN, PLAIN),
    ],
)
def test_the_layout_of_a_file_is_found_from_its_beginning(content, present, found):
    assert layout.guess(content, present) == found
