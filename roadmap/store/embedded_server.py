"""Making, starting and stopping the embedded PostgreSQL server: `initdb` and `pg_ctl`, and what a crash left.

Callers hold the lock of `embedded`: one process at a time changes anything here.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from roadmap.errors import StoreError
from roadmap.store.embedded_folders import PORT, Places, give, identity, installation, let_read, socket_folder

SUPERUSER: Final = "postgres"
PATIENCE_SECONDS: Final = 120  # crash recovery of a large log is the slowest start

_PARAMETERS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",  # four Airflow components with pools, the tasks, the board, the shell
    "shared_buffers": "256MB",  # a fifth less work for COPY into millions of rows than with half of it
    "synchronous_commit": "on",  # an acknowledged report is on the disk
    # After each checkpoint every page goes to the log whole once more: 5 M events log 1.4 GB, up to 2.0 GB with 1GB. As
    # much may have to be read again after a crash, which took 47 s on a busy machine: hence not 4GB.
    "max_wal_size": "2GB",
    "jit": "off",  # compiling costs more than our short queries take
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
}


def find(places: Places) -> psutil.Process | None:
    """The running server of these places, or None.

    A pid file alone proves nothing (kill -9, reboot, number reused): the process must work in this data folder.
    """
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(places.pid_lines()[0]))
        if _works_in(process, places.data):
            return process
    return None


def launch(places: Places, *, alone: bool) -> None:
    """Start the server, made first if need be; `alone` says that no other process uses it.

    Raises:
        StoreError: it does not come up; the message has the end of its log.
    """
    if not places.data.exists():
        _create(places)
    elif alone:
        _clear_leftovers(places)
    options = _PARAMETERS | {"unix_socket_directories": str(socket_folder(places)), "port": str(PORT)}
    flags = shlex.join(part for name, value in options.items() for part in ("-c", f"{name}={value}"))
    wait = ("-w", "-t", str(PATIENCE_SECONDS))
    if not _call("pg_ctl", "start", "-D", str(places.data), "-l", str(places.log), *wait, "-o", flags):
        message = f"The embedded PostgreSQL did not start; {places.log_end()}"
        raise StoreError(message)


def shut_down(places: Places) -> None:
    """Roll open transactions back and stop; a server that hangs is stopped at once and recovers at its next start."""
    sockets = Path(places.pid_lines()[4])
    stop = ("pg_ctl", "stop", "-D", str(places.data), "-w", "-t", "20", "-m")
    if not _call(*stop, "fast") and not _call(*stop, "immediate"):
        message = f"The embedded PostgreSQL could not be stopped; {places.log_end()}"
        raise StoreError(message)
    with suppress(OSError):  # a folder under /tmp is not to be left behind; a failure to remove it harms nobody
        sockets.rmdir()


def _create(places: Places) -> None:
    """Make the data folder under another name first: a kill in the middle leaves no half of one behind."""
    let_read(installation())
    places.log.touch()
    give(places.log)
    fresh = places.root / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    access = ("-U", SUPERUSER, "--auth-local=trust", "--auth-host=reject")
    language = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    if not _call("initdb", "-D", str(fresh), *access, *language, output=places.log):
        message = f"PostgreSQL's data folder could not be made; {places.log_end()}"
        raise StoreError(message)
    fresh.rename(places.data)


def _clear_leftovers(places: Places) -> None:
    """After a kill -9 of the server: end its orphaned backends, drop its pid file (the number may be another's now)."""
    orphans = [process for process in psutil.process_iter() if _works_in(process, places.data)]
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for process in orphans:
            with suppress(psutil.NoSuchProcess):
                end(process)
        orphans = psutil.wait_procs(orphans, timeout=10)[1]
    (places.data / "postmaster.pid").unlink(missing_ok=True)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name() == "postgres" and process.cwd() == str(folder)
    except psutil.Error:
        return False


def _call(command: str, *arguments: str, output: Path | None = None) -> bool:
    """Run a programme of PostgreSQL's as the server's user, free of the caller's PG* variables; True on success.

    Its output goes to a file, never to a pipe: the server inherits it and would keep the reader waiting.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
    with (output or Path(os.devnull)).open("ab") as stream:
        done = subprocess.run(
            [str(installation() / "bin" / command), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env=environment,
            cwd="/",
            check=False,
            **identity(),
        )
    return done.returncode == 0
