"""Alerts over real TLS: only to a receiver whose certificate proves the name we were given."""

import http.server
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.settings import Settings
from service.mailing import mail_server
from service.outgoing import NotSent, Wire, networks, send
from tests.service.test_outgoing import Receiver, says

NAME = "hooks.example"
DAY = timedelta(days=1)


class Authority:
    """Issues certificates that whoever trusts `file` believes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An invented authority")])
        self.file = folder / "authority.pem"
        root = self._signed(self.subject, self.key.public_key(), (-DAY, DAY))
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.file.write_bytes(self._pem(root.sign(self.key, hashes.SHA256())))

    def context(
        self, name: str, lasts: tuple[timedelta, timedelta] = (-DAY, DAY)
    ) -> ssl.SSLContext:
        """What a server under `name` needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = self._signed(subject, key.public_key(), lasts).add_extension(names, critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file = self.folder / "server.pem"
        file.write_bytes(private + self._pem(made.sign(self.key, hashes.SHA256())))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def trusted(self) -> ssl.SSLContext:
        """What a client needs that trusts this authority."""
        return ssl.create_default_context(cafile=str(self.file))

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, lasts: tuple[timedelta, timedelta]
    ) -> x509.CertificateBuilder:
        now, (since, until) = datetime.now(UTC), lasts
        builder = x509.CertificateBuilder(self.subject, subject, key, x509.random_serial_number())
        return builder.not_valid_before(now + since).not_valid_after(now + until)

    def _pem(self, made: x509.Certificate) -> bytes:
        return made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Web(http.server.ThreadingHTTPServer):
    """A receiver of webhooks; whoever breaks off a handshake is no news."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def receiver(context: ssl.SSLContext) -> Iterator[Any]:
    server: Any = Web(("127.0.0.1", 0), Receiver)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.got, server.answer = [], says(204)
    with serving(server):
        yield server


def wire(authority: Authority) -> Wire:
    return Wire(networks("127.0.0.0/8"), lambda *_: ["127.0.0.1"], authority.trusted, 5.0)


def deliver(server: Any, trust: Wire) -> None:
    send("POST", f"https://{NAME}:{server.server_port}/hook", b"{}", {}, trust)


def test_a_proved_name_is_sent_to(authority: Authority) -> None:
    with receiver(authority.context(NAME)) as server:
        deliver(server, wire(authority))
    [(headers, body)] = server.got
    assert body == b"{}" and headers["Host"].startswith(NAME)


@pytest.mark.parametrize(
    ("name", "lasts"),
    [("elsewhere.example", (-DAY, DAY)), (NAME, (-3 * DAY, -DAY)), (NAME, (DAY, 3 * DAY))],
    ids=["another name", "expired", "not yet valid"],
)
def test_a_certificate_that_proves_nothing_gets_nothing(
    authority: Authority, name: str, lasts: tuple[timedelta, timedelta]
) -> None:
    with receiver(authority.context(name, lasts)) as server, pytest.raises(NotSent):
        deliver(server, wire(authority))
    assert server.got == []


def test_an_authority_nobody_knows_gets_nothing(authority: Authority) -> None:
    trust = Wire(networks("127.0.0.0/8"), lambda *_: ["127.0.0.1"], seconds=5.0)
    with receiver(authority.context(NAME)) as server, pytest.raises(NotSent):
        deliver(server, trust)
    assert server.got == []


class Mailbox(socketserver.StreamRequestHandler):
    """As much of a mail server as begins TLS and takes one letter."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while word := self.rfile.readline()[:8].strip().upper():
            if word == b"STARTTLS":
                self.wfile.write(b"220 go on\r\n")
                self._secure()
            elif word.startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                letter = iter(self.rfile.readline, b".\r\n")
                self.server.letters.append(b"".join(letter))  # type: ignore[attr-defined]
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                greets = word.startswith(b"EHLO")
                self.wfile.write(b"250-here\r\n250 STARTTLS\r\n" if greets else b"250 ok\r\n")

    def _secure(self) -> None:
        context = self.server.context  # type: ignore[attr-defined]
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def finish(self) -> None:
        """Also the wrapped connection, which the server does not know."""
        super().finish()
        self.connection.close()


class Post(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def mailbox(context: ssl.SSLContext) -> Iterator[Any]:
    server: Any = Post(("127.0.0.1", 0), Mailbox)
    server.letters, server.context = [], context
    with serving(server):
        yield server


def post(settings: Settings, server: Any) -> None:
    where = {"smtp_host": "localhost", "smtp_port": server.server_address[1]}
    with mail_server(settings.model_copy(update=where)) as mail:
        mail.sendmail("from@example.org", ["to@example.org"], b"Subject: held\r\n\r\nRun 1.\r\n")


def test_mail_goes_out_after_starttls(
    authority: Authority, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with mailbox(authority.context("localhost")) as server:
        post(settings, server)
    assert server.letters == [b"Subject: held\r\n\r\nRun 1.\r\n"]


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
def test_a_mail_server_that_proves_nothing_gets_nothing(
    authority: Authority, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name != "localhost":  # the right authority, but another name
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with mailbox(authority.context(name)) as server, pytest.raises(NotSent):
        post(settings, server)
    assert server.letters == []
