"""The secretariat gives up what was turned away and needs no repair, or takes that back; the log keeps who and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from pydantic import ValidationError
from sqlalchemy import Connection

from roadmap.domain.events import RejectsWaived
from roadmap.domain.text import persian_digits
from roadmap.errors import SettingsError
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.store import decisions, views
from roadmap.store.log import Receipt


@allowed(Action.WAIVE)
def waive(
    desk: Desk,
    batch: int,
    rows: Collection[int | None],
    *,
    reason: str,
    waived: bool = True,
    day: date | None = None,
) -> Receipt:
    """Records that the rejects `rows` of the delivery `batch` need no repair, or with `waived` False that they do.

    The same decision sent twice is recorded once; one that was taken back can be made again.

    Args:
        desk: the database and the programme.
        batch: the delivery's number.
        rows: the rows' numbers in the file; None stands for the file as a whole.
        reason: why; at most 1,000 characters.
        waived: False takes it back.
        day: the day of the decision (default: today in the programme's zone).

    Raises:
        SettingsError: there is no such delivery, a row was not turned away there, or there is no reason.
    """
    wanted = tuple(sorted(set(rows), key=lambda row: row or 0))
    with desk.engine.connect() as connection:
        commission = _commission(connection, batch, wanted)
        turns = _turns(connection, commission, batch, wanted, waived=waived)
    decision = _decision(commission, batch, wanted, reason, day or desks.today(desk), waived=waived)
    same = [batch, list(wanted), waived, decision.reason, turns]
    return decisions.record(desk.engine, decision, same=same, actor=desk.who.actor)


def _commission(connection: Connection, batch: int, rows: tuple[int | None, ...]) -> str:
    """Whose delivery it is."""
    receipt = views.receipt(connection, batch)
    if receipt is None:
        raise SettingsError(
            f"There is no delivery with the number {batch}; `roadmap rejects` names those with open lines.",
            fa=f"پرونده‌ای با شمارهٔ {persian_digits(str(batch))} نیامده است؛ یکی را از فهرست برگزینید.",
        )
    turned_away = views.rejected_rows(connection, batch, rows)
    others = ["the file as a whole" if row is None else f"row {row}" for row in rows if row not in turned_away]
    if others or not rows:
        named = f"{', '.join(others)} was not turned away there" if others else "no row is named"
        raise SettingsError(
            f"Delivery {batch}: {named}; name rows that its receipt calls rejected.",
            fa="همهٔ ردیف‌هایی که برگزیده‌اید در این پرونده برگشت نخورده‌اند؛ از ردیف‌های برگشتی آن برگزینید.",
        )
    return receipt.commission


def _turns(connection: Connection, commission: str, batch: int, rows: tuple[int | None, ...], *, waived: bool) -> int:
    """How often the opposite was decided of any of `rows`: a decision that was turned round is a new one."""
    made = decisions.made(connection, "rejects_waived", views.head(connection).seq, commission)
    told = [each.decision for each in made if isinstance(each.decision, RejectsWaived)]
    return sum(each.batch == batch and each.waived != waived and bool({*each.rows} & {*rows}) for each in told)


def _decision(
    commission: str, batch: int, rows: tuple[int | None, ...], reason: str, day: date, *, waived: bool
) -> RejectsWaived:
    try:
        return RejectsWaived(effective=day, commission=commission, batch=batch, rows=rows, waived=waived, reason=reason)
    except ValidationError:
        raise SettingsError(
            f"Delivery {batch}: say in 1 to 1,000 characters why its rows need no repair (or need it again).",
            fa="در یک تا هزار نویسه بنویسید چرا این ردیف‌ها اصلاح نمی‌خواهند (یا دوباره می‌خواهند).",
        ) from None
