"""What intake is measured against, on the same rows in the same run: the bare load, and what most people write."""

from __future__ import annotations

import csv
import json
import subprocess
import time
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl
import psycopg
from pydantic import BaseModel, Field, ValidationError, field_validator
from sqlalchemy import UniqueConstraint, make_url, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.figures import BenchmarkError
from roadmap.store import database

#: dlt has requirements of its own, so it lives in an environment of its own (made by `make bench`).
DLT_PYTHON: Final = Path(".venv-bench/bin/python")
_DLT_SCRIPT: Final = Path(__file__).with_name("peer_dlt.py")

_STATES: Final = ("not_started", "in_progress", "done", "suspended", "cancelled")

Way = Literal["contract", "arrow"]


def bare_copy(owner_url: str, frames: Iterable[pl.DataFrame]) -> float:
    """Seconds that psycopg's COPY takes for the rows of `frames`, typed already, into a table without any index."""
    columns = "milestone int, unit int, effective date, state smallint, percent float8, forecast date, narrative text"
    plain_url = make_url(owner_url).set(drivername="postgresql").render_as_string(hide_password=False)
    seconds = 0.0
    with psycopg.connect(plain_url) as link:
        link.execute(f"create table bare ({columns})")
        link.commit()
        with link.cursor() as cursor, cursor.copy("copy bare from stdin") as copy:
            for rows in _typed(frames):
                began = time.perf_counter()
                for row in rows:
                    copy.write_row(row)
                seconds += time.perf_counter() - began
            began = time.perf_counter()
        link.commit()
        seconds += time.perf_counter() - began
        link.execute("drop table bare")
    return seconds


def _typed(frames: Iterable[pl.DataFrame]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of each frame with short numbers for codes and states, made before the clock runs."""
    for frame in frames:
        short = [pl.col(name).rank("dense").cast(pl.Int32) for name in ("milestone", "unit")]
        state = pl.col("state").replace_strict(_STATES, range(len(_STATES)), return_dtype=pl.Int16)
        yield frame.with_columns(*short, state).rows()


class _Base(DeclarativeBase):
    pass


class _NaiveRow(_Base):
    __tablename__ = "naive_report"
    __table_args__ = (UniqueConstraint("milestone", "unit", "effective"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    milestone: Mapped[str]
    unit: Mapped[str]
    effective: Mapped[date]
    state: Mapped[str]
    percent: Mapped[float]
    forecast_finish: Mapped[date | None]
    narrative: Mapped[str | None]


class _NaiveReport(BaseModel):
    milestone: str = Field(alias="Code", pattern=r"^[A-Za-z0-9_.-]+$")
    unit: str = Field(alias="Place", pattern=r"^[A-Za-z0-9_.-]+$")
    effective: date = Field(alias="As of")
    state: Literal["to do", "doing", "finished"] = Field(alias="State")
    percent: float = Field(alias="Done %", ge=0, le=100)
    forecast_finish: date | None = Field(alias="Expected")
    narrative: str | None = Field(alias="Remarks", max_length=4000)

    @field_validator("percent", mode="before")
    @classmethod
    def _decimal_comma(cls, written: str) -> str:
        return written.replace(",", ".")


def naive(owner_url: str, path: Path) -> float:
    """Seconds for the file `path` by pydantic row by row and an ORM's `add_all`, with a unique key, nothing else."""
    owner = database.connect(owner_url)
    _Base.metadata.create_all(owner)
    began = time.perf_counter()
    with path.open(encoding="utf-8-sig", newline="") as file, Session(owner) as session:
        session.add_all([_NaiveRow(**row.model_dump()) for row in _valid(file)])
        session.commit()
    seconds = time.perf_counter() - began
    with owner.begin() as connection:
        connection.execute(text("drop table naive_report"))
    owner.dispose()
    return seconds


def _valid(lines: Iterable[str]) -> list[_NaiveReport]:
    found = []
    for row in csv.DictReader(lines, delimiter=";"):
        try:
            found.append(_NaiveReport.model_validate(row))
        except ValidationError:
            continue
    return found


def dlt(way: Way, owner_url: str, path: Path, folder: Path) -> float:
    """Seconds for the file `path` by dlt: with a pydantic contract, or as an Arrow table that nobody validates.

    Raises:
        BenchmarkError: its environment is not there, or it failed.
    """
    if not DLT_PYTHON.exists():
        message = f"{DLT_PYTHON} is not there; `make bench` makes it."
        raise BenchmarkError(message)
    url = make_url(owner_url)
    server = {"host": url.query["host"], "port": url.query["port"], "database": url.database, "username": url.username}
    command = [DLT_PYTHON, _DLT_SCRIPT, way, json.dumps(server), path, folder / f"dlt-{way}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"dlt ({way}) failed: {done.stderr.strip().splitlines()[-1]}"
        raise BenchmarkError(message)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])
