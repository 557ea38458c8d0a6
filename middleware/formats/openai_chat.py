"""OpenAI Chat Completions: ``choices[].message.content``, and ``choices[].delta.content`` of a stream.

Every server that calls itself compatible is meant: vLLM, llama.cpp, LiteLLM, transformers, Yandex. Keys that a server
leaves out are never added, for a label travels in a copy of an event of the same stream, immediately before the
event with ``finish_reason``; or in that event, where it has text of its own or there is nothing to copy.
What is not labelled, and why: see ``machine``; besides tool calls, refusals and audio.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from labelkit.marks import Medium
from labelkit.middleware.formats import asked
from labelkit.middleware.formats.base import Facts, Job
from labelkit.middleware.formats.draft import Draft
from labelkit.middleware.formats.events import ERROR, is_event_stream
from labelkit.middleware.formats.history import cut_labels
from labelkit.middleware.formats.lane import Lane
from labelkit.middleware.formats.texts import Answer, label_texts, text_parts
from labelkit.middleware.formats.tokens import TokenSplicer, Write, as_copy
from labelkit.middleware.framing.json_spans import Span, elements, escape, find, json_object, members
from labelkit.middleware.framing.sse import Event


class OpenAIChat:
    """``POST /v1/chat/completions``."""

    name = "openai-chat"
    medium = Medium.TEXT
    suffixes = ("/chat/completions",)
    methods = frozenset({"POST"})
    history = True
    altered = False

    def read(self, body: bytes) -> Facts:
        """What the request asks for, in the words of OpenAI and of the servers compatible with it."""
        request = asked.parse(body)
        return Facts(asked.of_chat(request), asked.stream(request))

    def cut_history(self, body: bytes, notices: frozenset[str]) -> bytes:
        """The request without our labels in the assistant's messages."""
        return cut_labels(body, notices)

    def whole(self, body: bytes, media_type: str, job: Job) -> bytes:
        """Label each choice's message."""
        return label_texts(body, job, _texts)

    def stream(self, media_type: str, job: Job) -> ChatSplicer | None:
        """A splicer for ``text/event-stream``."""
        return ChatSplicer(job) if is_event_stream(media_type) else None

    def problem(self, what: str, status: int) -> tuple[str, bytes]:
        """An error as OpenAI's clients read it."""
        kind = "server_error" if status >= 500 else "invalid_request_error"
        error = {"message": what, "type": kind, "param": None, "code": "ai_label"}
        return "application/json", json.dumps({"error": error}).encode()


class ChatSplicer(TokenSplicer):
    """Labels each choice of a stream of ``chat.completion.chunk`` events."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        # An event that says the role is copied at worst: some clients would read "assistantassistant".
        self._spares: dict[int, tuple[bytes, bytes]] = {}

    def look(self, draft: Draft) -> None:
        """Take an event that is not ordinary."""
        data = draft.event.data or b""
        if data.strip() == b"[DONE]":
            self.label_all(draft.before)
            return
        chunk = json_object(data)
        if chunk.get("error") or draft.event.name == b"error":
            self.stop(ERROR)
            return
        choices, spans = _choices(chunk, data)
        for position, (choice, span) in enumerate(zip(choices, spans, strict=True)):
            if isinstance(choice, dict):
                self._choice(draft, choice, span, position)
                self._learn(draft.event, chunk, choice, span, position)

    def reread(self, lane: Lane, event: Event) -> str:
        """The text of an event that looked ordinary and was not: it may say that this is a refusal."""
        data = event.data or b""
        choices, _ = _choices(json_object(data), data)
        delta = _delta(choices[0])
        lane.suppress(_not_prose(delta))
        content = delta.get("content")
        return content if isinstance(content, str) else ""

    def write(self, lane: Lane) -> Write | None:
        """A label as a copy of the choice's last event with text."""
        copy = lane.copy or self._spares.get(lane.index)
        return copy and (lambda text: escape(text).join(copy) if text else b"")

    def _choice(self, draft: Draft, choice: dict[str, Any], span: Span, position: int) -> None:
        lane = self.lane(_index(choice, position))
        delta = _delta(choice)
        finish = choice.get("finish_reason")
        lane.suppress(_not_prose(delta, finish))
        text = _content(draft.event, choice, span)
        if text and (head := lane.text(delta["content"])):
            draft.replace(text.start + 1, text.start + 1, escape(head))
        if finish and lane.started and not lane.done:
            self._finish(draft, lane, span, text, cut_off=finish == "length")

    def _finish(self, draft: Draft, lane: Lane, span: Span, text: Span | None, *, cut_off: bool) -> None:
        """Label before this event, or in it: behind its own text, or in its empty delta."""
        data = draft.event.data or b""
        delta = find(data, ("delta",), span)
        write: Write
        if text:
            place, write = Span(text.end - 1, text.end - 1), escape
        elif lane.copy or delta is None or data[delta.start] != ord("{"):
            self.label(lane, draft.before, cut_off=cut_off)
            return
        elif content := members(data, delta).get("content"):
            place, write = content, _in_quotes(data[content.start : content.end])
        else:
            place, write = Span(delta.start + 1, delta.start + 1), _as_member(last=not members(data, delta))
        if lane.close(cut_off=cut_off):
            self.put_tail(lane, lambda part: draft.replace(*place, part), write)

    def _learn(self, event: Event, chunk: dict[str, Any], choice: dict[str, Any], span: Span, position: int) -> None:
        """Know the choice's next events by this one, and what a copy of it looks like."""
        text = _content(event, choice, span)
        delta = _delta(choice)
        more = any(value for key, value in delta.items() if key not in ("content", "role"))
        alone = len(chunk["choices"]) == 1
        if not text or not alone or more or choice.get("finish_reason") or choice.get("logprobs"):
            return
        lane = self.lane(_index(choice, position))
        if delta.get("role") and lane.index not in self._spares:
            self._spares[lane.index] = as_copy(event, text)
        else:
            lane.copy = as_copy(event, text)
        if not chunk.get("usage"):
            self.learn(lane, event, text)


def _texts(document: Any, body: bytes) -> Iterator[Answer]:
    """Each choice's message."""
    completion = document if isinstance(document, dict) else {}
    choices, spans = _choices(completion, body)
    for choice, span in zip(choices, spans, strict=True):
        message = choice.get("message") if isinstance(choice, dict) else None
        if isinstance(message, dict):
            finish = choice.get("finish_reason")
            content = find(body, ("message", "content"), span)
            texts = text_parts(body, message.get("content"), content)
            yield Answer(texts, _not_prose(message, finish), cut_off=finish == "length")


def _choices(document: dict[str, Any], data: bytes) -> tuple[list[Any], list[Span]]:
    choices = document.get("choices")
    span = find(data, ("choices",)) if isinstance(choices, list) else None
    return (choices, list(elements(data, span))) if span and isinstance(choices, list) else ([], [])


def _index(choice: dict[str, Any], position: int) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else position


def _delta(choice: Any) -> dict[str, Any]:
    delta = choice.get("delta") if isinstance(choice, dict) else None
    return delta if isinstance(delta, dict) else {}


def _content(event: Event, choice: dict[str, Any], span: Span) -> Span | None:
    content = _delta(choice).get("content")
    return find(event.data or b"", ("delta", "content"), span) if content and isinstance(content, str) else None


def _not_prose(message: dict[str, Any], finish: Any = None) -> str:
    if message.get("tool_calls") or message.get("function_call") or finish in ("tool_calls", "function_call"):
        return "tool call"
    return "refusal" if message.get("refusal") else ""


def _in_quotes(otherwise: bytes) -> Write:
    return lambda text: b'"%b"' % escape(text) if text else otherwise


def _as_member(*, last: bool) -> Write:
    return lambda text: b'"content":"%b"%b' % (escape(text), b"" if last else b",") if text else b""
