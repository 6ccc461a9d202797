"""Which ports the stack listens on."""

from __future__ import annotations

import socket
from typing import Final

from roadmap.errors import SettingsError
from roadmap.stack import StackError

_CANDIDATES: Final = 100


def choose(host: str, *, wanted: int | None, first: int, setting: str | None) -> int:
    """The port that the person `wanted`, else the first free one from `first`.

    Raises:
        SettingsError: the wanted port is taken; the message names the `setting` that asked for it, if there is one.
        StackError: no port is free.
    """
    if wanted is not None:
        if not is_free(host, wanted):
            message = f"Port {wanted} on {host} is taken: end what listens there, or give another in {setting}."
            raise SettingsError(message)
        return wanted
    for port in range(first, first + _CANDIDATES):
        if is_free(host, port):
            return port
    way = f"give one in {setting}" if setting else "end what listens there"
    message = f"No port from {first} to {first + _CANDIDATES - 1} is free on {host}: {way}."
    raise StackError(message)


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection that just closed does not count
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
