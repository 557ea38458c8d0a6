"""What the tests of provenance share: assets in bytes, other people's verifier, and a real time-stamp authority."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any, ClassVar

import pytest
from PIL import Image

from labelkit.label import Generator
from labelkit.provenance import Manifests, Signer, Trust


@dataclass
class Text:
    """A text with its manifest in invisible characters behind it (C2PA 2.4, A.8), written for tests alone."""

    text: str
    sizes: list[int] = field(default_factory=list)

    @property
    def start(self) -> int:
        return len(self.text.encode())

    def digest(self) -> bytes:
        return sha256(self.text.encode()).digest()

    def size(self, manifest: bytes) -> int:
        return len(self.wrapper(manifest).encode())

    def wrapper(self, manifest: bytes) -> str:
        data = b"C2PATXT\0\1" + len(manifest).to_bytes(4, "big") + manifest
        return "\ufeff" + "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in data)

    def signed(self, manifest: bytes) -> bytes:
        return (self.text + self.wrapper(manifest)).encode()


@pytest.fixture(scope="session")
def text() -> type[Text]:
    """A carrier whose size depends on the manifest's bytes."""
    return Text


class Appended:
    """An asset with its manifest plainly behind it: its size depends on the manifest's length alone."""

    def __init__(self, asset: bytes) -> None:
        self.asset = asset
        self.start = len(asset)

    def digest(self) -> bytes:
        return sha256(self.asset).digest()

    def size(self, manifest: bytes) -> int:
        return len(manifest) + 12


@pytest.fixture(scope="session")
def appended() -> type[Appended]:
    """A carrier whose size depends on the manifest's length alone, as pictures are."""
    return Appended


@pytest.fixture(scope="session")
def generator() -> Generator:
    """Who made everything in these tests."""
    return Generator(provider="Example AI", system="example-chat", version="2.1")


@pytest.fixture(scope="session")
def manifests(generator: Generator, signer: Signer) -> Manifests:
    """Manifests of the session's signer."""
    return Manifests(generator, signer)


@pytest.fixture(scope="session")
def trust(root_pem: bytes) -> Trust:
    """Trust in the run's own authority."""
    return Trust.of(root_pem)


@pytest.fixture(scope="session")
def picture() -> Callable[[str], bytes]:
    """A small picture in a format that Pillow names."""

    def draw(form: str) -> bytes:
        target = BytesIO()
        Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(target, form)
        return target.getvalue()

    return draw


_ANSWERS = {
    "rejected": bytes.fromhex("30053003020102"),  # RFC 3161: status 2, rejection, and no token
    "cut": bytes.fromhex("3082ffff30030201"),
    "huge": bytes(70_000),
    "empty": b"",
}


class _Authority(BaseHTTPRequestHandler):
    """Answers as ``mode`` says: with a stamp of openssl's, not at all, or wrongly."""

    mode: ClassVar[str] = "stamp"
    asked: ClassVar[int] = 0
    directory: ClassVar[Path]
    end: ClassVar[Event]

    def do_POST(self) -> None:
        cls = type(self)
        cls.asked += 1
        query = self.rfile.read(int(self.headers["Content-Length"]))
        if cls.mode == "silent":
            cls.end.wait(30)
            return
        if cls.mode == "drip":
            self._drip()
            return
        status = 500 if cls.mode == "error" else 302 if cls.mode == "redirect" else 200
        body = self._stamp(query) if cls.mode in ("stamp", "other") else _ANSWERS.get(cls.mode, b"no time-stamp" * 10)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        while not self.end.wait(0.05):
            try:
                self.wfile.write(b"0")
            except OSError:
                return

    def _stamp(self, query: bytes) -> bytes:
        cls = type(self)
        if cls.mode == "other":  # a good stamp, over what nobody asked for
            made = _openssl(cls.directory, "ts", "-query", "-data", "tsa.cnf", "-cert", "-sha256")
            query = made
        asked = cls.directory / f"query{cls.asked}"
        asked.write_bytes(query)
        return _openssl(
            cls.directory, "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", asked.name
        )

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def _openssl(directory: Path, *arguments: str) -> bytes:
    done = subprocess.run(["openssl", *arguments], cwd=directory, capture_output=True, check=True)
    return done.stdout


_CONFIGURATION = """
[tsa]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = tsa.pem
signer_digest = sha256
digests = sha256
default_policy = 1.2.3.4
ess_cert_id_alg = sha256
"""


@dataclass
class Tsa:
    """A running time-stamp authority; ``mode`` says how well it answers."""

    url: str
    handler: type[_Authority]

    def will(self, mode: str) -> None:
        self.handler.mode = mode

    @property
    def asked(self) -> int:
        return self.handler.asked


@pytest.fixture
def tsa(tmp_path: Path, authority: Any) -> Iterator[Tsa]:
    """A time-stamp authority on loopback: openssl stamps, behind the standard library's web server."""
    if shutil.which("openssl") is None:
        pytest.skip(reason="there is no openssl on this machine to be the time-stamp authority")
    chain, key = authority.issue(purposes=["1.3.6.1.5.5.7.3.8"], critical_purposes=True, organization="Example TSA")
    (tmp_path / "tsa.pem").write_bytes(chain)
    (tmp_path / "tsa.key").write_bytes(key)
    (tmp_path / "serial").write_text("01")
    (tmp_path / "tsa.cnf").write_text(_CONFIGURATION)
    end = Event()
    handler = type("Handler", (_Authority,), {"directory": tmp_path, "end": end})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield Tsa(f"http://127.0.0.1:{server.server_port}/tsa", handler)
    end.set()
    server.shutdown()
    server.server_close()
    thread.join()
