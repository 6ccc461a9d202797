"""The endpoint's server, and what it needs at hand while it serves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import uvicorn

from roadmap import serving
from roadmap.push.endpoint import Endpoint, application
from roadmap.services import desk as desks
from roadmap.services import warming
from roadmap.settings import Settings

_PORT: Final = 8600
#: Connections at a time; one more is answered 503 by the server itself.
_MOST_CONNECTIONS: Final = 200
#: How long requests that are under way may take when the server is asked to end, in seconds.
_LAST_SECONDS: Final = 5


def serve(settings: Settings) -> None:
    """Serves in the foreground until a signal.

    Raises:
        SettingsError: a token stands for no commission, or for two.
        StoreError: the database does not answer, or was never set up.
    """
    with desks.desk(settings) as desk, ThreadPoolExecutor(1, "delivering") as worker:
        endpoint = Endpoint(desk, settings, worker)
        warming.load_behind()  # seconds that the first sender would have to wait
        server(endpoint, settings.host, settings.push_port or _PORT).run()


def server(endpoint: Endpoint, host: str, port: int) -> uvicorn.Server:
    """The server, not started yet."""
    return serving.server(
        application(endpoint), host, port, last_seconds=_LAST_SECONDS, limit_concurrency=_MOST_CONNECTIONS
    )
