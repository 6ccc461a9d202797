"""Which commission a call is about, where its arguments do not say so by a code of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roadmap.services.desk import Desk
from roadmap.store import proposals, views


def receipt(_desk: Desk, arguments: Mapping[str, Any]) -> str | None:
    """The commission of the argument `receipt`."""
    code: str = arguments["receipt"].commission
    return code


def entry(_desk: Desk, arguments: Mapping[str, Any]) -> str | None:
    """The commission that the argument `entry` is."""
    code: str = arguments["entry"].code
    return code


def wanted(_desk: Desk, arguments: Mapping[str, Any]) -> str | None:
    """The commission that the argument `wanted` asks for; None: all of them."""
    code: str | None = arguments["wanted"].commission
    return code


def drafted(_desk: Desk, arguments: Mapping[str, Any]) -> str | None:
    """The commission of the argument `drafted`."""
    code: str = arguments["drafted"].commission
    return code


def batch(desk: Desk, arguments: Mapping[str, Any]) -> str | None:
    """The commission whose delivery has the number `batch`; None where there is no such delivery."""
    number = arguments["batch"]
    with desk.engine.connect() as connection:
        receipts = views.receipts_of(connection, {number})
    return receipts[number].commission if number in receipts else None


def proposal(desk: Desk, arguments: Mapping[str, Any]) -> str | None:
    """The commission that sent the proposal `code`; None where there is no such proposal."""
    with desk.engine.connect() as connection:
        return proposals.sender(connection, arguments["code"])
