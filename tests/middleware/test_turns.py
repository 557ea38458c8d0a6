"""What the request body, or the media type, leaves of a decision: the notice of a first answer, or nothing at all."""

import base64
import io
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from PIL import Image
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labelkit import Labeler, Signer, inspect
from labelkit.label import Generator
from labelkit.marks import Mark
from labelkit.middleware import LabelingMiddleware
from labelkit.outcome import Outcome
from labelkit.policy import wordings
from labelkit.service import Service

pytestmark = pytest.mark.anyio

ON = (b"prefer", b"ai-label")
CHAT = wordings("en").chat
CONTENT = wordings("en").text.created
OPENAI, ANTHROPIC = "/v1/chat/completions", "/v1/messages"
FIRST = {"messages": [{"role": "user", "content": "Who are you?"}]}
ANSWER = "I am a model that answers."
ASKS = {"role": "user", "content": "And what is that?"}
PROVIDER = Service(roles=frozenset({"provider"}))
Reply = Callable[[bytes], AsyncIterator[Message]]


@pytest.fixture
def european() -> Labeler:
    """What a provider's labeler does in the EU, without a signer: nothing but to tell at first that an AI talks."""
    return Labeler(Generator(provider="Acme", system="acme-chat", version="2.1"), policy="eu", service=PROVIDER)


def second(notice: str = "") -> dict[str, Any]:
    """The request of a second turn, as clients send their history back."""
    return {"messages": [*FIRST["messages"], {"role": "assistant", "content": notice + ANSWER}, ASKS]}


def whole(path: str) -> list[bytes]:
    """An answer in the API's shape."""
    if path == OPENAI:
        return [json.dumps({"choices": [{"index": 0, "message": {"content": ANSWER}}]}).encode()]
    return [json.dumps({"type": "message", "content": [{"type": "text", "text": ANSWER}]}).encode()]


def streamed(path: str) -> list[bytes]:
    """The same as a stream."""
    if path == OPENAI:
        said: list[Any] = [{"choices": [{"index": 0, "delta": {"content": word + " "}}]} for word in ANSWER.split()]
        said.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    else:
        said = [{"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}]
        for word in ANSWER.split():
            delta = {"type": "text_delta", "text": word + " "}
            said.append({"type": "content_block_delta", "index": 0, "delta": delta})
        said += [{"type": "content_block_stop", "index": 0}, {"type": "message_delta", "delta": {}}]
    return [b"data: %b\n\n" % json.dumps(data).encode() for data in said]


def text_of(path: str, body: bytes) -> str:
    """What a client makes of an answer."""
    if body[:1] == b"{":
        said = json.loads(body)
        return str(said["choices"][0]["message"]["content"] if path == OPENAI else said["content"][0]["text"])
    events = [json.loads(line[6:]) for line in body.split(b"\n\n") if line]
    if path == OPENAI:
        return "".join(each["choices"][0]["delta"].get("content", "") for each in events)
    return "".join(each["delta"].get("text", "") for each in events if each["type"] == "content_block_delta")


class Bot:
    """An application that answers a chat; ``late`` has it begin before it reads its request.

    ``sent`` are the messages that it sent, ``asked`` what it saw of the request.
    """

    def __init__(self, parts: list[bytes], kind: bytes, *headers: tuple[bytes, bytes], late: bool = False) -> None:
        length = (b"content-length", b"%d" % sum(map(len, parts)))
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), length, *headers]}
        ends: list[Message] = [{"type": "http.response.body", "body": part, "more_body": True} for part in parts]
        self.sent: list[Message] = [start, *ends, {"type": "http.response.body", "body": b"", "more_body": False}]
        self.late = late
        self.asked: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.late:
            await send(self.sent[0])
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        self.asked = json.loads(body) if body else None
        for each in self.sent[self.late :]:
            await send(each)


def bot(path: str, stream: bool, *headers: tuple[bytes, bytes], late: bool = False) -> Bot:
    """A bot that speaks an API."""
    kind = b"text/event-stream" if stream else b"application/json"
    return Bot(streamed(path) if stream else whole(path), kind, *headers, late=late)


def unchanged(sent: list[Message], app: Bot) -> bool:
    """Whether every message left as the same object."""
    return len(sent) == len(app.sent) and all(was is now for was, now in zip(app.sent, sent, strict=True))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [OPENAI, ANTHROPIC])
async def test_the_first_answer_says_that_an_ai_talks(
    path: str, stream: bool, european: Labeler, drive: Any, content: Any, header: Any
) -> None:
    """Nobody asked for it, and nobody can switch it off; the text comes behind it."""
    for headers in ((), ((b"prefer", b"ai-label=off"),)):
        app = LabelingMiddleware(bot(path, stream), labeler=european)
        sent = await drive(app, *headers, path=path, data=json.dumps(FIRST).encode())
        assert text_of(path, content(sent)).rstrip() == f"{CHAT}\n\n{ANSWER}"
        assert header(sent, b"preference-applied") == [b"ai-label=visible"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [OPENAI, ANTHROPIC])
async def test_a_later_answer_leaves_as_if_no_label_had_applied(
    path: str, stream: bool, european: Labeler, drive: Any
) -> None:
    """The start and the body message for message, nothing announced, no outcome; our notice is out of the history."""
    told: list[Outcome] = []
    inner = bot(path, stream, (b"etag", b'"1"'))
    app = LabelingMiddleware(inner, labeler=european, on_outcome=lambda outcome, scope: told.append(outcome))
    sent = await drive(app, path=path, data=json.dumps(second(f"{CHAT}\n\n")).encode())
    assert unchanged(sent, inner)
    assert inner.asked == second()
    assert told == []


@pytest.mark.parametrize("stream", [False, True])
async def test_what_is_chosen_stays_chosen_in_later_answers(
    stream: bool, european: Labeler, drive: Any, content: Any
) -> None:
    """The user's own label goes on, without the sentence of the first answer."""
    for asked, expected in (
        (FIRST, f"{CHAT} {CONTENT}\n\n{ANSWER}"),
        (second(f"{CHAT} {CONTENT}\n\n"), f"{ANSWER}\n\n{CONTENT}"),
    ):
        inner = bot(OPENAI, stream)
        app = LabelingMiddleware(inner, labeler=european)
        sent = await drive(app, ON, path=OPENAI, data=json.dumps(asked).encode())
        assert text_of(OPENAI, content(sent)).replace(" \n", "\n").rstrip() == expected
        if asked is not FIRST:
            assert inner.asked == second()


@pytest.mark.parametrize("blank", [" ", "\n", " \n\n ", "    ", "\n\t"])
async def test_a_notice_behind_white_space_is_cut_out(blank: str, european: Labeler, drive: Any, content: Any) -> None:
    """Many models begin with a space or a line end; the notice waits behind it for the first word, and is found there
    when the client sends it back."""
    events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in (blank, "I am", " a model.")]
    inner = Bot([b"data: %b\n\n" % json.dumps(each).encode() for each in events], b"text/event-stream")
    sent = await drive(LabelingMiddleware(inner, labeler=european), path=OPENAI, data=json.dumps(FIRST).encode())
    text = text_of(OPENAI, content(sent))
    assert CHAT in text
    asked = {"messages": [*FIRST["messages"], {"role": "assistant", "content": text}, ASKS]}
    again = bot(OPENAI, False)
    await drive(LabelingMiddleware(again, labeler=european), path=OPENAI, data=json.dumps(asked).encode())
    assert again.asked["messages"][1]["content"].strip() == "I am a model."


@pytest.mark.parametrize("stream", [False, True])
async def test_a_request_that_cannot_be_read_counts_as_in_scope(
    stream: bool, european: Labeler, drive: Any, content: Any
) -> None:
    """Who cannot tell whether it is the first answer takes it for one."""
    for data in (b'{"messages": 1}', json.dumps(second()).encode()):
        app = LabelingMiddleware(bot(OPENAI, stream), labeler=european, max_history=20)
        sent = await drive(app, path=OPENAI, data=data)
        assert text_of(OPENAI, content(sent)).startswith(CHAT)


async def test_what_is_not_due_is_not_refused(european: Labeler, drive: Any) -> None:
    """A later answer that could not be labelled, for it is compressed, is nobody's failure; a first one is."""
    for asked, status in ((FIRST, 500), (second(), 200)):
        inner = bot(OPENAI, False, (b"content-encoding", b"gzip"))
        sent = await drive(LabelingMiddleware(inner, labeler=european), path=OPENAI, data=json.dumps(asked).encode())
        assert sent[0]["status"] == status
        assert unchanged(sent, inner) is (status == 200)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [OPENAI, ANTHROPIC])
async def test_what_was_decided_at_the_start_stays(
    path: str, stream: bool, european: Labeler, drive: Any, content: Any, header: Any
) -> None:
    """A handler that begins before it reads its request gets what was announced, whatever the request says then."""
    told: list[Outcome] = []
    inner = bot(path, stream, late=True)
    app = LabelingMiddleware(inner, labeler=european, on_outcome=lambda outcome, scope: told.append(outcome))
    sent = await drive(app, path=path, data=json.dumps(second(f"{CHAT}\n\n")).encode())
    assert inner.asked == second()
    assert text_of(path, content(sent)).rstrip() == f"{CHAT}\n\n{ANSWER}"
    assert header(sent, b"preference-applied") == [b"ai-label=visible"]
    assert [outcome.applied for outcome in told] == [{Mark.VISIBLE}]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_request_for_json_is_heard_late_as_well(
    stream: bool, labeler: Labeler, drive: Any, content: Any
) -> None:
    """What machines read stays as it is, though the request said so only after the response had begun."""
    inner = bot(OPENAI, stream, late=True)
    asked = {**FIRST, "response_format": {"type": "json_object"}}
    sent = await drive(LabelingMiddleware(inner, labeler=labeler), ON, path=OPENAI, data=json.dumps(asked).encode())
    assert content(sent) == b"".join(part.get("body", b"") for part in inner.sent)


class TwoStep:
    """Begins its stream, sends a first part of it, then reads its request."""

    def __init__(self) -> None:
        self.sent = bot(OPENAI, True).sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for each in self.sent[:3]:
            await send(each)
        await receive()
        for each in self.sent[3:]:
            await send(each)


async def test_a_request_for_json_is_heard_in_the_middle_of_a_stream(
    labeler: Labeler, drive: Any, content: Any
) -> None:
    """A label that is still to come does not come then."""
    inner = TwoStep()
    asked = {**FIRST, "response_format": {"type": "json_object"}}
    sent = await drive(LabelingMiddleware(inner, labeler=labeler), ON, path=OPENAI, data=json.dumps(asked).encode())
    assert content(sent) == b"".join(part.get("body", b"") for part in inner.sent)


@pytest.fixture
def pictures_only(policy_of: Any) -> Labeler:
    """A labeler that labels pictures by default, and no text."""
    policy = policy_of(Mark.METADATA, level="default")
    return Labeler(Generator(provider="Acme", system="acme-chat", version="2.1"), policy=policy)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("kind", [b"text/plain", b"text/markdown"])
async def test_a_medium_that_gets_no_mark(kind: bytes, method: str, pictures_only: Labeler, drive: Any) -> None:
    """A declared route whose answer turns out to be text where only pictures are labelled: Vary is all that is added,
    and only where a cache may keep it."""
    told: list[Outcome] = []
    inner = Bot([b"Hello ", b"there."], kind, (b"etag", b'"1"'))
    app = LabelingMiddleware(
        inner, labeler=pictures_only, generated={"/x": None}, on_outcome=lambda outcome, scope: told.append(outcome)
    )
    sent = await drive(app, path="/x", method=method)
    assert all(was is now for was, now in zip(inner.sent[1:], sent[1:], strict=True))
    more = [] if method == "POST" else [(b"vary", b"Prefer, Cookie")]
    assert sent[0]["headers"] == [*inner.sent[0]["headers"], *more]
    assert told == []


@pytest.mark.parametrize("pointer", ["/text", None])
async def test_json_that_turns_out_to_be_text(pointer: str | None, pictures_only: Labeler, drive: Any) -> None:
    """JSON may hold a picture, so it is waited for; a text in it leaves as it came, and nobody is told of a failure."""
    told: list[Outcome] = []
    inner = Bot([b'{"text": "Hello there."}' if pointer else b'"Hello there."'], b"application/json")
    app = LabelingMiddleware(
        inner, labeler=pictures_only, generated={"/x": pointer}, on_outcome=lambda outcome, scope: told.append(outcome)
    )
    assert await drive(app, path="/x") == inner.sent
    assert told == []


@pytest.mark.parametrize("pointer", ["/text", None])
async def test_events_that_turn_out_to_be_text(
    pointer: str | None, pictures_only: Labeler, drive: Any, content: Any, header: Any
) -> None:
    """A stream of events may hold one as well: its text leaves as it came, and no mark is announced."""
    told: list[Outcome] = []
    inner = Bot([b'data: {"text": "Hello "}\n\n', b'data: {"text": "there."}\n\n'], b"text/event-stream")
    app: ASGIApp = LabelingMiddleware(
        inner, labeler=pictures_only, generated={"/x": pointer}, on_outcome=lambda outcome, scope: told.append(outcome)
    )
    sent = await drive(app, path="/x")
    assert content(sent) == b"".join(part.get("body", b"") for part in inner.sent)
    assert header(sent, b"preference-applied") == header(sent, b"ai-disclosure") == []
    assert told == []


@pytest.mark.parametrize("stream", [False, True])
async def test_a_picture_where_only_pictures_are_labelled(
    stream: bool, pictures_only: Labeler, drive: Any, content: Any
) -> None:
    """The same route labels a picture, in JSON as in an event."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    said = json.dumps({"text": base64.b64encode(file.getvalue()).decode()}).encode()
    inner = Bot([b"data: %b\n\n" % said], b"text/event-stream") if stream else Bot([said], b"application/json")
    app = LabelingMiddleware(inner, labeler=pictures_only, generated={"/x": "/text"})
    got = content(await drive(app, path="/x")).removeprefix(b"data: ")
    assert inspect(base64.b64decode(json.loads(got)["text"])).ai_generated is True


@pytest.mark.parametrize("cookie", ["on", "off"])
async def test_an_answer_that_a_cookie_left_without_a_label_is_private(
    cookie: str, policy_of: Any, drive: Any, header: Any
) -> None:
    """A picture by default and by choice, a text by default alone: whoever said no gets what no shared cache may keep."""
    generator = Generator(provider="Acme", system="acme-chat", version="2.1")
    labeler = Labeler(generator, policy=policy_of(Mark.VISIBLE, level="default"))
    said = (b"cookie", b"ai_label=metadata" if cookie == "off" else b"ai_label=visible")
    inner = Bot([b"Hello there."], b"text/plain")
    sent = await drive(
        LabelingMiddleware(inner, labeler=labeler, generated={"/x": None}), said, path="/x", method="GET"
    )
    assert header(sent, b"cache-control") == [b"private"]
    assert bool(header(sent, b"preference-applied")) is (cookie == "on")


async def test_a_signed_later_answer(development: Signer, drive: Any, content: Any, header: Any) -> None:
    """What is required of every answer stays required in a later one, where it is long enough; the sentence does not."""
    generator = Generator(provider="Acme", system="acme-chat", version="2.1")
    labeler = Labeler(generator, signer=development, policy="eu", service=PROVIDER)
    long = f"{ANSWER} " * 100
    body = json.dumps({"choices": [{"index": 0, "message": {"content": long}}]}).encode()
    for asked, first in ((FIRST, True), (second(), False)):
        app = LabelingMiddleware(Bot([body], b"application/json"), labeler=labeler)
        text = text_of(OPENAI, content(await drive(app, path=OPENAI, data=json.dumps(asked).encode())))
        assert text.startswith(CHAT) is first
        assert "\ufeff" in text
    for asked, applied in ((FIRST, [b"ai-label=visible"]), (second(), [])):
        inner = bot(OPENAI, False)
        sent = await drive(LabelingMiddleware(inner, labeler=labeler), path=OPENAI, data=json.dumps(asked).encode())
        assert header(sent, b"preference-applied") == applied  # too short to be signed
        assert (content(sent) == whole(OPENAI)[0]) is (not applied)
