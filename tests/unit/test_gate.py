"""No service without the gate, no page around it; and what the gate lets through, against a list written by hand."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import dashboard
from roadmap import services
from roadmap.domain.people import OF_A_COMMISSION, Grant, Role, Who
from roadmap.domain.text import LANGUAGES
from roadmap.services import gate, permission_table
from roadmap.services.gate import NotAllowedError
from roadmap.services.permissions import PERMISSIONS, Action

MODULES = [importlib.import_module(f"roadmap.services.{each.name}") for each in pkgutil.iter_modules(services.__path__)]
BOARD = Path(dashboard.__file__).parent
#: Who may do what, as it was agreed on: `any` of all commissions, `own` of the own one, `.` not at all.
AGREED = """
                    executive secretariat commander lead data_officer operator machine
    read_board      any       any         any       any  any          any      any
    read_quality    any       any         any       any  any          any      any
    read_rejects    .         any         .         own  own          any      any
    read_reporting  .         any         .         own  own          .        any
    read_delivery   .         any         .         own  own          any      any
    read_mapping    .         any         .         own  own          any      any
    read_reviews    .         any         any       own  own          .        .
    read_proposals  any       any         any       any  any          .        .
    read_sessions   any       any         any       any  any          .        .
    read_audit      .         any         any       .    .            any      any
    read_people     .         .           .         .    .            any      any
    report          .         .           .         own  .            .        .
    hand_in         .         .           .         own  own          .        any
    reopen          .         any         .         own  own          any      any
    release         .         any         .         .    .            .        any
    waive           .         any         .         .    .            .        .
    map_feed        .         any         .         own  own          any      .
    review          .         any         .         .    .            .        .
    propose         .         .           .         own  .            .        .
    check_proposal  .         any         .         .    .            .        .
    decide_proposal .         .           any       .    .            .        .
    hold_session    .         any         .         .    .            .        .
    settle_action   .         any         .         own  own          .        .
    choose_digest   any       any         any       any  any          any      .
    manage_people   .         .           .         .    .            any      any
    run             .         .           .         .    .            .        any
"""
#: Services without the gate, each for a reason.
FREE = {
    "roadmap.services.desk.today": "the calendar",
    "roadmap.services.desk.moment": "a number to ask by",
    "roadmap.services.pulse.pulse": "a number that says that something came in, watched by the board itself",
    "roadmap.services.entering.enter": "the way in, which makes the who that the gate asks about",
    "roadmap.services.entering.leave": "the way out of the own session",
    "roadmap.services.proposals.frame": "what the programme file says there is",
    "roadmap.services.reminders.around": "what the programme file says there is",
}


def agreed() -> dict[tuple[str, str], str]:
    heads, *rows = (line.split() for line in AGREED.strip().splitlines())
    return {(row[0], role): reach for row in rows for role, reach in zip(heads, row[1:], strict=True)}


def somebody(role: str, commission: str | None = None) -> Who:
    return Who("a", "A", frozenset({Grant(role=role, commission=commission if role in OF_A_COMMISSION else None)}))


def of_desks(module: ModuleType) -> Iterator[Callable[..., object]]:
    """The public functions that a module defines whose first argument is a desk."""
    for name, each in vars(module).items():
        if inspect.isfunction(each) and each.__module__ == module.__name__ and not name.startswith("_"):
            first = next(iter(inspect.signature(each).parameters.values()), None)
            if first is not None and str(first.annotation).rpartition(".")[2] == "Desk":
                yield each


def test_every_service_has_the_gate_before_it_but_those_that_are_named():
    found = {f"{each.__module__}.{each.__qualname__}" for module in MODULES for each in of_desks(module)}
    found = {name for name in found if not name.startswith("roadmap.services.about.")}  # they ask for the gate
    assert found - {*gate.GUARDED} == {*FREE}
    assert len(found) > 50


def test_every_action_has_a_row_and_a_service():
    assert {*PERMISSIONS} == {*Action}
    assert {guard.action for guard in gate.GUARDED.values()} == {*Action}


def test_what_names_the_commission_of_a_call_is_called_so():
    named = {guard.of for guard in gate.GUARDED.values() if isinstance(guard.of, str)}
    assert named <= {"commission", "code"}


@pytest.mark.parametrize("path", sorted(BOARD.rglob("*.py")), ids=lambda path: path.relative_to(BOARD).as_posix())
def test_no_page_reaches_around_the_services(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    around = ("roadmap.store", "roadmap.intake", "roadmap.analysis", "roadmap.demo", "roadmap.stack", "sqlalchemy")
    assert [name for name in names if name.startswith(around) and not name.startswith("sqlalchemy.exc.")] == []


@pytest.mark.parametrize(("action", "role"), agreed())
def test_nobody_may_do_more_or_less_than_was_agreed_on(action, role):
    reach, who = agreed()[action, role], somebody(role, "quays")
    assert gate.permits(who, Action(action), "quays") is (reach != ".")
    assert gate.permits(who, Action(action), "cranes") is (reach == "any")
    assert gate.permits(who, Action(action)) is (reach == "any")
    assert gate.offers(who, Action(action)) is (reach != ".")
    assert gate.within(who, Action(action)) == {"any": None, "own": ("quays",), ".": ()}[reach]


def test_the_documentations_page_is_as_the_table_has_it():
    assert {*permission_table.MEANINGS} == {*Action}
    written = (BOARD.parent / "docs" / "permissions.md").read_text("utf-8")
    assert written == permission_table.page(), "run `make docs`"


def test_the_list_has_every_action_and_every_role():
    assert {(action, role) for action in Action for role in Role} == {*agreed()}


def test_two_roles_are_two_ways():
    who = Who(
        "a", "A", frozenset({Grant.read("lead:quays"), Grant.read("data_officer:cranes"), Grant.read("executive")})
    )
    assert gate.within(who, Action.HAND_IN) == ("cranes", "quays")
    assert gate.within(who, Action.REPORT) == ("quays",)
    assert gate.permits(who, Action.READ_PROPOSALS)


def test_whoever_has_no_role_may_do_nothing():
    nobody = Who("a", "A", frozenset())
    assert not any(gate.permits(nobody, action, code) for action in Action for code in (None, "quays"))


def test_a_refusal_says_so_in_both_languages():
    with pytest.raises(NotAllowedError) as refused:
        gate.check(somebody("executive"), Action.REPORT, "quays")
    assert all(refused.value.text.in_(language) for language in LANGUAGES)
    assert "(report of quays)" in str(refused.value)


@pytest.mark.parametrize("code", ["executive", "lead:quays", " data_officer:human-resources "])
def test_a_grant_is_read_as_it_is_written(code):
    assert Grant.read(code).code == code.strip()


@pytest.mark.parametrize("code", ["", "emperor", "lead", "lead:", "executive:quays"])
def test_what_is_no_grant_is_refused(code):
    with pytest.raises(ValueError, match="validation error"):
        Grant.read(code)
