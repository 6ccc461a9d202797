"""Which ports the stack listens on.

A port is chosen some seconds before its component listens there, so who chooses marks it: of two starts at the same
moment, which both find it free, one has it.
"""

from __future__ import annotations

import socket
from typing import Final

from roadmap.errors import SettingsError
from roadmap.stack import StackError

_CANDIDATES: Final = 100
#: What this process has marked. A mark is a name of the kernel's, which goes with the process, however it ends.
_marked: Final[set[tuple[str, int]]] = set()


def choose(host: str, *, wanted: int | None, first: int, setting: str | None) -> int:
    """The port that the person `wanted`, else the first free one from `first`.

    Raises:
        SettingsError: the wanted port is taken; the message names the `setting` that asked for it, if there is one.
        StackError: no port is free.
    """
    if wanted is not None:
        if not (is_free(host, wanted) and _mark(host, wanted)):
            message = f"Port {wanted} on {host} is taken: end what listens there, or give another in {setting}."
            raise SettingsError(message)
        return wanted
    for port in range(first, first + _CANDIDATES):
        if is_free(host, port) and _mark(host, port):
            return port
    way = f"give one in {setting}" if setting else "end what listens there"
    message = f"No port from {first} to {first + _CANDIDATES - 1} is free on {host}: {way}."
    raise StackError(message)


def _mark(host: str, port: int) -> bool:
    """Marks the port as this process's; False where another one has chosen it."""
    if (host, port) in _marked:
        return True
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mark.bind(f"\0roadmap-port-{host}-{port}")
    except OSError:
        mark.close()
        return False
    mark.detach()  # open as long as the process lives
    _marked.add((host, port))
    return True


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
