"""Anthropic Messages, whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from labelkit.errors import MarkError
from labelkit.inspection import inspect
from labelkit.marks import Mark
from labelkit.middleware.formats.anthropic_messages import AnthropicMessages
from labelkit.middleware.formats.base import Job

API = AnthropicMessages()
NOTICE = "This text was generated using artificial intelligence."
Make = Callable[..., Job]
Run = Callable[..., bytes]


def sse(*events: dict[str, Any]) -> bytes:
    """Events as Anthropic writes them."""
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (event["type"].encode(), json.dumps(event).encode()) for event in events
    )


def start(**usage: Any) -> dict[str, Any]:
    """The first event."""
    return {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": usage}}


def block(index: int, *texts: str, kind: str = "text", **more: Any) -> list[dict[str, Any]]:
    """A block: its start, its deltas, its end."""
    key = {"text": "text", "thinking": "thinking", "tool_use": "partial_json"}[kind]
    delta = {"text": "text_delta", "thinking": "thinking_delta", "tool_use": "input_json_delta"}[kind]
    begin = {"type": kind, key: "", **more}
    deltas = [{"type": "content_block_delta", "index": index, "delta": {"type": delta, key: text}} for text in texts]
    return [
        {"type": "content_block_start", "index": index, "content_block": begin},
        *deltas,
        {"type": "content_block_stop", "index": index},
    ]


def end(reason: str = "end_turn") -> list[dict[str, Any]]:
    """The last events."""
    delta = {"stop_reason": reason, "stop_sequence": None}
    return [{"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}}, {"type": "message_stop"}]


def events_of(body: bytes) -> list[dict[str, Any]]:
    """The JSON of each event."""
    return [json.loads(line[6:]) for line in body.split(b"\n") if line.startswith(b"data: ")]


def blocks_of(body: bytes) -> list[str]:
    """The text of each text block, as a client puts it together, by the rules that clients check."""
    blocks: dict[int, str] = {}
    opened: set[int] = set()
    for event in events_of(body):
        index = event.get("index", -1)
        if event["type"] == "content_block_start":
            assert index not in blocks
            opened.add(index)
            blocks[index] = event["content_block"].get("text", "")
        elif event["type"] == "content_block_delta":
            assert index in opened
            blocks[index] += event["delta"].get("text", "")
        elif event["type"] == "content_block_stop":
            opened.remove(index)
        elif event["type"] == "message_delta":
            assert not opened
    return [text for text in blocks.values() if text]


PING = {"type": "ping"}
PLAIN = sse(start(input_tokens=3), *block(0, "Hello", ", world", "!"), PING, *end())
THINKING = sse(start(), *block(0, "hm", kind="thinking", signature=""), *block(1, "Hello", ", world!"), *end())


@pytest.mark.parametrize("places", [None, ()])
@pytest.mark.parametrize("marks", ["visible", "visible c2pa"])
@pytest.mark.parametrize("body", [PLAIN, THINKING], ids=["plain", "thinking"])
def test_stream(body: bytes, marks: str, places: Any, make_job: Make, run: Run) -> None:
    """The label is a text block of its own behind the last one, of events like the stream's own; nothing else moves."""
    job = make_job(marks)
    out = run(API, job, body, places)
    blocks = blocks_of(out)
    assert blocks[0] == "Hello, world!"
    assert blocks[1].startswith(f"\n\n{NOTICE}")
    assert len(job.outcomes) == 1
    if "c2pa" in marks:
        assert inspect("".join(blocks)).ai_generated
    at = out.index(b"event: message_delta")
    added = len(out) - len(body)
    assert out[: at - added] + out[at:] == body
    own = {tuple(event) for event in events_of(body)}
    assert {tuple(event) for event in events_of(out)} == own


def test_several_text_blocks(make_job: Make, run: Run) -> None:
    """Blocks of text are one text to a client that joins them, and so they are signed; the label has the next index."""
    body = sse(start(), *block(0, "One ", "and"), *block(1, " two", citations=[]), *end())
    out = run(API, make_job("c2pa"), body)
    assert inspect("".join(blocks_of(out))).ai_generated
    assert max(event.get("index", 0) for event in events_of(out)) == 2


def test_required_notice_comes_first(make_job: Make, run: Run) -> None:
    """A required notice stands in the first text delta; a thinking block before it is signed, and not touched."""
    out = run(API, make_job(required=[Mark.VISIBLE]), THINKING, None)
    assert blocks_of(out) == [f"{NOTICE}\n\nHello, world!"]
    assert out.count(b"event:") == THINKING.count(b"event:")


@pytest.mark.parametrize(
    ("reason", "why"),
    [("tool_use", "tool call"), ("refusal", "refusal"), ("pause_turn", "the turn is not over")],
)
@pytest.mark.parametrize("places", [None, ()])
def test_not_prose(reason: str, why: str, places: Any, make_job: Make, run: Run) -> None:
    """After a tool call, a refusal or half a turn there is no label: the end of the stream tells."""
    tool = block(1, '{"a":', "1}", kind="tool_use", id="t", name="f", input={})
    body = sse(start(), *block(0, "Let me look."), *tool, *end(reason))
    job = make_job("visible c2pa")
    assert run(API, job, body, places) == body
    assert job.skipped == why


def test_tools_that_were_not_called(make_job: Make, run: Run) -> None:
    """A server's own tool within the turn does not keep the answer from being labelled."""
    tool = block(1, "{}", kind="tool_use", id="t")
    body = sse(start(), *block(0, "I look."), *tool, *block(2, "Found."), *end())
    assert blocks_of(run(API, make_job(), body)) == ["I look.", "Found.", f"\n\n{NOTICE}"]


def test_block_left_open(make_job: Make, run: Run) -> None:
    """Where a server forgets to end its text block, the label goes into it."""
    events = [start(), *block(0, "Hello")[:2], *end()]
    out = events_of(run(API, make_job(), sse(*events)))
    assert [event["delta"]["text"] for event in out if event["type"] == "content_block_delta"] == [
        "Hello",
        f"\n\n{NOTICE}",
    ]


def test_text_in_the_start(make_job: Make, run: Run) -> None:
    """Text that a block begins with is text, and is not repeated in the label's block."""
    first = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hel"}}
    body = sse(start(), first, *block(0, "lo", "!")[1:], *end())
    assert blocks_of(run(API, make_job(), body)) == ["Hello!", f"\n\n{NOTICE}"]
    assert blocks_of(run(API, make_job(required=[Mark.VISIBLE]), body)) == [f"{NOTICE}\n\nHello!"]


def test_no_message_delta(make_job: Make, run: Run) -> None:
    """Without message_delta the label stands before message_stop, and without that at the end."""
    for last in ([{"type": "message_stop"}], []):
        body = sse(start(), *block(0, "Hello"), *last)
        assert blocks_of(run(API, make_job(), body)) == ["Hello", f"\n\n{NOTICE}"]


def test_error(make_job: Make, run: Run) -> None:
    """After an error event there is no label."""
    body = sse(start(), *block(0, "Hello")[:2], {"type": "error", "error": {"type": "overloaded_error"}})
    job = make_job()
    assert run(API, job, body) == body
    assert job.skipped == "the stream reported an error"


def test_nothing_to_copy(make_job: Make, run: Run) -> None:
    """A stream without block starts has nothing that a label could be a copy of; a required one breaks it off."""
    deltas = block(0, "Hello")[1:]
    job = make_job()
    assert run(API, job, sse(*deltas, *end())) == sse(*deltas, *end())
    assert job.skipped == "no event of the stream could carry a label"
    with pytest.raises(MarkError):
        run(API, make_job("c2pa", required=[Mark.C2PA]), sse(*deltas, *end()))


@pytest.mark.parametrize(
    "data", ["{}", "[]", '{"type":"content_block_delta","index":"0"}', '{"type":"message_delta"}', "x"]
)
def test_malformed_events_pass(data: str, make_job: Make, run: Run) -> None:
    """Events that are not what they should be pass as they are."""
    body = sse(start()) + f"data: {data}\n\n".encode() + sse(*block(0, "Hello"), *end())
    out = run(API, make_job(), body)
    assert f"data: {data}\n\n".encode() in out
    assert NOTICE.encode() in out


def test_whole(make_job: Make) -> None:
    """In a body the label ends the last text block, and is signed over all of them."""
    content = [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "One "},
        {"type": "text", "text": "two."},
    ]
    body = json.dumps({"type": "message", "content": content, "stop_reason": "end_turn", "n": 1}).encode()
    out = json.loads(API.whole(body, "application/json", make_job("visible c2pa")))
    texts = [part["text"] for part in out["content"] if part["type"] == "text"]
    assert texts[0] == "One "
    assert texts[1].startswith(f"two.\n\n{NOTICE}")
    assert inspect("".join(texts)).ai_generated
    assert out["content"][0] == content[0]


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "tool_use"}], "stop_reason": "tool_use"}, "tool call"),
        ({"content": [{"type": "text", "text": "No."}], "stop_reason": "refusal"}, "refusal"),
        ({"content": [{"type": "text", "text": "{}"}], "stop_reason": "end_turn"}, "the answer is JSON"),
        ({"content": [{"type": "text", "text": "{"}], "stop_reason": "max_tokens"}, "the answer is JSON"),
        ({"content": []}, "there is no text"),
        ({"content": [None, 1, {"type": "text"}, {"type": "text", "text": 1}]}, "there is no text"),
        ({"type": "error", "error": {"message": "x"}}, "there is no text"),
        ({"stop_reason": ["x"]}, "there is no text"),
    ],
)
def test_whole_untouched(message: dict[str, Any], why: str, make_job: Make) -> None:
    """A message with nothing to label is the same object, and the reason is told."""
    body = json.dumps(message).encode()
    job = make_job()
    assert API.whole(body, "application/json", job) is body
    assert job.skipped == why


@pytest.mark.parametrize(("status", "kind"), [(500, "api_error"), (400, "invalid_request_error")])
def test_problem(status: int, kind: str) -> None:
    """An error has the shape that Anthropic's clients read."""
    said = json.loads(API.problem("no signer", status)[1])
    assert said == {"type": "error", "error": {"type": kind, "message": "no signer"}}
