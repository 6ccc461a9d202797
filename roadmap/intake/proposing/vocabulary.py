"""Words that offices use, in both languages: of headers, of states and confidences, of cells that say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from roadmap.domain.model import Confidence, State
from roadmap.domain.text import folded
from roadmap.feed import Feed
from roadmap.intake.contracts import TYPES, ReportRow

#: Words that stand in headers of a field and in those of hardly any other.
_HEADER_WORDS: Final = {
    "milestone": ("نقطه عطف", "milestone"),
    "unit": ("یگان", "استان", "unit", "province", "site"),
    "forecast_finish": ("پیش‌بینی", "مورد انتظار", "forecast", "expected"),
    "state": ("وضعیت", "status"),
    "percent": ("درصد", "%", "٪", "percent", "progress"),
    "confidence": ("اطمینان", "confidence"),
    "spent": ("هزینه", "پرداختی", "cost", "spent", "paid", "expenditure"),
    "narrative": ("شرح", "توضیحات", "ملاحظات", "narrative", "summary", "comments", "notes", "remarks"),
    "blocker": ("مانع", "موانع", "مشکل", "مشکلات", "چالش", "blocker", "obstacle", "obstacles", "impediment"),
    "evidence": ("مستند", "مستندات", "مدرک", "پیوست", "evidence", "proof", "attachment"),
}
_STATES: Final = {
    State.NOT_STARTED: ("آغازنشده", "آغاز نشده", "شروع نشده", "not started", "to do", "todo", "planned"),
    State.IN_PROGRESS: ("در حال اجرا", "در جریان", "در دست اجرا", "in progress", "ongoing", "doing", "under way"),
    State.DONE: ("انجام‌شده", "پایان یافته", "خاتمه یافته", "تکمیل شده", "done", "completed", "complete", "finished"),
    State.SUSPENDED: ("متوقف", "معلق", "suspended", "on hold", "paused"),
    State.CANCELLED: ("لغوشده", "لغو‌شده", "cancelled", "canceled", "dropped"),
}
_CONFIDENCES: Final = {
    Confidence.GREEN: ("سبز", "green"),
    Confidence.AMBER: ("زرد", "نارنجی", "amber", "yellow"),
    Confidence.RED: ("قرمز", "سرخ", "red"),
}
_NOTHING: Final = frozenset(
    map(folded, ("-", "–", "—", "--", "---", ".", "?", "n/a", "na", "n.a.", "none", "null", "nil", "tbc", "tbd",
                 "ندارد", "نامشخص", "اعلام نشده", "خالی", "بدون مورد"))
)  # fmt: skip
#: Between the words of a header; a sign of percent is a word of its own, and so is each part of a name in camel case.
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PART: Final = re.compile(r"[^\W_]+|[%٪]")

#: (folded name, field, as it is written)
Name = tuple[str, str, str]


def says_nothing(written: str) -> bool:
    """Whether offices write this where they have nothing to say."""
    return folded(written) in _NOTHING


def parts(name: str) -> tuple[str, ...]:
    """The words of a header, folded."""
    return tuple(_PART.findall(folded(_CAMEL.sub(" ", name))))


def names(feeds: Iterable[Feed]) -> tuple[Name, ...]:
    """What fields are called: by the contract, by other offices' `feeds`, and in the headers of offices at large."""
    own = [(title, field) for field in TYPES for title in (field, *_titles(field))]
    others = [(header, field) for feed in feeds for header, field in feed.mapping.items()]
    usual = [(word, field) for field, words in _HEADER_WORDS.items() for word in words]
    return tuple((folded(name), field, name) for name, field in (*own, *others, *usual))


def words(feeds: Iterable[Feed]) -> dict[str, dict[str, frozenset[str]]]:
    """What the words of states and confidences mean, by field and folded word; several meanings are a doubt."""
    found: dict[str, dict[str, set[str]]] = {"state": {}, "confidence": {}}
    for field, told in (("state", _STATES), ("confidence", _CONFIDENCES)):
        for meant, written in told.items():
            for word in (meant.value, *written):
                found[field].setdefault(folded(word), set()).add(meant.value)
    for feed in feeds:
        for field, known in found.items():
            for word, said in feed.values.get(field, {}).items():
                known.setdefault(folded(word), set()).add(said)
    return {field: {word: frozenset(meant) for word, meant in told.items()} for field, told in found.items()}


def _titles(field: str) -> Iterable[str]:
    told = ReportRow.model_fields[field]
    extra = told.json_schema_extra
    return (str(told.title), str(extra["x-title-fa"])) if isinstance(extra, Mapping) else (str(told.title),)
