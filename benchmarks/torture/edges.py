"""Cells on which readers of numbers, days and texts stumble, each under the name of what makes it hard.

Drawn from files that offices really send. What a workbook itself types as a number or a date begins with a mark, as
`reading` has it.
"""

from __future__ import annotations

from typing import Final

Edges = dict[str, tuple[str, ...]]

_BOM: Final = "\ufeff"
_BIDI: Final = tuple(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_LONGEST: Final = 4_000

#: What may stand in any cell.
_ANYWHERE: Final[Edges] = {
    "empty": ("",),
    "only spaces": ("   ", "\t", "\u00a0", "\u2003\u3000", "\x1c"),
    "only a byte-order mark": (_BOM, f" {_BOM} "),
    "bidi control": tuple(f"A{mark}1" for mark in _BIDI),
    "control character": ("A\x001", "A\x071", "A\x7f1", "A\x851", "A\x1d1"),
    "unreadable character": ("A\ufffd1",),
    "formula": ("=1+1", "@SUM(A1)", '+cmd|"x"'),
    "word for nothing": ("TBC", " tbc\u200c", "n/a", "-", "TBC TBC"),
    "quote": ('"', '"1"', "\\", "1\\"),
    "a number of the workbook": ("\x02101", "\x0240", "\x0212.5", "\x021e2", "\x02-0.0", "\x02nan", "\x02inf", "\x02"),
    "a date of the workbook": ("\x032026-03-20", "\x032026-03-20T14:30:00", "\x032026-3-20", "\x03"),
}
_CODES: Final[Edges] = {
    "digits of a code": ("A-۱", "A-١", "A-1۱"),
    "letters of a code": ("كرمان", "کرمان", "کرما\u200cن", "يگان", "یگان", "A ي"),
    "space around a code": (" A-1 ", "A-1\n", "\u00a0A-1", f"{_BOM}A-1", "A -1"),
    "length of a code": ("A" * 64, "A" * 65),
    "first letter of a code": ("-A", ".A", "_A", "0"),
    "odd characters of a code": ("A/1", "Ａ-1", "Á-1", "A-1,2"),
}
_DAYS: Final[Edges] = {
    "day without noughts": ("2024-1-1", "1405-8-3", "2024/1/1"),
    "space around a day": (" 2024-01-01", "1405-08-30 ", f"1405{_BOM}-08-30", "1405-08-\n30"),
    "seconds for a day": ("1704067200", "45737"),
    "leap day": ("1403-12-30", "1399/12/30", "2024-02-29"),
    "day that is none": ("1404-12-30", "1405-13-01", "2026-02-29", "1405-00-10", "0000-00-00"),
    "Persian or Arabic digits of a day": ("۱۴۰۵/۸/۳۰", "١٤٠٥-٠٨-٣٠", "۲۰۲۶-۰۳-۲۰"),
    "digits of two scripts in a day": ("۱۴۰5-08-30", "۲۰۲۶-٠٣-۲۰"),
    "prose for a day": ("Q1 1405", "پایان مهر", "2026-03-20T00:00", "20/03/2026"),
    "quarter and year": ("Q1 2026", "T4 2021", "2025 - 4° trimestre", "Q5 2026", "q 2 2026", "Q2", "2026"),
    "quarter of the Jalali year": ("بهار ۱۴۰۵", "سه‌ماههٔ دوم 1405", "فصل پاييز ۱۴۰۵", "بهار 2026", "فصل ۵ ۱۴۰۵"),
    "month by its name": ("Aug-14", "August 2026", "۳۰ آبان ۱۴۰۵", "Foo 2026"),
    "day of two forms": ("02/01/2026", "31/12/2025", "12/31/2025", "03/03/2026", "9.4.19", "30/2/26"),
    "far day": ("1999-12-31", "2000-01-01", "2099-12-31", "2100-01-01", "9999-12-31"),
    "far Jalali day": ("1378-10-10", "1378-10-11", "1478-10-10", "1478-10-11", "9999-12-29", "0001-01-01"),
}
_CHOICES: Final[Edges] = {
    "spelling of a word": ("در جريان", "در  جریان", "در\u200cجریان", f"{_BOM}در جریان", "در جريانِ", "IN_PROGRESS"),
    "the contract's own word": ("done", "not_started", "cancelled", "green", "Amber", " red "),
    "unknown word": ("شاید", "maybe", "in progress", "1", "true"),
}
_NUMBERS: Final[Edges] = {
    "Persian or Arabic digits": ("۱۲", "١٢", "۱۲٫۵", "١٢٫٥", "۱٬۲۵۰", "۸۰٪"),
    "digits of two scripts": ("1۲", "۱٢", "1٫۵", "۱٬250"),
    "thousands of other offices": ("8'000", "8’000.5", "8\u202f000", "8٬000", "1'00", "'8000", "8.000'00"),
    "thousands and fractions": ("8.000,00", "8,000.00", " 291.122,00 ", "12,5", "12.5", "12٫5", "1,000", "1.000"),
    "space in a number": ("1 000", "1\u00a0000", " 40 ", "4 0", f"{_BOM}40", "40\n"),
    "percent sign": ("40%", " 40 % ", "%40", "40%%"),
    "what Python takes for a number": ("1_0", "nan", "inf", "-inf", "1e5", "1E-5", "Infinity", "0x10", "०१"),
    "sign": ("-0", "-0.0", "+40", "-1", "--1", "−1"),
    "unfinished number": (".5", "5.", ",5", "5,", "1..2", "1.2.3", "."),
    "bound of a percent": ("0", "100", "100.0", "100.0000001", "100,0000001", "99.99999999999999", "1e2"),
    "bound of an amount": ("1000000000000000", "1000000000000001", "999999999999999.9", "0.0000001"),
    "digits that a float cannot hold": ("0.1234567890123456789", "9" * 30, "9" * 400, "33.333333333333336"),
    "bound of a version": ("1", "2147483647", "2147483648", "1.5", "3.0", "3,0", "007", "0" * 20 + "7"),
    "many fractions": ("0.30000000000000004", "0.1", "0,1", "0.000001", "99.9", "1.00"),
}
_TEXTS: Final[Edges] = {
    "longest text": ("ب" * _LONGEST, "😀" * _LONGEST, " " + "b" * _LONGEST + "\n", '"' * _LONGEST),
    "too long text": ("ب" * (_LONGEST + 1), "b" * _LONGEST + " b"),
    "text that JSON escapes": ('say "so"', "a\\b", "one\r\n\ttwo", "a\u2028b", "</script>"),
    "letters of a text": ("ي ك", "می\u200cرود", "e\u0301", "\u200dx", "x\u200e"),
    "space around a text": (" a", "a ", "\u00a0a", "a\u2003", "\u0085a", f"{_BOM}a", f"a{_BOM}b"),
    "null for a text": ("null", "NaN", "{}", "[]", "0"),
}

_YEARS: Final[Edges] = {
    "year beside a quarter": ("2025", "2026", "۱۴۰۵", " 2026 ", "\x022026", "26", "20 26"),
    "day beside a day": ("2026-03-20", "\x032026-03-20", "/2026"),
}

#: By field of the contract, and there by name: the cells. `year` is a column that a feed may join to its days.
EDGES: Final[dict[str, Edges]] = {
    "milestone": _ANYWHERE | _CODES,
    "unit": _ANYWHERE | _CODES,
    "effective": _ANYWHERE | _DAYS,
    "state": _ANYWHERE | _CHOICES,
    "percent": _ANYWHERE | _NUMBERS,
    "forecast_finish": _ANYWHERE | _DAYS,
    "confidence": _ANYWHERE | _CHOICES,
    "spent": _ANYWHERE | _NUMBERS,
    "narrative": _ANYWHERE | _TEXTS,
    "blocker": _ANYWHERE | _TEXTS,
    "evidence": _ANYWHERE | _TEXTS,
    "version": _ANYWHERE | _NUMBERS,
    "year": _ANYWHERE | _YEARS,
}
