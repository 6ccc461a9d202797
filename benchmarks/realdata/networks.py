"""The networks of the PSPLIB: the critical path of each has to be as long as its authors say."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, exactly
from roadmap.analysis.schedule import Activity, schedule
from roadmap.domain.model import Link

_ROW = re.compile(r"^[ \t]*\d[\d \t]*\r?$", re.MULTILINE)


def figures(folder: Path) -> Iterator[Figure]:
    """Every network of the folder against its known length."""
    with (folder / "cpm_j30.csv").open(encoding="utf-8", newline="") as rows:
        known = {row["instance"]: int(row["cpm_recomputed"]) for row in csv.DictReader(rows)}
    found = {path.name: schedule(network(path.read_text("latin-1"))).end for path in (folder / "j30").glob("*.sm")}
    yield exactly("psplib: networks", len(found), "networks", len(known))
    yield exactly(
        "psplib: critical paths of another length", len(set(found.items()) ^ set(known.items())), "lengths", 0
    )


def network(written: str) -> list[Activity]:
    """The jobs of a file in their first mode, each with the jobs that it follows on."""
    following = {row[0]: row[3:] for row in _rows(written, "PRECEDENCE RELATIONS", "REQUESTS")}
    lasting = {row[0]: row[2] for row in _rows(written, "REQUESTS", "RESOURCEAVAILABILITIES")}
    return [
        Activity(str(job), lasting[job], tuple(Link(code=str(other)) for other in following if job in following[other]))
        for job in following
    ]


def _rows(written: str, first: str, last: str) -> list[list[int]]:
    part = written[written.index(first) : written.index(last)]
    return [[int(number) for number in row.split()] for row in _ROW.findall(part)]
