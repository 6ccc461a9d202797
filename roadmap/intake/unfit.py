"""Why a whole file is refused: a stable code and a sentence in both languages that says what to do."""

from __future__ import annotations

from typing import Final

from roadmap.domain.text import LANGUAGES, Language, Text, persian_digits
from roadmap.errors import FileRefusedError
from roadmap.intake.rejects import shown

_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "not_a_file": (
        "«{name}» پروندهٔ معمولی نیست (پیوند یا پوشه است)؛ خود پرونده را بفرستید.",
        "{name} is not a regular file but a link or a folder; send the file itself.",
    ),
    "too_big": (
        "پرونده بزرگ‌تر از {limit} مگابایت است؛ آن را به چند پرونده بخش کنید.",
        "The file is larger than {limit} MB; split it into several files.",
    ),
    "empty_file": (
        "پرونده خالی است؛ ردیف نخست باید نام ستون‌ها باشد. آن را باز کنید، بسنجید و دوباره بفرستید.",
        "The file is empty; its first row has to name the columns. Open it, check it and send it again.",
    ),
    "not_a_workbook": (
        "پرونده کارپوشهٔ اکسل (xlsx) نیست؛ در اکسل با گزینهٔ Save As آن را xlsx ذخیره کنید و بفرستید.",
        "The file is not an Excel workbook (xlsx); save it as xlsx in Excel and send it again.",
    ),
    "protected": (
        "کارپوشه رمز دارد یا از قالب قدیمی xls است؛ بدون رمز و با قالب xlsx ذخیره کنید و بفرستید.",
        "The workbook has a password or is of the old xls format; save it as xlsx without a password and send it.",
    ),
    "broken_workbook": (
        "کارپوشه آسیب دیده است ({reason})؛ آن را در اکسل باز و دوباره ذخیره کنید و بفرستید.",
        "The workbook is damaged ({reason}); open it in Excel, save it again and send it.",
    ),
    "unpacks_too_far": (
        "کارپوشه پس از باز شدن بسیار بزرگ است ({parts} بخش، {megabytes} مگابایت)؛ فقط جدول را در کارپوشه‌ای نو بگذارید.",
        "The workbook unpacks too far ({parts} parts, {megabytes} MB); put only the table into a new workbook.",
    ),
    "no_such_sheet": (
        "برگهٔ «{sheet}» در کارپوشه نیست؛ برگه‌ها این‌ها هستند: {sheets}. نام برگه را درست کنید.",
        "The workbook has no sheet {sheet!r}; it has: {sheets}. Correct the sheet's name.",
    ),
    "not_text": (
        "نویسه‌های پرونده با {encoding} خوانده نمی‌شود؛ آن را با گزینهٔ «CSV UTF-8» ذخیره کنید و بفرستید.",
        "The file's characters cannot be read as {encoding}; save it as “CSV UTF-8” and send it again.",
    ),
    "nul_bytes": (
        "پرونده بایت صفر دارد و متن سالمی نیست؛ آن را دوباره از سامانهٔ خود بگیرید و بفرستید.",
        "The file holds NUL bytes, so it is not sound text; export it again from your system and send it.",
    ),
    "broken_csv": (
        "ردیف‌ها نزدیک خط {row} درست جدا نشده‌اند (گیومهٔ باز یا نابه‌جا)؛ آن خط را درست کنید.",
        "The rows are not separated properly near line {row} (a quotation mark out of place); correct that line.",
    ),
    "not_json": (
        "پرونده JSON درستی نیست؛ آن را دوباره از سامانهٔ خود بگیرید و بفرستید.",
        "The file is not valid JSON; export it again from your system and send it.",
    ),
    "not_rows": (
        "پروندهٔ JSON باید فهرستی از ردیف‌ها باشد، هر ردیف یک شیء؛ ساختار آن را درست کنید.",
        "The JSON file has to be a list of rows, each an object; correct its structure.",
    ),
    "too_many_rows": (
        "پرونده بیش از {limit} ردیف دارد؛ آن را به چند پرونده بخش کنید.",
        "The file has more than {limit} rows; split it into several files.",
    ),
    "too_many_columns": (
        "ردیف {row} بیش از {limit} ستون دارد؛ ستون‌های اضافه را بردارید.",
        "Row {row} has more than {limit} columns; take the surplus columns out.",
    ),
    "cell_too_long": (
        "در ردیف {row} خانه‌ای بلندتر از {limit} بایت هست؛ متن آن را کوتاه کنید.",
        "Row {row} has a cell longer than {limit} bytes; shorten its text.",
    ),
    "repeated_column": (
        "ستون «{column}» بیش از یک بار آمده است؛ فقط یکی را نگه دارید.",
        "The column {column!r} occurs more than once; keep only one.",
    ),
    "missing_columns": (
        "این ستون‌ها در پرونده نیست: {columns}. آن‌ها را بیفزایید یا نامشان را درست کنید و دوباره بفرستید.",
        "The file lacks these columns: {columns}. Add them or correct their names, and send it again.",
    ),
    "parser_failed": (
        "خواندن پرونده نیمه‌کاره ماند یا حافظه‌ای بیش از حد مجاز می‌خواست؛ فقط جدول را در پرونده‌ای نو بگذارید.",
        "Reading the file broke off or wanted more memory than allowed; put only the table into a new file.",
    ),
    "parser_slow": (
        "خواندن پرونده بیش از {limit} ثانیه زمان برد؛ فقط جدول را در پرونده‌ای نو بگذارید یا آن را بخش کنید.",
        "Reading the file took more than {limit} seconds; put only the table into a new file, or split it.",
    ),
    "held_back": (
        "پرونده نگه داشته شد: {what}. دبیرخانه دربارهٔ ثبت آن تصمیم می‌گیرد؛ اگر نادرست است، درست‌شدهٔ آن را بفرستید.",
        "The file is held back: {what}. The secretariat decides on it; if it is wrong, send a right one.",
    ),
}  # fmt: skip

#: Every code that a whole file can be refused with, for the docs and the tests.
CODES: Final = frozenset(_SENTENCES)


def refuse_file(code: str, **details: object) -> FileRefusedError:
    """The refusal `code` of a whole file with its sentences filled in; KeyError for a code that is not known.

    Of `details`, words from outside are made fit to be shown; a `Text` is ours and stands in either language.
    """
    safe = {name: shown(value) if isinstance(value, str) else value for name, value in details.items()}
    fa, en = (
        sentence.format(**{name: _in(value, language) for name, value in safe.items()})
        for sentence, language in zip(_SENTENCES[code], LANGUAGES, strict=True)
    )
    return FileRefusedError(code, fa=fa, en=en)


def _in(detail: object, language: Language) -> object:
    if isinstance(detail, int) and language == "fa":
        return persian_digits(str(detail))
    return detail.in_(language) if isinstance(detail, Text) else detail
