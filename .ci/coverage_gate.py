#!/usr/bin/env python3
"""Fail unless lines and branches, each for itself, are covered as far as pyproject.toml demands.

Coverage's own fail_under holds the mixture of both, in which good lines can hide poor branches.
usage: coverage json -q -o - | coverage_gate.py
"""

import json
import sys
import tomllib
from pathlib import Path


def demanded() -> float:
    """The percentage that both figures must reach."""
    config = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    return float(config["tool"]["coverage"]["report"]["fail_under"])


def reached() -> dict[str, float]:
    """The two percentages of the report on standard input."""
    totals = json.load(sys.stdin)["totals"]
    return {"lines": totals["percent_statements_covered"], "branches": totals["percent_branches_covered"]}


def main() -> int:
    """Print both figures; 1 if one is too low."""
    goal = demanded()
    figures = reached()
    for kind, percent in figures.items():
        print(f"{kind}: {percent:.2f}% covered, {goal:g}% demanded")
    return int(min(figures.values()) < goal)


if __name__ == "__main__":
    sys.exit(main())
