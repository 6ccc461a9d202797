"""Every role at every service, for the own commission and for another: the gate answers before anything is done."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from roadmap.domain.people import OF_A_COMMISSION, Grant, Role, Who
from roadmap.services import about, gate
from roadmap.services.desk import Desk
from roadmap.services.gate import Guard, NotAllowedError
from tests.factories import deliver, report
from tests.unit.test_gate import agreed

OWN, OTHER = "quays", "cranes"
#: What an argument looks like from which a function of `about` tells the commission; the others look it up by number.
LOOKS = {
    about.receipt: lambda code: SimpleNamespace(commission=code),
    about.entry: lambda code: SimpleNamespace(code=code),
    about.wanted: lambda code: SimpleNamespace(commission=code),
    about.drafted: lambda code: SimpleNamespace(commission=code),
}


@pytest.fixture
def numbers(desk: Desk) -> dict[str, int]:
    """A delivery of each commission."""
    receipts = (deliver(desk, report(code, effective=date(2026, 10, 31)), commission=whose) for whose, code in
                ((OWN, "Q-1"), (OTHER, "C-1")))  # fmt: skip
    return {receipt.commission: receipt.batch for receipt in receipts}


def arguments(service: Any, guard: Guard, commission: str, numbers: dict[str, int]) -> dict[str, Any]:
    """Arguments that name the commission and make no other sense."""
    _, *names = inspect.signature(service).parameters
    made = dict.fromkeys(names, None)
    if isinstance(guard.of, str):
        made[guard.of] = commission
    elif guard.of is about.batch:
        made["batch"] = numbers[commission]
    elif guard.of in LOOKS:
        made[guard.of.__name__] = LOOKS[guard.of](commission)
    return made


def passes(desk: Desk, name: str, guard: Guard, commission: str, numbers: dict[str, int]) -> bool:
    """Whether the gate lets through whoever stands at the desk; what is behind it fails at the first thing it needs."""
    module, _, function = name.rpartition(".")
    service = getattr(importlib.import_module(module), function)
    looks_up = callable(guard.of) and guard.of not in LOOKS
    at = desk if looks_up else replace(desk, engine=None)
    try:
        service(at, **arguments(service, guard, commission, numbers))
    except NotAllowedError:
        return False
    except Exception:  # noqa: BLE001 - behind the gate
        return True
    return True


def test_every_service_lets_in_whom_the_list_names_and_nobody_else(desk, numbers):
    reaches, wrong = agreed(), []
    for name, guard in gate.GUARDED.items():
        # Whose a proposal or an action is, is looked up; what is not there is nobody's own (see …_held).
        told = isinstance(guard.of, str) or guard.of in {*LOOKS, about.batch}
        for role in Role:
            grant = Grant(role=role, commission=OWN if role in OF_A_COMMISSION else None)
            at = replace(desk, who=Who("a", "A", frozenset({grant})))
            for commission in (OWN, OTHER):
                reach = reaches[guard.action, role]
                expected = reach == "any" or (reach == "own" and commission == OWN and told)
                if passes(at, name, guard, commission, numbers) is not expected:
                    wrong.append(f"{name} for {grant.code} about {commission}")
    assert wrong == []
