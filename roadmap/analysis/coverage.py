"""Which stations matter most, by the visits that they carry."""

from __future__ import annotations

from collections.abc import Mapping


def target_stations(visits: Mapping[str, int], share: float) -> set[str]:
    """The smallest set of stations that together exceed `share` (0–1) of all visits; ties go by station code."""
    needed = share * sum(visits.values())
    chosen: set[str] = set()
    carried = 0
    for code in sorted(visits, key=lambda code: (-visits[code], code)):
        if carried > needed:
            break
        chosen.add(code)
        carried += visits[code]
    return chosen
