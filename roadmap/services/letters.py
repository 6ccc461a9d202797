"""What a digest says: plain text in the person's language, codes and titles of what waits, and where to see to it.

Plain text knows no direction: every Persian line begins with a mark that makes it run from right to left, and every
code and title stands in its own direction, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from roadmap.analysis.reminding import Kind, Matter
from roadmap.domain.calendar import write_day
from roadmap.domain.text import Language, Text, persian_digits

#: So many matters of a kind are named, the others counted.
_MOST: Final = 12
_MARK: Final[Mapping[Language, str]] = {"fa": "\u200f", "en": "\u200e"}
_FSI, _PDI = "\u2068", "\u2069"
#: What a title must not hold here: what breaks a line or reorders the text around it.
_UNRULY: Final = re.compile("[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Letter:
    """A message without its envelope."""

    subject: str
    body: str


@dataclass(frozen=True)
class Around:
    """What a letter is written with: the programme's title, the commissions' by code, and the board's address."""

    programme: Text
    commissions: Mapping[str, Text]
    board: str | None


_HEADS: Final[Mapping[Kind, Text]] = {
    Kind.REPORT_OVERDUE: Text(fa="گزارش‌هایی که مهلتشان گذشته است", en="Reports that are overdue"),
    Kind.REPORT_RETURNED: Text(fa="گزارش‌هایی که دبیرخانه برگردانده است", en="Reports that the secretariat returned"),
    Kind.REPORT_DUE: Text(fa="گزارش‌هایی که به‌زودی باید برسند", en="Reports that are due soon"),
    Kind.REJECTS_OPEN: Text(fa="محموله‌هایی با ردیف برگشتی", en="Deliveries with rows that were sent back"),
    Kind.PROPOSAL_TO_DECIDE: Text(fa="پیشنهادهای در انتظار تصمیم شما", en="Proposals that wait for your decision"),
    Kind.PROPOSAL_TO_CHECK: Text(fa="پیشنهادهای در انتظار بررسی", en="Proposals that wait to be checked"),
    Kind.PROPOSAL_RETURNED: Text(fa="پیشنهادهای برگشت‌داده‌شده", en="Proposals that were sent back"),
    Kind.REVIEW_WAITING: Text(fa="گزارش‌های در انتظار بررسی", en="Reports that wait for review"),
    Kind.FILE_HELD: Text(fa="پرونده‌های نگه‌داشته‌شده", en="Files that are held back"),
    Kind.ACTION_OVERDUE: Text(fa="اقدام‌هایی که مهلتشان گذشته است", en="Actions that are overdue"),
    Kind.ACTION_DUE: Text(fa="اقدام‌هایی که به‌زودی باید انجام شوند", en="Actions that are due soon"),
}
#: The board's page on which each kind is seen to.
PAGES: Final[Mapping[Kind, str]] = {
    Kind.REPORT_OVERDUE: "report",
    Kind.REPORT_RETURNED: "report",
    Kind.REPORT_DUE: "report",
    Kind.REJECTS_OPEN: "quality",
    Kind.PROPOSAL_TO_DECIDE: "decisions",
    Kind.PROPOSAL_TO_CHECK: "decisions",
    Kind.PROPOSAL_RETURNED: "decisions",
    Kind.REVIEW_WAITING: "review",
    Kind.FILE_HELD: "quality",
    Kind.ACTION_OVERDUE: "sessions",
    Kind.ACTION_DUE: "sessions",
}
_DELIVERIES: Final = frozenset({Kind.REJECTS_OPEN, Kind.FILE_HELD})
_SUBJECT: Final = Text(fa="{programme}: {count} مورد در انتظار شماست", en="{programme}: {count} waiting for you")
_DUE: Final = Text(fa="مهلت {day}", en="due {day}")
_SINCE: Final = Text(fa="از {day}", en="since {day}")
_DELIVERY: Final = Text(fa="محمولهٔ {number}", en="delivery {number}")
_ROWS: Final = Text(fa="{count} ردیف", en="rows: {count}")
_OTHERS: Final = Text(fa="و {count} مورد دیگر", en="and {count} more")
_FOOT: Final = Text(
    fa="اینکه این یادآوری‌ها چه وقت و به کجا برسند، در صفحهٔ «من» تعیین می‌شود.",
    en="When and where these reminders come is chosen on the page “Me”.",
)
_TEST_SUBJECT: Final = Text(fa="{programme}: پیام آزمایشی", en="{programme}: a test message")
_TEST: Final = Text(
    fa="یادآوری‌های این سامانه به اینجا می‌رسند. این پیام را خودتان از صفحهٔ «من» خواسته‌اید.",
    en="Reminders of this board arrive here. You asked for this message on the page “Me”.",
)


def digest(matters: Sequence[Matter], language: Language, around: Around) -> Letter:
    """The letter that tells of `matters`, the most pressing kind first."""
    subject = _SUBJECT.in_(language).format(
        programme=_plain(around.programme.in_(language)), count=_number(len(matters), language)
    )
    return Letter(subject, _body(_lines(matters, language, around), language))


def test(language: Language, around: Around) -> Letter:
    """The letter that only shows that letters arrive."""
    subject = _TEST_SUBJECT.in_(language).format(programme=_plain(around.programme.in_(language)))
    return Letter(subject, _body([_TEST.in_(language), *_addressed(around, "")], language))


def _body(lines: Sequence[str], language: Language) -> str:
    """Addresses stand alone on their lines, without a mark: some readers take it for a part of them."""
    marked = (f"{_MARK[language]}{line}" if line and "://" not in line else line for line in lines)
    return "\n".join(marked) + "\n"


def _lines(matters: Sequence[Matter], language: Language, around: Around) -> list[str]:
    lines: list[str] = []
    for kind in Kind:
        own = sorted((each for each in matters if each.kind is kind), key=_order)
        if own:
            head = f"{_HEADS[kind].in_(language)} ({_number(len(own), language)})"
            lines += [head, *_items(own, language, around), *_addressed(around, PAGES[kind]), ""]
    return [*lines, _FOOT.in_(language), *_addressed(around, "me")]


def _order(matter: Matter) -> tuple[date, str]:
    return matter.due or matter.since, matter.subject


def _items(own: Sequence[Matter], language: Language, around: Around) -> Iterator[str]:
    yield from (f"• {_item(each, language, around)}" for each in own[:_MOST])
    if len(own) > _MOST:
        yield f"• {_OTHERS.in_(language).format(count=_number(len(own) - _MOST, language))}"


def _item(matter: Matter, language: Language, around: Around) -> str:
    delivered = matter.kind in _DELIVERIES
    subject = _DELIVERY.in_(language).format(number=_digits(matter.subject, language)) if delivered else matter.subject
    commission = around.commissions.get(matter.commission or "")
    day = _DUE.in_(language) if matter.due else _SINCE.in_(language)
    facts = [
        subject,
        matter.title.in_(language) if matter.title else "",
        commission.in_(language) if commission else "",
        _ROWS.in_(language).format(count=_number(matter.count, language)) if matter.count else "",
        day.format(day=_day(matter.due or matter.since, language)),
    ]
    return " · ".join(f"{_FSI}{_plain(fact)}{_PDI}" for fact in facts if fact)


def _addressed(around: Around, page: str) -> list[str]:
    return [f"{around.board.rstrip('/')}/{page}"] if around.board else []


def _plain(text: str) -> str:
    return " ".join(_UNRULY.sub(" ", text).split())


def _day(day: date, language: Language) -> str:
    return persian_digits(write_day(day, "jalali").replace("-", "/")) if language == "fa" else f"{day:%Y-%m-%d}"


def _number(value: int, language: Language) -> str:
    return _digits(str(value), language)


def _digits(text: str, language: Language) -> str:
    return persian_digits(text) if language == "fa" else text
