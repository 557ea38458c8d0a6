"""Texts that are too short for a mark: nothing is put anywhere, and only what was applied is announced."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labelkit.choice import Choice
from labelkit.errors import MarkError
from labelkit.labeler import Labeler
from labelkit.marks import Mark, Medium
from labelkit.middleware.formats.anthropic_messages import AnthropicMessages
from labelkit.middleware.formats.base import Job
from labelkit.middleware.formats.generated import Generated
from labelkit.middleware.formats.openai_chat import OpenAIChat
from labelkit.middleware.formats.plain import PlainSplicer

NOTICE = "This text was generated using artificial intelligence."
SHORT, LONG = "A few words.", "More words than a few. " * 100
Run = Callable[..., bytes]
Write = Callable[..., bytes]
Make = Callable[..., Job]


@pytest.fixture
def job(signing: Labeler) -> Make:
    """Makes a job whose c2pa mark is for 200 tokens and more, and required where it is not chosen."""

    def make(marks: str = "c2pa", *, required: bool = True) -> Job:
        decision = signing.decide(Choice.parse(marks), Medium.TEXT)
        asked = frozenset({Mark.C2PA}) if required else frozenset[Mark]()
        return Job(signing, replace(decision, required=asked, least_tokens={Mark.C2PA: 200}))

    return make


def openai(text: str, event: Write) -> bytes:
    """A stream of OpenAI's."""
    said: list[Any] = [{"choices": [{"index": 0, "delta": {"content": word + " "}}]} for word in text.split()]
    said.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    return b"".join(map(event, [*said, "[DONE]"]))


def anthropic(text: str, event: Write, *, at_once: bool = False) -> bytes:
    """A stream of Anthropic's; ``at_once`` has all of the text in the event that begins its block."""
    block = {"type": "text", "text": text if at_once else ""}
    said: list[Any] = [{"type": "content_block_start", "index": 0, "content_block": block}]
    for word in () if at_once else text.split():
        delta = {"type": "text_delta", "text": word + " "}
        said.append({"type": "content_block_delta", "index": 0, "delta": delta})
    said += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    ]
    return b"".join(map(event, [*said, {"type": "message_stop"}]))


def own(text: str, event: Write) -> bytes:
    """A home-made stream."""
    return b"".join(event({"answer": word + " "}) for word in text.split()) + event("[DONE]")


def bare(text: str, event: Write) -> bytes:
    """A stream of bare text."""
    return b"".join(event(f" {word}") for word in text.split())


STREAMS = {
    "openai": (OpenAIChat(), openai),
    "anthropic": (AnthropicMessages(), anthropic),
    "pointer": (Generated("/chat", "/answer"), own),
    "bare": (Generated("/chat", None), bare),
}


@pytest.mark.parametrize("places", [None, (), (30, 77, 200)])
@pytest.mark.parametrize("name", STREAMS)
def test_streams(name: str, places: Any, job: Make, run: Run, event: Write) -> None:
    """An empty tail is no event and no empty delta: a short text leaves byte for byte, a long one is signed."""
    api, write = STREAMS[name]
    assert run(api, short := job(), body := write(SHORT, event), places) == body
    assert [outcome.applied for outcome in short.outcomes] == [frozenset()]
    assert short.outcomes[0].remarks
    assert not short.outcomes[0].missing
    assert len(run(api, long := job(), body := write(LONG, event), places)) > len(body)
    assert [outcome.applied for outcome in long.outcomes] == [{Mark.C2PA}]


@pytest.mark.parametrize("name", STREAMS)
def test_streams_with_a_notice(name: str, job: Make, run: Run, event: Write) -> None:
    """What has no threshold is made."""
    api, write = STREAMS[name]
    out = run(api, made := job("visible c2pa"), write(SHORT, event), None)
    assert NOTICE.encode() in out
    assert b"\xef\xbb\xbf" not in out
    assert b"\\ufeff" not in out
    assert [outcome.applied for outcome in made.outcomes] == [{Mark.VISIBLE}]


@pytest.mark.parametrize("text", [SHORT, LONG])
def test_plain_text(text: str, job: Make, drive: Any) -> None:
    """A body of plain text ends where it ended."""
    out = drive(PlainSplicer(made := job()), [text.encode()])
    assert (out == text.encode()) is (text is SHORT)
    assert [outcome.applied for outcome in made.outcomes] == [frozenset() if text is SHORT else {Mark.C2PA}]


def test_whole(job: Make) -> None:
    """A whole answer stays the same object; of several answers each is measured."""
    short, long = ({"message": {"content": text}} for text in (SHORT, LONG))
    body = json.dumps({"choices": [short]}).encode()
    assert OpenAIChat().whole(body, "application/json", made := job()) is body
    assert [outcome.applied for outcome in made.outcomes] == [frozenset()]
    assert made.skipped is None
    both = json.dumps({"choices": [short, long]}).encode()
    texts = [
        each["message"]["content"]
        for each in json.loads(OpenAIChat().whole(both, "application/json", job()))["choices"]
    ]
    assert texts[0] == SHORT
    assert texts[1].startswith(LONG)
    assert len(texts[1]) > len(LONG)


def test_no_place(job: Make, run: Run, event: Write) -> None:
    """A stream without a place for a required mark is an error only where the mark would have been made."""
    body = anthropic(SHORT, event, at_once=True)
    assert run(AnthropicMessages(), made := job(), body, None) == body
    assert made.skipped is None
    with pytest.raises(MarkError, match="no place"):
        run(AnthropicMessages(), job(), anthropic(LONG, event, at_once=True), None)
