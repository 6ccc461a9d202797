"""Which field each column is: what its cells are, what its name says, and what is left over for what is still missing.

What the cells are goes before the name: a column named "date" without a day in it is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from roadmap.intake.contracts import TYPES
from roadmap.intake.proposing import contents, days, names
from roadmap.intake.proposing.contents import Contents
from roadmap.intake.proposing.findings import Column, Known, Reason, Sureness

#: Shares of cells from which on a column is of a kind, and is surely so.
_MOSTLY, _NEARLY_ALL = 0.8, 0.9
_SOME, _HALF = 0.6, 0.5
#: So many known words tell something of a column.
_TELLING: Final = 3
_CODES: Final = ("milestone", "unit")
_DAYS: Final = ("effective", "forecast_finish")
_CHOICES: Final = tuple(
    name for name, wanted in TYPES.items() if isinstance(wanted, type) and issubclass(wanted, StrEnum)
)


@dataclass
class _Board:
    """What has been settled so far: the field of a place, how surely and why; fields in doubt by place."""

    fields: dict[int, tuple[str, Sureness, tuple[Reason, ...]]] = field(default_factory=dict)
    doubts: dict[int, tuple[Reason, ...]] = field(default_factory=dict)

    def settle(self, found: Contents, name: str, sureness: Sureness, *reasons: Reason) -> None:
        self.fields[found.header.place] = (name, sureness, reasons)

    def is_free(self, found: Contents) -> bool:
        return found.header.place not in self.fields

    def has(self, name: str) -> bool:
        return any(settled == name for settled, _, _ in self.fields.values())


def propose(columns: Sequence[Contents], known: Known, *, taken: frozenset[str] = frozenset()) -> list[Column]:
    """What each of `columns` is; fields that are `taken` (told by the feed's options) are not given away."""
    board = _Board()
    wanted = frozenset(TYPES) - taken
    _by_present_mapping(columns, known, wanted, board)
    _by_codes(columns, wanted, board)
    _by_names(columns, known, wanted, board)
    _by_words(columns, wanted, board)
    _by_names(columns, known, wanted, board)  # what is settled is no doubt for the others any more
    _by_days(columns, known.today, wanted, board)
    return [_column(found, known, board) for found in columns]


def possible(found: Contents) -> frozenset[str]:
    """The fields that the cells of a column can be; of an empty column all but the ones that must be filled."""
    if not found.filled:
        return frozenset(TYPES) - {"milestone", "effective", "state", "percent"}
    are_days = found.share(found.days) >= _SOME
    are_numbers = found.share(found.numbers) >= _SOME
    is_wordy = found.share(found.numbers) < _HALF
    fits = {
        "milestone": found.share(found.milestones) >= _SOME,
        "unit": found.share(found.units) >= _SOME,
        **dict.fromkeys(_DAYS, are_days),
        **dict.fromkeys(("percent", "spent", "version"), are_numbers),
        **dict.fromkeys(_CHOICES, found.are_choices and not are_days and is_wordy),
        **dict.fromkeys(("narrative", "blocker"), not are_days and is_wordy),
        "evidence": not are_days,
    }
    codes = max(found.milestones, found.units) >= _MOSTLY * found.filled
    return frozenset(name for name, is_so in fits.items() if is_so and (name in _CODES or not codes))


def _by_present_mapping(columns: Iterable[Contents], known: Known, wanted: frozenset[str], board: _Board) -> None:
    """What is mapped now stays so, unless the cells cannot be that."""
    for found in columns:
        for sign in names.signs(found.header.name, known, possible(found) & wanted):
            if sign.weight == names.MAPPED and not board.has(sign.field):
                board.settle(found, sign.field, "sure", sign.reason)


def _by_codes(columns: Sequence[Contents], wanted: frozenset[str], board: _Board) -> None:
    """The one column whose cells are milestones of the plan, and the one whose cells are units."""
    for name, code in (("milestone", "cells_milestones"), ("unit", "cells_units")):
        fitting = [each for each in columns if board.is_free(each) and each.share(_codes(each, name)) >= _SOME]
        if name in wanted and not board.has(name) and len(fitting) == 1:
            (found,) = fitting
            is_sure = found.share(_codes(found, name)) >= _NEARLY_ALL
            reason = Reason(code, {"count": _codes(found, name), "of": found.filled})
            board.settle(found, name, "sure" if is_sure else "likely", reason)


def _codes(found: Contents, name: str) -> int:
    return found.milestones if name == "milestone" else found.units


def _by_names(columns: Sequence[Contents], known: Known, wanted: frozenset[str], board: _Board) -> None:
    """The strongest sign first; where two columns, or two fields of one, have equal signs, both stay open."""
    for weight in (names.EQUAL, names.NEAR, names.WORD):
        claims: dict[str, list[tuple[Contents, Reason]]] = {}
        for found in filter(board.is_free, columns):
            free = frozenset(name for name in possible(found) & wanted if not board.has(name))
            signs = [sign for sign in names.signs(found.header.name, known, free) if sign.weight == weight]
            if len(signs) == 1:
                claims.setdefault(signs[0].field, []).append((found, signs[0].reason))
            elif signs:
                fields = ", ".join(sorted(sign.field for sign in signs))
                board.doubts[found.header.place] = (Reason("name_of_several", {"fields": fields}),)
        _settle_claims(claims, "sure" if weight == names.EQUAL else "likely", board)


def _settle_claims(claims: Mapping[str, Sequence[tuple[Contents, Reason]]], sureness: Sureness, board: _Board) -> None:
    for name, claiming in claims.items():
        if len(claiming) == 1:
            ((found, reason),) = claiming
            board.settle(found, name, sureness, reason)
            continue
        best = [each for each in claiming if name in _CHOICES and _knows(each[0], name)]
        if len(best) == 1:
            board.settle(best[0][0], name, "likely", best[0][1], _known_words(best[0][0], name))
            continue
        others = ", ".join(found.header.name for found, _ in claiming)
        for found, _ in claiming:
            board.doubts[found.header.place] = (Reason("name_twice", {"field": name, "columns": others}),)


def _by_words(columns: Sequence[Contents], wanted: frozenset[str], board: _Board) -> None:
    """The one column whose words are known as states, and the one whose words are known as confidences."""
    for name in _CHOICES:
        fitting = [each for each in columns if board.is_free(each) and name in possible(each) and _knows(each, name)]
        if name in wanted and not board.has(name) and len(fitting) == 1:
            board.settle(fitting[0], name, "likely", _known_words(fitting[0], name))


def _knows(found: Contents, name: str) -> bool:
    """Whether most words of a column are known as those of the field `name`, and of no other."""
    own = found.known_words.get(name, 0)
    others = max((count for other, count in found.known_words.items() if other != name), default=0)
    return own >= _TELLING and found.share(own) >= _SOME and own > others


def _known_words(found: Contents, name: str) -> Reason:
    return Reason("cells_words", {"count": found.known_words[name], "of": found.filled})


def _by_days(columns: Sequence[Contents], today: date, wanted: frozenset[str], board: _Board) -> None:
    """Of the columns of days that are left: what is reported is of a past day, what is expected comes later."""
    left = [each for each in columns if board.is_free(each) and each.filled and "effective" in possible(each)]
    missing = [name for name in _DAYS if name in wanted and not board.has(name)]
    if not left or len(left) > len(missing):
        return
    told = days.of([("", each.header) for each in left], today)
    read = {each.header.place: _days(each, told.calendar, told.forms) for each in left}
    past = [each for each in left if all(day <= today for day in read[each.header.place].values())]
    ahead = [each for each in left if each not in past]
    if missing == list(_DAYS) and len(past) == 1 and _comes_later(past[0], ahead, read):
        board.settle(past[0], "effective", "likely", Reason("days_past"))
        for each in ahead:
            board.settle(each, "forecast_finish", "likely", Reason("days_later"))
    elif missing == ["effective"] and len(past) == 1:
        board.settle(past[0], "effective", "likely", Reason("days_past"))
    elif missing == ["forecast_finish"] and len(ahead) == 1:
        board.settle(ahead[0], "forecast_finish", "likely", Reason("days_later"))


def _days(found: Contents, calendar: str | None, forms: tuple[str, ...]) -> dict[int, date]:
    """The days of a column by their rows, as far as they can be read."""
    read = {
        number: date.fromisoformat(cell.text[:10])
        if cell.kind == "date"
        else days.day_of(cell.text, "jalali" if calendar == "jalali" else "gregorian", forms)
        for number, cell in found.header.cells
        if cell.kind == "date" or calendar
    }
    return {number: day for number, day in read.items() if day is not None}


def _comes_later(past: Contents, ahead: Sequence[Contents], read: Mapping[int, Mapping[int, date]]) -> bool:
    """Whether what may be a forecast lies after what may be a report's day in most rows that have both."""
    own = read[past.header.place]
    if not own:
        return False
    pairs = [(own[row], day) for each in ahead for row, day in read[each.header.place].items() if row in own]
    return not ahead or sum(later >= earlier for earlier, later in pairs) >= _MOSTLY * len(pairs)


def _column(found: Contents, known: Known, board: _Board) -> Column:
    place, header = found.header.place, found.header
    if place in board.fields:
        return Column(header.name, contents.examples(header), found.filled, *board.fields[place])
    reasons = board.doubts.get(place) or (_unknown(found, known, board),)
    return Column(header.name, contents.examples(header), found.filled, None, "open", reasons)


def _unknown(found: Contents, known: Known, board: _Board) -> Reason:
    """Why a column is left open of which nothing was said: its cells are not what it is called, or nothing is known."""
    if not found.filled:
        return Reason("nothing_there")
    free = frozenset(name for name in TYPES if not board.has(name))
    called = [sign for sign in names.signs(found.header.name, known, free) if sign.weight >= names.EQUAL]
    return Reason("name_without_cells", {"field": called[0].field}) if len(called) == 1 else Reason("nothing_known")
