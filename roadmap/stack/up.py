"""`roadmap up`: start everything in order, tell how far it is, and leave nothing behind."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from roadmap.settings import Settings
from roadmap.stack import StackError, airflow, health, leftovers, plan, ports, signing_in
from roadmap.stack.airflow import Airflow
from roadmap.stack.plan import Guest
from roadmap.stack.supervisor import Component, log_of, supervise
from roadmap.store import embedded, opening
from roadmap.store.embedded import Databases

Say = Callable[[str], None]

_PROJECT: Final = Path(__file__).resolve().parents[2]
_READY_SECONDS: Final = 180.0
_LAST_LINES: Final = 15


@dataclass(frozen=True)
class Urls:
    """Where a person finds what runs; Airflow's password is in a file, not on the screen."""

    board: str
    airflow: str
    airflow_user: str
    airflow_password_file: Path
    push: str | None = None


def run(
    settings: Settings,
    *,
    prepare: Callable[[Settings], Sequence[Guest]],
    on_ready: Callable[[Settings, Urls], None],
    say: Say = print,
) -> None:
    """Run the whole stack in the foreground until Ctrl-C, SIGTERM, or the end of a component.

    `prepare` gets the settings with the database URLs filled in, as soon as PostgreSQL answers: it brings the tracker's
    tables and programme up to date, and says what is to run beside. `on_ready` is called in a thread of its own when
    every component is ready; an error that it raises ends the stack and is raised here. To be called in the main
    thread, with absolute paths in the settings.

    Raises:
        StackError: another `up` runs on this state folder, or a component did not start or has ended; the message has
            the end of its log.
        SettingsError: a port that was asked for is taken, or only some of the database URLs are given.
    """
    (settings.state_dir / "logs").mkdir(parents=True, exist_ok=True)
    with _sigterm_as_exit(), _only_one(settings.state_dir):
        if count := leftovers.end(settings.state_dir):
            say(f"Processes of an earlier run … {count} ended")
        try:
            began = time.monotonic()
            with opening.databases(settings) as urls:
                say(f"PostgreSQL … ready in {time.monotonic() - began:.1f} s")
                connected = _connected(settings, urls)
                installed = _installed(settings, urls.airflow)
                guests = prepare(connected)
                _run_components(connected, installed, guests, on_ready, say)
        finally:
            leftovers.end(settings.state_dir)


def _connected(settings: Settings, urls: Databases) -> Settings:
    told = {"database_url": urls.application, "owner_database_url": urls.owner, "airflow_database_url": urls.airflow}
    return settings.model_copy(update=told)


def _run_components(
    settings: Settings,
    installed: Airflow,
    guests: Sequence[Guest],
    on_ready: Callable[[Settings, Urls], None],
    say: Say,
) -> None:
    logs = settings.state_dir / "logs"
    board_port = ports.choose(settings.host, wanted=settings.board_port, first=8501, setting="ROADMAP_BOARD_PORT")
    settings = settings.model_copy(update={"board_url": settings.board_url or f"http://{settings.host}:{board_port}"})
    push_port = _push_port(settings)
    keys, base = airflow.keys_of(installed.home), plan.base_environment(settings, os.environ)
    airflow.make_password(installed)
    signing_in.write(settings)
    began = time.monotonic()
    if airflow.migrate(installed, base | airflow.environment(installed, keys), logs / "migrate.log"):
        say(f"Airflow's tables … ready in {time.monotonic() - began:.1f} s")
    components = plan.components(
        settings,
        installed,
        keys,
        board_port=board_port,
        push_port=push_port,
        watched=_watched(settings),
        base=base,
    )
    components += [guest.component(base) for guest in guests]
    urls = Urls(
        f"http://{settings.host}:{board_port}",
        installed.url,
        airflow.USER,
        installed.passwords,
        push=f"http://{settings.host}:{push_port}" if push_port else None,
    )
    watch = _Readiness(components, urls, guests, say, lambda: on_ready(settings, urls))
    ended = supervise(components, logs, watch.start)
    watch.finish()
    if ended is not None:
        raise StackError(_obituary(components, *ended, logs=logs, state_dir=settings.state_dir))


def _push_port(settings: Settings) -> int | None:
    """Where the push endpoint is to listen; nowhere unless a commission has a token."""
    if not settings.push_token:
        return None
    return ports.choose(settings.host, wanted=settings.push_port, first=8600, setting="ROADMAP_PUSH_PORT")


class _Readiness(threading.Thread):
    """Tells of each component when it is ready, then does what was to be done after; an error ends the stack."""

    def __init__(
        self, components: list[Component], urls: Urls, guests: Sequence[Guest], say: Say, then: Callable[[], None]
    ) -> None:
        super().__init__(name="readiness", daemon=True)
        self._titles = {component.name: component.title for component in components if component.name != "guard"}
        self._urls, self._guests, self._say, self._then = urls, guests, say, then
        self._began = datetime.now(UTC)
        self._stopping = threading.Event()
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            if health.wait(self._titles, self._look, seconds=_READY_SECONDS, say=self._say, stopping=self._stopping):
                self._then()
        except Exception as error:  # noqa: BLE001 - whatever it is, the main thread raises it
            self._error = error
            os.kill(os.getpid(), signal.SIGTERM)  # the manager listens to signals, not to threads

    def finish(self) -> None:
        """After the components' end: stop, and raise the error that ended them, if one did."""
        ended_already = self._error is not None
        self._stopping.set()
        self.join(timeout=5)
        if ended_already and self._error is not None:
            raise self._error

    def _look(self) -> set[str]:
        board = {"board"} if health.answers(f"{self._urls.board}/_stcore/health") else set()
        push = {"push"} if self._urls.push and health.answers(f"{self._urls.push}/healthz") else set()
        guests = {guest.name for guest in self._guests if health.answers(guest.health)}
        return (
            board | push | guests | health.airflow_parts_ready(health.airflow_health(self._urls.airflow), self._began)
        )


def _installed(settings: Settings, database_url: str) -> Airflow:
    if not (_PROJECT / "dags").is_dir():
        message = f"There is no folder {_PROJECT / 'dags'}: `roadmap up` runs from the project's source folder."
        raise StackError(message)
    home = settings.state_dir / "airflow"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = ports.choose(airflow.HOST, wanted=settings.airflow_port, first=8080, setting="ROADMAP_AIRFLOW_PORT")
    connections = {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW_CONN_")}
    return Airflow(home, _PROJECT, database_url, port, connections)


def _watched(settings: Settings) -> list[int]:
    server = embedded.server_process(settings.state_dir)
    return [os.getpid()] if server is None else [os.getpid(), server.pid]


def _obituary(components: list[Component], name: str, code: int, *, logs: Path, state_dir: Path) -> str:
    title = next(component.title for component in components if component.name == name)
    log = embedded.log_path(state_dir) if name == "guard" else log_of(name, logs)
    lines = log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:] if log.exists() else []
    return "\n".join([f"{title} has ended (exit code {code}), so everything was ended. The end of {log}:", *lines])


@contextmanager
def _only_one(state_dir: Path) -> Iterator[None]:
    """A lock of the kernel's: it ends with the process, however that ends, and is not inherited by children."""
    with (state_dir / "up.lock").open("a") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = (
                f"`roadmap up` already runs on {state_dir}: end it first, or give another folder in ROADMAP_STATE_DIR."
            )
            raise StackError(message) from None
        yield


@contextmanager
def _sigterm_as_exit() -> Iterator[None]:
    """Before and after the manager, which has its own handlers, a SIGTERM unwinds the stack like an exception."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
