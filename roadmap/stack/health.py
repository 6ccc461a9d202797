"""Is it ready? Questions put to the running components over HTTP, and the waiting for the answers."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from roadmap.stack import StackError

_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is asked, not a proxy
_ANSWER_SECONDS: Final = 3.0
_PAUSE_SECONDS: Final = 0.25


def answers(url: str) -> bool:
    """Whether `url` answers with success."""
    try:
        with _OPENER.open(url, timeout=_ANSWER_SECONDS) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def airflow_health(url: str) -> dict[str, Any]:
    """What Airflow's api-server at `url` says of all components; empty when it does not answer."""
    try:
        with _OPENER.open(f"{url}/api/v2/monitor/health", timeout=_ANSWER_SECONDS) as answer:
            return dict(json.load(answer))
    except (OSError, ValueError):
        return {}


def airflow_parts_ready(health: dict[str, Any], since: datetime) -> set[str]:
    """The components of Airflow (by their command's name) that gave a sign of life after `since`.

    An older one is from an earlier run: Airflow calls a component healthy for 30 s after its last sign.
    """
    parts = {part for part in ("scheduler", "triggerer", "dag_processor") if _beats(health, part, since)}
    return {part.replace("_", "-") for part in parts} | ({"api-server"} if health else set())


def _beats(health: dict[str, Any], part: str, since: datetime) -> bool:
    beat = (health.get(part) or {}).get(f"latest_{part}_heartbeat")
    return beat is not None and datetime.fromisoformat(beat) >= since


def wait(
    titles: Mapping[str, str],
    look: Callable[[], Collection[str]],
    *,
    seconds: float,
    say: Callable[[str], None],
    stopping: threading.Event,
) -> bool:
    """Wait until `look` has named every key of `titles` and say so of each; False when `stopping` was set meanwhile.

    Raises:
        StackError: some are not ready after `seconds`; the message names them.
    """
    started = time.monotonic()
    pending = dict(titles)
    while pending and not stopping.wait(_PAUSE_SECONDS):
        ready, passed = look(), time.monotonic() - started
        for name in [name for name in pending if name in ready]:
            say(f"{pending.pop(name)} … ready in {passed:.1f} s")
        if pending and passed > seconds:
            message = f"Not ready after {seconds:.0f} s: {', '.join(pending.values())}."
            raise StackError(message)
    return not pending
