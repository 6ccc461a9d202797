"""What intake is measured against, on the same rows in the same run: the bare load, and what most people write."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal

import psycopg
from pydantic import BaseModel, Field, ValidationError, field_validator
from sqlalchemy import Engine, UniqueConstraint, make_url, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.worlds import Report

_STATES: Final = ("not_started", "in_progress", "done", "suspended", "cancelled")


def bare_copy(owner_url: str, rows: Sequence[Report]) -> float:
    """Seconds that psycopg's COPY takes for `rows`, typed already, into a table without any index."""
    columns = "milestone int, unit int, effective date, state smallint, percent float8, forecast date, narrative text"
    surrogates = {code: number for number, code in enumerate(dict.fromkeys(code for row in rows for code in row[:2]))}
    typed = [
        (surrogates[row.milestone], surrogates[row.unit], row.effective, _STATES.index(row.state), *row[4:])
        for row in rows
    ]
    plain_url = make_url(owner_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain_url) as link:
        link.execute(f"create table bare ({columns})")
        link.commit()
        began = time.perf_counter()
        with link.cursor() as cursor, cursor.copy("copy bare from stdin") as copy:
            for row in typed:
                copy.write_row(row)
        link.commit()
        seconds = time.perf_counter() - began
        link.execute("drop table bare")
    return seconds


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


def naive(owner: Engine, path: Path) -> float:
    """Seconds for the file `path` by pydantic row by row and an ORM's `add_all`, with a unique key, nothing else."""
    _Base.metadata.create_all(owner)
    began = time.perf_counter()
    with path.open(encoding="utf-8-sig", newline="") as file, Session(owner) as session:
        session.add_all([_NaiveRow(**row.model_dump()) for row in _valid(file)])
        session.commit()
    seconds = time.perf_counter() - began
    with owner.begin() as connection:
        connection.execute(text("drop table naive_report"))
    return seconds


def _valid(lines: Iterable[str]) -> list[_NaiveReport]:
    found = []
    for row in csv.DictReader(lines, delimiter=";"):
        try:
            found.append(_NaiveReport.model_validate(row))
        except ValidationError:
            continue
    return found
