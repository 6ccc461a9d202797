"""PostgreSQL's own `pg_dump` and `pg_restore`: found, called, and what they say.

A tool that is older than the server refuses to work, a newer one may write what an older server does not understand:
of those that come along and those on the PATH, the one nearest to the server is taken.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, text

from roadmap.errors import RoadmapError, StoreError
from roadmap.store import embedded_folders

#: Half the processor time of the default level (1,000,000 events: 2.5 s) for 8% more bytes: hashes do not shrink.
_COMPRESSION: Final = "--compress=1"
_WHOLE: Final = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")


class ToolError(RoadmapError):
    """A tool failed; the message is the first line that it said."""


def dump(connection: Connection, file: Path) -> None:
    """Writes what the transaction of `connection` sees to `file`, in the custom format.

    Raises:
        StoreError: there is no fitting tool.
        ToolError: it failed, as with a full disk.
    """
    snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
    options = "--format=custom", _COMPRESSION, f"--snapshot={snapshot}", f"--file={file}"
    _call(connection, "pg_dump", *options, _database(connection))


def load(connection: Connection, file: Path) -> None:
    """Fills the empty database of `connection` from a dump, all or nothing, everything owned by its role.

    Raises:
        StoreError: there is no fitting tool.
        ToolError: the file is broken, or the role may not make what is in it.
    """
    _call(connection, "pg_restore", *_WHOLE, _database(connection), str(file.resolve()))


def tables(connection: Connection, file: Path) -> set[str]:
    """The tables of which a dump has the rows.

    Raises:
        ToolError: it is no dump.
    """
    listed = _call(connection, "pg_restore", "--list", str(file.resolve()))
    return set(re.findall(r" TABLE DATA \S+ (\S+) ", listed))


def only_row(connection: Connection, file: Path, table: str) -> dict[str, str]:
    """The one row of `table` in a dump, each value as `copy` writes it.

    Raises:
        ToolError: the file ends before it, or the table has not one row.
    """
    told = _call(connection, "pg_restore", "--data-only", f"--table={table}", "--file=-", str(file.resolve()))
    match = re.search(r"^COPY \S+ \((.*)\) FROM stdin;\n(.*)\n\\\.$", told, re.MULTILINE)
    if match is None:
        message = f"its table {table} has not one row"
        raise ToolError(message)
    return dict(zip(match[1].split(", "), match[2].split("\t"), strict=True))


def _call(connection: Connection, tool: str, *arguments: str) -> str:
    """The tool's output; a password goes to it by its environment, where no list of processes shows it."""
    info = _info(connection)
    environment = os.environ | {"LC_ALL": "C"} | ({"PGPASSWORD": info.password} if info.password else {})
    # Without a password it fails; it does not ask for one where nobody may sit.
    command = [_found(tool, info.server_version // 10_000), "--no-password", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = done.stderr.strip() or f"{tool} ended with code {done.returncode}"
        raise ToolError(said.splitlines()[0].removeprefix(f"{tool}: ").removeprefix("error: ").rstrip("."))
    return done.stdout


def _info(connection: Connection) -> Any:  # noqa: ANN401 - the driver's, which SQLAlchemy does not type
    driver: Any = connection.connection.driver_connection
    return driver.info


def _database(connection: Connection) -> str:
    """The database as an argument, without any password."""
    known = {name: value for name, value in _info(connection).get_parameters().items() if "password" not in name}
    return f"--dbname={make_conninfo(**known)}"


def _found(tool: str, server: int) -> str:
    """The path of the `tool` whose version is nearest to the server's (a major version), and not older."""
    candidates = {_major(path): path for path in _candidates(tool)}
    fitting = [version for version in candidates if version >= server]
    if not fitting:
        had = f"the newest here is {max(candidates)}" if candidates else "none is here"
        message = f"{tool} of PostgreSQL {server} or newer is needed, {had}; install it so that it is on the PATH."
        raise StoreError(message)
    return candidates[min(fitting)]


def _candidates(tool: str) -> list[str]:
    own = embedded_folders.installation() / "bin" / tool
    return [path for path in (shutil.which(tool), str(own) if own.exists() else None) if path]


def _major(path: str) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)", told)
    return int(match[1]) if match else 0
