"""How a component of our own serves HTTP in a process of its own: by uvicorn, with nothing on that is not needed."""

from __future__ import annotations

import logging
import signal
import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette


def begin() -> None:
    """Makes this process a component: its log on standard error, its end in order when it is asked to end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for number in (signal.SIGINT, signal.SIGTERM):  # the server ends in order, then hands the signal on
        signal.signal(number, lambda told, _: sys.exit(128 + told))


def server(application: Starlette, host: str, port: int, *, last_seconds: int, **limits: Any) -> uvicorn.Server:  # noqa: ANN401 - uvicorn's own
    """The server of `application`, not started yet. It says neither its version nor, in its log, what may hold a token.

    Args:
        application: what answers.
        host: the address to listen on.
        port: the port there.
        last_seconds: how long requests that are under way may take when the server is asked to end.
        limits: further limits of `uvicorn.Config`.
    """
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=last_seconds,
        **limits,
    )
    return uvicorn.Server(config)
