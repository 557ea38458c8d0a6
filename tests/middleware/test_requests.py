"""The request body on its way in: looked at, never taken before it is asked for (traps 71, 86; rule 10)."""

import json
import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from labelkit import Labeler
from labelkit.middleware import LabelingMiddleware
from labelkit.middleware.formats.openai_chat import OpenAIChat

pytestmark = pytest.mark.anyio

ON = (b"prefer", b"ai-label")
Wrap = Callable[..., LabelingMiddleware]


class Reader:
    """An app that reads its request to the end and keeps each message."""

    def __init__(self, messages: tuple[Message, ...] = ()) -> None:
        self.got: list[Message] = []
        self.answer = messages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            self.got.append(await receive())
            if not self.got[-1].get("more_body", False):
                break
        for message in self.answer:
            await send(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)


@pytest.mark.parametrize("asked", [(), (ON,)])
@pytest.mark.parametrize("data", [b'{"x": "old[AI]"}', [b'{"x": "o', b"ld[A", b'I]"}']])
async def test_our_labels_are_cut_out_of_the_history(wrap: Wrap, stamp: Any, drive: Any, data: Any, asked: Any) -> None:
    """Whether or not a label is asked for today; the length stays what the scope has told, padded with blanks."""
    app = Reader()
    await drive(wrap(app, stamp(history=True)), *asked, data=data)
    assert app.body == b'{"x": "old"}    '
    assert len(app.got) == 1


async def test_a_body_without_labels_goes_on_as_it_came(wrap: Wrap, stamp: Any, scope: Any) -> None:
    """The same messages, as many of them."""
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"x"', "more_body": True, "vendor": 1},
        {"type": "http.request", "body": b"", "more_body": True},
        {"type": "http.request", "body": b": 1}"},
    ]
    waiting = list(messages)
    app = Reader()

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        raise AssertionError

    await wrap(app, stamp(history=True))(scope(), receive, send)
    assert all(got is was for got, was in zip(app.got, messages, strict=True))


async def test_nothing_is_received_before_the_application_asks(
    wrap: Wrap, stamp: Any, scope: Any, message: Any
) -> None:
    """Who never reads its request body never makes us read it."""

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        for each in message.json(b"{}"):
            await send(each)

    async def receive() -> Message:
        raise AssertionError("receive was called")

    async def send(each: Message) -> None:
        """A server."""

    await wrap(app, stamp(history=True))(scope(ON), receive, send)


async def test_a_body_over_the_limit_goes_on_unread(wrap: Wrap, stamp: Any, drive: Any) -> None:
    """Its labels stay in, which costs a little quality and no memory."""
    app = Reader()
    await drive(wrap(app, stamp(history=True), max_history=10), data=[b"[AI]" * 2, b"[AI]" * 2, b"[AI]"])
    assert app.body == b"[AI]" * 5
    assert len(app.got) == 3


async def test_a_disconnect_is_passed_on(wrap: Wrap, stamp: Any, scope: Any) -> None:
    """While the body is gathered and after it: what came before is not lost, nor is the news (trap 71)."""
    messages: list[Message] = [
        {"type": "http.request", "body": b"{[AI]", "more_body": True},
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
    ]
    waiting = list(messages)
    got: list[Message] = []

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        got.extend([await receive() for _ in range(3)])

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        raise AssertionError

    await wrap(app, stamp(history=True))(scope(), receive, send)
    assert got == messages


async def test_a_cancelled_receive_loses_nothing(wrap: Wrap, stamp: Any, scope: Any) -> None:
    """As Starlette's is_disconnected() does it: the first part has come, the second one not yet."""
    waiting: list[Message] = [{"type": "http.request", "body": b"{[A", "more_body": True}]
    got: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            await anyio.sleep_forever()
        return waiting.pop(0)

    async def app(inner: Scope, inner_receive: Receive, send: Send) -> None:
        with anyio.CancelScope() as cancelled:
            cancelled.cancel()
            await inner_receive()
        assert cancelled.cancelled_caught
        waiting.append({"type": "http.request", "body": b"I]}", "more_body": False})
        got.append(await inner_receive())

    async def send(message: Message) -> None:
        raise AssertionError

    await wrap(app, stamp(history=True))(scope(), receive, send)
    assert got == [{"type": "http.request", "body": b"{}    ", "more_body": False}]


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize("data", [b"for a machine", [b"for a ", b"machine"]])
async def test_what_the_body_says_is_known_when_the_answer_comes(
    wrap: Wrap, stamp: Any, drive: Any, message: Any, history: bool, data: Any
) -> None:
    """It is learnt while the body goes by, gathered or not."""
    app = Reader(message.json(b"{}"))
    api = stamp(history=history)
    sent = await drive(wrap(app, api), ON, data=data)
    assert api.read_bodies == [b"for a machine"]
    assert sent[1]["body"] == b"{}"
    assert api.jobs[0].skipped == "the request says so"


async def test_a_watched_body_goes_by_as_it_is(wrap: Wrap, stamp: Any, drive: Any) -> None:
    """The messages of a format without history are not gathered, and a long one is not kept."""
    app = Reader()
    api = stamp()
    await drive(wrap(app, api, max_history=10), ON, data=[b"x" * 8, b"[AI]", b"y"])
    assert [m["body"] for m in app.got] == [b"x" * 8, b"[AI]", b"y"]
    assert api.read_bodies == []


async def test_what_the_body_says_of_its_content_is_decided_again(
    wrap: Wrap, stamp: Any, drive: Any, message: Any, header: Any
) -> None:
    """A picture that is changed rather than made is told so, in words and headers."""
    api = stamp()
    sent = await drive(wrap(Reader(message.json(b"{}")), api), ON, data=b"edit this")
    assert api.jobs[0].decision.content.altered is True
    assert header(sent, b"ai-disclosure")[0].startswith(b"mode=ai-modified")


async def test_a_route_says_of_itself_that_it_changes_content(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any
) -> None:
    """Before anything of the body is known."""
    api = stamp(altered=None)
    await drive(wrap(answer(*message.json(b"{}")), api), ON)
    assert api.jobs[0].decision.content.altered is None


async def test_one_long_message_goes_on_unread(wrap: Wrap, stamp: Any, drive: Any) -> None:
    """A body over the limit that comes in one piece is neither searched nor read."""
    app = Reader()
    api = stamp(history=True)
    await drive(wrap(app, api, max_history=10), ON, data=b"[AI]" * 5)
    assert app.body == b"[AI]" * 5
    assert api.read_bodies == []


async def test_a_long_history_is_looked_at_off_the_loop_and_cut(drive: Any, labeler: Labeler) -> None:
    """In one message or several, what is longer than a thread is worth is searched in one, with the same result."""
    threads: list[int] = []

    class Watched(OpenAIChat):
        def cut_history(self, body: bytes, notices: frozenset[str]) -> bytes:
            threads.append(threading.get_ident())
            return super().cut_history(body, notices)

    notice = next(iter(labeler.notices))
    body = json.dumps({"messages": [{"role": "assistant", "content": f"{'word ' * 20_000}\n\n{notice}"}]}).encode()
    for data in ([body], [body[:1000], body[1000:]]):
        reader = Reader()
        app = LabelingMiddleware(reader, labeler=labeler, formats=[Watched()])
        await drive(app, path="/v1/chat/completions", data=data)
        seen = b"".join(message["body"] for message in reader.got)
        assert len(seen) == len(body)
        assert json.loads(seen)["messages"][0]["content"].rstrip() == ("word " * 20_000).rstrip()
    assert len(threads) == 2
    assert threading.get_ident() not in threads
