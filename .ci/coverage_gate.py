#!/usr/bin/env python3
"""Fail unless lines and branches, each for itself, are covered as far as demanded.

SlipCover's own fail-under holds the mixture of both, in which good lines can hide poor branches.
usage: coverage_gate.py < coverage.json
"""

import json
import sys

DEMANDED = 95.0


def main() -> int:
    """Print both figures of the report on standard input; 1 if one is too low."""
    total = json.load(sys.stdin)["summary"]
    short = False
    for kind in ("lines", "branches"):
        covered, missing = total[f"covered_{kind}"], total[f"missing_{kind}"]
        percent = 100 * covered / (covered + missing)
        print(f"{kind}: {percent:.2f}% of {covered + missing} covered, {DEMANDED:g}% demanded")
        short |= percent < DEMANDED
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
