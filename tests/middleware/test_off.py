"""With labelling off, a middleware that is not there (property b of facts/asgi-and-models)."""

from collections.abc import Callable
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from labelkit import Generator, Labeler
from labelkit.middleware import LabelingMiddleware

NAMES = st.sampled_from([b"Content-Type", b"content-length", b"ETag", b"Set-Cookie", b"vary", b"Cache-Control", b"x"])
VALUES = st.sampled_from(
    [b"application/json", b"text/event-stream; charset=utf-8", b"image/png", b"3", b'"a"', b"*", b"\xff"]
)
DATA = st.binary(max_size=20)
BUFFERS: st.SearchStrategy[Any] = DATA | DATA.map(bytearray) | DATA.map(lambda data: memoryview(data))
BEFORE = st.sampled_from(["http.response.debug", "http.response.early_hint", "vendor.early"])
AMONG = st.sampled_from(["http.response.push", "vendor.late"])


def optional(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these keys."""
    return st.fixed_dictionaries({}, optional=keys)


def typed(kinds: st.SearchStrategy[str]) -> st.SearchStrategy[list[Message]]:
    """Messages of these kinds."""
    return st.lists(kinds.map(lambda kind: {"type": kind, "more": kind}), max_size=2)


@st.composite
def responses(draw: st.DrawFn) -> list[Message]:
    """Any legal sequence of messages of one response, whole or broken off."""
    status = draw(st.sampled_from([100, 200, 201, 204, 206, 304, 404, 500]))
    start = draw(optional(headers=st.lists(st.tuples(NAMES, VALUES), max_size=5), trailers=st.booleans(), vendor=DATA))
    body: list[Message] = []
    for _ in range(draw(st.integers(0, 4))):
        body += draw(typed(AMONG))
        body.append({"type": "http.response.body", "more_body": True, **draw(optional(body=BUFFERS, vendor=DATA))})
    if draw(st.booleans()):
        body.append({"type": "http.response.body", **draw(optional(body=BUFFERS, more_body=st.just(False)))})
        if start.get("trailers"):
            body.append({"type": "http.response.trailers", "headers": [(b"x", b"y")]})
    elif draw(st.booleans()):
        body = [{"type": "http.response.pathsend", "path": "/x"}]
    return [*draw(typed(BEFORE)), {"type": "http.response.start", "status": status, **start}, *body]


@pytest.fixture(scope="module")
def middleware() -> Callable[[Any], LabelingMiddleware]:
    """The real formats, and home-made routes; nothing is labelled unless somebody asks."""
    labeler = Labeler(Generator(provider="Acme", system="chat", version="1"), policy="none")
    generated = {"/home": "/answer", "/img/*": None}
    return lambda app: LabelingMiddleware(app, labeler=labeler, generated=generated)


def record(app: Any, scope: Scope, data: list[bytes]) -> tuple[list[Message], list[Message]]:
    """What a server gets from an app, and the app from a server."""
    sent: list[Message] = []
    got: list[Message] = []
    waiting = [{"type": "http.request", "body": part, "more_body": at < len(data) - 1} for at, part in enumerate(data)]

    async def receive() -> Message:
        got.append(waiting.pop(0) if waiting else {"type": "http.disconnect"})
        return got[-1]

    async def send(message: Message) -> None:
        sent.append(message)

    anyio.run(app, scope, receive, send)
    return sent, got


def playing(messages: list[Message]) -> tuple[Any, list[Message]]:
    """An app that reads its request and sends these messages; and what it read."""
    read: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            read.append(await receive())
            if not read[-1].get("more_body", False):
                break
        for message in messages:
            await send(message)

    return app, read


def without_vary(start: Message) -> Message:
    """A start but for the header that off may add."""
    return {**start, "headers": [pair for pair in start.get("headers", ()) if pair[0] != b"vary"]}


@settings(deadline=None)
@given(
    messages=responses(),
    data=st.lists(DATA, max_size=3),
    path=st.sampled_from(["/v1/chat/completions", "/v1/images/edits", "/v1/messages", "/home", "/img/x", "/none"]),
    headers=st.lists(
        st.sampled_from([(b"prefer", b"ai-label=off"), (b"cookie", b"ai_label=off"), (b"cookie", b"ai_label=perhaps")]),
        max_size=1,
    ),
    method=st.sampled_from(["GET", "HEAD", "POST"]),
)
def test_off_is_as_if_it_were_not_there(
    middleware: Callable[[Any], LabelingMiddleware],
    messages: list[Message],
    data: list[bytes],
    path: str,
    headers: list[tuple[bytes, bytes]],
    method: str,
) -> None:
    """Any legal messages come out equal, bodies as the same objects; on GET and HEAD all but the start's Vary."""
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    app, read = playing(messages)
    sent, got = record(middleware(app), dict(scope), data)
    assert read == got
    assert len(sent) == len(messages)
    for mine, theirs in zip(sent, messages, strict=True):
        if mine["type"] == "http.response.start" and method != "POST":
            assert without_vary(mine) == without_vary(theirs)
        else:
            assert mine is theirs
