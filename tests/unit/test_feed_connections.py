from __future__ import annotations

import json

import pytest

from roadmap.errors import ProgrammeError
from roadmap.intake.feeds.connections import connection
from roadmap.intake.feeds.session import base_address
from roadmap.settings import Settings


@pytest.fixture
def named(monkeypatch):
    """The connection that a variable's value makes."""

    def read(value):
        monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", value)
        return connection("Registry", Settings(_env_file=None))

    return read


@pytest.mark.parametrize(
    "value",
    [
        "http://us%40er:p%2Fw%3Ad@registry.example:8443/https?X-Key=k%20ey",
        json.dumps(
            {
                "conn_type": "http",
                "login": "us@er",
                "password": "p/w:d",
                "host": "registry.example",
                "port": 8443,
                "schema": "https",
                "extra": {"X-Key": "k ey"},
            }
        ),
        json.dumps(
            {
                "conn_type": "http",
                "login": "us@er",
                "password": "p/w:d",
                "host": "registry.example",
                "port": "8443",
                "schema": "https",
                "extra": '{"X-Key": "k ey"}',
            }
        ),
        "http://us%40er:p%2Fw%3Ad@registry.example:8443/https?__extra__=%7B%22X-Key%22%3A%20%22k%20ey%22%7D",
    ],
)
def test_both_of_airflows_forms_say_the_same(named, value):
    found = named(value)
    assert (found.kind, found.host, found.port, found.scheme) == ("http", "registry.example", 8443, "https")
    assert (found.login, found.secret, found.texts) == ("us@er", "p/w:d", {"X-Key": "k ey"})
    assert base_address(found) == "https://registry.example:8443"


def test_airflow_reads_a_uri_the_same_way(named):
    """The reference is Airflow itself, which is installed beside."""
    from airflow.sdk import Connection  # noqa: PLC0415 - slow, and for this test only

    uris = (
        "postgres://reader:a%25b@db.example:5433/office?sslmode=require",
        "http://https%3A%2F%2Fregistry.example%2Fapi/",
        "http://https://registry.example:8443/",
        "aws://key:se%2Fcret@/?endpoint_url=http%3A%2F%2F127.0.0.1%3A9000&region_name=us-east-1",
        "sftp://files:pw@files.example:2222?key_file=%2Fkeys%2Fid",
    )
    for uri in uris:
        ours, theirs = named(uri), Connection.from_uri(uri, "registry")
        assert ours.kind == theirs.conn_type
        assert ours.host == (theirs.host or "")
        assert (ours.port, ours.scheme or None) == (theirs.port, theirs.schema or None)
        assert (ours.login, ours.secret) == (theirs.login or None, theirs.password or None)
        assert ours.extra == theirs.extra_dejson


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("http://registry.example", "http://registry.example"),
        ("https://registry.example/", "https://registry.example"),
        ("http://https%3A%2F%2Fregistry.example%2Fapi/", "https://registry.example/api"),
        ("http://https://registry.example:8443/", "https://registry.example:8443"),
    ],
)
def test_the_address_of_a_server_is_read_as_airflows_http_hook_reads_it(named, uri, address):
    assert base_address(named(uri)) == address


@pytest.mark.parametrize("uri", ["http://", "http://ftp://registry.example", "http://file%3A%2F%2F%2Fetc/"])
def test_what_http_cannot_reach_is_no_address(named, uri):
    with pytest.raises(ProgrammeError, match="has no host that HTTP reaches"):
        base_address(named(uri))


def test_a_connection_that_is_not_set_is_told_with_its_variable():
    with pytest.raises(ProgrammeError, match=r"There is no connection 'nobody'.*set AIRFLOW_CONN_NOBODY"):
        connection("nobody", Settings(_env_file=None, demo=False))


@pytest.mark.parametrize(
    "value", ["se-cret", '{"password": "se-cret"', '{"port": "se-cret"}', "x://h:se-cret/", '{"extra": 1}']
)
def test_what_cannot_be_read_is_told_without_what_it_holds(named, value):
    with pytest.raises(ProgrammeError, match=r"AIRFLOW_CONN_REGISTRY\) is neither a URI nor JSON") as refused:
        named(value)
    assert "se-cret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_no_secret_is_in_what_is_printed_of_a_connection(named):
    found = named("http://user:se-cret@registry.example/?Authorization=se-cret")
    assert "se-cret" not in repr(found)
    assert "se-cret" not in str(found)
