"""Both languages are complete, agree on their placeholders, and hold nothing that no code asks for."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from dashboard import texts
from roadmap.domain.text import LANGUAGES

BOARD = Path(texts.FOLDER).parent
SOURCES = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(BOARD.rglob("*.py"))]
FA, EN = texts.load("fa"), texts.load("en")


def nodes() -> Iterator[ast.AST]:
    for tree in SOURCES:
        yield from ast.walk(tree)


def asked() -> set[str]:
    """Keys that stand literally in a call of `say`."""
    calls = (node for node in nodes() if isinstance(node, ast.Call) and node.args)
    named = ((ast.unparse(call.func).rpartition(".")[2], call.args[0]) for call in calls)
    return {arg.value for name, arg in named if name == "say" and isinstance(arg, ast.Constant)}


def literals() -> set[str]:
    return {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def prefixes() -> set[str]:
    """Beginnings of keys that are made of a prefix and a code, such as f"status.{status}"."""
    heads = (node.values[0] for node in nodes() if isinstance(node, ast.JoinedStr) and node.values)
    return {head.value for head in heads if isinstance(head, ast.Constant) and str(head.value).endswith(".")}


def placeholders(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name}


def test_both_languages_have_the_same_keys():
    assert FA.keys == EN.keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language):
    catalogue = texts.load(language)
    assert [key for key in catalogue.keys if not all(form.strip() for form in catalogue.forms(key))] == []


def test_both_languages_fill_the_same_placeholders():
    def names(catalogue: texts.Catalogue, key: str) -> set[str]:
        return set.union(*(placeholders(form) for form in catalogue.forms(key)))

    assert [key for key in FA.keys if names(FA, key) != names(EN, key)] == []


def test_every_key_that_code_asks_for_exists():
    assert asked() - FA.keys == set()


def test_no_key_is_left_over():
    used, made = literals(), prefixes()
    assert [key for key in sorted(FA.keys) if key not in used and not key.startswith(tuple(made))] == []


def test_a_number_picks_the_plural_form():
    assert [EN("time.days", n=n, count=n) for n in (1, 2)] == ["1 day", "2 days"]
    assert FA("time.days", n=2, count="۲") == "۲ روز"


def test_an_unknown_key_is_not_swallowed():
    with pytest.raises(KeyError):
        FA("no.such_key")
