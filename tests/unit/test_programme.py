"""A programme file is read whole or refused with one sentence that names the place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from roadmap import programme
from roadmap.domain.calendar import Calendar, month_start, months_between
from roadmap.errors import ProgrammeError
from roadmap.programme import Programme
from tests.conftest import HARBOUR

Changed = Callable[..., Path]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """The small programme's file with `old` written as `new`."""

    def change(old: str = "", new: str = "") -> Path:
        original = HARBOUR.read_text(encoding="utf-8")
        assert old in original
        shutil.copy(HARBOUR.with_suffix(".csv"), tmp_path)
        path = tmp_path / "changed.toml"
        path.write_text(original.replace(old, new, 1), encoding="utf-8")
        return path

    return change


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('code = "Q-2"', 'code = "Q-1"', "milestones: code Q-1 is used 2 times"),
        ('code = "cranes"', 'code = "quays"', "commissions: code quays is used 2 times"),
        ('commission = "quays"', 'commission = "moorings"', "Q-1: there is no commission moorings"),
        ('code = "I-1"\ncommission = "cranes"', 'code = "I-1"\ncommission = "x"', "I-1: there is no commission x"),
        ('horizon = "near"', 'horizon = "soon"', "Q-1: there is no horizon soon"),
        ("weight = 3", 'weight = 3\nsource = "rumour"', "Q-1: there is no source rumour"),
        ("value = 150", 'value = 150, source = "rumour"', "I-1: there is no source rumour"),
        ("value = 100", 'value = 100, source = "rumour"', "I-1: there is no source rumour"),
        (
            "value = 200 }]",
            'value = 200 }, { date = "2026-01-01", value = 1 }]',
            "I-1: its targets are not in the order of their dates",
        ),
        ('finish = "2026-12-31"', 'finish = "2025-10-31"', "near: finish 2025-10-31 is before start 2025-11-01"),
        ('after = [{ code = "Q-1" }]', 'after = [{ code = "Q-9" }]', "C-1: its predecessor Q-9 is not in"),
        ('start = "2026-11-01"', 'start = "2026-10-30"', "C-1 starts on 2026-10-30, before its predecessor Q-1"),
        ('finish = "2026-10-31"', 'finish = "2026-02-30"', "finish = 2026-02-30 is no day of the gregorian calendar"),
        ('finish = "2026-10-31"', 'finish = "31.10.2026"', "finish = 31.10.2026 is no day"),
        ('finish = "2026-10-31"', 'finish = "2025-10-31"', "Q-1: finish 2025-10-31 is before start 2025-11-01"),
        ('finish = "2026-10-31"', 'finish = "soon"', "milestones.0.finish"),
        ("weight = 3", "weight = 0", "milestones.0.weight"),
        ("weight = 3", 'weight = 3\ncolour = "blue"', "milestones.0.colour"),
        ('title = { fa = "اسکله یک بازسازی شد", en = "Quay one rebuilt" }', "title = 1", "milestones.0.title"),
        ('en = "Quay one rebuilt"', 'en = ""', "milestones.0.title.en"),
        ('calendar = "gregorian"', 'calendar = "lunar"', "programme.calendar"),
        ('timezone = "Asia/Tehran"', 'timezone = "Asia/Atlantis"', "Asia/Atlantis"),
        ('format = "json"', 'format = "pdf"', "commissions.1.feed.format"),
        ('delimiter = ";"', 'delimiter = "; "', "commissions.0.feed.options.delimiter"),
        ('provinces = "harbour.csv"', 'provinces = "nowhere.csv"', "nowhere.csv"),
        ("without_network = 2", "without_network = 7", "without_network"),
        ("[programme]", "[[programme]]", "programme"),
        ("[programme]", "programme = 1\n[other]", "programme"),
        ("[programme]", 'include = ["more/*.toml"]\n[programme]', "include: no file beside it fits 'more/*.toml'"),
        ("[programme]", 'include = ["/etc/*.toml"]\n[programme]', "unsupported"),
        ("[programme]", "include = 1\n[programme]", "include in changed.toml is not a list"),
        ("[programme]", "[programme", "cannot be read"),
        ("[organisation]", "[orders]", "organisation: Field required"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_in_one_sentence_that_names_it(
    changed: Changed, old: str, new: str, told: str
) -> None:
    with pytest.raises(ProgrammeError) as refused:
        programme.load(changed(old, new))
    sentence = str(refused.value)
    assert told in sentence
    assert "changed.toml" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_dependencies_that_go_round_in_a_circle_are_shown_as_a_circle(changed: Changed) -> None:
    path = changed("weight = 3\nbudget = { asked = 100, allocated = 80 }", 'weight = 3\nafter = [{ code = "C-1" }]')
    with pytest.raises(ProgrammeError, match=r"in a circle: .*(Q-1 → C-1 → Q-1|C-1 → Q-1 → C-1)"):
        programme.load(path)


def test_everything_that_does_not_hold_together_is_told_at_once(changed: Changed) -> None:
    path = changed('horizon = "near"\ntitle', 'horizon = "soon"\nsource = "rumour"\ntitle')
    with pytest.raises(ProgrammeError, match=r"no horizon soon.*no source rumour"):
        programme.load(path)


def test_fields_that_are_wrong_are_counted(changed: Changed) -> None:
    with pytest.raises(ProgrammeError, match=r"\(1 more\)"):
        programme.load(changed("weight = 3", 'weight = 0\nunit_weights = "none"'))


@pytest.mark.parametrize(
    ("name", "told"), [("missing.toml", "There is no programme file .*ROADMAP_PROGRAMME"), (".", "cannot be read")]
)
def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(ProgrammeError, match=told):
        programme.load(tmp_path / name)


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProgrammeError, match=r"binary\.toml cannot be read"):
        programme.load(path)


def test_an_included_file_adds_to_the_lists_and_is_told_when_it_cannot(changed: Changed) -> None:
    original = HARBOUR.read_text(encoding="utf-8")
    start = original.index("[[indicators]]")
    path = changed(original, 'include = ["more/*.toml"]\n' + original[:start])
    folder = path.parent / "more"
    folder.mkdir()
    (folder / "indicators.toml").write_text(original[start:], encoding="utf-8")
    assert [entry.code for entry in programme.load(path).indicators] == ["I-1"]
    (folder / "indicators.toml").write_text("indicators = 1", encoding="utf-8")
    with pytest.raises(ProgrammeError, match=r"indicators in indicators\.toml is not a list"):
        programme.load(path)


def test_a_commission_that_is_not_there_is_answered_with_those_that_are(harbour: Programme) -> None:
    assert harbour.commission("quays").title.en == "Quays"
    with pytest.raises(ProgrammeError, match="'docks' in this programme; it has: quays, cranes"):
        harbour.commission("docks")


def test_a_file_is_read_with_the_dates_that_it_has(harbour: Programme) -> None:
    assert harbour.programme.start == date(2025, 11, 1)
    assert harbour.milestones[0].finish == date(2026, 10, 31)
    assert harbour.indicators[0].plain().targets[0].date == date(2026, 12, 31)


def test_a_date_without_quotes_is_of_the_programmes_calendar_too(changed: Changed) -> None:
    plan = programme.load(changed('start = "2025-11-01"', "start = 2025-10-05"), start=date(2026, 3, 1))
    assert plan.programme.start == date(2026, 3, 5)


@pytest.mark.parametrize("start", [date(2019, 2, 28), date(2025, 11, 30), date(2031, 3, 1)])
@pytest.mark.parametrize(("path", "calendar"), [(HARBOUR, "gregorian"), (programme.SHIPPED, "jalali")])
def test_a_plan_that_is_moved_begins_in_that_month_and_keeps_its_order(
    path: Path, calendar: Calendar, start: date
) -> None:
    original, moved = programme.load(path), programme.load(path, start=start)
    assert month_start(moved.programme.start, calendar) == month_start(start, calendar)
    shift = months_between(original.programme.start, moved.programme.start, calendar)
    for before, after in zip(days_of(original), days_of(moved), strict=True):
        assert months_between(before, after, calendar) == shift
    order = sorted(range(len(days_of(original))), key=lambda index: (days_of(original)[index], index))
    assert all(days_of(moved)[one] <= days_of(moved)[other] for one, other in pairwise(order))


def days_of(plan: Programme) -> list[date]:
    """Every day that `plan` names, in the file's order."""
    horizons = [day for horizon in plan.horizons for day in (horizon.start, horizon.finish)]
    milestones = [day for milestone in plan.milestones for day in (milestone.start, milestone.finish)]
    points = [point.date for entry in plan.indicators for point in (*entry.targets, *entry.observations)]
    return [plan.programme.start, *horizons, *milestones, *points]
