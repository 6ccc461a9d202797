"""The conventions of this code base, kept by looking at the code itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from roadmap import programme

PROJECT = Path(__file__).parents[2]
MODULES = sorted(PROJECT.glob("roadmap/**/*.py"))
PURE = sorted((*PROJECT.glob("roadmap/domain/*.py"), *PROJECT.glob("roadmap/analysis/*.py")))
WITHOUT_NAMES = sorted(path for room in ("roadmap", "dags", "dashboard") for path in PROJECT.glob(f"{room}/**/*.py"))
COMMISSIONS = [name for entry in programme.load().commissions for name in (entry.code, entry.title.fa, entry.title.en)]
#: A name as a word of its own; a Persian word goes on behind a zero-width non-joiner.
COMMISSION = re.compile(rf"(?<![\w\u200c])(?:{'|'.join(map(re.escape, COMMISSIONS))})(?![\w\u200c])", re.IGNORECASE)
#: openpyxl's word for locked cells and sheets is no commission's name.
LIBRARY = re.compile(r"(?<=\.)protection\b|\bprotection(?==)|\bProtection(?=[(,\n])")


def named(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def test_there_is_code_to_look_at() -> None:
    assert len(MODULES) > 40
    assert len(PURE) > 10
    assert {path.relative_to(PROJECT).parts[0] for path in WITHOUT_NAMES} == {"roadmap", "dags", "dashboard"}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert told
    assert told.splitlines()[0].endswith((".", ":"))


@pytest.mark.parametrize("path", WITHOUT_NAMES, ids=named)
def test_no_commission_is_named_in_code(path: Path) -> None:
    """Another programme is another file: what a commission is called is data."""
    assert COMMISSION.findall(LIBRARY.sub("", path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", PURE, ids=named)
def test_what_computes_is_told_the_day_and_never_looks_at_the_clock(path: Path) -> None:
    calls = (node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    asked = {call.attr for call in calls if isinstance(call, ast.Attribute)}
    assert asked.isdisjoint({"today", "now", "utcnow", "time", "time_ns", "monotonic", "localtime", "gmtime"})


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_can_be_read_at_one_go(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 460
