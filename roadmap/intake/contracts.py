"""What a commission sends, after its own headers and values were mapped: the contract, declared once.

A field is declared in one place with its type, unit, bounds, meaning in both languages and an example. Validation,
the JSON Schema in `schemas/` and the documents are made from that. Nothing here converts: `mapping` reads numbers and
days, so the contract can be strict, and `"1704067200"` never becomes a day.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Final, Self, get_args

from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict, JsonValue
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from roadmap.domain.changes import ReportProgress
from roadmap.domain.events import Narrative, ProgressReported
from roadmap.domain.model import NATIONAL, Amount, Code, Confidence, Percent, State
from roadmap.domain.text import Text
from roadmap.errors import RoadmapError

#: A day outside is one written in the other calendar, or a slip of the hand.
_EARLIEST, _LATEST = date(2000, 1, 1), date(2099, 12, 31)

Day = Annotated[date, Field(ge=_EARLIEST, le=_LATEST)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]

#: The only percent that a state leaves open to a report.
FIXED_PERCENT: Final = {State.DONE: 100.0, State.NOT_STARTED: 0.0}


def _about(title: Text, meaning: Text, example: object, unit: Text | None = None) -> FieldInfo:
    """What a reader of the contract is told of a field, in both languages."""
    extra: JsonDict = {"x-title-fa": title.fa, "x-description-fa": meaning.fa}
    if unit is not None:
        extra |= {"x-unit": unit.en, "x-unit-fa": unit.fa}
    field: FieldInfo = Field(title=title.en, description=meaning.en, examples=[example], json_schema_extra=extra)
    return field


def _fixed_percents() -> list[JsonValue]:
    """`FIXED_PERCENT` in the words of JSON Schema."""
    return [
        {
            "if": {"properties": {"state": {"const": state.value}}, "required": ["state"]},
            "then": {"properties": {"percent": {"const": percent}}},
        }
        for state, percent in FIXED_PERCENT.items()
    ]


class ReportRow(BaseModel):
    """A commission's report on one milestone, for one unit, true on one day."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", json_schema_extra={"allOf": _fixed_percents()})

    milestone: Annotated[
        Code,
        _about(
            Text(fa="نقطه عطف", en="Milestone"),
            Text(fa="کد نقطه عطف در نقشه راه مصوب.", en="Code of the milestone in the approved roadmap."),
            "EQ-S02",
        ),
    ]
    unit: Annotated[
        Code,
        _about(
            Text(fa="یگان", en="Unit"),
            Text(
                fa="کد استان، کلانتری یا پاسگاهی که گزارش دربارهٔ آن است؛ خالی یعنی سراسر کشور.",
                en="Code of the province, station or post that the report speaks for; empty means the whole country.",
            ),
            "IR-23",
        ),
    ] = NATIONAL
    effective: Annotated[
        Day,
        _about(
            Text(fa="تاریخ گزارش", en="Report date"),
            Text(fa="روزی که ارقام برای آن درست است.", en="The day that the figures are true for."),
            "2026-03-20",
        ),
    ]
    state: Annotated[
        State,
        _about(
            Text(fa="وضعیت", en="State of the work"),
            Text(fa="وضعیت خود کار.", en="What is so of the work itself."),
            "in_progress",
        ),
    ]
    percent: Annotated[
        Percent,
        _about(
            Text(fa="درصد پیشرفت", en="Percent complete"),
            Text(
                fa="سهم انجام‌شده؛ «انجام‌شده» یعنی ۱۰۰ و «آغازنشده» یعنی ۰.",
                en="The share that is complete; done means 100 and not started means 0.",
            ),
            42.5,
            Text(fa="درصد", en="percent"),
        ),
    ]
    forecast_finish: Annotated[
        Day | None,
        _about(
            Text(fa="پایان پیش‌بینی‌شده", en="Forecast finish"),
            Text(fa="روزی که گزارش‌دهنده انتظار پایان دارد.", en="The day on which the reporter expects to finish."),
            "2026-09-22",
        ),
    ] = None
    confidence: Annotated[
        Confidence | None,
        _about(
            Text(fa="اطمینان", en="Confidence"),
            Text(
                fa="داوری خود مسئول دربارهٔ پایان به‌هنگام، با هزینه و کیفیت مصوب.",
                en="The lead's own judgement about finishing on time, at cost and as promised.",
            ),
            "amber",
        ),
    ] = None
    spent: Annotated[
        Amount | None,
        _about(
            Text(fa="هزینه‌شده", en="Spent"),
            Text(fa="آنچه تا آن روز هزینه شده است.", en="What was spent up to that day."),
            1250,
            Text(fa="واحد پول برنامه", en="the programme's currency unit"),
        ),
    ] = None
    narrative: Annotated[
        Narrative | None,
        _about(
            Text(fa="شرح", en="Narrative"),
            Text(fa="چه شد، به زبان ساده.", en="What happened, in plain words."),
            "دورهٔ دوم برگزار شد.",
        ),
    ] = None
    blocker: Annotated[
        Narrative | None,
        _about(
            Text(fa="مانع", en="Blocker"),
            Text(fa="چه چیزی جلوی کار را گرفته است.", en="What holds the work up."),
            "اعتبار تخصیص نیافته است.",
        ),
    ] = None
    evidence: Annotated[
        Narrative | None,
        _about(
            Text(fa="مستند", en="Evidence"),
            Text(fa="نشانی یا شمارهٔ مدرکی که گزارش بر آن استوار است.", en="Where to find what the report rests on."),
            "صورت‌جلسهٔ ۱۴۰۵/۱۲",
        ),
    ] = None
    version: Annotated[
        Version | None,
        _about(
            Text(fa="نسخه", en="Version"),
            Text(
                fa="نسخه‌ای که فرستنده هنگام ویرایش می‌دید؛ خالی یعنی گزارش تازه.",
                en="The version that the sender was looking at while editing; empty means a new report.",
            ),
            3,
        ),
    ] = None

    @model_validator(mode="after")
    def _state_and_percent_agree(self) -> Self:
        if self.percent != FIXED_PERCENT.get(self.state, self.percent):
            raise PydanticCustomError("inconsistent", "state and percent do not agree")
        return self


#: What tells one row of a file from another.
KEY_FIELDS: Final = ("milestone", "unit", "effective")
#: Key fields that are codes, as against free text.
CODE_FIELDS: Final = ("milestone", "unit")
REQUIRED: Final = tuple(name for name, field in ReportRow.model_fields.items() if field.is_required())


def to_order(row: ReportRow) -> ReportProgress:
    """The order that `row` is."""
    report = ProgressReported.model_validate(row.model_dump(exclude={"version"}))
    return ReportProgress(report, base_version=row.version)


def _plain_type(annotation: object) -> object:
    """The type of a field without its bounds and without None."""
    inner = [argument for argument in get_args(annotation) if argument is not NoneType]
    return _plain_type(inner[0]) if inner else annotation


def _bounds(name: str) -> list[Any]:
    """The bounds of field `name`, also those inside an optional type."""
    field = ReportRow.model_fields[name]
    inner = [info for option in get_args(field.annotation) for info in getattr(option, "__metadata__", ())]
    return [*field.metadata, *(bound for info in inner for bound in info.metadata)]


#: The Python type of each field.
TYPES: Final[dict[str, object]] = {
    name: _plain_type(field.annotation) for name, field in ReportRow.model_fields.items()
}


def allowed_range(name: str) -> str:
    """The range of field `name` for a sentence, such as `0–100`; empty for a field without one."""
    limits = [bound.ge if isinstance(bound, Ge) else bound.le for bound in _bounds(name) if isinstance(bound, Ge | Le)]
    return "–".join(limit.isoformat() if isinstance(limit, date) else f"{limit:,.0f}" for limit in limits)


def longest(name: str) -> int:
    """How many characters field `name` may have; 0 for a field without a limit."""
    return next((bound.max_length for bound in _bounds(name) if isinstance(bound, MaxLen)), 0)


#: Published contracts by file name. A changed contract gets a new name here; a published file is never edited.
CONTRACTS: Final[dict[str, type[BaseModel]]] = {"progress_report.v1.json": ReportRow}


def _schema(name: str) -> str:
    """The text of schema file `name`."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:roadmap-tracker:" + name.removesuffix(".json").replace(".", ":"),
    }
    return json.dumps(head | CONTRACTS[name].model_json_schema(), ensure_ascii=False, indent=2) + "\n"


def stale_schemas(folder: Path) -> list[str]:
    """Names of contracts whose published file in `folder` is missing or differs from the code."""
    return [name for name in CONTRACTS if _published(folder / name) != _schema(name)]


def write_schemas(folder: Path) -> list[str]:
    """Publishes the contracts that `folder` does not hold yet; returns the names of the files written.

    Raises:
        RoadmapError: a published contract differs from the code. It was promised to its senders, so it stays.
    """
    stale = stale_schemas(folder)
    changed = [name for name in stale if _published(folder / name) is not None]
    if changed:
        names = ", ".join(changed)
        message = f"{names} is published and the code differs from it; give the changed contract a new version."
        raise RoadmapError(message)
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (folder / name).write_text(_schema(name), encoding="utf-8")
    return stale


def _published(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
