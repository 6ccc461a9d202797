"""A programme whose lists come from a table, and what a later edition of the table proposes."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from roadmap import programme
from roadmap.domain.text import Text
from roadmap.errors import ProgrammeError
from roadmap.plan_differences import Change, Proposal, Rewriting, differences, rewritings
from roadmap.plan_table import Entry

SAMPLES = Path(__file__).parents[1] / "programmes"


@pytest.fixture
def quay(tmp_path):
    """The sample programme in a folder of its own."""
    for name in ("quay.toml", "quay.csv"):
        shutil.copy(SAMPLES / name, tmp_path)
    return tmp_path / "quay.toml"


def rewrite(path, old, new, *, count=-1):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def test_a_table_gives_commissions_units_milestones_and_indicators(quay):
    found = programme.load(quay)
    assert [commission.code for commission in found.commissions] == ["Min-Mare", "Min-Terra"]
    assert found.commissions[0].title == Text(fa="Min - Mare", en="Min - Mare")
    assert found.commissions[0].feed.format == "csv"
    assert [province.code for province in found.provinces] == ["Nord", "Sud"]
    first, second, third = found.milestones
    assert (first.code, first.commission, first.title.en) == ("A-1", "Min-Mare", "Gru nuove")
    assert [milestone.finish for milestone in found.milestones] == [
        date(2026, 6, 30),
        date(2027, 12, 31),
        date(2027, 3, 31),
    ]
    assert [milestone.weight for milestone in found.milestones] == [1.5, 1, 2]
    assert (first.deliverable.fa, second.deliverable.fa) == ("—", "Il testo")
    assert third.start == date(2026, 1, 1)
    assert [(indicator.code, indicator.targets[0].value) for indicator in found.indicators] == [
        ("A-1", 8000.0),
        ("A-3", 291122.5),
    ]


def test_a_plan_of_a_table_moves_with_the_programme(quay):
    found = programme.load(quay, start=date(2027, 3, 15))
    assert found.milestones[0].start == date(2027, 3, 1)
    assert found.milestones[0].finish == date(2027, 8, 30)
    assert found.indicators[0].targets[0].date == date(2027, 8, 30)


def test_lists_of_the_file_and_of_a_table_add_up(quay):
    rewrite(quay, '[[plan]]\nlist = "provinces"', '[[sources]]\ncode = "S"\ntitle = { fa = "س", en = "S" }\n'
            'publisher = { fa = "س", en = "S" }\n\n[[plan]]\nlist = "sources"\ntable = "quay.csv"\n'
            'every = { publisher = { fa = "م", en = "M" } }\n'
            'options = { delimiter = ";", joined = { code = ["Molo"], title = ["Molo"] } }\n\n'
            '[[plan]]\nlist = "provinces"')  # fmt: skip
    assert [source.code for source in programme.load(quay).sources] == ["S", "Nord", "Sud"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('list = "provinces"', 'list = "towns"', "plan.1.list"),
        ('table = "quay.csv"', 'table = "port.csv"', "port.csv"),
        ('"Peso" = "weight"', '"Massa" = "weight"', "quay.csv has no column for weight"),
        ('"Peso" = "weight"', '"Peso" = "mass"', "mass is no field; there are code, commission"),
        ('"Obiettivo" = "targets.0.value"', '"Obiettivo" = "targets.0.value.more"', "there are none below it"),
        ('only = { "Tipo"', 'only = { "Genere"', "quay.csv has no column 'Genere'"),
        ('nothing = ["N/A"]', 'fill_down = ["Ente"]', "a plan's table is plain csv"),
        ('decimal = ","', 'decimal = "."', "quay.csv, line 2: '1,5' in weight is not a number"),
        ('dates = ["Q YYYY"]', 'dates = ["YYYY"]', "line 2: 'Q2 2026' in finish is a day in none of the forms YYYY"),
        ('delimiter = ";", joined = { code = ["Ente"]', 'delimiter = ",", joined = { code = ["Ente"]', "no column for"),
    ],
)
def test_a_plan_that_cannot_be_read_is_told_with_its_place(quay, old, new, told):
    rewrite(quay, old, new)
    with pytest.raises(ProgrammeError) as caught:
        programme.load(quay)
    assert told in str(caught.value)
    assert str(caught.value).startswith("Programme file quay.toml")
    with pytest.raises(ProgrammeError):
        programme.entries(quay)


def test_a_column_that_is_there_twice_is_told(quay):
    rewrite(quay.with_suffix(".csv"), ";Peso;", ";codice;")
    with pytest.raises(ProgrammeError, match="has 2 columns 'Codice'"):
        programme.load(quay)


@pytest.mark.parametrize(("content", "told"), [("", "no column for"), ('Ente;"Codice', "line 1: unexpected end")])
def test_a_table_that_is_empty_or_broken_is_told(quay, content, told):
    quay.with_suffix(".csv").write_text(content)
    with pytest.raises(ProgrammeError, match=told):
        programme.load(quay)


def test_two_columns_of_one_field_are_told(quay):
    rewrite(quay, '"Peso" = "weight"', '"Peso" = "weight", "Obiettivo" = "weight"')
    with pytest.raises(ProgrammeError, match="has two columns for weight"):
        programme.load(quay)


def test_rows_of_one_code_that_say_two_things_are_told(quay):
    rewrite(quay.with_suffix(".csv"), "A 2;Legge", "A 1;Legge")
    with pytest.raises(ProgrammeError, match="code A-1 is used 2 times"):
        programme.load(quay)


def test_of_a_later_edition_only_what_means_something_else_is_proposed(quay):
    table = quay.with_suffix(".csv")
    before = programme.entries(quay)
    for old, new in [
        ("8.000,00", "8000"),  # another way to write the same
        ("Gru  nuove", "\ufeffgru\u00a0 nuove "),
        ("Codice", "Nr. Seq."),
        ("Q4;2027", "Q1;2028"),
        ("Il testo", "Un altro testo"),
        (" 291.122,50 ", "291.122,60"),
        ("Min - Terra", "Min - Aria"),
        ("Sud;T1", "Sud;Q1"),
    ]:
        rewrite(table, old, new)
    rewrite(quay, '"Codice" = "code"', '"Codice" = "code", "Nr. Seq." = "code"')
    after = programme.entries(quay)
    assert differences(before["milestones"], after["milestones"]) == [
        Proposal(Change.REASSIGNED, "A-2", "commission", "Min-Terra", "Min-Aria"),
        Proposal(
            Change.REWORDED, "A-2", "deliverable", {"fa": "Il testo", "en": "Il testo"},
            {"fa": "Un altro testo", "en": "Un altro testo"},
        ),
        Proposal(Change.MOVED, "A-2", "finish", date(2027, 12, 31), date(2028, 3, 31)),
    ]  # fmt: skip
    assert differences(before["indicators"], after["indicators"]) == [
        Proposal(Change.RETARGETED, "A-3", "targets.0.value", 291122.5, 291122.6)
    ]
    assert rewritings(before["indicators"], after["indicators"]) == [
        Rewriting("A-1", "title", "Gru  nuove", "\ufeffgru\u00a0 nuove "),
        Rewriting("A-1", "targets.0.value", "8.000,00", "8000"),
        Rewriting("A-3", "targets.0.date", "T1 2027", "Q1 2027"),
    ]


def entry(code, **values):
    return Entry(code, values, {field: str(value) for field, value in values.items()})


def test_what_is_dropped_is_told_first_and_what_is_new_last():
    found = differences([entry("a"), entry("b"), entry("c", weight=1.0)], [entry("d"), entry("c", weight=2.0)])
    assert [(proposal.change, proposal.code) for proposal in found] == [
        ("dropped", "a"),
        ("dropped", "b"),
        ("retargeted", "c"),
        ("new", "d"),
    ]


def test_a_field_that_is_filled_or_emptied_is_a_change():
    filled, emptied = entry("a", finish=date(2026, 1, 1)), entry("a")
    assert differences([emptied], [filled]) == [Proposal(Change.MOVED, "a", "finish", None, date(2026, 1, 1))]
    assert differences([filled], [emptied]) == [Proposal(Change.MOVED, "a", "finish", date(2026, 1, 1), None)]
    assert rewritings([filled], [emptied]) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("e_x0002_learning", "E-Learning", True),
        ("• Capo, primo", "- capo primo.", True),
        ("città", "citta\u0300", True),
        ("كلانتری", "کلانتری", True),
        ("80%", "80 %", True),
        ("1,5 km", "15 km", False),
        ("8.000", "8000", False),  # within a sentence nothing says which mark is which
        ("Gru", "Gru 2", False),
        ("", "x", False),
    ],
)
def test_texts_are_the_same_if_their_letters_and_digits_are(one, other, same):
    before, after = (entry("a", title={"fa": text, "en": text}) for text in (one, other))
    assert (differences([before], [after]) == []) is same


def test_an_edition_against_itself_proposes_nothing(quay):
    found = programme.entries(quay)
    assert all(differences(each, each) == [] and rewritings(each, each) == [] for each in found.values())
