"""The message protocol: what passes, in which order, as which objects (traps 1 to 18)."""

from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labelkit.middleware import LabelingMiddleware

pytestmark = pytest.mark.anyio

ON = (b"prefer", b"ai-label")
Wrap = Callable[..., LabelingMiddleware]


class Witness:
    """An app that keeps what it was called with."""

    def __init__(self) -> None:
        self.given: tuple[Scope, Receive, Send] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.given = scope, receive, send


async def receive() -> Message:
    """Nothing is to be received."""
    raise AssertionError("receive was called")


async def send(message: Message) -> None:
    """Nothing is to be sent."""
    raise AssertionError("send was called")


@pytest.mark.parametrize("kind", ["websocket", "lifespan", "vendor.kind"])
async def test_what_is_not_http_gets_the_originals(wrap: Wrap, kind: str) -> None:
    """WebSocket, lifespan and unknown scopes pass as the same three objects."""
    witness = Witness()
    scope = {"type": kind, "path": "/stamp", "headers": [ON]}
    await wrap(witness)(scope, receive, send)
    assert witness.given is not None
    assert all(given is was for given, was in zip(witness.given, (scope, receive, send), strict=True))


async def test_a_route_that_is_not_ours_gets_the_originals(wrap: Wrap, scope: Any) -> None:
    """Scope, receive and send are the same objects, though the request asks for a label."""
    witness = Witness()
    given = scope(ON, path="/other")
    headers = given["headers"]
    await wrap(witness)(given, receive, send)
    assert witness.given is not None
    assert all(got is was for got, was in zip(witness.given, (given, receive, send), strict=True))
    assert given["headers"] is headers


async def test_without_a_choice_our_own_route_gets_the_originals(wrap: Wrap, scope: Any) -> None:
    """A POST that nobody wants labelled is not looked at again."""
    witness = Witness()
    given = scope()
    await wrap(witness)(given, receive, send)
    assert witness.given is not None
    assert all(got is was for got, was in zip(witness.given, (given, receive, send), strict=True))


@pytest.mark.parametrize("path", ["/stamps", "/mystamp", "/stamp/", "/stamp/x"])
async def test_a_route_ends_at_a_segment_boundary(wrap: Wrap, scope: Any, path: str) -> None:
    """A path that only looks like one of ours is none."""
    witness = Witness()
    await wrap(witness)(scope(ON, path=path), receive, send)
    assert witness.given is not None
    assert witness.given[2] is send


async def test_keys_that_the_specification_makes_optional_may_be_missing(wrap: Wrap, drive: Any, answer: Any) -> None:
    """``headers`` of the scope and of the start, ``body`` and ``more_body`` (starlette#935, #3721)."""
    bare = [{"type": "http.response.start", "status": 200}, {"type": "http.response.body"}]
    scope = {"type": "http", "method": "POST", "path": "/stamp", "query_string": b"ai_label=on"}
    sent = await drive(wrap(answer(*bare)), scope=scope)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


async def test_headers_of_the_scope_may_be_any_iterable(wrap: Wrap, drive: Any) -> None:
    """One that runs out is still there for the application."""
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(scope["headers"])

    scope = {"type": "http", "method": "POST", "path": "/stamp", "query_string": b"", "headers": iter([(b"x", b"1")])}
    await drive(wrap(app), scope=scope)
    assert seen == [(b"x", b"1")]


@pytest.mark.parametrize("asked", [(), (ON,)])
@pytest.mark.parametrize(
    "strange",
    [
        "http.response.debug",
        "http.response.push",
        "http.response.early_hint",
        "http.response.zerocopysend",
        "vendor.message",
    ],
)
async def test_unknown_messages_pass_as_they_are(
    wrap: Wrap, drive: Any, answer: Any, message: Any, strange: str, asked: Any
) -> None:
    """Before a start and after a body, the same object (starlette's own GZip loses four kinds)."""
    odd = {"type": strange, "x": 1}
    sent = await drive(wrap(answer(odd, *message.json(b"{}"), odd)), *asked)
    assert sent[0] is odd
    assert sent[-1] is odd
    assert [m["type"] for m in sent[1:3]] == ["http.response.start", "http.response.body"]


@pytest.mark.parametrize("strange", ["http.response.debug", "http.response.early_hint", "http.response.push"])
async def test_a_message_between_does_not_release_a_held_start(
    wrap: Wrap, drive: Any, answer: Any, message: Any, content: Any, strange: str
) -> None:
    """An early hint passes while the start is still held, and the answer is labelled all the same."""
    begun, ended = message.json(b"{}")
    sent = await drive(wrap(answer(begun, {"type": strange}, ended)), ON)
    assert [m["type"] for m in sent] == [strange, "http.response.start", "http.response.body"]
    assert content(sent) == b"{}[AI]"


@pytest.mark.parametrize("kind", ["http.response.pathsend", "http.response.zerocopysend"])
async def test_a_file_sent_by_its_path_is_let_go(wrap: Wrap, drive: Any, answer: Any, message: Any, kind: str) -> None:
    """There will be no body message: the held start is released as it was, then the file."""
    begun, _ = message.json(b"{}")
    file = {"type": kind, "path": "/x"}
    sent = await drive(wrap(answer(begun, file)), ON)
    assert sent == [begun, file]


async def test_a_file_sent_by_its_path_is_refused_where_a_label_is_required(
    wrap: Wrap, strict_labeler: Any, drive: Any, answer: Any, message: Any
) -> None:
    """A required label is never silently missing."""
    begun, _ = message.json(b"{}")
    file = {"type": "http.response.pathsend", "path": "/x"}
    sent = await drive(wrap(answer(begun, file), labeler=strict_labeler))
    assert [m["type"] for m in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 500


async def test_ways_to_send_files_are_hidden_and_restored(wrap: Wrap, drive: Any, scope: Any) -> None:
    """The extensions are replaced while the application runs and never changed: Granian shares one dict."""
    seen: dict[str, Any] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(scope["extensions"])

    shared: dict[str, Any] = dict.fromkeys(("http.response.pathsend", "http.response.zerocopysend", "tls"))
    given = scope(ON, extensions=shared)
    await drive(wrap(app), scope=given)
    assert seen == {"tls": None}
    assert given["extensions"] is shared
    assert len(shared) == 3


@pytest.mark.parametrize("extensions", [None, {}])
async def test_extensions_may_be_missing_or_none(
    wrap: Wrap, drive: Any, answer: Any, scope: Any, extensions: Any
) -> None:
    """uvicorn gives no dict at all."""
    given = scope(ON, extensions=extensions)
    await drive(wrap(answer()), scope=given)
    assert given["extensions"] == extensions


async def test_what_the_router_writes_into_the_scope_is_there_afterwards(wrap: Wrap, drive: Any, scope: Any) -> None:
    """The scope stays the same object; its headers are restored, also when the application fails."""

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        inner["route"] = "/stamp"
        raise ValueError("the application's own")

    given = scope(ON, (b"accept-encoding", b"gzip"))
    headers = given["headers"]
    with pytest.raises(ValueError, match="own"):
        await drive(wrap(app), scope=given)
    assert given["route"] == "/stamp"
    assert given["headers"] is headers


async def test_trailers_keep_their_flag_and_follow(
    wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """With trailers no length is told: the body is chunked (starlette#3565)."""
    trailer = {"type": "http.response.trailers", "headers": [(b"x", b"1")], "more_trailers": False}
    begun, ended = message.json(b"{}")
    sent = await drive(wrap(answer({**begun, "trailers": True}, ended, trailer)), ON)
    assert sent[0]["trailers"] is True
    assert header(sent, b"content-length") == []
    assert sent[-1] is trailer


async def test_more_keys_of_a_message_are_kept(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """Of the start and of the body, held or streamed."""
    begun, ended = message.json(b"{}")
    sent = await drive(wrap(answer({**begun, "x": 1}, {**ended, "y": 2})), ON)
    assert (sent[0]["x"], sent[1]["y"]) == (1, 2)
    flowing = [{**message.events(), "x": 1}, message.body(b"a DONE", more=True, y=2), message.body(b"", z=3)]
    sent = await drive(wrap(answer(*flowing)), ON)
    assert (sent[0]["x"], sent[1]["y"], sent[2]["z"]) == (1, 2, 3)


@pytest.mark.parametrize("kind", [bytearray, memoryview])
async def test_a_body_may_be_a_buffer_that_is_used_again(
    wrap: Wrap, drive: Any, message: Any, content: Any, kind: Any
) -> None:
    """What is held is a copy; a memoryview joins (starlette test_streaming_response_copies_mutable_chunks)."""
    buffer = bytearray(b"{one")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(message.start((b"content-type", b"application/json")))
        await send({"type": "http.response.body", "body": kind(buffer), "more_body": True})
        buffer[:] = b"-two"
        await send({"type": "http.response.body", "body": kind(buffer)})

    assert content(await drive(wrap(app), ON)) == b"{one-two[AI]"


async def test_buffers_pass_through_a_stream(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """A memoryview chunk that stays as it is goes on as the same object."""
    chunk = message.body(memoryview(b"data"), more=True)
    sent = await drive(wrap(answer(message.events(), chunk, message.body(b""))), ON)
    assert sent[1] is chunk


async def test_empty_chunks_of_a_stream_are_forwarded(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """Servers and clients may flush on them."""
    empty = message.body(b"", more=True)
    sent = await drive(wrap(answer(message.events(), empty, message.body(b"x"))), ON)
    assert sent[1] is empty


async def test_there_is_exactly_one_last_part(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """Held in parts or streamed, one message ends the body."""
    begun = message.start((b"content-type", b"application/json"))
    parts = [message.body(b"{", more=True), message.body(b"", more=True), message.body(b"}")]
    for app in (answer(begun, *parts), answer(message.events(), *parts)):
        sent = await drive(wrap(app), ON)
        assert [m["more_body"] for m in sent[1:]].count(False) == 1
        assert sent[-1]["more_body"] is False


@pytest.mark.parametrize("kind", [b"application/json", b"text/event-stream"])
async def test_a_second_start_is_an_error_and_leaves_the_first(
    wrap: Wrap, drive: Any, answer: Any, message: Any, kind: bytes
) -> None:
    """As servers say it; nothing of the second gets out."""
    begun = message.start((b"content-type", kind))
    sent: list[Message] = []
    with pytest.raises(RuntimeError, match="twice"):
        await drive(wrap(answer(begun, begun)), ON, into=sent)
    assert len(sent) == (1 if kind == b"text/event-stream" else 0)


@pytest.mark.parametrize("asked", [(), (ON,)])
async def test_no_scheduling_point_is_added_to_what_passes(wrap: Wrap, message: Any, scope: Any, asked: Any) -> None:
    """Between send and the server nobody else gets a turn, also in a stream that is being labelled (trap 15)."""
    turns: list[str] = []
    messages = [message.events(), *(message.body(b"x", more=True) for _ in range(5)), message.body(b"")]

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        for each in messages:
            await send(each)
            turns.append("app")

    async def other() -> None:
        for _ in range(20):
            turns.append("other")
            await anyio.lowlevel.checkpoint()

    async def deliver(each: Message) -> None:
        """A server that never waits."""

    async with anyio.create_task_group() as group:
        group.start_soon(other)
        await anyio.lowlevel.checkpoint()
        await wrap(app)(scope(*asked), receive, deliver)
    told = "".join(turn[0] for turn in turns)
    assert "a" * 7 in told


async def test_each_chunk_waits_for_the_server(wrap: Wrap, message: Any, scope: Any) -> None:
    """Back-pressure: nothing is collected while the server is slow."""
    log: list[str] = []

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        await send(message.events())
        for at in range(3):
            await send(message.body(b"%d" % at, more=True))
            log.append(f"sent {at}")
        await send(message.body(b""))

    async def deliver(each: Message) -> None:
        await anyio.lowlevel.checkpoint()
        log.append(f"got {each.get('body', b'').decode()}")

    await wrap(app)(scope(ON), receive, deliver)
    assert log[1:7] == ["got 0", "sent 0", "got 1", "sent 1", "got 2", "sent 2"]


@pytest.mark.parametrize("kind", [b"application/json", b"text/event-stream"])
async def test_the_last_part_does_not_wait_for_background_tasks(
    wrap: Wrap, drive: Any, message: Any, kind: bytes
) -> None:
    """They run after the last part, within the application's call."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(message.start((b"content-type", kind)))
        await send(message.body(b"{}"))
        assert sent[-1]["more_body"] is False

    await drive(wrap(app), ON, into=sent)
    assert len(sent) == 2


async def test_shared_headers_are_never_changed(wrap: Wrap, drive: Any, message: Any, header: Any) -> None:
    """A response object that is served twice goes out labelled twice (with GZip the second one is garbage)."""
    begun, ended = message.json(b"{}", (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"))
    before = list(begun["headers"])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(begun)
        await send(ended)

    first, second = await drive(wrap(app), ON), await drive(wrap(app), ON)
    assert first == second
    assert begun["headers"] == before
    assert header(first, b"set-cookie") == [b"a=1", b"b=2"]


async def test_nothing_of_a_request_stays_on_the_middleware(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """Two requests at once, one with and one without, do not meet."""
    app: ASGIApp = wrap(answer(*message.json(b"{}")))
    results: dict[str, list[Message]] = {}

    async def one(name: str, *headers: tuple[bytes, bytes]) -> None:
        results[name] = await drive(app, *headers)

    async with anyio.create_task_group() as group:
        for at in range(10):
            group.start_soon(one, f"on{at}", ON)
            group.start_soon(one, f"off{at}")
    assert {name[:2]: messages[1]["body"] for name, messages in results.items()} == {"on": b"{}[AI]", "of": b"{}"}
