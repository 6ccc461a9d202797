"""`python -m roadmap.push`: the endpoint in a process of its own, as `roadmap up` starts it."""

from __future__ import annotations

import sys

from roadmap import serving
from roadmap import settings as configuration
from roadmap.errors import RoadmapError
from roadmap.push.server import serve

if __name__ == "__main__":
    serving.begin()
    try:
        serve(configuration.read())
    except RoadmapError as error:
        sys.exit(f"roadmap: {error}")
