"""Anchors by mail, which is saved and held against the log."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection

from roadmap.services.desk import Desk
from roadmap.settings import Settings
from roadmap.store import anchoring
from tests.integration.anchoring.writing import append, cut_tail, findings, set_to, write
from tests.ports import free_port

PASSWORD = "open sesame"  # noqa: S105 - of the test's own mail server


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
