"""This machine, seen from itself: what a demonstration opens is for nobody else."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

HOST: Final = "127.0.0.1"


def is_here(name: str) -> bool:
    """Whether `name`, a host's name or an address, is this machine seen from itself."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
