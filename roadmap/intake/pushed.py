"""Rows that came as an event: JSON whatever the commission's files are, in the feed's words or the contract's."""

from __future__ import annotations

from typing import Final

from roadmap.programme import CommissionEntry, FeedOptions

CHANNEL: Final = "push"
#: What a receipt's checks say of an event, for whoever reads it again.
BY_CONTRACT: Final = "by_contract"

#: The rules of rows that are in the contract's own form already.
_CONTRACT: Final = {"mapping": {}, "values": {}, "options": FeedOptions(date="gregorian")}


def as_json(entry: CommissionEntry, *, by_contract: bool) -> CommissionEntry:
    """The commission with its feed's headers, words, days and numbers (or the contract's own) for rows in JSON."""
    feed = entry.feed.model_copy(update=_CONTRACT if by_contract else {})
    options = feed.options.model_copy(update={"encoding": "utf-8"})
    return entry.model_copy(update={"feed": feed.model_copy(update={"format": "json", "options": options})})
