"""Anchors in an object store, each an object of its own."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection

from roadmap.services import anchors
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from tests.integration.anchoring.writing import append, cut_tail, findings, set_to, write
from tests.ports import free_port


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of an S3 server of this test's own."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield answering(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def answering(url: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(f"{url}/moto-api/", timeout=5).close()
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return url


@pytest.fixture
def bucket(store: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh bucket, whatever it takes to reach it in the environment."""
    import boto3  # noqa: PLC0415 - the server's own client, for tests only

    variables = {"AWS_ENDPOINT_URL": store, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "NO_PROXY": "*"}
    for name, value in (variables | {"AWS_DEFAULT_REGION": "us-east-1"}).items():
        monkeypatch.setenv(name, value)
    name = f"anchors-{time.monotonic_ns()}"
    client = boto3.client("s3")
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    retention = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": retention}
    client.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    client.close()
    return name


def keys(bucket: str) -> list[str]:
    import boto3  # noqa: PLC0415

    client = boto3.client("s3")
    found = [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
    client.close()
    return found


@pytest.mark.parametrize("prefix", ["", "/", "/council/roadmap/"])
def test_every_anchor_is_an_object_of_its_own_in_a_locked_bucket(
    desk: Desk, settings: Settings, bucket: str, prefix: str
) -> None:
    config = set_to(settings, f"s3://{bucket}{prefix}")
    assert findings(desk, config) == []
    assert [write(config, hours=hour)[0].error for hour in (0, 1)] == [None, None]
    append(desk, 1)
    assert write(config, hours=2)[0].error is None
    folder = prefix.lstrip("/")
    assert keys(bucket) == [
        f"{folder}harbour-000000000014-20261121T120000000000Z.json",
        f"{folder}harbour-000000000014-20261121T130000000000Z.json",
        f"{folder}harbour-000000000015-20261121T140000000000Z.json",
    ]
    [held] = anchors.check(desk.engine, "harbour", config)
    assert ([anchor.seq for anchor in held.anchors], held.findings) == ([14, 14, 15], ())


def test_an_object_store_sees_the_cut_tail_and_an_object_that_is_gone(
    desk: Desk, settings: Settings, bucket: str, owner: Callable[[Callable[[Connection], None]], None]
) -> None:
    import boto3  # noqa: PLC0415

    config = set_to(settings, f"s3://{bucket}/a")
    append(desk, 1)
    write(config)
    owner(cut_tail)
    assert "its tail was lost" in findings(desk, config)[0]
    client = boto3.client("s3")
    client.delete_object(Bucket=bucket, Key=keys(bucket)[0])
    client.close()
    assert "anchors written to it: 1" in findings(desk, config)[0]


def test_an_object_store_that_is_not_there_is_told(desk: Desk, settings: Settings, bucket: str) -> None:
    [written] = write(set_to(settings, f"s3://{bucket}-of-nobody/a"))
    assert written.error is not None
