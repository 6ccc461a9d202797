"""Connections: how a server is reached and what opens it, from Airflow's own variables `AIRFLOW_CONN_<NAME>`.

Both forms that Airflow documents are read, a URI and JSON, so that tasks and the command line share one. What a
connection says is shown nowhere: not in an error, a log, a receipt or a `repr`.

A demonstration makes its own while it runs. They lie in a file of the state folder, so that a command in another shell
has them too; the environment counts more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from roadmap.errors import ProgrammeError
from roadmap.settings import Settings
from roadmap.store.durable import whole

_PREFIX: Final = "AIRFLOW_CONN_"
#: Under this name of its query a URI has what does not fit into names and values.
_WHOLE_EXTRA: Final = "__extra__"
_BESIDE_THE_SCHEME: Final = "://"


def _object(value: object) -> object:
    """In JSON, `extra` is an object or its text."""
    return json.loads(value or "{}") if isinstance(value, str) else value


class Connection(BaseModel):
    """What one variable says. `scheme` is its `schema`: a database's name, or https."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: str
    kind: str = Field("", alias="conn_type")
    host: str = ""
    port: int | None = None
    scheme: str = Field("", alias="schema")
    login: str | None = None
    password: SecretStr | None = None
    extra: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(default_factory=dict, repr=False)

    @property
    def secret(self) -> str | None:
        """The password itself, for the driver."""
        return self.password.get_secret_value() if self.password else None

    @property
    def texts(self) -> dict[str, str]:
        """Those entries of `extra` that are texts."""
        return {name: value for name, value in self.extra.items() if isinstance(value, str)}


def connection(name: str, settings: Settings) -> Connection:
    """The connection `name` of this process's environment or, where that has none, of the demonstration that runs.

    Raises:
        ProgrammeError: there is none, or it cannot be read; the message says nothing of what it holds.
    """
    variable = variable_of(name)
    value = os.environ.get(variable) or demonstrated(settings).get(variable)
    if not value:
        own = " (a demonstration has its own while `roadmap up` runs with the embedded PostgreSQL)"
        message = (
            f"There is no connection {name!r}, which a feed needs; set {variable} as Airflow documents it"
            f"{own if settings.demo else ''}."
        )
        raise ProgrammeError(message)
    try:
        told = json.loads(value) if value.lstrip().startswith("{") else _of_uri(value)
        return Connection.model_validate({key: item for key, item in told.items() if item is not None} | {"name": name})
    except (ValueError, ValidationError):
        message = (
            f"The connection {name!r} ({variable}) is neither a URI nor JSON as Airflow documents them; correct it."
        )
        raise ProgrammeError(message) from None


def variable_of(name: str) -> str:
    """The variable that holds the connection `name`."""
    return _PREFIX + name.upper()


def demonstrated(settings: Settings) -> dict[str, str]:
    """The demonstration's own connections by their variables; none unless one runs on this state folder."""
    try:
        found: dict[str, str] = json.loads(_file(settings).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found


def demonstrate(settings: Settings, values: Mapping[str, str]) -> None:
    """Keeps the demonstration's connections, by their variables, for its owner only, until `forget`."""
    file = _file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file) as fresh:
        fresh.write_text(json.dumps(dict(values)), "utf-8")


def forget(settings: Settings) -> None:
    """Removes the demonstration's connections."""
    _file(settings).unlink(missing_ok=True)


def _file(settings: Settings) -> Path:
    return settings.demo_dir / "connections.json"


def _of_uri(uri: str) -> dict[str, Any]:
    """The parts of `kind://login:password@host:port/schema?extra`; a host may be an address: `kind://https://host`."""
    kind, separator, rest = uri.partition(_BESIDE_THE_SCHEME)
    if not separator:
        raise ValueError(kind)
    scheme, inner, _ = rest.partition(_BESIDE_THE_SCHEME)
    parts = urlsplit(rest if inner else f"//{rest}")
    host = unquote(parts.hostname or "")
    extra = dict(parse_qsl(parts.query, keep_blank_values=True))
    return {
        "conn_type": kind,
        "host": f"{scheme}{_BESIDE_THE_SCHEME}{host}" if inner else host,
        "port": parts.port,
        "schema": unquote(parts.path[1:]),
        "login": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "extra": extra.get(_WHOLE_EXTRA, extra),
    }
