"""HTTP as feeds speak it: GET only, with patience, and secrets for nobody but the connection's own server.

Requests with urllib3's Retry: both are here already, and Retry keeps `Retry-After`, back-off and attempts by itself.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.util import Retry

from roadmap.errors import ProgrammeError
from roadmap.intake.feeds.connections import Connection

_SCHEMES: Final = {"http", "https"}
#: Answers that may be another one a moment later.
_PASSING: Final = (429, 500, 502, 503, 504)
_BACKOFF_SECONDS: Final = 0.5
#: Longest that a server may have us wait between two attempts; whatever needs more is tried again by the next run.
_LONGEST_WAIT_SECONDS: Final = 60


class Credentials(AuthBase):
    """Puts a connection's login and headers on a request."""

    def __init__(self, connection: Connection) -> None:
        """Every text of the connection's `extra` is a header, as Airflow's own HTTP hook has it."""
        self._connection = connection

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request, opened."""
        if self._connection.login:
            HTTPBasicAuth(self._connection.login, self._connection.secret or "")(request)
        request.headers.update(self._connection.texts)
        return request

    @property
    def headers(self) -> set[str]:
        """The headers that are nobody else's business."""
        return {"Authorization", "Cookie", *self._connection.texts}


class Session(requests.Session):
    """Knows one server: what opens it is sent there, and neither along a redirect nor to a next page elsewhere."""

    def __init__(self, connection: Connection, *, attempts: int) -> None:
        """A session that asks up to `attempts` times."""
        super().__init__()
        self.base = base_address(connection)
        self._credentials = Credentials(connection)
        retry = Retry(
            total=attempts - 1,
            status_forcelist=_PASSING,
            allowed_methods={"GET"},
            backoff_factor=_BACKOFF_SECONDS,
            backoff_max=_LONGEST_WAIT_SECONDS,
            retry_after_max=_LONGEST_WAIT_SECONDS,
            raise_on_status=False,
        )
        for scheme in _SCHEMES:
            self.mount(f"{scheme}://", HTTPAdapter(max_retries=retry))

    def ask(self, address: str, *, etag: str | None, timeout: float) -> requests.Response:
        """The answer at `address`, its content not read yet; `timeout` is how long the server may be silent."""
        opener = self._credentials if _origin(address) == _origin(self.base) else _Nothing()
        headers = {"Accept": "application/json"} | ({"If-None-Match": etag} if etag else {})
        return self.get(address, headers=headers, auth=opener, timeout=timeout, stream=True)

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:  # noqa: ARG002
        """Along a redirect to another server every header of the connection stays behind, whatever its name."""
        if _origin(str(prepared_request.url)) != _origin(self.base):
            for name in self._credentials.headers:
                prepared_request.headers.pop(name, None)


class _Nothing(AuthBase):
    """No credentials: requests would otherwise look for some in the user's own files."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def base_address(connection: Connection) -> str:
    """Where the connection's server is: its host may be an address already, otherwise `schema` may say https.

    Raises:
        ProgrammeError: it is no address of an HTTP server.
    """
    scheme = next((word for word in (connection.scheme, connection.kind) if word in _SCHEMES), "http")
    address = connection.host if "://" in connection.host else f"{scheme}://{connection.host}"
    parts = urlsplit(address)
    if parts.scheme not in _SCHEMES or not parts.hostname or "@" in parts.netloc or parts.query:
        message = (
            f"The connection {connection.name!r} has no host that HTTP reaches; give a host, or https://host/path."
        )
        raise ProgrammeError(message)
    port = f":{connection.port}" if connection.port and parts.port is None else ""
    return f"{parts.scheme}://{parts.netloc}{port}{parts.path}"


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
