"""Servers that feeds are asked from."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.office import TOKEN, Office, started


@pytest.fixture(scope="module")
def offices() -> Iterator[tuple[Office, Office]]:
    """Two servers: the commission's, and another one."""
    running = [started(Office()) for _ in range(2)]
    yield running[0][0], running[1][0]
    for _, server, thread in running:
        server.should_exit = True
        thread.join()


@pytest.fixture
def office(offices, desk, monkeypatch) -> Office:
    for each in offices:
        each.say()
        each.asked.clear()
    connection = {"conn_type": "http", "host": offices[0].address, "extra": {"Authorization": TOKEN, "X-Key": "k"}}
    monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", json.dumps(connection))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return offices[0]


@pytest.fixture
def elsewhere(offices) -> Office:
    return offices[1]
