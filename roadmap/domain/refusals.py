"""Why a row is refused: a stable code and a sentence in both languages that says what to do.

The sentences are read by a commission's data officer, who has the workbook open beside them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from roadmap.domain.text import Text


@dataclass(frozen=True)
class Refusal:
    """One thing that is wrong with one field of one row."""

    code: str
    field: str
    value: str
    text: Text


_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": (
        "«{field}» خالی است؛ آن را پر کنید.",
        "{field} is empty; fill it in.",
    ),
    "not_a_number": (
        "«{value}» در «{field}» عدد نیست؛ فقط عدد بنویسید، مانند ۴۲٫۵.",
        "{value!r} in {field} is not a number; write a number only, such as 42.5.",
    ),
    "mixed_digits": (
        "در «{value}» رقم‌های فارسی و لاتین با هم آمده‌اند؛ عدد را با یک خط بنویسید.",
        "{value!r} mixes digits of two scripts; write the number in one script.",
    ),
    "out_of_range": (
        "«{value}» در «{field}» بیرون از بازهٔ مجاز است ({detail})؛ مقدار را درست کنید.",
        "{value!r} in {field} is outside the allowed range ({detail}); correct the value.",
    ),
    "not_a_date": (
        "«{value}» در «{field}» تاریخ درستی نیست؛ به صورت سال-ماه-روز بنویسید و ببینید آن روز وجود دارد.",
        "{value!r} in {field} is not a date; write year-month-day, and check that the day exists.",
    ),
    "ambiguous_date": (
        "«{value}» در «{field}» را می‌توان چند روز خواند ({detail})؛ به صورت سال-ماه-روز بنویسید.",
        "{value!r} in {field} can be read as more than one day ({detail}); write year-month-day.",
    ),
    "unknown_choice": (
        "«{value}» برای «{field}» شناخته نیست؛ یکی از این‌ها را بنویسید: {detail}.",
        "{value!r} is not known for {field}; write one of: {detail}.",
    ),
    "bidi_controls": (
        "در «{field}» نویسهٔ پنهان تغییر جهت متن هست؛ متن را دوباره و ساده بنویسید.",
        "{field} holds hidden text-direction characters; write the text again, plainly.",
    ),
    "control_characters": (
        "در «{field}» نویسهٔ پنهان یا ناخوانا هست؛ متن را دوباره و ساده بنویسید.",
        "{field} holds hidden or unreadable characters; write the text again, plainly.",
    ),
    "too_long": (
        "متن «{field}» بلندتر از اندازهٔ مجاز است ({detail} نویسه)؛ آن را کوتاه کنید.",
        "{field} is longer than allowed ({detail} characters); shorten it.",
    ),
    "inconsistent": (
        "وضعیت و درصد با هم نمی‌خوانند ({value})؛ «انجام‌شده» یعنی ۱۰۰ و «آغازنشده» یعنی ۰.",
        "State and percent do not agree ({value}); done means 100 and not started means 0.",
    ),
    "unexpected": (
        "ستون «{field}» در قرارداد این گزارش نیست؛ آن را بردارید.",
        "{field} is not part of this report's contract; take it out.",
    ),
    "unknown_milestone": (
        "نقطه عطفی با کد «{value}» در برنامه نیست؛ کد را با نقشه راه مصوب بسنجید.",
        "There is no milestone {value!r} in the programme; check the code against the approved roadmap.",
    ),
    "foreign_milestone": (
        "نقطه عطف «{value}» از آن کمیسیون دیگری است؛ این ردیف را بردارید.",
        "Milestone {value!r} belongs to another commission; take this row out.",
    ),
    "dropped_milestone": (
        "نقطه عطف «{value}» با تصمیم شورا از نقشه راه حذف شده است و گزارشی برای آن گرفته نمی‌شود؛ این ردیف را بردارید.",
        "Milestone {value!r} was dropped from the roadmap by a decision, and takes no reports; take this row out.",
    ),
    "unknown_unit": (
        "یگانی با کد «{value}» در سازمان نیست؛ کد یگان را درست کنید.",
        "There is no unit {value!r} in the organisation; correct the unit's code.",
    ),
    "unit_out_of_scope": (
        "نقطه عطف برای یگان «{value}» گزارش نمی‌شود؛ کد یگانی از دامنهٔ آن را بنویسید.",
        "The milestone is not reported for unit {value!r}; write a unit of its scope.",
    ),
    "future": (
        "تاریخ گزارش «{value}» هنوز نرسیده است؛ روز واقعی گزارش را بنویسید.",
        "The report's date {value} has not come yet; write the day that the figures are true for.",
    ),
    "transition": (
        "از «{detail}» نمی‌توان به «{value}» رفت؛ وضعیت را درست کنید یا با دبیرخانه هماهنگ کنید.",
        "A milestone cannot go from {detail!r} to {value!r}; correct the state or ask the secretariat.",
    ),
    "transition_after": (
        "گزارش ثبت‌شده برای روزی پس از این ({detail}) نمی‌تواند پس از «{value}» بیاید؛ وضعیت یا آن گزارش را درست کنید.",
        "A report of a later day stands ({detail}) and cannot follow {value!r}; correct the state or that report.",
    ),
    "conflict": (
        "برای همین روز گزارش دیگری ثبت است ({detail})؛ اگر این یکی درست است، آن را از تابلو اصلاح کنید.",
        "Another report stands for the same day ({detail}); if this one is right, correct it on the board.",
    ),
    "repeated": (
        "همین نقطه عطف، یگان و روز در ردیف دیگری با محتوای دیگر آمده است ({detail})؛ فقط یکی را نگه دارید.",
        "The same milestone, unit and day stand in another row with other content ({detail}); keep only one.",
    ),
    "stale_version": (
        "گزارش تازه‌تری از نسخهٔ شما ثبت است (اکنون: {detail}؛ ردیف شما: {value})؛ آن را ببینید و دوباره بفرستید.",
        "A newer report stands (now: {detail}; your row: {value}); look at it and send yours again.",
    ),
    "waiting_meanwhile": (
        "در این میان گزارش دیگری فرستاده شده و در انتظار بررسی است ({detail}؛ گزارش شما: {value})؛ هر دو را ببینید.",
        "Another report was sent meanwhile and waits for review ({detail}; yours: {value}); look at both.",
    ),
}  # fmt: skip


def refuse(code: str, field: str, value: object = "", detail: object = "") -> Refusal:
    """The refusal `code` of `field` with its sentences filled in; KeyError for a code that is not known."""
    fa, en = _SENTENCES[code]
    shown = str(value)[:120]
    texts = (sentence.format(field=field, value=shown, detail=detail) for sentence in (fa, en))
    return Refusal(code, field, shown, Text(fa=next(texts), en=next(texts)))


#: Every refusal code there is, for the docs and the tests.
CODES = frozenset(_SENTENCES)


def titled(sentence: Text, name: str, title: str) -> Text:
    """`sentence`, which speaks of the contract's field `name`, with `title` in its place; without a field as it is.

    Persian sentences have the field in quotes, English ones after a preposition or in front.
    """
    if not name:
        return sentence
    place = rf"(^| in | for ){re.escape(name)}(?=[ ;])"
    return Text(
        fa=sentence.fa.replace(f"«{name}»", f"«{title}»"),
        en=re.sub(place, lambda found: f"{found[1]}“{title}”", sentence.en),
    )
