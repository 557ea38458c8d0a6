"""What the middleware's tests share: a recorder in place of a server, and a format of our own in place of an API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labelkit import Generator, Labeler, Signer
from labelkit.errors import LabelkitError, SigningError
from labelkit.label import Label
from labelkit.marks import Mark, Medium
from labelkit.middleware import LabelingMiddleware
from labelkit.middleware.formats.base import Facts, Job, Splice, Splicer, Tell
from labelkit.outcome import Outcome
from labelkit.policy import Policy

STAMP = b"[AI]"
ACME = Generator(provider="Acme", system="acme-chat", version="2.1")


class Stamp:
    """A format whose label is four bytes behind the body, or before the chunk that says DONE.

    ``error`` is what labelling fails with; ``steps`` is called by a splice's ``then``, where a signer would sign.
    """

    name = "stamp"
    suffixes = ("/stamp",)
    methods = frozenset(("GET", "POST"))

    def __init__(
        self,
        *,
        medium: Medium = Medium.TEXT,
        history: bool = False,
        altered: bool | None = False,
        error: Exception | None = None,
        steps: Callable[[], object] | None = None,
    ) -> None:
        self.medium = medium
        self.history = history
        self.altered = altered
        self.error = error
        self.steps = steps
        self.read_bodies: list[bytes] = []
        self.jobs: list[Job] = []

    def read(self, body: bytes) -> Facts:
        self.read_bodies.append(body)
        turn = True if b"first turn" in body else (False if b"later turn" in body else None)
        return Facts("the request says so" if b"machine" in body else "", altered=b"edit" in body, first_turn=turn)

    def cut_history(self, body: bytes, notices: frozenset[str]) -> bytes:
        return body.replace(STAMP, b"") if STAMP in body else body

    def whole(self, body: bytes, media_type: str, job: Job) -> bytes:
        self.jobs.append(job)
        if self.error is not None:
            raise self.error
        if job.facts.machine_read or b"tool" in body:
            job.skipped = job.facts.machine_read or "a tool call"
            return body
        if b"nothing" in body:
            return body
        if self.steps is not None:
            self.steps()
        self.done(job)
        return body + STAMP

    def stream(self, media_type: str, job: Job) -> Splicer | None:
        self.jobs.append(job)
        return StampStream(self, job) if media_type == "text/event-stream" else None

    def problem(self, what: str, status: int) -> tuple[str, bytes]:
        return "application/json", b'{"error": "%b"}' % what.encode()

    def done(self, job: Job) -> None:
        job.outcomes.append(Outcome(self.medium, Label(job.labeler.generator), job.decision.marks))


class StampStream:
    """A stream's label stands before the chunk that says DONE, else at the end."""

    def __init__(self, stamp: Stamp, job: Job) -> None:
        self.stamp = stamp
        self.job = job
        self.owed = True

    def _label(self, behind: bytes) -> Callable[[], bytes]:
        self.owed = False

        def then() -> bytes:
            if self.stamp.steps is not None:
                self.stamp.steps()
            if self.stamp.error is not None:
                raise self.stamp.error
            self.stamp.done(self.job)
            return STAMP + behind

        return then

    def watch(self, tell: Tell) -> None:
        pass

    def held(self) -> bytes:
        return b""

    def feed(self, chunk: bytes) -> Splice | None:
        before, done, after = chunk.partition(b"DONE")
        if b"bug" in chunk:
            raise ValueError("a fault of the format")
        return Splice(before, self._label(done + after)) if done and self.owed else None

    def end(self) -> Splice | None:
        return Splice(b"", self._label(b"")) if self.owed else None


@pytest.fixture
def stamp() -> type[Stamp]:
    """The format, to be made with what a test needs."""
    return Stamp


@pytest.fixture
def labeler() -> Labeler:
    """Labels nothing unless somebody asks."""
    return Labeler(ACME, policy="none")


def demanding(*marks: Mark, level: str = "require", name: str = "XX", **more: Any) -> Policy:
    """A policy of one rule that has been in force for long; ``more`` is said of the rule."""
    rule = {
        "id": f"{name}-1",
        "article": "a test's own",
        "source": "https://law.example",
        "sureness": "high",
        "from": date(2020, 1, 1),
        "media": ["text", "image"],
        "marks": [mark.value for mark in marks],
        "level": level,
        "binds": "whoever",
        "says": "Mark it.",
        **more,
    }
    return Policy.model_validate(
        {
            "jurisdiction": name,
            "name": "Test",
            "timezone": "UTC",
            "language": "en",
            "checked": date(2026, 1, 1),
            "rule": [rule],
        }
    )


@pytest.fixture
def strict_labeler() -> Labeler:
    """A labeler whose policy requires a visible mark in texts and pictures."""
    return Labeler(ACME, policy=demanding(Mark.VISIBLE))


@pytest.fixture
def policy_of() -> Callable[..., Policy]:
    """Makes a policy of one rule: marks, ``level=``, ``name=``, and what else is said of the rule."""
    return demanding


@pytest.fixture(scope="session")
def development(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """A signer for the whole run; its CA is made once."""
    return Signer.development(tmp_path_factory.mktemp("credentials"))


@pytest.fixture
def slow_labeler(development: Signer) -> Labeler:
    """A labeler whose signer may take long, as a callback to a KMS may."""
    signer = Signer.from_callback(development.sign, development.alg, development.chain_pem)
    return Labeler(ACME, signer=signer, policy=demanding(Mark.C2PA, level="default"))


@pytest.fixture
def wrap(labeler: Labeler) -> Callable[..., LabelingMiddleware]:
    """Puts the middleware round an app, with the format of these tests."""

    def put(app: ASGIApp, api: Stamp | None = None, **options: Any) -> LabelingMiddleware:
        return LabelingMiddleware(app, formats=[api or Stamp()], **{"labeler": labeler, **options})

    return put


def answering(*messages: Message) -> ASGIApp:
    """An app that sends these messages and no more."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return app


@pytest.fixture
def answer() -> Callable[..., ASGIApp]:
    """Makes an app that sends the messages it is given."""
    return answering


def start(*headers: tuple[bytes, bytes], status: int = 200, **more: Any) -> Message:
    """The start of a response."""
    return {"type": "http.response.start", "status": status, "headers": list(headers), **more}


def body(data: bytes = b"", more: bool = False, **keys: Any) -> Message:
    """A part of a body."""
    return {"type": "http.response.body", "body": data, "more_body": more, **keys}


@pytest.fixture
def message() -> type[Messages]:
    """Makes messages."""
    return Messages


class Messages:
    """Messages as applications send them."""

    start = staticmethod(start)
    body = staticmethod(body)

    @staticmethod
    def json(data: bytes = b"{}", *headers: tuple[bytes, bytes], status: int = 200) -> tuple[Message, Message]:
        """A whole JSON answer with its length."""
        length = (b"content-length", b"%d" % len(data))
        return start((b"content-type", b"application/json"), length, *headers, status=status), body(data)

    @staticmethod
    def events(*headers: tuple[bytes, bytes]) -> Message:
        """The start of an event stream."""
        return start((b"content-type", b"text/event-stream"), *headers)


Taken = Callable[..., Awaitable[list[Message]]]


@pytest.fixture
def drive() -> Taken:
    """Sends one request to an app and gives back every message that a server would have got."""

    async def call(
        app: ASGIApp,
        *headers: tuple[bytes, bytes],
        path: str = "/stamp",
        method: str = "POST",
        query: bytes = b"",
        data: bytes | Sequence[bytes] = b"",
        into: list[Message] | None = None,
        scope: Scope | None = None,
        **more: Any,
    ) -> list[Message]:
        sent: list[Message] = [] if into is None else into
        waiting = requests(data)

        async def receive() -> Message:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        given = request(*headers, path=path, method=method, query_string=query, **more)
        await app(given if scope is None else scope, receive, send)
        return sent

    return call


def request(*headers: tuple[bytes, bytes], **more: Any) -> Scope:
    """An HTTP scope."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/stamp",
        "raw_path": b"/stamp",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"test"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        **more,
    }


@pytest.fixture
def scope() -> Callable[..., Scope]:
    """Makes an HTTP scope."""
    return request


def requests(data: bytes | Sequence[bytes]) -> list[Message]:
    """A request body as messages."""
    parts = [data] if isinstance(data, bytes) else list(data)
    return [{"type": "http.request", "body": part, "more_body": at < len(parts) - 1} for at, part in enumerate(parts)]


@pytest.fixture
def header() -> Callable[[Iterable[Message], bytes], list[bytes]]:
    """Reads a header of the response's start: every value, in order."""

    def read(messages: Iterable[Message], name: bytes) -> list[bytes]:
        (begun,) = [message for message in messages if message["type"] == "http.response.start"]
        return [value for key, value in begun["headers"] if key.lower() == name]

    return read


@pytest.fixture
def content() -> Callable[[Iterable[Message]], bytes]:
    """Joins a response's body."""

    def read(messages: Iterable[Message]) -> bytes:
        return b"".join(m.get("body", b"") for m in messages if m["type"] == "http.response.body")

    return read


@pytest.fixture
def broken() -> LabelkitError:
    """What a signer that does not sign fails with."""
    return SigningError("The key did not sign", where="a test")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, without settings in the environment."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
