"""`python -m roadmap.push`: the endpoint in a process of its own, as `roadmap up` starts it."""

from __future__ import annotations

import logging
import signal
import sys

from roadmap import settings as configuration
from roadmap.errors import RoadmapError
from roadmap.push.server import serve

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for _number in (signal.SIGINT, signal.SIGTERM):  # the server ends in order, then hands the signal on
        signal.signal(_number, lambda number, _: sys.exit(128 + number))
    try:
        serve(configuration.read())
    except RoadmapError as error:
        sys.exit(f"roadmap: {error}")
