"""The template's second sheet: how it is filled in and sent, which words it takes, and what is not in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from roadmap.domain.calendar import Calendar, write_day
from roadmap.domain.model import Confidence, Milestone, State
from roadmap.domain.text import Text, persian_digits
from roadmap.feed import Feed
from roadmap.workbooks.looks import append, cell
from roadmap.workbooks.wording import header, word

TITLE: Final = "راهنما - Guide"
#: The fields that a person picks from a list, and what each word means.
CHOICES: Final[dict[str, dict[str, Text]]] = {
    "state": {
        State.NOT_STARTED: Text(fa="کار آغاز نشده است (۰٪)", en="Work has not begun (0%)"),
        State.IN_PROGRESS: Text(fa="کار در جریان است", en="Work is under way"),
        State.DONE: Text(fa="کار پایان یافته است (۱۰۰٪)", en="Work is finished (100%)"),
        State.SUSPENDED: Text(fa="کار متوقف مانده است", en="Work has been put on hold"),
        State.CANCELLED: Text(fa="کار لغو شده است", en="Work has been given up"),
    },
    "confidence": {
        Confidence.GREEN: Text(fa="به‌هنگام پایان می‌یابد", en="Will finish as promised"),
        Confidence.AMBER: Text(fa="مشکل جدی دارد که حل‌شدنی است", en="Has serious problems that can be solved"),
        Confidence.RED: Text(fa="بدون تغییر تعهد شدنی نیست", en="Cannot be done without a change of what was promised"),
    },
}
_WIDTHS: Final = (26, 64, 64)
_STYLES: Final = ("roadmap-cell", "roadmap-persian", "roadmap-english")


@dataclass(frozen=True)
class LeftOut:
    """A milestone that is not in the workbook, and why; `rows` it would have had."""

    milestone: Milestone
    rows: int
    reason: Text


@dataclass(frozen=True)
class Guide:
    """What the sheet has to tell: of whose workbook, in which feed's words, for which day, and what is missing."""

    programme: Text
    commission: Text
    feed: Feed
    calendar: Calendar
    period_end: date
    rows: int
    left_out: Sequence[LeftOut]


def ranges(guide: Guide) -> dict[str, str]:
    """Where on the sheet the words of each choice stand, as drop-downs name it."""
    lines = _lines(guide)
    found = {}
    for field, words in CHOICES.items():
        first = lines.index(_heading(guide, field)) + 2
        found[field] = f"'{TITLE}'!$A${first}:$A${first + len(words) - 1}"
    return found


def write(book: Any, guide: Guide) -> None:  # noqa: ANN401 - openpyxl has no types
    """Adds the sheet to the write-only `book`, which has the tracker's styles."""
    sheet = book.create_sheet(TITLE)
    sheet.sheet_view.rightToLeft = True
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for column, width in zip("ABC", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    for number, line in enumerate(_lines(guide), start=1):
        append(sheet, number, [cell(sheet, *each) for each in zip(line, _STYLES, strict=True)], _WIDTHS)


def _lines(guide: Guide) -> list[tuple[str, str, str]]:
    """The rows of the sheet: a word or code, Persian, English."""
    return [
        ("", f"{guide.commission.fa} · {guide.programme.fa}", f"{guide.commission.en} · {guide.programme.en}"),
        *(("", text.fa, text.en) for text in _instructions(guide)),
        ("", "", ""),
        *(line for field in CHOICES for line in (*_words(guide, field), ("", "", ""))),
        *_missing(guide.left_out),
    ]


def _instructions(guide: Guide) -> list[Text]:
    day = write_day(guide.period_end, guide.calendar)
    state, confidence = header(guide.feed, "state"), header(guide.feed, "confidence")
    how_days = (
        Text(fa="تاریخ‌ها شمسی و به صورت سال-ماه-روز است، مانند 1405-08-30.", en="Days are Jalali, year-month-day.")
        if guide.feed.options.date == "jalali"
        else Text(fa="تاریخ‌ها میلادی است.", en="Days are Gregorian; type them as dates.")
    )
    return [
        Text(
            fa=f"این کارپوشه برای گزارش تا روز {persian_digits(day)} است و {persian_digits(str(guide.rows))} ردیف دارد؛"
            " در هر ردیف آنچه اکنون ثبت است آمده است. از همان روز می‌توان آن را فرستاد.",
            en=f"This workbook is for the report up to {day}; it has {guide.rows} rows, each with what stands now."
            " It can be sent from that day on.",
        ),
        Text(
            fa="خانه‌های سفید را به‌روز کنید؛ ستون‌های خاکستری (کدها و عنوان‌ها) قفل است.",
            en="Bring the white cells up to date; the grey columns (codes and titles) are locked.",
        ),
        Text(
            fa="ردیفی که دست نخورد، یعنی وضع همان است که بود. برای نفرستادن یک ردیف، قفل برگه را بردارید (رمز ندارد)"
            " و آن ردیف را پاک کنید.",
            en="A row left as it is says that nothing has changed. To leave a row out, unprotect the sheet (there is no"
            " password) and delete the row.",
        ),
        how_days,
        Text(
            fa=f"درصد عددی از ۰ تا ۱۰۰ است؛ «{state}» و «{confidence}» را از فهرست خانه برگزینید.",
            en=f"Percent is a number from 0 to 100; pick “{state}” and “{confidence}” from the cell's list.",
        ),
        Text(
            fa="پرونده را ذخیره کنید و در صفحهٔ کمیسیون روی تابلو بارگذاری کنید یا در صندوق ورودی کمیسیون بگذارید؛"
            " فرستادن دوبارهٔ همان پرونده چیزی را دو بار ثبت نمی‌کند.",
            en="Save the file, and upload it on the commission's page of the board or put it into the commission's"
            " inbox; sending the same file again records nothing twice.",
        ),
        Text(
            fa="ستون پنهان «version» می‌گوید ردیف از روی کدام نسخه پر شده است؛ به آن دست نزنید.",
            en="The hidden column “version” says which version a row was made from; leave it alone.",
        ),
    ]


def _heading(guide: Guide, field: str) -> tuple[str, str, str]:
    own = header(guide.feed, field)
    return (own, f"واژه‌های مجاز در ستون «{own}»", f"Words that the column “{own}” takes")


def _words(guide: Guide, field: str) -> list[tuple[str, str, str]]:
    meanings = CHOICES[field].items()
    return [_heading(guide, field), *((word(guide.feed, field, value), text.fa, text.en) for value, text in meanings)]


def _missing(left_out: Sequence[LeftOut]) -> list[tuple[str, str, str]]:
    if not left_out:
        return []
    heading = ("", "نقاط عطفی که در این کارپوشه نیست", "Milestones that are not in this workbook")
    return [heading, *(_left_out(each) for each in left_out)]


def _left_out(each: LeftOut) -> tuple[str, str, str]:
    title = each.milestone.title
    return (each.milestone.code, f"{title.fa}: {each.reason.fa}", f"{title.en}: {each.reason.en}")
