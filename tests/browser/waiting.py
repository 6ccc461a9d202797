"""Until a server of a test answers."""

from __future__ import annotations

import time
import urllib.request
from urllib.error import URLError


def wait_for(url: str, seconds: float = 60) -> None:
    """Returns as soon as something answers at `url`."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 — our own server
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(url)
