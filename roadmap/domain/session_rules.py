"""What may be done with sessions and actions, and why not; and the codes of new ones."""

from __future__ import annotations

from datetime import date
from typing import Final

from roadmap.domain.calendar import Calendar, write_day
from roadmap.domain.sessions import ActionItem, Council, Session
from roadmap.domain.text import Text
from roadmap.errors import RoadmapError


class SessionRefusedError(RoadmapError):
    """What was asked of a session or an action cannot be; `text` says why in both languages."""

    def __init__(self, code: str) -> None:
        self.code, self.text = code, _REFUSALS[code]
        super().__init__(self.text.en, fa=self.text.fa)


_REFUSALS: Final = {
    "unknown_session": Text(
        fa="چنین جلسه‌ای نیست؛ از فهرست جلسه‌ها برگزینید.", en="There is no such session; pick one from the list."
    ),
    "unknown_action": Text(
        fa="چنین اقدامی نیست؛ از فهرست اقدام‌ها برگزینید.", en="There is no such action; pick one from the list."
    ),
    "unknown_decision": Text(
        fa="این تصمیم در جلسه نیست یا پیش‌تر اصلاح شده است؛ صفحه را تازه کنید.",
        en="The session has no such decision, or it was corrected already; reload the page.",
    ),
    "called_off": Text(
        fa="این جلسه لغو شده است؛ اگر برگزار می‌شود، نخست آن را دوباره فرا بخوانید.",
        en="This session was called off; if it takes place, call it again first.",
    ),
    "not_yet": Text(
        fa="جلسه هنوز برگزار نشده است؛ تصمیم و صورت‌جلسه از روز جلسه به بعد ثبت می‌شود.",
        en="The session has not taken place yet; decisions and minutes are recorded from its day on.",
    ),
    "has_decisions": Text(
        fa="در این جلسه تصمیم یا صورت‌جلسه ثبت شده است؛ نه لغو می‌شود و نه به روزی در آینده می‌رود.",
        en="This session has decisions or minutes; it can neither be called off nor moved to a day that is to come.",
    ),
    "unknown_owner": Text(
        fa="مسئول اقدام، دبیرخانه یا یکی از کمیسیون‌هاست.", en="An action is the secretariat’s or a commission’s."
    ),
    "unknown_milestone": Text(
        fa="چنین نقطه عطفی در برنامه نیست.", en="There is no such milestone in the programme."
    ),
    "due_before": Text(
        fa="مهلت اقدام نمی‌تواند پیش از امروز باشد.", en="An action cannot be due before today."
    ),
    "already": Text(
        fa="این اقدام هم‌اکنون در همین وضعیت است؛ صفحه را تازه کنید.",
        en="The action is in that state already; reload the page.",
    ),
    "not_open": Text(
        fa="این اقدام بسته شده است؛ برای تغییر، نخست آن را دوباره باز کنید.",
        en="The action is closed; to change it, open it again first.",
    ),
    "unfit": Text(
        fa="متن خالی است، بیش از اندازه بلند است یا نویسهٔ نامجاز دارد؛ آن را اصلاح کنید.",
        en="The text is empty, too long, or holds control characters; correct it.",
    ),
}  # fmt: skip


def new_code(council: Council, on: date, calendar: Calendar) -> str:
    """A code for a session that meets on the day `on`: its day, and a number from the second one of a day on."""
    base = f"session-{write_day(on, calendar)}"
    names = (base if number == 1 else f"{base}-{number}" for number in range(1, len(council.sessions) + 2))
    return next(name for name in names if name not in council.sessions)


def session(council: Council, code: str) -> Session:
    """The session `code`.

    Raises:
        SessionRefusedError: there is none.
    """
    if code not in council.sessions:
        raise SessionRefusedError("unknown_session")
    return council.sessions[code]


def begun(council: Council, code: str, today: date) -> Session:
    """The session `code`, which has taken place, or does so `today`.

    Raises:
        SessionRefusedError: there is none, it was called off, or its day is still to come.
    """
    found = session(council, code)
    if found.called_off:
        raise SessionRefusedError("called_off")
    if found.on > today:
        raise SessionRefusedError("not_yet")
    return found


def may_change(found: Session, on: date, today: date, *, called_off: bool) -> None:
    """Whether `found` may be moved to the day `on`, or be called off.

    Raises:
        SessionRefusedError: it has taken place: something was recorded in it.
    """
    if (found.decisions or found.minutes) and (called_off or on > today):
        raise SessionRefusedError("has_decisions")


def correctable(found: Session, seq: int) -> None:
    """Whether the decision `seq` of `found` stands.

    Raises:
        SessionRefusedError: it is none of this session, or was corrected already.
    """
    if not any(each.seq == seq and each.corrected_by is None for each in found.decisions):
        raise SessionRefusedError("unknown_decision")


def next_action(council: Council) -> str:
    """A code for an action that is given now."""
    return f"action-{len(council.actions) + 1}"


def action(council: Council, code: str) -> ActionItem:
    """The action `code`.

    Raises:
        SessionRefusedError: there is none.
    """
    if code not in council.actions:
        raise SessionRefusedError("unknown_action")
    return council.actions[code]
