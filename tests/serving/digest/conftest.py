"""A real mail server on this machine, and the small company with people who have addresses."""

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from serving.delivery.signature import new_secret
from serving.ledger.access.users import Role, User, add_user
from tests.serving.conftest import Awase, Told
from tests.serving.delivery.conftest import receiver, says
from tests.serving.web.conftest import Site, company, make_site, site

__all__ = ["company", "make_site", "receiver", "says", "site"]

PEOPLE = {
    "sato@seller.example": ("佐藤", Role.SALES, "ja"),
    "lee@seller.example": ("Lee", Role.SALES, "en"),
    "mori@seller.example": ("森", Role.MARKETING, None),
    "nakata": ("Lee", Role.SALES, "ja"),
}
"""Name, role, language; the last one's login is no address."""


@dataclass
class Mailbox:
    """What arrived, and what the server says to the next recipients."""

    mails: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _s: Any, _n: Any, envelope: Any, address: str, _o: Any
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.to += envelope.rcpt_tos
        return "250 OK"


def _serve(mailbox: Mailbox, **options: Any) -> Iterator[Mailbox]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        mailbox.port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    yield mailbox
    controller.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    yield from _serve(Mailbox())


@pytest.fixture(params=["starttls", "tls"])
def guarded(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch
) -> Iterator[tuple[Mailbox, str]]:
    """A server that wants encryption and a login, with a certificate that this test trusts.

    Encrypted once the client asks for it, or from the first byte on, as on port 465.
    """
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    where = f"-keyout {key} -out {certificate}"
    subprocess.run(f"{make} {names} {where}".split(), check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    def known(_server: Any, _session: Any, _envelope: Any, _how: str, said: Any) -> AuthResult:
        is_right = (said.login, said.password) == (b"awase", b"pass word")
        # Not handled here: the server itself refuses what is wrong, as any other does.
        return AuthResult(success=is_right, handled=False)

    how: dict[str, Any] = {"tls_context": context, "require_starttls": True}
    if request.param == "tls":
        # The server does not see the encryption around the whole connection, and warns.
        how = {"ssl_context": context, "auth_require_tls": False}
    for mailbox in _serve(Mailbox(), auth_required=True, authenticator=known, **how):
        yield mailbox, request.param


@pytest.fixture
def people(site: Site) -> Site:
    for login, (name, role, language) in PEOPLE.items():
        new = User(
            login=login,
            name=name,
            role=role,
            team=None,
            language=language,  # type: ignore[arg-type]
            password_hash="-",
            made_at=datetime(2026, 4, 1, tzinfo=UTC),
        )
        add_user(site.store, new, by="test")
    return site


@pytest.fixture
def configure(monkeypatch) -> Callable[..., None]:
    """Set what a digest needs by mail, chat or both."""

    def configure(mailbox: Mailbox | None = None, **more: str) -> None:
        monkeypatch.setenv("AWASE_PUBLIC_URL", "https://awase.test")
        monkeypatch.setenv("AWASE_DIGEST_SECRET", new_secret())
        if mailbox is not None:
            monkeypatch.setenv("AWASE_SMTP_HOST", "127.0.0.1")
            monkeypatch.setenv("AWASE_SMTP_PORT", str(mailbox.port))
            monkeypatch.setenv("AWASE_SMTP_TLS", "none")
            monkeypatch.setenv("AWASE_MAIL_FROM", "awase@seller.example")
        for name, value in more.items():
            monkeypatch.setenv(name, value)

    return configure


@pytest.fixture
def digest(awase: Awase, people: Site) -> Callable[..., Told]:
    """Call the command on the company."""
    return lambda *options: awase("digest", "-w", people.workspace.folder, *options)
