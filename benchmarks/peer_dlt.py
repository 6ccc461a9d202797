"""The peer dlt on the same file: `peer_dlt.py WAY SERVER CSV FOLDER`, run by an interpreter of its own that has dlt.

WAY is `contract` (rows as dicts, a pydantic model as contract, bad rows discarded) or `arrow` (a table as it was read,
nothing validated). SERVER is `{"host", "port", "database", "username"}` as JSON. Both ways merge by the natural key.
Prints `{"seconds", "rows"}` of the pipeline's run.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import dlt
import pyarrow as pa
import pyarrow.csv
from dlt.destinations.impl.postgres.configuration import PostgresCredentials
from pydantic import BaseModel, ConfigDict, Field, field_validator

KEY = ("code", "place", "as_of")
PAGE = 10_000


class Row(BaseModel):
    """A row of the file."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(pattern=r"^Q-[0-9]+$")
    place: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    as_of: date
    state: Literal["to do", "doing", "finished"]
    done: float = Field(ge=0, le=100)
    expected: date | None
    remarks: str | None = Field(max_length=4000)

    @field_validator("done", mode="before")
    @classmethod
    def _decimal_comma(cls, written: str) -> str:
        return written.replace(",", ".") if isinstance(written, str) else written


def _dicts(path: Path) -> Iterator[list[dict[str, str | None]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=";")
        next(reader)
        rows = (dict(zip(Row.model_fields, (cell or None for cell in cells), strict=True)) for cells in reader)
        while page := list(islice(rows, PAGE)):
            yield page


def _table(path: Path) -> Iterator[pa.Table]:
    names = list(Row.model_fields)
    reading = pyarrow.csv.ReadOptions(column_names=names, skip_rows=1)
    kinds = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    yield pyarrow.csv.read_csv(path, reading, pyarrow.csv.ParseOptions(delimiter=";"), kinds)


def _resource(way: str, path: Path) -> object:
    if way == "arrow":
        return dlt.resource(_table(path), name="report", write_disposition="merge", primary_key=KEY)
    contract = {"columns": "discard_row", "data_type": "discard_row"}
    return dlt.resource(
        _dicts(path),
        name="report",
        write_disposition="merge",
        primary_key=KEY,
        columns=Row,
        schema_contract=contract,
    )


def main(way: str, server: str, path: str, folder: str) -> None:
    """Runs the pipeline once and tells how long it took and how many rows it loaded."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    credentials = PostgresCredentials()
    place = json.loads(server)
    # A folder of the server's socket stands in a URL's host only when it is quoted; a password is asked for anyway.
    credentials.update(place | {"host": quote(place["host"], safe=""), "password": "none"})
    pipeline = dlt.pipeline(
        pipeline_name=f"peer_{way}",
        destination=dlt.destinations.postgres(credentials=credentials),
        dataset_name=f"peer_{way}",
        pipelines_dir=folder,
    )
    began = time.perf_counter()
    pipeline.run(_resource(way, Path(path)))
    seconds = time.perf_counter() - began
    with pipeline.sql_client() as client:
        rows = client.execute_sql("select count(*) from report")[0][0]
        client.drop_dataset()
    print(json.dumps({"seconds": seconds, "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
