"""What the stack consists of, as data: each component's command and exactly the variables that it may know."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from roadmap.settings import Settings
from roadmap.stack import airflow, leftovers, signing_in
from roadmap.stack.airflow import Airflow, Keys
from roadmap.stack.supervisor import Component

_URLS: Final = {"database_url", "owner_database_url", "airflow_database_url"}
_OURS: Final = ("ROADMAP_", "AIRFLOW_")


@dataclass(frozen=True)
class Guest:
    """A server of the caller's that runs beside ours: a component, and the address where it says that it is there."""

    name: str
    title: str
    command: Sequence[str]
    health: str

    def component(self, base: Mapping[str, str]) -> Component:
        """What is to be run; it gets no database's URL and no secret."""
        return Component(self.name, self.title, self.command, base)


def base_environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """The machine's variables and the tracker's settings, without any database URL: components get those one by one."""
    told = settings.model_dump(mode="json", exclude=_URLS, exclude_none=True)
    return (
        {name: value for name, value in inherited.items() if not name.startswith(_OURS)}
        | {f"ROADMAP_{name.upper()}": _told(value) for name, value in told.items()}
        | leftovers.mark(settings.state_dir)
        | {"PYTHONUNBUFFERED": "1"}
    )


def _told(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value)


def components(
    settings: Settings,
    installed: Airflow,
    keys: Keys,
    *,
    board_port: int,
    watched: Sequence[int],
    base: Mapping[str, str],
    push_port: int | None = None,
) -> list[Component]:
    """The processes to run. The guard gets the ids to watch: the supervisor's, and PostgreSQL's if it is embedded.

    Without a `push_port` nobody may push; where no provider is set (`signing_in`) nobody gets into the board.
    """
    base = dict(base)
    of_airflow = base | airflow.environment(installed, keys)
    tracker = {"ROADMAP_DATABASE_URL": settings.database_url or ""}
    password = settings.smtp_password
    mail = {"ROADMAP_SMTP_PASSWORD": password.get_secret_value()} if password else {}
    push = [_push(settings, push_port, base | tracker)] if push_port else []
    return [
        Component("guard", "PostgreSQL", guard_command(settings, watched), base),
        Component("board", "Board", board_command(settings, board_port, installed), base | tracker),
        Component("api-server", "Airflow api-server", (*airflow.COMMAND, "api-server"), of_airflow),
        # The scheduler's forks run the tasks; the other three need no access to the tracker's data.
        Component(
            "scheduler",
            "Airflow scheduler",
            (*airflow.COMMAND, "scheduler", *_NO_LOG_SERVER),
            of_airflow | tracker | mail | dict(installed.connections),
        ),
        Component("dag-processor", "Airflow dag-processor", (*airflow.COMMAND, "dag-processor"), of_airflow),
        Component("triggerer", "Airflow triggerer", (*airflow.COMMAND, "triggerer", *_NO_LOG_SERVER), of_airflow),
        *push,
    ]


#: The api-server reads the logs from their folder itself; a log server would listen on every address of the machine.
_NO_LOG_SERVER: Final = ("--skip-serve-logs",)


def _push(settings: Settings, port: int, known: Mapping[str, str]) -> Component:
    """The push endpoint, the only process that gets to know the commissions' tokens."""
    tokens = {f"ROADMAP_PUSH_TOKEN_{name.upper()}": token for name, token in settings.push_token.items()}
    told = {name: token.get_secret_value() for name, token in tokens.items()} | {"ROADMAP_PUSH_PORT": str(port)}
    return Component("push", "Push endpoint", (sys.executable, "-m", "roadmap.push"), {**known, **told})


def guard_command(settings: Settings, watched: Sequence[int]) -> tuple[str, ...]:
    """The process that clears up after a supervisor that was killed with -9."""
    return (sys.executable, "-m", "roadmap.stack.guard", str(settings.state_dir), *map(str, watched))


def board_command(settings: Settings, port: int, installed: Airflow) -> tuple[str, ...]:
    """Streamlit on the board's site map, which finds its `st.App` and serves it by uvicorn."""
    sign_in = signing_in.file_of(settings)
    return (
        *(sys.executable, "-m", "streamlit", "run", str(installed.project / "dashboard" / "app.py")),
        *("--server.address", settings.host),
        *("--server.port", str(port)),
        *("--server.headless", "true"),
        *("--server.fileWatcherType", "none"),
        *("--browser.gatherUsageStats", "false"),
        *(("--secrets.files", str(sign_in)) if sign_in else ()),
    )
