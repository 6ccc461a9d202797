"""The assets: what Airflow's graph shows, from a commission's inbox to the board.

    inbox of X ──► pull_X ──► roadmap of X ──► refresh ──► board

The identity of an asset is its name and its URI, and its history hangs on both: never rename one lightly.
"""

from __future__ import annotations

from typing import Final

from airflow.sdk import Asset, AssetWatcher

from dags.inbox import InboxTrigger
from roadmap.programme import CommissionEntry
from roadmap.settings import Settings

BOARD: Final = Asset(name="board", uri="roadmap://board", group="board")


def inbox(commission: CommissionEntry, settings: Settings) -> Asset:
    """The commission's inbox, watched: an event says "something waits here", not what."""
    trigger = InboxTrigger(folder=str(settings.inbox / commission.code))
    return Asset(
        name=f"inbox of {commission.code}",
        uri=f"roadmap://inbox/{commission.code}",
        group="inbox",
        watchers=[AssetWatcher(name=f"watch inbox of {commission.code}", trigger=trigger)],
    )


def roadmap_of(commission: CommissionEntry) -> Asset:
    """The commission's part of the roadmap, as the event log holds it."""
    return Asset(
        name=f"roadmap of {commission.code}", uri=f"roadmap://commission/{commission.code}", group="commission"
    )
