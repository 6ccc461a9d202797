"""From settings to an engine: the database that is set, or else the embedded one for as long as it is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from roadmap.errors import SettingsError, StoreError
from roadmap.settings import Settings
from roadmap.store import database, embedded


@contextmanager
def databases(settings: Settings) -> Iterator[embedded.Databases]:
    """The URLs of the tracker's and Airflow's databases; starts the embedded server if no URL is set."""
    if settings.database_url is None:
        with embedded.running(settings.state_dir) as urls:
            yield urls
        return
    owner, airflow = settings.owner_database_url, settings.airflow_database_url
    if owner is None or airflow is None:
        message = (
            "ROADMAP_DATABASE_URL is set, so ROADMAP_OWNER_DATABASE_URL "
            "and ROADMAP_AIRFLOW_DATABASE_URL must be set too."
        )
        raise SettingsError(message)
    yield embedded.Databases(owner=owner, application=settings.database_url, airflow=airflow)


@contextmanager
def opened(settings: Settings) -> Iterator[Engine]:
    """An engine of the application's role on a database that is ready for use.

    Raises:
        StoreError: the database does not answer, or was never set up.
    """
    with _application_url(settings) as url:
        engine = database.connect(url)
        try:
            if not database.is_current(engine):
                message = "The database is not set up yet; run `roadmap init` first."
                raise StoreError(message)
            yield engine
        finally:
            engine.dispose()


@contextmanager
def _application_url(settings: Settings) -> Iterator[str]:
    """A worker is told this one URL only: it needs neither the owner's nor Airflow's."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with embedded.running(settings.state_dir) as urls:
        yield urls.application
