"""What can be refused at the board is said in both languages: found by looking at every place that refuses."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from roadmap.errors import FileRefusedError, RoadmapError, StoreError
from roadmap.intake.unfit import CODES, refuse_file

PROJECT = Path(__file__).parents[2]
#: Rooms above the services, which the board cannot import.
ABOVE = ("roadmap.cli", "roadmap.demo", "roadmap.stack", "roadmap.push")
#: Places that only an operator or a developer at a terminal meets, or Airflow, by whom that is.
NOT_AT_THE_BOARD = {
    "roadmap.analysis.schedule.CircleError": "`effects` catches it and tells the circle's codes",
    "roadmap.entrance": "`roadmap up`, before anything runs",
    "roadmap.intake.contracts.write_schemas": "`roadmap schemas`",
    "roadmap.intake.feeds": "pulls: what a feed's other end answers",
    "roadmap.intake.pipeline._pulled": "pulls",
    "roadmap.programme._toml": "the programme file is read before anything runs",
    "roadmap.programme.entries": "the programme file is read before anything runs",
    "roadmap.programme.load": "the programme file is read before anything runs",
    "roadmap.running": "`roadmap up`",
    "roadmap.services.anchor_places": "`roadmap anchor`",
    "roadmap.services.anchors": "`roadmap anchor`",
    "roadmap.services.people": "`roadmap user`",
    "roadmap.services.reminders": "`roadmap remind`",
    "roadmap.settings": "settings are read before anything runs",
    "roadmap.store.backing_up": "`roadmap backup`, `roadmap restore`",
    "roadmap.store.database": "the database is opened before anything runs",
    "roadmap.store.dumping": "`roadmap backup`, `roadmap restore`",
    "roadmap.store.opening": "the database is opened before anything runs",
    "roadmap.store.verifying": "`roadmap verify`; the board's own look is `auditing`",
}


def modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    for path in sorted(PROJECT.glob("roadmap/**/*.py")):
        name = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        if not name.startswith(ABOVE) and "migrations" not in name and not name.endswith(("__init__", "__main__")):
            yield importlib.import_module(name), ast.parse(path.read_text(encoding="utf-8"))


@cache
def told_in_english_alone() -> frozenset[str]:
    """The places that make an error without its Persian sentence."""
    return frozenset(_places())


def _places() -> Iterator[str]:
    for module, tree in modules():
        for outer in tree.body:
            place = f"{module.__name__}.{getattr(outer, 'name', '')}"
            calls = (node for node in ast.walk(outer) if isinstance(node, ast.Call))
            for call in calls:
                if _makes_an_error(call, module, outer) and "fa" not in {each.arg for each in call.keywords}:
                    yield place


def _makes_an_error(call: ast.Call, module: ModuleType, outer: ast.AST) -> bool:
    """Whether `call` says the sentence of an error, itself or as the way that a class of errors is made."""
    if ast.unparse(call.func) == "super().__init__":
        made = vars(module).get(getattr(outer, "name", ""))
        return isinstance(made, type) and issubclass(made, RoadmapError) and made is not RoadmapError
    name = ast.unparse(call.func)
    made = vars(module).get(name) or getattr(vars(module).get(name.partition(".")[0]), name.rpartition(".")[2], None)
    # The board has its own sentence for a database that is away.
    is_error = isinstance(made, type) and issubclass(made, RoadmapError) and not issubclass(made, StoreError)
    return is_error and made.__init__ in {RoadmapError.__init__, FileRefusedError.__init__}


def test_whatever_is_refused_at_the_board_is_said_in_persian_too():
    found = told_in_english_alone()
    allowed = {place for place in found if any(f"{place}.".startswith(f"{each}.") for each in NOT_AT_THE_BOARD)}
    assert found - allowed == set()


def test_nothing_is_excused_that_needs_no_excuse():
    found = told_in_english_alone()
    assert {
        each for each in NOT_AT_THE_BOARD if not any(f"{place}.".startswith(f"{each}.") for place in found)
    } == set()


def test_a_whole_file_is_refused_in_both_languages_persian_with_persian_digits():
    told = refuse_file("too_big", limit=64)
    assert "64 MB" in str(told)
    assert "۶۴ مگابایت" in told.fa
    assert len(CODES) > 15
