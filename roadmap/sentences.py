"""What the command line says of what it did: lines for people, and plain values for `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from roadmap.store.log import Receipt

if TYPE_CHECKING:
    from roadmap.services.anchors import Held, Written
    from roadmap.services.reminders import Planned, Sent
    from roadmap.store.anchoring import Anchor

_COUNTS: Final = ("commissions", "milestones", "events", "rejected_rows")
_NO_ANCHOR: Final = (
    "No anchor is known: a tail that was cut off, or a log written anew as a whole, would not be seen. "
    "Set ROADMAP_ANCHORS, or give --anchor FILE."
)


def receipt_line(receipt: Receipt) -> str:
    """What became of a delivery, row by row and as a whole."""
    return (
        f"{receipt.commission}: {receipt.source}: {receipt.rows_read} rows, {receipt.accepted} accepted, "
        f"{receipt.duplicates} duplicates, {receipt.rejected} rejected{_fate(receipt)}"
    )


def _fate(receipt: Receipt) -> str:
    """What became of the delivery as a whole, if the rows do not say it all."""
    from roadmap.intake import holding

    before = ", came before" if receipt.repeated else ""
    if holding.is_held(receipt):
        number = receipt.batch
        return f"{before}, held back for the secretariat: `roadmap release {number} --reason TEXT` takes it in"
    return before or (", refused" if receipt.refused else "")


def status_text(found: dict[str, Any]) -> str:
    """`services.status.status` to be read."""
    counts = ", ".join(f"{found[name]} {name.replace('_', ' ')}" for name in _COUNTS)
    lines = [f"{found['programme']}: {counts}", f"head {found['head']['seq']} {found['head']['chain']}"]
    for code, last in found["last_batch"].items():
        lines.append(f"{code}: " + (f"{last['source']} at {last['recorded']}" if last else "nothing yet"))
    return "\n".join(lines)


def head(anchor: Anchor) -> str:
    """Where the log stood when it was anchored."""
    return f"event {anchor.seq}, batch {anchor.batch}, chain {anchor.chain}"


def anchored(written: Written) -> str:
    """An anchor that was written just now, and whether the log has moved since the one before."""
    if written.moved:
        return f"{written.place}: {head(written.anchor)}"
    since = written.before.anchored if written.before else None
    return f"{written.place}: {head(written.anchor)}; unmoved since the anchor of {since}, a sign of life"


def written_values(written: Written) -> dict[str, Any]:
    """The same as plain values."""
    values = {"place": written.place, "moved": written.moved, "error": written.error}
    return values | {"anchor": written.anchor.model_dump(mode="json")}


def anchors_values(held: Sequence[Held]) -> list[dict[str, Any]]:
    """What the anchors of each place say of the log, as plain values."""
    return [
        {"place": each.place, "anchors": len(each.anchors), "readable": each.readable, "findings": list(each.findings)}
        for each in held
    ]


def anchor_lines(held: Sequence[Held]) -> list[str]:
    """What is to be said of the anchors besides findings; above all, when there are none to hold the log against."""
    if not any(each.anchors for each in held):
        return [_NO_ANCHOR]
    return [_agreeing(each) for each in held if not each.findings]


def _agreeing(held: Held) -> str:
    if not held.readable:
        return f"{held.place}: cannot be read back; save the mail and give it as --anchor FILE."
    others = f", {held.others} of other programmes passed over" if held.others else ""
    if not held.anchors:
        return f"{held.place}: no anchor of this programme yet{others}."
    newest = max(held.anchors, key=lambda anchor: anchor.anchored)
    count = len(held.anchors)
    return f"{held.place}: anchors that agree: {count}, the newest of {newest.anchored} at event {newest.seq}{others}."


def reminded(planned: Planned, sent: Sent) -> str:
    """What `roadmap remind` did: one line of what was planned, one of what went out."""
    return (
        f"Planned: {planned.added} new reminders, {planned.dropped} that are no longer due.\n"
        f"Sent: {sent.digests} digests with {sent.reminders} reminders; "
        f"not taken and tried again later: {sent.waiting}; given up: {sent.given_up}."
    )
