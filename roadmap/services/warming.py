"""What the taking of a file needs and takes seconds to load, loaded before the first file comes."""

from __future__ import annotations

import logging
from importlib import import_module
from threading import Thread
from typing import Final

#: The batch suites above all: 3 s on an idle machine, more on a busy one.
_HEAVY: Final = ("great_expectations", "great_expectations.expectations", "pandas", "roadmap.intake.pipeline")


def load() -> None:
    """Loads it now."""
    # It tells of every class that it looks at while it is imported.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    for name in _HEAVY:
        import_module(name)


def load_behind() -> Thread:
    """Loads it in a thread of its own, which keeps nobody waiting but who needs it already, and no process alive."""
    thread = Thread(target=load, name="warming", daemon=True)
    thread.start()
    return thread
