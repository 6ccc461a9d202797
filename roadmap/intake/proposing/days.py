"""Which calendar and which forms the days of a sample are written in.

A reading counts only where it gives a day of our time: no Jalali year of our time is also a Gregorian one. Where two
readings of all cells give different days, as of 03/04/2026, the person chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Final, get_args

from roadmap.domain.calendar import Calendar, read_day
from roadmap.domain.day_forms import read_by_forms
from roadmap.domain.text import latin_digits
from roadmap.intake.proposing.findings import DayChoice, Days, Header, Reason

#: A way to write a day: a form and its calendar; no form is year-month-day.
Way = tuple[str, Calendar]
_FORMS: Final = (
    "",
    *("DD/MM/YYYY", "DD.MM.YYYY", "DD-MM-YYYY", "MM/DD/YYYY", "YYYY.MM.DD", "YYYYMMDD", "YYYY MM DD"),
    *("DD/MM/YY", "DD.MM.YY", "DD-MM-YY", "MM/DD/YY", "YY/MM/DD", "YY-MM-DD"),
    *("DD MONTH YYYY", "MONTH DD, YYYY", "DD-MONTH-YYYY", "DD-MONTH-YY", "MONTH YYYY", "MONTH-YY"),
    *("Q YYYY", "YYYY Q", "Q-YYYY", "Q/YYYY", "YYYY-Q", "YYYY/MM", "YYYY-MM", "MM/YYYY", "MM.YYYY"),
)
_WAYS: Final[tuple[Way, ...]] = tuple((form, calendar) for form, calendar in product(_FORMS, get_args(Calendar)))
#: Days of a plan that is being carried out.
_PLAUSIBLE: Final = range(2000, 2080)
_LONGEST: Final = 40
_MOST_FORMS: Final = 4


def is_day(written: str) -> bool:
    """Whether `written` is a day of our time in any of the ways."""
    return bool(_readings(written))


def of(columns: Sequence[tuple[str, Header]], today: date) -> Days:
    """How the days of `columns` (field and column) are written; what is reported lies not after `today`."""
    written = {field: [cell.text for _, cell in header.cells if cell.kind != "date"] for field, header in columns}
    texts = [text for told in written.values() for text in told if is_day(text)]
    if not texts:
        typed = any(header.cells for _, header in columns)
        return Days(None, (), (Reason("days_typed" if typed else "days_none"),))
    whole = [way for way in _WAYS if all(way in _readings(text) for text in texts)]
    timely = [way for way in whole if not _is_ahead(way, written.get("effective", ()), today)] or whole
    return _settled(timely, texts) if timely else _mixed(texts)


def _settled(ways: Sequence[Way], texts: Sequence[str]) -> Days:
    """One reading if all `ways` that read every text agree; else each that differs, to choose from."""
    different: dict[tuple[date, ...], Way] = {}
    for way in ways:
        different.setdefault(tuple(_readings(text)[way] for text in texts), way)
    if len(different) == 1:
        ((form, calendar),) = different.values()
        code = "days_forms" if form else "days_ordinary"
        said: dict[str, str | int] = {"calendar": calendar, "form": form, "count": len(texts), "example": texts[0]}
        return Days(calendar, (form,) if form else (), (Reason(code, said),))
    readings = list(different)
    place = next(i for i in range(len(texts)) if len({days[i] for days in readings}) > 1)
    choices = tuple(
        DayChoice(calendar, (form,) if form else (), texts[place], days[place])
        for days, (form, calendar) in different.items()
    )
    return Days(None, (), (Reason("days_ambiguous", {"example": texts[place]}),), choices)


def _mixed(texts: Sequence[str]) -> Days:
    """The fewest ways that read all texts between them, if they nowhere disagree."""
    ways: list[Way] = []
    left = list(texts)
    while left and len(ways) < _MOST_FORMS:
        best = max(_WAYS, key=lambda way: sum(way in _readings(text) for text in left))
        ways.append(best)
        left = [text for text in left if best not in _readings(text)]
    calendar = ways[0][1]
    forms = tuple(form for way in ways for form in _written(way, calendar))
    if left or not _agree(texts, forms, calendar):
        return Days(None, (), (Reason("days_unclear", {"example": (left or texts)[0]}),))
    return Days(calendar, forms, (Reason("days_mixed", {"forms": ", ".join(forms), "count": len(texts)}),))


def _written(way: Way, calendar: Calendar) -> Iterable[str]:
    """The forms that a feed has for `way`, beside others in `calendar`."""
    form, own = way
    front = "" if own == calendar else f"{own} "
    return [f"{front}{each}" for each in ([form] if form else ["YYYY-MM-DD", "YYYY/MM/DD"])]


def _agree(texts: Iterable[str], forms: Sequence[str], calendar: Calendar) -> bool:
    try:
        return all(read_by_forms(text, forms, calendar) for text in texts)
    except ValueError:
        return False


def _is_ahead(way: Way, texts: Iterable[str], today: date) -> bool:
    """Whether `way` reads a day after `today` in a report's own day."""
    return any(_readings(text)[way] > today for text in texts if way in _readings(text))


@lru_cache(20_000)
def _readings(written: str) -> Mapping[Way, date]:
    """The days of our time that `written` says, by the ways that read it."""
    if len(written) > _LONGEST or not any(letter.isdigit() for letter in latin_digits(written)):
        return {}
    found = {}
    for form, calendar in _WAYS:
        try:
            day = read_by_forms(written, (form,), calendar) if form else read_day(written, calendar)
        except ValueError:
            continue
        if day.year in _PLAUSIBLE:
            found[form, calendar] = day
    return found


def day_of(cell_text: str, calendar: Calendar, forms: Sequence[str]) -> date | None:
    """The day that a text says in that way; None if it says none."""
    try:
        return read_by_forms(cell_text, forms, calendar) if forms else read_day(cell_text, calendar)
    except ValueError:
        return None
