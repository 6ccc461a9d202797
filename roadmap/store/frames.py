"""Events and orders by the column: what is checked, decided, written and projected many rows at a time.

Five rows and five million take the same way. An *orders* frame holds reports that are sound in themselves (the contract
accepts each row); an *events* frame holds what was decided, with the place in its stream that it gets.
"""

from __future__ import annotations

from typing import Final

import polars as pl

#: Reports as somebody wants them taken. `state` and `confidence` are the stored numbers of `codec`; `payload` is the
#: canonical JSON of the texts (none without any); `version` the one that the sender was looking at.
ORDERS: Final = pl.Schema(
    {
        "row": pl.Int32,
        "key": pl.String,
        "milestone": pl.String,
        "unit": pl.String,
        "effective": pl.Date,
        "state": pl.Int16,
        "percent": pl.Float64,
        "forecast_finish": pl.Date,
        "confidence": pl.Int16,
        "spent": pl.Float64,
        "payload": pl.String,
        "version": pl.Int32,
    }
)

#: Events on their way into the log, in the order in which they get their numbers: a column of the log each, but that
#: the subject's and the unit's codes stand beside their short numbers (the hash is over the codes).
EVENTS: Final = pl.Schema(
    {
        "type": pl.Int16,
        "subject": pl.Int32,
        "unit": pl.Int32,
        "subject_code": pl.String,
        "unit_code": pl.String,
        "version": pl.Int32,
        "effective": pl.Date,
        "state": pl.Int16,
        "percent": pl.Float64,
        "forecast_finish": pl.Date,
        "confidence": pl.Int16,
        "spent": pl.Float64,
        "sheet": pl.String,
        "row": pl.Int32,
        "payload": pl.String,
    }
)

#: What is wrong with rows that were not taken, one row for each thing: the columns of `reject` that are under a hash.
REJECTS: Final = pl.Schema(
    {
        "batch": pl.Int32,
        "commission": pl.String,
        "sheet": pl.String,
        "row": pl.Int32,
        "key": pl.String,
        "field": pl.String,
        "value": pl.String,
        "code": pl.String,
        "fa": pl.String,
        "en": pl.String,
    }
)

#: The same before it belongs to a batch; `place` tells rows apart, of which two may have one number: a file that has a
#: thing down and another across makes several of one.
REFUSALS: Final = pl.Schema(
    {"place": pl.Int32} | {name: kind for name, kind in REJECTS.items() if name not in {"batch", "commission"}}
)

_CODES = ("subject_code", "unit_code")
#: What of an event is under its hash, in that order for ever; the codes stand there in place of their short numbers,
#: so that exchanging two numbers' codes is seen too.
HASHED: Final = ("seq", "batch", *(name for name in EVENTS if name not in {"subject", "unit"}))
#: What of an event is stored, but its hash.
STORED: Final = ("seq", "batch", *(name for name in EVENTS if name not in _CODES))
#: As many rows at a time are hashed: the fewer, the more each costs (a third more by the ten thousand).
HASHED_ROWS: Final = 100_000
#: As many rows at a time are sent: until the first of them are there, the server waits.
BLOCK: Final = 10_000


def no_events() -> pl.DataFrame:
    """An events frame without rows: what a delivery has of which nothing was taken."""
    return pl.DataFrame(schema=EVENTS)
