"""Folders elsewhere as feeds: a disk, an S3 server, OpenSSH's SFTP server, each a real one on this machine."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from roadmap.errors import FeedUnavailableError, ProgrammeError
from roadmap.intake.feeds import files
from tests.feeding import HEAD, LINE, counts, cursor, drop, events, pull, put_away, told, waiting
from tests.ports import free_port

OPTIONS = 'date = "gregorian"\ndecimal = ","\ndelimiter = ";"\n'


def csv(*lines: str) -> str:
    return "\n".join([HEAD, *lines]) + "\n"


def line(percent: int, day: str = "2026-10-31") -> str:
    return f"Q-1;;{day};doing;{percent}"


class Folder:
    """A folder that a sender fills, wherever it is."""

    def __init__(self, url: str, connection: str = "") -> None:
        self.feed = f'kind = "files"\nformat = "csv"\nurl = "{url}"\npattern = "*.csv"\n{connection}'

    def put(self, name: str, content: str) -> None:
        raise NotImplementedError

    def remove(self, name: str) -> None:
        raise NotImplementedError


class OnDisk(Folder):
    def __init__(self, url: str, path: Path, connection: str = "") -> None:
        super().__init__(url, connection)
        self.path = path

    def put(self, name: str, content: str) -> None:
        (self.path / name).write_text(content, "utf-8")

    def remove(self, name: str) -> None:
        (self.path / name).unlink()


class InBucket(Folder):
    def __init__(self, address: str) -> None:
        super().__init__(f"s3://office-{time.monotonic_ns()}/out", 'connection = "folder"')
        self.bucket = self.feed.split("s3://")[1].split("/")[0]
        self.client = boto3.client(
            "s3",
            endpoint_url=address,
            aws_access_key_id="k",
            aws_secret_access_key="s",  # noqa: S106
            region_name="us-east-1",
        )
        self.client.create_bucket(Bucket=self.bucket)

    def put(self, name: str, content: str) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"out/{name}", Body=content.encode())

    def remove(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=f"out/{name}")


# servers


@pytest.fixture(scope="module")
def bucket_server() -> Iterator[str]:
    """The address of an S3 server of this test's own."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until(lambda: opener.open(f"http://127.0.0.1:{port}/moto-api/", timeout=5).close(), process)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@dataclass(frozen=True)
class Ssh:
    """A running sshd: its port, its public key as ssh-keyscan tells it, and the file of the key that opens it."""

    port: int
    host_key: str
    key_file: Path


@pytest.fixture(scope="module")
def ssh(tmp_path_factory) -> Iterator[Ssh]:
    """OpenSSH's server as a child, with keys made for it, for this user only."""
    folder = tmp_path_factory.mktemp("ssh")
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    port = free_port()
    lines = (
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder / 'host'}",
        f"AuthorizedKeysFile {folder / 'user.pub'}",
        f"PidFile {folder / 'pid'}",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "Subsystem sftp internal-sftp",
    )
    (folder / "sshd_config").write_text("\n".join(lines) + "\n", "utf-8")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd shuts itself in, if it may
    command = [shutil.which("sshd", path="/usr/sbin:/usr/bin") or "sshd", "-D", "-e", "-f", str(folder / "sshd_config")]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        until(lambda: socket.create_connection(("127.0.0.1", port), timeout=5).close(), process)
        yield Ssh(port, (folder / "host.pub").read_text("utf-8"), folder / "user")
        process.terminate()


def until(answers, process) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            return answers()
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture
def connect(monkeypatch):
    def say(**parts: object) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_FOLDER", json.dumps(parts))

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return say


@pytest.fixture
def sftp(ssh, connect, tmp_path) -> OnDisk:
    extra = {"key_file": str(ssh.key_file), "host_key": ssh.host_key.rsplit(" ", 1)[0]}
    connect(conn_type="sftp", host="127.0.0.1", port=ssh.port, login=getpass.getuser(), extra=extra)
    (tmp_path / "out").mkdir()
    return OnDisk(f"sftp://{tmp_path}/out", tmp_path / "out", 'connection = "folder"')


@pytest.fixture
def s3(bucket_server, connect) -> Iterator[InBucket]:
    extra = {"endpoint_url": bucket_server, "region_name": "us-east-1"}
    connect(conn_type="aws", login="k", password="s", extra=extra)  # noqa: S106
    folder = InBucket(bucket_server)
    yield folder
    folder.client.close()


@pytest.fixture
def disk(tmp_path) -> OnDisk:
    (tmp_path / "out").mkdir()
    return OnDisk(f"file://{tmp_path}/out", tmp_path / "out")


@pytest.fixture(params=["disk", "s3", "sftp"])
def folder(request, desk) -> Folder:
    return request.getfixturevalue(request.param)


# what is read


def test_a_folders_new_files_are_taken_once_and_changed_ones_again(folder, engine, settings):
    config = told(settings, folder.feed, OPTIONS)
    folder.put("first.csv", csv(line(10)))
    folder.put("second.csv", csv(line(20, "2026-11-10")))
    folder.put("notes.txt", "no report")
    folder.put(".hidden.csv", "no report")
    receipts = pull(config)
    assert [counts(receipt) for receipt in receipts] == [(1, 1, 0, 0)] * 2
    assert {receipt.source[-8:] for receipt in receipts} == {"irst.csv", "cond.csv"}
    assert cursor(engine)[1] == receipts[-1].batch
    assert (pull(config), waiting(config), len(put_away(config))) == ([], [], 2)
    folder.put("second.csv", csv(line(20, "2026-11-10"), line(30, "2026-11-11")))
    assert [counts(receipt) for receipt in pull(config)] == [(2, 1, 1, 0)]
    folder.remove("first.csv")
    folder.put("third.csv", csv(line(40, "2026-11-12")))
    assert len(pull(config)) == 1
    assert sorted(json.loads(cursor(engine)[0])["files"]) == ["second.csv", "third.csv"]
    assert [percent for _, _, percent in events(engine)] == [10, 20, 30, 40]


def test_a_file_that_came_through_the_inbox_too_is_one_set_of_events(folder, engine, settings):
    config = told(settings, folder.feed, OPTIONS)
    drop(config, csv(LINE), "report.csv")
    folder.put("report.csv", csv(LINE))
    first, again = pull(config)
    assert (again.batch, again.repeated) == (first.batch, True)
    assert len(events(engine)) == 1
    assert pull(config) == []


def test_a_file_that_is_too_large_is_refused_and_not_copied_to_the_end(folder, engine, settings):
    config = told(settings, folder.feed, OPTIONS).model_copy(update={"max_file_bytes": 2**20})
    folder.put("large.csv", csv(*[line(10)] * 200_000))
    folder.put("small.csv", csv(line(10)))
    receipts = pull(config)
    assert sorted(receipt.refused for receipt in receipts) == [False, True]
    [name] = put_away(config, "quarantine")
    assert (config.state_dir / "quarantine" / "quays" / name).stat().st_size == 2**20 + 1
    assert pull(config) == []


def test_a_file_that_is_still_written_waits_for_the_next_time(disk, desk, settings, monkeypatch):
    disk.put("report.csv", csv(line(10)))
    config = told(settings, disk.feed, OPTIONS)
    copy = files._copy

    def slow(source, target, limit):
        disk.put("report.csv", csv(line(10), line(20, "2026-11-10")))
        return copy(source, target, limit)

    monkeypatch.setattr(files, "_copy", slow)
    assert (pull(config), waiting(config)) == ([], [])
    monkeypatch.undo()
    assert [counts(receipt) for receipt in pull(config)] == [(2, 2, 0, 0)]


def test_a_link_in_a_folder_is_not_followed(disk, desk, settings, tmp_path):
    (tmp_path / "secret.csv").write_text(csv(line(10)), "utf-8")
    (disk.path / "report.csv").symlink_to(tmp_path / "secret.csv")
    os.mkfifo(disk.path / "pipe.csv")
    assert pull(told(settings, disk.feed, OPTIONS)) == []


def test_a_name_that_is_not_fit_to_be_shown_is_not_shown(disk, desk, settings):
    disk.put("گزارش\u202e\n" + "x" * 200 + ".csv", csv(line(10)))
    (receipt,) = pull(told(settings, disk.feed, OPTIONS))
    assert "\u202e" not in receipt.source
    assert "\n" not in receipt.source


# what goes wrong


def test_one_files_trouble_keeps_neither_the_others_nor_the_inbox_waiting(sftp, engine, desk, settings, monkeypatch):
    config = told(settings, sftp.feed, OPTIONS)
    opened = files._opened

    def troubled(store, name):
        if name.endswith("/bad.csv"):
            raise PermissionError(13, "Permission denied")
        return opened(store, name)

    sftp.put("bad.csv", csv(line(10)))
    sftp.put("good.csv", csv(line(20, "2026-11-10")))
    drop(config, csv(line(30, "2026-11-11")), "report.csv")
    with monkeypatch.context() as broken:
        broken.setattr(files, "_opened", troubled)
        with pytest.raises(FeedUnavailableError, match=r"could not be copied and are tried again: bad\.csv; see"):
            pull(config)
    assert len(events(engine)) == 2
    assert len(pull(config)) == 1


def test_a_folder_that_is_not_there_is_told(folder, settings):
    feed = folder.feed.replace('/out"', '/gone"')
    with pytest.raises(FeedUnavailableError, match=r"The folder \S+/gone cannot be read \(.*tried again later"):
        pull(told(settings, feed, OPTIONS))


def test_a_server_with_another_key_is_not_talked_to(sftp, ssh, desk, settings, connect, tmp_path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
    extra = {"key_file": str(ssh.key_file), "host_key": (tmp_path / "other.pub").read_text("utf-8").rsplit(" ", 1)[0]}
    connect(conn_type="sftp", host="127.0.0.1", port=ssh.port, login=getpass.getuser(), extra=extra)
    with pytest.raises(FeedUnavailableError, match="has another key than it is known by"):
        pull(told(settings, sftp.feed, OPTIONS))


def test_a_server_whose_key_nobody_stated_is_not_talked_to(sftp, ssh, desk, settings, connect):
    connect(conn_type="sftp", host="127.0.0.1", port=ssh.port, extra={"key_file": str(ssh.key_file)})
    with pytest.raises(ProgrammeError, match=r"does not say by which key its server is known; .*ssh-keyscan HOST"):
        pull(told(settings, sftp.feed, OPTIONS))


def test_what_ssh_keyscan_prints_is_a_servers_key(sftp, ssh, desk, settings, connect):
    scanned = subprocess.run(
        ["ssh-keyscan", "-p", str(ssh.port), "127.0.0.1"], capture_output=True, text=True, check=True
    ).stdout
    extra = {"key_file": str(ssh.key_file), "host_key": scanned}
    connect(conn_type="sftp", host="127.0.0.1", port=ssh.port, login=getpass.getuser(), extra=extra)
    sftp.put("report.csv", csv(line(10)))
    assert len(pull(told(settings, sftp.feed, OPTIONS))) == 1


def test_a_server_that_does_not_let_us_in_is_told_without_the_password(sftp, ssh, desk, settings, connect):
    key = ssh.host_key.rsplit(" ", 1)[0]
    connect(conn_type="sftp", host="127.0.0.1", port=ssh.port, password="se-cret", extra={"host_key": key})  # noqa: S106
    with pytest.raises(FeedUnavailableError, match="cannot be read") as refused:
        pull(told(settings, sftp.feed, OPTIONS))
    assert "se-cret" not in str(refused.value)
