"""Anchors on real places: files, an S3 server, a mail server; and what they see that the chain alone cannot."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection, select, text

from roadmap.errors import RoadmapError, StoreError
from roadmap.services import anchors
from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.store import anchoring, database, embedded, projecting, verifying
from roadmap.store.hashing import GENESIS
from roadmap.store.tables import batch, event, reject, subject
from tests.factories import deliver, report

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PASSWORD = "open sesame"  # noqa: S105 - of the test's own mail server


def set_to(settings: Settings, *places: object, **more: object) -> Settings:
    """The settings of a test with `places` for anchors."""
    values = {name: getattr(settings, name) for name in Settings.model_fields} | more
    return Settings(_env_file=None, **(values | {"anchors": " ".join(f"'{place}'" for place in places)}))


def write(settings: Settings, hours: int = 0) -> list[anchors.Written]:
    return anchors.write(settings, lambda: NOON + timedelta(hours=hours))


def findings(desk: Desk, settings: Settings, *files: Path) -> list[str]:
    """All that is wrong, as sentences, after the log alone was found clean."""
    verifying.verify(desk.engine)
    held = anchors.check(desk.engine, "harbour", settings, files)
    return [finding for each in held for finding in each.findings]


def append(desk: Desk, day: int, percent: float = 40) -> None:
    deliver(desk, report("Q-1", effective=date(2026, 10, day), percent=percent), on=date(2026, 11, day))


# a file


def test_an_anchor_is_one_canonical_line_that_tells_where_the_log_stands(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "a disk" / "anchors.jsonl"
    place.parent.mkdir()
    written = write(set_to(settings, place))
    clean = verifying.verify(desk.engine)
    [line] = place.read_text("utf-8").splitlines()
    assert line == json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"))
    assert json.loads(line).keys() == {"format", "programme", "seq", "batch", "chain", "recorded", "anchored"}
    found = anchoring.read(line)
    assert (found.programme, found.seq, found.batch) == ("harbour", clean.events, clean.batches)
    assert (found.chain, found.anchored) == (clean.chain.hex(), NOON)
    assert [each.anchor for each in written] == [found]


def test_a_file_grows_by_a_line_an_hour_and_an_unmoved_head_is_a_sign_of_life(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place.as_uri())
    moved = [write(config, hours=0)[0].moved, write(config, hours=1)[0].moved]
    first = place.read_bytes()
    append(desk, 1)
    moved.append(write(config, hours=2)[0].moved)
    assert moved == [True, False, True]
    assert place.read_bytes().startswith(first)
    assert len(place.read_bytes().splitlines()) == 3
    assert findings(desk, config) == []


def test_a_torn_last_line_is_told_and_never_glued_to_the_next(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    write(config)
    with place.open("a", encoding="utf-8") as stream:
        stream.write('{"batch":1,"cha')
    write(config)
    assert len(place.read_text("utf-8").splitlines()) == 3
    [told] = findings(desk, config)
    assert told.startswith("its line 2 is no anchor, torn or changed")


@pytest.mark.parametrize("lines", [1, 0])
def test_a_file_that_lost_anchors_is_told(desk: Desk, settings: Settings, tmp_path: Path, lines: int) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    write(config, hours=0)
    write(config, hours=1)
    place.write_text("".join(place.read_text("utf-8").splitlines(keepends=True)[:lines]), "utf-8")
    [told] = findings(desk, config)
    assert told.startswith("anchors written to it: 2, the last at 2026-11-21 13:00:00+00:00 for event 14; ")
    assert f"there now: {lines};" in told


def test_a_line_taken_out_of_the_middle_is_told(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    for hour in range(3):
        write(config, hours=hour)
    lines = place.read_text("utf-8").splitlines(keepends=True)
    place.write_text(lines[0] + lines[2], "utf-8")
    assert "anchors written to it: 3" in findings(desk, config)[0]


def test_a_disk_that_is_not_mounted_gets_no_new_file_in_its_mount_point(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    write(config)
    place.unlink()
    [written] = write(config, hours=1)
    assert "is its disk not mounted?" in str(written.error)
    assert not place.exists()
    assert "anchors written to it: 1" in findings(desk, config)[0]


def test_one_place_that_fails_is_named_and_keeps_no_other_from_its_anchor(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    places = [tmp_path / "none" / "a.jsonl", "ftp2://nowhere/x", "mailto:someone@example.org", tmp_path / "b.jsonl"]
    written = write(set_to(settings, *places))
    assert [each.error is None for each in written] == [False, False, False, True]
    assert (tmp_path / "b.jsonl").is_file()
    with pytest.raises(RoadmapError) as refused:
        anchors.insist(written)
    sentence = str(refused.value)
    for named in (f"{places[0]} (No such file or directory)", "ftp2://nowhere/x (it is no path", "ROADMAP_SMTP_HOST"):
        assert named in sentence
    assert "b.jsonl" not in sentence
    assert "\n" not in sentence


def test_a_place_that_cannot_be_read_is_told(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    [told] = findings(desk, set_to(settings, tmp_path / "folder"))
    assert told == "it cannot be read (Is a directory)"


def test_a_memory_that_was_damaged_is_told(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    config = set_to(settings, tmp_path / "anchors.jsonl")
    write(config)
    config.anchor_memory.write_text('{"x": 1}', "utf-8")
    with pytest.raises(StoreError, match="written anchors are remembered"):
        write(config)


def test_anchors_of_another_programme_in_the_same_place_are_counted_and_passed_over(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    place = tmp_path / "anchors.jsonl"
    config = set_to(settings, place)
    write(config)
    other = anchoring.read(place.read_text("utf-8")).model_copy(update={"programme": "other", "seq": 999})
    with place.open("a", encoding="utf-8") as stream:
        stream.write(other.line() + "\n")
    [held] = anchors.check(desk.engine, "harbour", config)
    assert (len(held.anchors), held.others, held.findings) == (1, 1, ())
    [told] = findings(desk, set_to(settings), place)
    assert told == "it has anchors of other, this is harbour"


def test_an_empty_log_has_an_anchor_too(engine: object, desk: Desk, settings: Settings, tmp_path: Path) -> None:
    """Batch 0 is before any batch: its chain is the one that the first batch is linked to."""
    nothing = anchoring.Anchor(programme="harbour", seq=0, batch=0, chain=GENESIS.hex(), recorded=NOON, anchored=NOON)
    (tmp_path / "saved").write_text(nothing.line(), "utf-8")
    assert findings(desk, set_to(settings), tmp_path / "saved") == []
    (tmp_path / "saved").write_text(nothing.model_copy(update={"chain": "0" * 64}).line(), "utf-8")
    assert "batch 0 is not the one" in findings(desk, set_to(settings), tmp_path / "saved")[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "it cannot be read (No such file or directory)"),
        ("nothing of the kind\n", "it holds no anchor"),
        ('{"format": 1}\n', "a line of it is no anchor (programme: Field required)"),
        ('{"format": 2}\n', "a line of it is no anchor (format: Input should be 1)"),
        ("{\n", "a line of it is no anchor (Invalid JSON"),
    ],
)
def test_a_file_that_is_given_must_hold_anchors(
    desk: Desk, settings: Settings, tmp_path: Path, content: str | None, told: str
) -> None:
    saved = tmp_path / "saved.txt"
    if content is not None:
        saved.write_text(content, "utf-8")
    assert findings(desk, set_to(settings), saved)[0].startswith(told)


# what the chain alone cannot see


@pytest.fixture
def owner(databases: embedded.Databases, desk: Desk) -> Iterator[Callable[[Callable[[Connection], None]], None]]:
    """Somebody with the owner's password, all guards of the tables switched off."""
    engine = database.connect(databases.owner)

    def does(harm: Callable[[Connection], None]) -> None:
        with engine.begin() as connection:
            for table in (event, batch, reject, subject):
                connection.execute(text(f"alter table {table.name} disable trigger user"))
            harm(connection)

    yield does
    engine.dispose()


def cut_tail(connection: Connection) -> None:
    """The last batch goes, and the head is set back as if it had never been there."""
    for statement in (
        "delete from reject where batch = (select batch from head)",
        "delete from event where batch = (select batch from head)",
        "delete from batch where id = (select batch from head)",
        "update head set seq = b.last_seq, batch = b.id, chain = b.chain from batch b where b.id = head.batch - 1",
    ):
        connection.execute(text(statement))
    projecting.rebuild(connection)


def test_a_tail_that_was_cut_off_is_seen_by_an_anchor_only(
    desk: Desk, settings: Settings, tmp_path: Path, owner: Callable[[Callable[[Connection], None]], None]
) -> None:
    place = tmp_path / "anchors.jsonl"
    write(set_to(settings, place))
    append(desk, 1)
    write(set_to(settings, place), hours=1)
    owner(cut_tail)
    assert findings(desk, set_to(settings)) == []
    [told] = findings(desk, set_to(settings, place))
    assert told == (
        "1 of 2 anchors disagree, the first of 2026-11-21 13:00:00+00:00: the log ends at event 14 in batch 1, "
        "but it had 15 events in 2 batches: its tail was lost"
    )


def test_a_tail_that_was_cut_off_and_grew_again_is_seen_by_an_anchor_only(
    desk: Desk, settings: Settings, tmp_path: Path, owner: Callable[[Callable[[Connection], None]], None]
) -> None:
    place = tmp_path / "anchors.jsonl"
    append(desk, 1)
    write(set_to(settings, place))
    owner(cut_tail)
    append(desk, 1, percent=41)
    append(desk, 2, percent=42)
    assert findings(desk, set_to(settings)) == []
    assert (
        "batch 2 is not the one that stood there with its last event 15" in findings(desk, set_to(settings, place))[0]
    )


def test_a_log_written_anew_with_all_its_hashes_is_seen_by_an_anchor_only(
    desk: Desk, settings: Settings, tmp_path: Path, owner: Callable[[Callable[[Connection], None]], None]
) -> None:
    """One event says something else, and every hash from there to the head is recomputed by the log's own code."""
    place = tmp_path / "anchors.jsonl"
    write(set_to(settings, place))
    append(desk, 1)
    append(desk, 2)
    write(set_to(settings, place), hours=1)
    write(set_to(settings, place), hours=2)
    before = receipts(desk)
    owner(cut_tail)
    owner(cut_tail)
    append(desk, 1, percent=99)
    append(desk, 2)
    assert receipts(desk) == before
    assert findings(desk, set_to(settings)) == []
    [told] = findings(desk, set_to(settings, place))
    assert told.startswith("2 of 3 anchors disagree, the first of 2026-11-21 13:00:00+00:00: batch 3 is not the one")


def receipts(desk: Desk) -> list[tuple[object, ...]]:
    """What is told of every batch but hashes."""
    columns = batch.c.id, batch.c.source, batch.c.recorded, batch.c.first_seq, batch.c.last_seq, batch.c.accepted
    with desk.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(batch.c.id))]


def test_a_log_that_only_grew_agrees_with_all_its_anchors(desk: Desk, settings: Settings, tmp_path: Path) -> None:
    config = set_to(settings, tmp_path / "anchors.jsonl")
    for day in range(1, 8):
        append(desk, day)
        write(config, hours=day)
    append(desk, 9)
    assert findings(desk, config) == []


# an object store


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


# mail


@dataclass
class Mails:
    """What a mail server took in."""

    taken: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 OK"


@dataclass
class MailServer:
    """A mail server and what is to be set for it."""

    mails: Mails
    controller: Controller

    def settings(self, **more: object) -> dict[str, object]:
        return {"smtp_host": "localhost", "smtp_port": self.controller.port, "smtp_tls": "none"} | more


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate of `localhost` that this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    began = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=3))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(encoding))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


def only_roadmap(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    knows = isinstance(data, LoginPassword) and (data.login, data.password) == (b"roadmap", PASSWORD.encode())
    return AuthResult(success=knows, handled=False)


def mail_server(**options: object) -> Iterator[MailServer]:
    mails = Mails()
    controller = Controller(mails, hostname="localhost", port=free_port(), **options)
    controller.start()
    try:
        yield MailServer(mails, controller)
    finally:
        controller.stop()


@pytest.fixture
def open_mail() -> Iterator[MailServer]:
    yield from mail_server()


@pytest.fixture
def signed_in_mail(certificate: ssl.SSLContext) -> Iterator[MailServer]:
    yield from mail_server(tls_context=certificate, authenticator=only_roadmap, auth_required=True)


def test_a_mail_holds_the_anchor_and_the_saved_mail_is_enough_to_verify(
    desk: Desk,
    settings: Settings,
    tmp_path: Path,
    open_mail: MailServer,
    owner: Callable[[Callable[[Connection], None]], None],
) -> None:
    append(desk, 1)
    config = set_to(settings, "mailto:auditor@example.org,second@example.org", **open_mail.settings())
    [written] = write(config)
    assert written.error is None
    [envelope] = open_mail.mails.taken
    assert envelope.rcpt_tos == ["auditor@example.org", "second@example.org"]
    assert b"Subject: Roadmap anchor harbour: event 15, " in envelope.content
    saved = tmp_path / "saved.eml"
    saved.write_bytes(envelope.content)
    assert anchoring.found_in(saved.read_bytes()) == [written.anchor]
    assert findings(desk, config, saved) == []
    owner(cut_tail)
    assert findings(desk, config) == []
    assert "its tail was lost" in findings(desk, config, saved)[0]


def test_a_password_goes_over_an_encrypted_line_only(
    desk: Desk, settings: Settings, signed_in_mail: MailServer
) -> None:
    signed_in = signed_in_mail.settings(smtp_user="roadmap", smtp_tls="starttls", smtp_password=PASSWORD)
    to = "mailto:auditor@example.org"
    assert write(set_to(settings, to, **signed_in))[0].error is None
    [wrong] = write(set_to(settings, to, **signed_in | {"smtp_password": "guessed"}))
    [bare] = write(set_to(settings, to, **signed_in | {"smtp_tls": "none"}))
    assert "535" in str(wrong.error)
    assert "a password is not sent unencrypted" in str(bare.error)
    assert "guessed" not in str(wrong.error)
    assert len(signed_in_mail.mails.taken) == 1


@pytest.fixture
def encrypted_mail(certificate: ssl.SSLContext) -> Iterator[MailServer]:
    yield from mail_server(ssl_context=certificate)


def test_a_server_that_is_encrypted_from_the_first_byte_is_spoken_to(
    desk: Desk, settings: Settings, encrypted_mail: MailServer
) -> None:
    config = set_to(settings, "mailto:a@example.org", **encrypted_mail.settings(smtp_tls="tls", smtp_from="b@example"))
    assert write(config)[0].error is None
    assert encrypted_mail.mails.taken[0].mail_from == "b@example"


def test_a_server_that_nobody_vouches_for_gets_no_mail(
    desk: Desk, settings: Settings, signed_in_mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    [written] = write(set_to(settings, "mailto:a@example.org", **signed_in_mail.settings(smtp_tls="starttls")))
    assert "certificate verify failed" in str(written.error)


def test_the_password_is_in_no_dump_of_the_settings(settings: Settings) -> None:
    config = set_to(settings, smtp_password=PASSWORD)
    assert PASSWORD not in f"{config!r}{config.model_dump(mode='json')}"
    assert "smtp_password" not in config.model_dump()
