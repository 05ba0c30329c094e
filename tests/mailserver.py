"""A real mail server for tests: it listens on this machine, keeps what it takes, and refuses as it is told."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path


@dataclass
class Mailbox:
    """What came in. ``rcpt`` and ``data`` answer for a message; what begins with 250 takes it."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    rcpt: Callable[[str], str] = lambda _address: "250 OK"
    data: Callable[[EmailMessage], str] = lambda _mail: "250 OK"
    tls: list[bool] = field(default_factory=list)

    mail: Callable[[str], str] = lambda _address: "250 OK"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - the library's name
        envelope.mail_from = address
        return self.mail(address)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - the library's name
        said = self.rcpt(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        mail: Any = message_from_bytes(envelope.content, policy=policy.default)
        said = self.data(mail)
        if said.startswith("250"):
            self.mails.append(mail)
            self.raw.append(envelope.content)
            self.tls.append(session.ssl is not None)
        return said

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


class _Server(Controller):
    """On a port that the system chooses; the library itself would try to reach port 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def listening(**more: Any) -> Iterator[Mailbox]:
    """A server on a free port."""
    box = Mailbox()
    controller = _Server(box, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For server and client: a key made now, which says that it is 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=made.public_bytes(pem).decode())
