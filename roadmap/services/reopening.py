"""A refused delivery is taken again: released by the secretariat, or read anew after its mapping was corrected.

First the decision goes into the log, then the original is taken again as if it had come now, then it moves. Whoever is
killed in between reopens once more: the decision is known by the delivery, the delivery by its receipt before.
"""

from __future__ import annotations

from datetime import date

from pydantic import ValidationError

from roadmap.domain.events import DeliveryReopened
from roadmap.errors import ConflictError, RoadmapError, SettingsError
from roadmap.intake import inbox, pipeline, pushed, reopened
from roadmap.programme import CommissionEntry
from roadmap.services import about, originals
from roadmap.services import desk as desks
from roadmap.services.desk import Desk
from roadmap.services.gate import allowed
from roadmap.services.permissions import Action
from roadmap.settings import Settings
from roadmap.store import decisions, log
from roadmap.store.log import Receipt


@allowed(Action.RELEASE, about.batch)
def release(desk: Desk, settings: Settings, batch: int, *, reason: str, day: date | None = None) -> Receipt:
    """Takes the delivery `batch`, which is held back, whatever its suites find odd in it; else as `reopen`."""
    return _reopened(desk, settings, batch, reason=reason, release=True, day=day)


@allowed(Action.REOPEN, about.batch)
def reopen(desk: Desk, settings: Settings, batch: int, *, reason: str, day: date | None = None) -> Receipt:
    """Takes the refused delivery `batch` again.

    A reopening that broke off is carried on, as it was decided then.

    Returns:
        the new receipt; it may be refused again, and reopened again under its own number.

    Raises:
        SettingsError: there is no such delivery, it was not refused, its original is not kept, or there is no reason.
        ConflictError: it was taken again already.
        StoreError: the database does not answer.
    """
    return _reopened(desk, settings, batch, reason=reason, release=False, day=day)


def _reopened(desk: Desk, settings: Settings, batch: int, *, reason: str, release: bool, day: date | None) -> Receipt:
    receipt = _refused(desk, batch)
    with originals.original(settings, receipt) as content:
        if content is None:
            raise _nothing_to_take(desk, receipt)
    today = day or desks.today(desk)
    wanted = _decision(receipt, reason, today, release=release)
    decisions.record(desk.engine, wanted, same=[batch], actor=desk.who.actor)
    return _take(desk, settings, receipt, today)


def _refused(desk: Desk, batch: int) -> Receipt:
    """The receipt of the refused delivery `batch`."""
    receipt, _ = originals.delivery(desk, batch)
    if not receipt.refused:
        raise SettingsError(
            f"Delivery {batch} ({receipt.source}) was not refused; only a refused one can be taken again.",
            fa=f"پروندهٔ «{receipt.source}» رد نشده است؛ تنها پروندهٔ ردشده دوباره گرفته می‌شود.",
        )
    return receipt


def _nothing_to_take(desk: Desk, receipt: Receipt) -> RoadmapError:
    """Why there is no original under the number of `receipt`."""
    with desk.engine.connect() as connection:
        following = log.find_receipt(connection, receipt.commission, reopened.digest(receipt))
    if following is not None:
        return ConflictError(
            f"Delivery {receipt.batch} was taken again already, as delivery {following.batch}.",
            fa=f"پروندهٔ «{receipt.source}» پیش‌تر دوباره گرفته شده است؛ صفحه را تازه کنید.",
        )
    return SettingsError(
        f"The original of delivery {receipt.batch} ({receipt.source}) is not kept as it came; have it sent once more.",
        fa=f"اصل پروندهٔ «{receipt.source}» نگهداری نشده است؛ بخواهید یک بار دیگر آن را بفرستند.",
    )


def _decision(receipt: Receipt, reason: str, day: date, *, release: bool) -> DeliveryReopened:
    try:
        return DeliveryReopened(
            effective=day, commission=receipt.commission, batch=receipt.batch, released=release, reason=reason
        )
    except ValidationError:
        raise SettingsError(
            f"Delivery {receipt.batch}: say in 1 to 1,000 characters why it is to be taken again.",
            fa="دلیل دوباره گرفتن پرونده را در یک تا هزار نویسه بنویسید.",
        ) from None


def _take(desk: Desk, settings: Settings, receipt: Receipt, today: date) -> Receipt:
    """Takes the original of `receipt` again and puts it away under the number that it got."""
    sent = _sent(receipt, released=_is_released(desk, receipt))
    entry, calendar = _entry(desk, receipt), desk.programme.programme.calendar
    context = pipeline.Context(desk.engine, settings, entry, calendar, today, log.now, desk.who.actor, sent=sent)
    kept = originals.kept(settings, receipt)
    again, _ = pipeline.take(kept[0], context)
    for path in kept:
        inbox.renumber(path, inbox.kept_in(settings, again), again.batch)
    return again


def _is_released(desk: Desk, receipt: Receipt) -> bool:
    """What was decided of `receipt`, which may have been before a reopening broke off."""
    with desk.engine.connect() as connection:
        made = decisions.find(connection, "delivery_reopened", [receipt.batch])
    return made is not None and isinstance(made.decision, DeliveryReopened) and made.decision.released


def _sent(receipt: Receipt, *, released: bool) -> pipeline.Sent:
    """What the delivery of `receipt` is called when it comes again; its content is still known by its first digest."""
    told = {"batch": receipt.batch, "released": released, "content": originals.content_digest(receipt)}
    notes = {name: receipt.checks[name] for name in (pushed.BY_CONTRACT,) if name in receipt.checks}
    return pipeline.Sent(
        receipt.channel, receipt.source, reopened.digest(receipt), notes | {"reopened": told}, released
    )


def _entry(desk: Desk, receipt: Receipt) -> CommissionEntry:
    entry = desk.commission(receipt.commission)
    if receipt.channel != pushed.CHANNEL:
        return entry
    return pushed.as_json(entry, by_contract=bool(receipt.checks.get(pushed.BY_CONTRACT)))
