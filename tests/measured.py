"""Processes that a test starts count for coverage if they begin with `measure()`.

SlipCover itself measures pytest's workers; what it merges at the end are the files that they leave in one folder. A
child leaves one more there.
"""

from __future__ import annotations

import atexit
import json
import os
from pathlib import Path

import slipcover

PROJECT = Path(__file__).parents[1]


def measure() -> None:
    """What this process imports of `roadmap` from now on is measured, if the session that started it is."""
    if shared := os.environ.get("SLIPCOVER_COVERAGE_DIR"):
        matcher = slipcover.FileMatcher(sources=[PROJECT / "roadmap"])
        measuring = slipcover.Slipcover(branch=True)
        slipcover.ImportManager(measuring, matcher).__enter__()
        slipcover.wrap_spec_from_file_location(measuring, matcher)  # migrations
        atexit.register(_leave, measuring, Path(shared, f"coverage-gw-child-{os.getpid()}.json"))


def _leave(measuring: slipcover.Slipcover, file: Path) -> None:
    os.chdir(PROJECT)  # modules are named as seen from here, as in the other files
    file.write_text(json.dumps(measuring.get_coverage()), encoding="utf-8")
