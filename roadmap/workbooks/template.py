"""A commission's template: a row for each thing that it reports on, under its own headers, to be sent back as it is.

The header is one that the commission's feed reads: its own names where it maps a field, the contract's elsewhere. So
the file comes back through that feed without a word about templates in the intake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins

from roadmap.domain.calendar import write_day
from roadmap.domain.events import ProgressReported
from roadmap.domain.model import NATIONAL, Unit
from roadmap.domain.text import Text
from roadmap.feed import Feed
from roadmap.workbooks import guide as guides
from roadmap.workbooks.guide import Guide
from roadmap.workbooks.looks import append, both, cell, styles
from roadmap.workbooks.wording import header, word

#: What every row of a template says, so that nothing of the row above is read into it.
_ALWAYS: Final = frozenset({"milestone", "unit", "effective", "state", "percent"})
_ACROSS: Final = Text(
    fa="خوراک این کمیسیون جدولی می‌خواند که هر خانهٔ آن یک گزارش است (across)؛"
    " کارپوشه‌ای با یک گزارش در هر ردیف از آن نمی‌گذرد. در جدول خودتان یا در فرم تابلو گزارش دهید.",
    en="This commission's feed reads a table of which each cell is a report (across), and a workbook with one report a"
    " row does not go through it; report in your own table, or in the board's form.",
)
_TWICE: Final = Text(
    fa="خوراک این کمیسیون یک ستون را برای چند فیلد می‌خواند (joined)، پس آنچه در کارپوشه نوشته شود همان خوانده نمی‌شود."
    " در جدول خودتان یا در فرم تابلو گزارش دهید.",
    en="This commission's feed reads one column into several fields (joined), so what is written into a workbook would"
    " not be read as it was meant; report in your own table, or in the board's form.",
)
_BELOW: Final = Text(
    fa="خوراک این کمیسیون خانهٔ خالیِ ستون «{name}» را از ردیف بالا پر می‌کند (fill_down)،"
    " پس خانه‌ای که در کارپوشه خالی بماند خالی خوانده نمی‌شود. در جدول خودتان یا در فرم تابلو گزارش دهید.",
    en="This commission's feed fills an empty cell of its column {name} from the row above (fill_down), so a cell left"
    " empty in a workbook would not be read as empty; report in your own table, or in the board's form.",
)
#: The data sheet's name where the feed asks for none.
SHEET: Final = "گزارش - Report"


@dataclass(frozen=True)
class Line:
    """A row: what it reports on by code and title, what stands of it, and the stream's version (0: no report yet)."""

    milestone: Text
    unit: Unit | None
    report: ProgressReported
    version: int


@dataclass(frozen=True)
class Column:
    """A column: the contract's field, or none for a title; its width in letters, and whether it may be typed in."""

    name: str
    field: str | None
    width: int
    style: str = "roadmap-text"
    hidden: bool = False


def columns(feed: Feed) -> list[Column]:
    """The columns of the template of `feed`, in their order."""
    day = "roadmap-text" if feed.options.date == "jalali" else "roadmap-day"
    fields = (
        ("milestone", 14, "roadmap-key"),
        ("عنوان نقطه عطف / Milestone title", 34, "roadmap-key"),
        ("unit", 14, "roadmap-key"),
        ("نام یگان / Unit name", 20, "roadmap-key"),
        ("effective", 14, day),
        ("state", 16, "roadmap-text"),
        ("percent", 11, "roadmap-number"),
        ("forecast_finish", 14, day),
        ("confidence", 14, "roadmap-text"),
        ("spent", 14, "roadmap-number"),
        ("narrative", 36, "roadmap-text"),
        ("blocker", 24, "roadmap-text"),
        ("evidence", 24, "roadmap-text"),
        ("version", 9, "roadmap-key"),
    )
    return [
        Column(name, None, width, style)
        if " / " in name
        else Column(header(feed, name), name, width, style, hidden=name == "version")
        for name, width, style in fields
    ]


def obstacle(feed: Feed) -> Text | None:
    """Why a template would not read back through `feed` as it was written; None where it does."""
    options, laid = feed.options, columns(feed)
    if options.across:
        return _ACROSS
    headers = [_plain(column.name) for column in laid]
    others = [_plain(name) for own in options.joined.values() for name in own[1:]]
    if len({*headers}) < len(headers) or {*headers} & {*others}:
        return _TWICE
    filled = {_plain(column.name) for column in laid if column.field in _ALWAYS}
    open_ = next((name for name in options.fill_down if _plain(name) not in filled), None)
    return Text(fa=_BELOW.fa.format(name=open_), en=_BELOW.en.format(name=open_)) if open_ else None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def write(target: IO[bytes], guide: Guide, lines: Iterable[Line]) -> None:
    """Writes the workbook with `lines` on its first sheet to `target`; `guide.rows` is how many there are."""
    book = Workbook(write_only=True)
    for style in styles():
        book.add_named_style(style)
    feed, laid = guide.feed, columns(guide.feed)
    sheet = book.create_sheet(feed.options.sheet or SHEET)
    _set_up(sheet, laid)
    widths = [column.width for column in laid]
    append(sheet, 1, [cell(sheet, column.name, "roadmap-header") for column in laid], widths)
    for number, line in enumerate(lines, start=2):
        append(sheet, number, _cells(sheet, laid, line, feed), widths)
    _finish(sheet, laid, guide)
    guides.write(book, guide)
    book.save(target)


def _set_up(sheet: Any, laid: Sequence[Column]) -> None:  # noqa: ANN401 - openpyxl has no types
    """What has to be known before the first row is written."""
    sheet.sheet_view.rightToLeft = True
    sheet.freeze_panes = "C2"  # code, title and header stay in sight
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    for place, column in enumerate(laid, start=1):
        dimension = sheet.column_dimensions[get_column_letter(place)]
        dimension.width, dimension.hidden = column.width, column.hidden


def _finish(sheet: Any, laid: Sequence[Column], guide: Guide) -> None:  # noqa: ANN401
    """Locks, drop-downs, filter and print set-up."""
    last = get_column_letter(len(laid))
    sheet.auto_filter.ref = f"A1:{last}{guide.rows + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins = PageMargins(left=0.3, right=0.3, top=0.4, bottom=0.5)
    sheet.print_title_rows = "1:1"
    sheet.oddFooter.center.text = "&P / &N"
    # What the lock leaves allowed: to widen columns, to filter and to sort.
    sheet.protection.sheet = True
    for allowed in ("formatColumns", "formatRows", "autoFilter", "sort"):
        setattr(sheet.protection, allowed, False)
    for place, column in enumerate(laid, start=1):
        rule = _rule(column, guide)
        if rule is not None and guide.rows:
            rule.add(f"{get_column_letter(place)}2:{get_column_letter(place)}{guide.rows + 1}")
            sheet.data_validations.append(rule)


def _rule(column: Column, guide: Guide) -> DataValidation | None:
    """What a spreadsheet checks or tells while somebody types into `column`."""
    match column.field:
        case "percent":
            rule = DataValidation("decimal", operator="between", formula1="0", formula2="100", allow_blank=True)
            return _complaining(rule, Text(fa="درصد عددی از ۰ تا ۱۰۰ است.", en="Percent is a number from 0 to 100."))
        case "state" | "confidence":
            rule = DataValidation("list", formula1=guides.ranges(guide)[column.field], allow_blank=True)
            return _complaining(rule, Text(fa="یکی از واژه‌های فهرست را برگزینید.", en="Pick a word of the list."))
        case "effective" | "forecast_finish":
            return _day_hint(guide)
        case _:
            return None


def _complaining(rule: DataValidation, sentence: Text) -> DataValidation:
    rule.showErrorMessage, rule.errorStyle = True, "stop"
    rule.errorTitle, rule.error = "نادرست / Not possible", both(sentence)
    return rule


def _day_hint(guide: Guide) -> DataValidation:
    example = write_day(guide.period_end, guide.feed.options.date)
    calendar = {"jalali": ("شمسی", "Jalali"), "gregorian": ("میلادی", "Gregorian")}[guide.feed.options.date]
    rule = DataValidation(allow_blank=True, showInputMessage=True)
    rule.promptTitle = "تاریخ / Day"
    rule.prompt = f"تاریخ {calendar[0]}، مانند {example}\n{calendar[1]}, such as {example}"
    return rule


def _cells(sheet: Any, laid: Sequence[Column], line: Line, feed: Feed) -> list[Cell]:  # noqa: ANN401
    titles = iter((line.milestone, line.unit.title if line.unit else None))
    values = [_title(next(titles)) if column.field is None else _value(column.field, line, feed) for column in laid]
    return [cell(sheet, value, column.style) for value, column in zip(values, laid, strict=True)]


def _title(title: Text | None) -> str | None:
    return f"{title.fa} / {title.en}" if title else None


def _value(field: str, line: Line, feed: Feed) -> float | date | str | None:
    if field == "version":
        return line.version or None
    value = getattr(line.report, field)
    return None if value is None else _WRITERS.get(field, _as_it_is)(value, feed)


def _as_it_is(value: Any, _feed: Feed) -> Any:  # noqa: ANN401
    return value


def _unit(code: str, feed: Feed) -> str | None:
    """Nothing for the whole country, unless an empty cell would be read as the unit above it."""
    is_filled_down = _plain(header(feed, "unit")) in map(_plain, feed.options.fill_down)
    return None if code == NATIONAL and not is_filled_down else code


def _day(day: date, feed: Feed) -> date | str:
    """As text in the Jalali calendar, which spreadsheets do not know; else, or if that does not read, as a date."""
    if feed.options.date == "jalali":
        with suppress(ValueError):
            written = write_day(day, "jalali")
            if feed.options.day(written) == day:
                return written
    return day


_WRITERS: Final[dict[str, Callable[[Any, Feed], Any]]] = {
    "unit": _unit,
    "effective": _day,
    "forecast_finish": _day,
    "state": lambda state, feed: word(feed, "state", state.value),
    "confidence": lambda confidence, feed: word(feed, "confidence", confidence.value),
}
