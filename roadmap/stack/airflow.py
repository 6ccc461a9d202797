"""Airflow as this stack runs it: every setting that differs from Airflow's default, as one environment."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import NullPool, create_engine, make_url, text

from roadmap.stack import StackError

HOST: Final = "127.0.0.1"  # its simple sign-in is for this machine only
USER: Final = "admin"
COMMAND: Final = (sys.executable, "-m", "airflow")


@dataclass(frozen=True)
class Keys:
    """What Airflow signs and encrypts with; kept, so that a second start can read what the first one wrote."""

    fernet_key: str
    jwt_secret: str
    secret_key: str


@dataclass(frozen=True)
class Airflow:
    """One installation of Airflow: `home` is its folder, `project` the folder that holds `dags`."""

    home: Path
    project: Path
    database_url: str
    port: int
    #: Airflow's own variables of connections: secrets, for the process that runs the tasks.
    connections: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """Where its page and its interface are."""
        return f"http://{HOST}:{self.port}"

    @property
    def passwords(self) -> Path:
        """The file with the password of USER."""
        return self.home / "passwords.json"


def environment(airflow: Airflow, keys: Keys) -> dict[str, str]:
    """The variables that Airflow's processes get; each line differs from a default for a reason."""
    database = make_url(airflow.database_url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    options = {
        "core": {
            "dags_folder": str(airflow.project / "dags"),
            "load_examples": "False",
            "dags_are_paused_at_creation": "False",
            "executor": "LocalExecutor",
            "parallelism": "4",  # as many idle workers are forked at once; the default is 32
            "execution_api_server_url": f"{airflow.url}/execution/",  # the default has port 8080
            "fernet_key": keys.fernet_key,
            "hostname_callable": "socket.gethostname",  # the default asks DNS, which may not answer
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": str(airflow.passwords),
        },
        "database": {
            "sql_alchemy_conn": database,
            "sql_alchemy_conn_async": database,  # psycopg speaks both; the default wants asyncpg
            "sql_alchemy_pool_size": "3",
            "sql_alchemy_max_overflow": "7",
        },
        "api": {
            "host": HOST,
            "port": str(airflow.port),
            "base_url": airflow.url,
            "workers": "1",
            "secret_key": keys.secret_key,
        },
        "api_auth": {"jwt_secret": keys.jwt_secret},
        "scheduler": {"scheduler_idle_sleep_time": "0.3"},  # the wait between an event and its run
        "dag_processor": {"parsing_processes": "1", "refresh_interval": "60", "min_file_process_interval": "120"},
        "logging": {
            "base_log_folder": str(airflow.home / "logs"),
            "dag_processor_child_process_log_directory": str(airflow.home / "logs" / "dag_processor"),
            "colored_console_log": "False",
        },
    }
    settings = {
        f"AIRFLOW__{section}__{option}".upper(): value
        for section, values in options.items()
        for option, value in values.items()
    }
    return settings | {
        "AIRFLOW_HOME": str(airflow.home),
        "PYTHONPATH": os.pathsep.join([str(airflow.project), str(airflow.project / "dags" / "config")]),
        "NO_PROXY": f"{HOST},localhost",  # a task talks to the api-server, whatever proxy the machine has
        "no_proxy": f"{HOST},localhost",
        "GX_ANALYTICS_ENABLED": "False",
        "SCARF_ANALYTICS": "False",
        "DO_NOT_TRACK": "1",
    }


def keys_of(home: Path) -> Keys:
    """The keys of this installation, made at its first start and readable by its owner only."""
    file = home / "keys.json"
    if not file.exists():
        fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        _write_private(file, asdict(Keys(fernet, secrets.token_urlsafe(48), secrets.token_urlsafe(32))))
    return Keys(**json.loads(file.read_text("utf-8")))


def make_password(airflow: Airflow) -> None:
    """A random password at the first start: left to itself, Airflow writes the one it makes into its log."""
    if not airflow.passwords.exists():
        _write_private(airflow.passwords, {USER: secrets.token_urlsafe(12)})


def migrate(airflow: Airflow, variables: Mapping[str, str], log: Path) -> bool:
    """Bring Airflow's tables to the installed version; False when they already are.

    Asking Airflow takes 6 s, so what it left is remembered beside it: its version and the revision of its tables.
    """
    marker = airflow.home / "migrated.json"
    with suppress(FileNotFoundError):
        if json.loads(marker.read_text("utf-8")) == _state(airflow):
            return False
    with log.open("ab") as stream:
        done = subprocess.run(
            [*COMMAND, "db", "migrate"], env=dict(variables), stdout=stream, stderr=stream, check=False
        )
    if done.returncode != 0:
        message = f"Airflow's tables could not be made (airflow db migrate); see {log}."
        raise StackError(message)
    _write_private(marker, _state(airflow))
    return True


def _state(airflow: Airflow) -> dict[str, str | None]:
    engine = create_engine(make_url(airflow.database_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        present = connection.scalar(text("select to_regclass('alembic_version')")) is not None
        revision = connection.scalar(text("select version_num from alembic_version")) if present else None
    return {"airflow": version("apache-airflow-core"), "revision": revision}


def _write_private(file: Path, content: Mapping[str, str | None]) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        json.dump(content, stream)
    fresh.replace(file)
