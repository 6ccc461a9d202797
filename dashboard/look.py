"""How states look: a colour, a tint and a sign each, so that no state is told by colour alone.

The colours differ in lightness as well as in hue (they hold in greyscale and for the common colour blindnesses);
`ink` on `tint` has a contrast of at least 4.5 to 1. A sign is a path in the square from -1 to 1, for HTML and Vega.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from roadmap.domain.model import Status

FONT: Final = "Board Persian, Board, sans-serif"
TEXT, MUTED, LINE, GROUND = "#17212B", "#55626E", "#DCE3E9", "#EDF1F4"
PRIMARY, PLAN, FORECAST, TODAY = "#0F5C7A", "#8394A3", "#C77700", "#B42318"
#: From little to much, for maps; where there is no data the ground is warm, so that it is no shade of them.
SHADES: Final = ("#CFE3EA", "#A9CDD8", "#6BA6B8", "#2F7C95", "#0F4C66")
NO_DATA: Final = "#E9E5DE"


@dataclass(frozen=True)
class Mark:
    """One state's looks."""

    colour: str
    ink: str
    tint: str
    sign: str


_DISC = "M0,-.8A.8,.8,0,1,1,0,.8A.8,.8,0,1,1,0,-.8Z"
_RING = _DISC + "M0,-.45A.45,.45,0,1,0,0,.45A.45,.45,0,1,0,0,-.45Z"
_TICK = "M-.95,.05L-.6,-.3L-.25,.05L.6,-.8L.95,-.45L-.25,.75Z"
_DIAMOND = "M0,-1L.9,0L0,1L-.9,0Z"
_TRIANGLE = "M0,-.9L1,.85L-1,.85Z"
_HOURGLASS = "M-.75,-.9L.75,-.9L.15,0L.75,.9L-.75,.9L-.15,0Z"
_CROSS = "M-.8,-.5L-.5,-.8L0,-.3L.5,-.8L.8,-.5L.3,0L.8,.5L.5,.8L0,.3L-.5,.8L-.8,.5L-.3,0Z"

MARKS: Final[dict[Status, Mark]] = {
    Status.DONE: Mark("#12435A", "#12435A", "#DDE8EE", _TICK),
    Status.ON_TRACK: Mark("#2C8C99", "#13606B", "#E3F3F3", _DISC),
    Status.NOT_DUE: Mark("#A3B0BB", "#55626E", "#F1F4F6", _RING),
    Status.AT_RISK: Mark("#E59F1A", "#774C00", "#FDF1D8", _DIAMOND),
    Status.LATE: Mark("#B42318", "#8F1A12", "#FBE4E1", _TRIANGLE),
    Status.STALE: Mark("#7B6A9B", "#574780", "#EFEBF5", _HOURGLASS),
    Status.CANCELLED: Mark("#C3CCD4", "#55626E", "#F1F4F6", _CROSS),
}
#: Which state speaks for a group: the one a reader has to look at first.
GRAVITY: Final = (
    Status.LATE, Status.AT_RISK, Status.STALE, Status.ON_TRACK, Status.NOT_DUE, Status.DONE, Status.CANCELLED,
)  # fmt: skip
