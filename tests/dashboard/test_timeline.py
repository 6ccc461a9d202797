from datetime import date, timedelta

import pytest

from dashboard.format import Format
from dashboard.markup import Target
from dashboard.timeline import Bar, Group, timeline
from roadmap.domain.model import Status

FA, EN = Format("fa"), Format("en")
TODAY = date(2026, 11, 21)
FINISH = date(2027, 1, 1)


def bar(code="A-1", *, late=30, **given):
    planned = {"planned_start": date(2026, 1, 1), "planned_finish": FINISH, "start": date(2026, 2, 1)}
    known = {"title": f"Title of {code}", "percent": 40.0, "status": Status.AT_RISK, "slip": late}
    return Bar(code=code, **(planned | known | {"finish": FINISH + timedelta(late)} | given))


def drawn(*bars, f=EN, title=""):
    return timeline([Group(title, bars)], today=TODAY, f=f)


def test_a_row_leads_to_its_milestone_and_says_the_slip():
    html = drawn(bar(target=Target("milestone", (("milestone", "A-1"),))))
    assert 'href="milestone?milestone=A-1"' in html
    assert "30 days later" in html


def test_what_the_bar_shows_is_also_said_in_words():
    words = "At risk, 40% done; promised 1 January 2027, expected 31 January 2027"
    assert words in drawn(bar())
    sure = drawn(bar(early_finish=date(2027, 2, 1), late_finish=date(2027, 3, 1)))
    assert "forecast 1 February 2027, 80% certain by 1 March 2027" in sure


def test_persian_days_are_jalali():
    html = drawn(bar(), f=FA)
    assert "۱۱ دی ۱۴۰۵" in html
    assert "1405" not in html


@pytest.mark.parametrize(("forecast", "whiskers"), [({}, 0), ({"early_finish": FINISH, "late_finish": FINISH}, 1)])
def test_a_whisker_stands_only_where_there_is_a_forecast(forecast, whiskers):
    assert drawn(bar(**forecast)).count("b-whisker") == whiskers


def test_everything_lies_on_the_axis_and_in_the_reading_direction():
    html = drawn(bar(late_finish=date(2029, 1, 1), early_finish=FINISH), bar("B-1", late=-10))
    starts = [float(part.split("%")[0]) for part in html.split("inset-inline-start:")[1:]]
    assert all(0 <= start <= 100 for start in starts)
    assert "left:" not in html


def test_groups_have_headings_and_one_without_a_title_has_none():
    assert "<h4>Quays</h4>" in drawn(bar(), title="Quays")
    assert "<h4>" not in drawn(bar())


def test_titles_are_text_and_not_markup():
    assert "<script>" not in drawn(bar(title="<script>"))


def test_the_critical_path_has_a_sign_a_line_and_words_and_what_has_slack_has_none_of_them():
    marked = drawn(bar(slack=0))
    assert "</svg>Critical path</span>" in marked
    assert 'class="b-tied"' in marked
    assert "on the critical path: if it slips, so does the programme’s end" in marked
    assert "؛ شناوری ۱ روز" in drawn(bar(slack=1), f=FA)
    for other in (drawn(bar(slack=1)), drawn(bar())):
        assert "b-critical" not in other
        assert "b-tied" not in other
    assert "slack" not in drawn(bar())


def test_a_marked_row_is_tinted():
    assert "b-row b-before" in drawn(bar(role="before"))
