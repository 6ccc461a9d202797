"""A column of a file as the values of a contract field: every distinct text is read once, ordinary ones all at once.

There is one reader of words, days and numbers, `mapping`, and one authority on values, the contract; nothing here reads
anything in another way. Only plain numbers and plain texts, of which a file may hold as many as rows, are taken by
expressions, and those cover less than the reader does: what they do not cover is read text by text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final

import polars as pl
from pydantic import ConfigDict, TypeAdapter

from roadmap.domain.model import Confidence, State
from roadmap.domain.refusals import Refusal
from roadmap.feed import Feed
from roadmap.intake import contracts, parse
from roadmap.intake.mapping import Mapper
from roadmap.intake.rejects import shown
from roadmap.store.codec import CONFIDENCES, STATES
from roadmap.store.hashing import canonical

#: Fields of free text; they are read as the JSON text that the log keeps.
TEXT_FIELDS: Final = tuple(
    name for name, wanted in contracts.TYPES.items() if wanted is str and name not in contracts.CODE_FIELDS
)
_STORED: Final[dict[object, type[pl.DataType]]] = {
    str: pl.String,
    date: pl.Date,
    float: pl.Float64,
    int: pl.Int32,
    State: pl.Int16,
    Confidence: pl.Int16,
}
#: What a plain text has none of: space at its edges, hidden characters, characters that JSON writes in another way,
#: and no apostrophe in front, which may be an export's guard.
_NOT_PLAIN: Final = r'^[\s\']|\s$|["\\\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]'
_STRICT: Final = ConfigDict(strict=True)
#: Texts whose reading is remembered from chunk to chunk.
_REMEMBERED: Final = 10_000


#: The values of those of a column's texts of which an expression knows that the contract takes them; null for others.
_Plainly = Callable[[pl.Expr], pl.Expr]


def stored_type(field: str) -> type[pl.DataType]:
    """The type in which `field` is kept."""
    return _STORED[contracts.TYPES[field]]


class ColumnReader:
    """Reads the columns of one field by the rules of one feed."""

    def __init__(self, field: str, feed: Feed, mapper: Mapper) -> None:
        """Texts of `field` mean what `mapper` says; `feed` is the one that it was made for."""
        self._field = field
        self._mapper = mapper
        self._accepts = _acceptance(field)
        self._plainly = _plainly(field, feed)
        self._remembered = lru_cache(_REMEMBERED)(self._one)

    def read(self, texts: pl.DataFrame) -> pl.DataFrame:
        """What the columns `texts` of the field say together, in their order: usually one column, at least one.

        Returns:
            Columns `<field>`, the value (null for an empty cell and for a doubted one); `<field>.doubted`, whether a
            value is not known to be one that the contract takes; `<field>.shown`, what stands there for the row's key
            (null for an empty cell and for what was read by an expression).
        """
        field, filled = self._field, self._filled(texts)
        read = self._read(filled.drop_nulls().unique())
        joined = filled.join(read, on=texts.columns, how="left", maintain_order="left")
        return joined.select(
            pl.col("value").alias(field),
            pl.col("doubted").fill_null(value=False).alias(f"{field}.doubted"),
            pl.col("shown").alias(f"{field}.shown"),
        )

    def _filled(self, texts: pl.DataFrame) -> pl.DataFrame:
        """`texts` in which an empty cell is a text too, if a row with one can say something of the field."""
        tells = texts.width > 1 or self._mapper.says_without(self._field)
        return texts.fill_null("") if tells else texts

    def _read(self, texts: pl.DataFrame) -> pl.DataFrame:
        """`texts` (distinct rows) beside what they say: by an expression if possible; joined ones never are."""
        plain = self._plainly(pl.col(texts.columns[0])) if texts.width == 1 else pl.lit(None, stored_type(self._field))
        known = texts.with_columns(value=plain, doubted=pl.lit(value=False), shown=pl.lit(None, pl.String))
        is_plain = pl.col("value").is_not_null()
        return pl.concat([known.filter(is_plain), self._one_by_one(known.filter(~is_plain).select(texts.columns))])

    def _one_by_one(self, texts: pl.DataFrame) -> pl.DataFrame:
        """`texts` (distinct rows) as the mapping and the contract read them."""
        read = [self._remembered(row) for row in texts.iter_rows()]
        schema: dict[str, Any] = {"value": stored_type(self._field), "doubted": pl.Boolean, "shown": pl.String}
        return texts.hstack(pl.DataFrame(read, schema=schema, orient="row"))

    def _one(self, texts: tuple[str, ...]) -> tuple[Any, bool, str | None]:
        cell = self._mapper.cell(self._field, [parse.cell_of(text) for text in texts])
        if not cell.text:
            return None, False, None
        value = self._mapper.meaning(self._field, cell)
        if isinstance(value, Refusal) or not self._accepts(value):
            return None, True, shown(cell.text)
        return _stored(self._field, value), False, shown(cell.text)


@cache
def _acceptance(field: str) -> Callable[[object], bool]:
    """Whether the contract takes a value for `field`: pydantic's own answer."""
    wanted = contracts.ReportRow.model_fields[field].rebuild_annotation()
    accepts: Callable[[object], bool] = TypeAdapter(wanted, config=_STRICT).validator.isinstance_python
    return accepts


def _stored(field: str, value: Any) -> Any:  # noqa: ANN401 - of the type of any field
    """`value` as the log keeps it: short numbers for words, JSON for free text."""
    if isinstance(value, State):
        return STATES[value]
    if isinstance(value, Confidence):
        return CONFIDENCES[value]
    return canonical(value).decode() if field in TEXT_FIELDS else value


def _plainly(field: str, feed: Feed) -> _Plainly:
    """What of a column of `field` needs no reading text by text: nothing where the feed has words of its own."""
    wanted, words = contracts.TYPES[field], feed.values.get(field) or feed.options.nothing
    if words or wanted not in {float, int, str} or field in contracts.CODE_FIELDS:
        return lambda _: pl.lit(None, stored_type(field))
    return _plain_text(field) if wanted is str else _plain_number(field, feed.options.decimal)


def _plain_number(field: str, decimal: str) -> _Plainly:
    """Digits of ASCII, and for a field that is not whole a fraction after the feed's decimal mark; within bounds."""
    low, high = _bounds(field)
    fraction = "" if contracts.TYPES[field] is int else f"(?:[{decimal}][0-9]+)?"

    def plainly(text: pl.Expr) -> pl.Expr:
        value = text.str.replace(decimal, ".", literal=True).cast(pl.Float64, strict=False)
        is_plain = text.str.contains(f"^[0-9]+{fraction}$") & value.is_between(low, high)
        return pl.when(is_plain).then(value.cast(stored_type(field), strict=False))

    return plainly


def _plain_text(field: str) -> _Plainly:
    longest = contracts.longest(field)

    def plainly(text: pl.Expr) -> pl.Expr:
        is_plain = ~text.str.contains(_NOT_PLAIN) & (text.str.len_chars() <= longest) & (text != "")
        return pl.when(is_plain).then(pl.concat_str(pl.lit('"'), text, pl.lit('"')))

    return plainly


@cache
def _bounds(field: str) -> tuple[float, float]:
    """Least and greatest number that the contract takes for `field`, as its published schema says."""
    told = contracts.ReportRow.model_json_schema()["properties"][field]
    told = next(iter(told.get("anyOf", ())), told)
    return told["minimum"], told["maximum"]
