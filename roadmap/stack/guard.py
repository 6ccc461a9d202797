"""A small process of the stack that keeps its logs small, outlives a supervisor killed with -9 and clears up after it.

`python -m roadmap.stack.guard <state folder> <supervisor's pid> [<PostgreSQL's pid>]` ends with a message when
PostgreSQL ends (the supervisor then ends the rest). When the supervisor is gone it ends all that the supervisor had
started.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

import psutil

from roadmap.stack import leftovers, logs

_LOOK_EVERY_SECONDS: Final = 0.5


def lives(pid: int) -> bool:
    """Whether the process runs; one that is dead but not yet waited for by its parent does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def watch(state_dir: Path, supervisor: int, server: int | None) -> int:
    """Wait until the supervisor or the server ends; the exit code."""
    while lives(supervisor):
        if server is not None and not lives(server):
            sys.stderr.write(f"PostgreSQL (process {server}) has ended.\n")
            return 1
        logs.turn(state_dir / "logs")
        time.sleep(_LOOK_EVERY_SECONDS)
    leftovers.end(state_dir)
    if server is not None:
        from roadmap.store import embedded  # noqa: PLC0415 - 20 MB that the watching itself can do without

        embedded.stop(state_dir)
    return 1


if __name__ == "__main__":
    _numbers = [int(_argument) for _argument in sys.argv[2:]]
    sys.exit(watch(Path(sys.argv[1]), _numbers[0], _numbers[1] if len(_numbers) > 1 else None))
