from xml.etree import ElementTree as ET

import pytest

from dashboard.format import Format
from dashboard.look import GRAVITY, MARKS
from dashboard.markup import Target, badge, link, sparkline, tag, text
from dashboard.parts import Bullet, Cell, Item, MatrixRow, Tile, bullets, headline, legend, listing, matrix, tiles
from roadmap.domain.model import Status

FA, EN = Format("fa"), Format("en")
NASTY = '<script>alert("x")</script>&'
SOMEWHERE = Target("milestone", (("code", "A&B=1"),))


def read(markup: str) -> ET.Element:
    return ET.fromstring(f"<div>{markup}</div>")  # noqa: S314 — our own markup, and this is the check that it is well formed


def said(markup: str) -> str:
    return " ".join(" ".join(read(markup).itertext()).split())


@pytest.mark.parametrize(
    "markup",
    [
        headline(NASTY, facts=[NASTY], f=FA),
        tiles([Tile(NASTY, NASTY, NASTY, Status.LATE, (1, 2), SOMEWHERE)], FA),
        matrix([NASTY], [MatrixRow(NASTY, (Cell(1, 2, {}, SOMEWHERE),))], FA),
        bullets([Bullet(NASTY, NASTY, NASTY, 0.5, 0.5, Status.LATE, NASTY)], FA),
        listing([Item(NASTY, (NASTY,), Status.LATE, NASTY)], FA, empty=NASTY),
        tag("p", NASTY, title=NASTY),
    ],
)
def test_no_text_becomes_markup(markup):
    assert NASTY in "".join(read(markup).itertext())
    assert read(markup).find(".//script") is None


def test_a_link_is_an_address_that_also_works_outside_the_board():
    anchor = read(link(SOMEWHERE, "x")).find("a")
    assert anchor.attrib == {
        "href": "milestone?code=A%26B%3D1",
        "data-page": "milestone",
        "data-query": "code=A%26B%3D1",
    }
    assert read(link(None, "x")).find("a") is None


def test_the_matrix_is_a_table_with_headings_for_rows_and_columns():
    cell = Cell(58.2, 61, {Status.LATE: 2, Status.ON_TRACK: 5})
    table = read(matrix(["Short"], [MatrixRow("Research", (cell,))], EN)).find("table")
    assert [head.get("scope") for head in table.iter("th")] == ["col", "col", "row"]
    assert "plan 61%; 2 Late · 5 On track" in said(matrix(["Short"], [MatrixRow("Research", (cell,))], EN))


def test_a_cell_speaks_with_the_gravest_state_in_it():
    assert Cell(1, 1, {Status.ON_TRACK: 9, Status.AT_RISK: 1}).band is Status.AT_RISK
    assert Cell(1, 1, {Status.DONE: 0}).band is Status.NOT_DUE
    assert set(GRAVITY) == set(Status) == set(MARKS)


def test_a_horizon_without_milestones_is_no_zero():
    assert "0" not in said(matrix(["Long"], [MatrixRow("Research", (None,))], EN))


def test_every_state_is_told_by_word_and_sign_and_not_by_colour_alone():
    assert len({mark.sign for mark in MARKS.values()}) == len(MARKS)
    for status in Status:
        assert EN.say(f"status.{status.value}") in said(badge(status, EN))
    assert said(legend([Status.LATE], EN)) == "Late"


def test_a_list_without_entries_says_what_that_means():
    assert said(listing([], EN, empty="Nothing waits.")) == "Nothing waits."


def test_a_title_keeps_its_own_direction():
    assert text("عنوان") == "<bdi>عنوان</bdi>"


def test_the_course_runs_as_the_page_reads():
    def xs(markup):
        return [float(point.split(",")[0]) for point in read(markup).find(".//path").get("d")[1:].split("L")]

    assert xs(sparkline((1, 2, 3), EN, "#000")) == [0, 50, 100]
    assert xs(sparkline((1, 2, 3), FA, "#000")) == [100, 50, 0]
    assert sparkline((1,), EN, "#000") == ""


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("status", list(Status))
def test_words_on_a_states_tint_can_be_read(status):
    assert contrast(MARKS[status].ink, MARKS[status].tint) >= 4.5
