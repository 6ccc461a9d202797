"""Folders elsewhere, opened by fsspec: which options each protocol takes from a feed's connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from roadmap.errors import FeedUnavailableError, ProgrammeError, RoadmapError
from roadmap.intake.feeds.connections import Connection, connection
from roadmap.settings import Settings

#: How long a server of files may be silent, in seconds.
_PATIENCE_SECONDS: Final = 30


class Place(NamedTuple):
    """An opened folder: fsspec's store, the folder's path in it, and what the store raises when something is wrong."""

    store: Any
    folder: str
    errors: tuple[type[Exception], ...]


@contextmanager
def opened(url: str, name: str | None, settings: Settings) -> Iterator[Place]:
    """The folder at `url`; `name` is the connection that opens it or, on a disk, says below which folder it lies.

    Raises:
        ProgrammeError: the connection is missing, or does not say what it must.
        FeedUnavailableError: the folder cannot be reached or read, or its server is not the one the connection knows.
    """
    import fsspec  # noqa: PLC0415 - a driver takes its time, and only those who have such a feed need one

    protocol = urlsplit(url).scheme
    to = connection(name, settings) if name else None
    options = _OPTIONS[protocol](to) if to else {}
    errors = _ERRORS[protocol]()
    try:
        store = fsspec.filesystem(protocol, skip_instance_cache=True, **options)
        try:
            yield Place(store, _folder(store, url, to), errors)
        finally:
            if protocol == "sftp":
                store.client.close()  # its thread would go on
    except errors as error:
        message = f"The folder {url} cannot be read ({reason(error)}); it is tried again later."
        raise FeedUnavailableError(message) from None


def _folder(store: Any, url: str, to: Connection | None) -> str:  # noqa: ANN401 - fsspec has no types
    path = str(store._strip_protocol(url))  # noqa: SLF001 - fsspec has no other name for it
    base = to.texts.get("path") if to and "file" in store.protocol else None
    return str(PurePosixPath(base) / path.lstrip("/")) if base else path


def reason(error: Exception) -> str:
    """What went wrong, as far as it holds no secret."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _errors_of_disk() -> tuple[type[Exception], ...]:
    return OSError, RoadmapError  # ours are those of the inbox's own opening


def _errors_of_object_store() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    return OSError, BotoCoreError, ClientError


def _errors_of_sftp() -> tuple[type[Exception], ...]:
    from paramiko import SFTPError, SSHException  # noqa: PLC0415 - as above

    return OSError, EOFError, SSHException, SFTPError


_ERRORS: Final[dict[str, Callable[[], tuple[type[Exception], ...]]]] = {
    "file": _errors_of_disk,
    "s3": _errors_of_object_store,
    "sftp": _errors_of_sftp,
}


def _of_disk(_: Connection) -> dict[str, Any]:
    """Airflow's connections of type `fs` have nothing that opens a disk, but a `path` that the folder lies below."""
    return {}


def _of_object_store(to: Connection) -> dict[str, Any]:
    """As Airflow's connections of type `aws` have them; a feed without one has the driver look into the environment."""
    return {
        "key": to.login,
        "secret": to.secret,
        "endpoint_url": to.texts.get("endpoint_url"),
        "client_kwargs": {"region_name": to.texts["region_name"]} if "region_name" in to.texts else {},
        "config_kwargs": {"connect_timeout": _PATIENCE_SECONDS, "read_timeout": _PATIENCE_SECONDS},
        "use_listings_cache": False,
    }


def _of_sftp(to: Connection) -> dict[str, Any]:
    """As Airflow's connections of type `sftp` have them; nothing is looked for in the user's own files."""
    return {
        "host": to.host,
        "port": to.port or 22,
        "username": to.login,
        "password": to.secret,
        "key_filename": to.texts.get("key_file"),
        "passphrase": to.texts.get("private_key_passphrase"),
        "host_key_policy": _only(_host_keys(to), to.name),
        "allow_agent": False,
        "look_for_keys": False,
        **dict.fromkeys(("timeout", "banner_timeout", "auth_timeout", "channel_timeout"), _PATIENCE_SECONDS),
    }


_OPTIONS: Final[dict[str, Callable[[Connection], dict[str, Any]]]] = {
    "file": _of_disk,
    "s3": _of_object_store,
    "sftp": _of_sftp,
}


def _host_keys(to: Connection) -> set[tuple[str, str]]:
    """Type and key of each line of `host_key`, which may be what ssh-keyscan prints."""
    lines = [line.split() for line in to.texts.get("host_key", "").splitlines() if not line.startswith("#")]
    keys = {(parts[-2], parts[-1]) for parts in lines if len(parts) > 1}
    if not keys:
        message = (
            f"The connection {to.name!r} does not say by which key its server is known; put what "
            "`ssh-keyscan HOST` prints, once compared with the server's owner, into its extra as host_key."
        )
        raise ProgrammeError(message)
    return keys


def _only(keys: set[tuple[str, str]], name: str) -> Any:  # noqa: ANN401 - a class that can be made only once paramiko is here
    """The policy that a server is talked to if it has one of `keys`, and never otherwise."""
    import paramiko  # noqa: PLC0415 - as above

    class Only(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:  # noqa: ARG002
            if (key.get_name(), key.get_base64()) not in keys:
                message = f"The server of connection {name!r} has another key than it is known by; ask its owner."
                raise FeedUnavailableError(message)

    return Only()
