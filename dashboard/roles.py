"""Who may write while there is no sign-in: a role is taken on by choice, and only on the machine itself.

A board that others can reach offers no such choice. Several signs have to agree, since behind a proxy on the same
machine every visitor comes from the loopback address: where the board listens, where the connection comes from,
which name the browser asked for, and that nobody passed the request on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from roadmap.errors import RoadmapError

Kind = Literal["executive", "secretariat", "lead"]
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class RoleRefusedError(RoadmapError):
    """A role may not be taken on here; `key` is the sentence's in the catalogue."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Visit:
    """A request, as the connection tells it. What it does not tell is empty, and counts as foreign.

    `listens` are the addresses that the board is bound to, by our setting and by the server's own.
    """

    listens: tuple[str, ...]
    comes_from: str
    asked_for: str
    origin: str
    forwarded: bool


@dataclass(frozen=True)
class Role:
    """What somebody acts as; only a lead has a commission."""

    kind: Kind = "executive"
    commission: str | None = None

    @property
    def code(self) -> str:
        """The role as an address holds it: `executive`, or `lead:` with the commission's code."""
        return f"{self.kind}:{self.commission}" if self.commission else self.kind


EXECUTIVE: Final = Role()


def visit(listens: tuple[str, ...], comes_from: str, headers: Mapping[str, str]) -> Visit:
    """The visit of a connection from the address `comes_from` with those `headers` (any case)."""
    told = {name.lower(): value for name, value in headers.items()}
    return Visit(
        listens=listens,
        comes_from=comes_from,
        asked_for=_name(f"//{told.get('host', '')}"),
        origin=_name(told.get("origin", "")),
        forwarded=any(name in told for name in _FORWARDED),
    )


def may_choose(visit: Visit) -> bool:
    """Whether roles may be taken on by choice: only if every sign says that the visitor sits at this machine."""
    names = (*visit.listens, visit.comes_from, visit.asked_for, visit.origin)
    return bool(visit.listens) and not visit.forwarded and all(is_loopback(name) for name in names)


def is_loopback(name: str) -> bool:
    """Whether `name`, a host's name or address, is this machine seen from itself."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def offered(commissions: Collection[str]) -> dict[str, Role]:
    """The roles to choose from, by their codes."""
    roles = [EXECUTIVE, Role("secretariat"), *(Role("lead", code) for code in commissions)]
    return {role.code: role for role in roles}


def actor(role: Role, visit: Visit, kind: Kind = "lead") -> str:
    """What the log writes down as the author of a report or a decision.

    Whoever writes asks here first, whatever the page has shown.

    Raises:
        RoleRefusedError: roles may not be chosen on this connection, or the role is not of the `kind` that does this.
    """
    if not may_choose(visit):
        raise RoleRefusedError("role.refused")
    if role.kind != kind:
        raise RoleRefusedError(f"role.not_{kind}")
    return f"{role.code} (demo role)"


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
