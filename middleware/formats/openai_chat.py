"""OpenAI Chat Completions: ``choices[].message.content``, and ``choices[].delta.content`` of a stream.

Every server that calls itself compatible is meant: vLLM, llama.cpp, LiteLLM, transformers, Yandex. Keys that a server
leaves out are never added, for a label travels in a copy of an event of the same stream, immediately before the
event with ``finish_reason``; or in that event, where it has text of its own or there is nothing to copy.
What is not labelled, and why: see ``machine``; besides tool calls, refusals and audio.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from labelkit.marks import Medium
from labelkit.middleware.formats import asked
from labelkit.middleware.formats.base import Facts, Job
from labelkit.middleware.formats.draft import Draft
from labelkit.middleware.formats.events import ERROR, is_event_stream
from labelkit.middleware.formats.history import cut_labels
from labelkit.middleware.formats.lane import Lane
from labelkit.middleware.formats.machine import TOOL_CALL
from labelkit.middleware.formats.texts import Answer, label_texts, text_parts
from labelkit.middleware.formats.tokens import TokenSplicer, Write, as_copy
from labelkit.middleware.framing.json_spans import Span, elements, escape, find, find_text, json_object, members
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
        return Facts(asked.of_chat(request), asked.stream(request), first_turn=asked.first_turn(request))

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


class Choice(NamedTuple):
    """A choice of an event: which it is, what it says, its place among them, and where in the data its text stands."""

    number: int
    says: dict[str, Any]
    position: int
    delta: dict[str, Any]
    text: Span | None

    @property
    def finish(self) -> Any:
        """Why it ended; None, "" or no key at all while it has not."""
        return self.says.get("finish_reason")


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
        choices = _read(chunk, data)
        for choice in choices:
            self._take(draft, choice)
        if len(choices) == 1 and choices[0].text:
            self._learn(draft.event, choices[0], choices[0].text, usage=bool(chunk.get("usage")))

    def reread(self, lane: Lane, event: Event) -> str:
        """The text of an event that looked ordinary and was not: it may say that this is a refusal."""
        data = event.data or b""
        texts = []
        for choice in _read(json_object(data), data):
            lane.suppress(_not_prose(choice.delta))
            texts.append(choice.delta["content"] if choice.text else "")
        return "".join(texts)

    def write(self, lane: Lane) -> Write | None:
        """A label as a copy of the choice's last event with text."""
        copy = lane.copy or self._spares.get(lane.index)
        return copy and (lambda text: escape(text).join(copy) if text else b"")

    def _take(self, draft: Draft, choice: Choice) -> None:
        lane = self.lane(choice.number)
        lane.suppress(_not_prose(choice.delta, choice.finish))
        if choice.text and (head := lane.text(choice.delta["content"])):
            draft.replace(choice.text.start + 1, choice.text.start + 1, escape(head))
        if choice.finish and lane.started and not lane.done:
            self._finish(draft, lane, choice)

    def _finish(self, draft: Draft, lane: Lane, choice: Choice) -> None:
        """Label before this event, or in it: behind its own text, or in its empty delta."""
        cut_off = choice.finish == "length"
        inside: tuple[Span, Write] | None = None
        if choice.text:
            inside = Span(choice.text.end - 1, choice.text.end - 1), escape
        elif lane.copy is None:
            inside = _in_delta(draft.event.data or b"", choice.position)
        if inside is None:
            self.label(lane, draft.before, cut_off=cut_off)
        elif lane.close(cut_off=cut_off):
            place, write = inside
            self.put_tail(lane, lambda part: draft.replace(*place, part), write)

    def _learn(self, event: Event, choice: Choice, text: Span, *, usage: bool) -> None:
        """Know the choice's next events by this one, and what a copy of it looks like."""
        more = any(value for key, value in choice.delta.items() if key not in ("content", "role"))
        if more or choice.finish or choice.says.get("logprobs"):
            return
        lane = self.lane(choice.number)
        self.learn(lane, event, text)
        if choice.delta.get("role") and choice.number not in self._spares:
            self._spares[choice.number] = as_copy(event, text)
        elif not usage:  # a count that is told twice may be added up
            lane.copy = as_copy(event, text)


def _read(chunk: dict[str, Any], data: bytes) -> list[Choice]:
    choices = chunk.get("choices")
    read = []
    for position, says in enumerate(choices if isinstance(choices, list) else ()):
        if isinstance(says, dict):
            delta = says.get("delta")
            delta = delta if isinstance(delta, dict) else {}
            content, index = delta.get("content"), says.get("index")
            path = ("choices", position, "delta", "content")
            text = find_text(data, path, content) if content and isinstance(content, str) else None
            read.append(Choice(index if isinstance(index, int) else position, says, position, delta, text))
    return read


def _texts(document: Any, body: bytes) -> Iterator[Answer]:
    """Each choice's message."""
    choices = document.get("choices") if isinstance(document, dict) else None
    if not isinstance(choices, list):
        return
    # One choice is found at once, more in one walk.
    place = find(body, ("choices",)) if len(choices) != 1 else None
    spans: Iterable[Span | None] = elements(body, place) if place else [None]
    for choice, span in zip(choices, spans, strict=False):
        message = choice.get("message") if isinstance(choice, dict) else None
        if isinstance(message, dict):
            finish, content = choice.get("finish_reason"), message.get("content")
            path = ("message", "content") if span else ("choices", 0, "message", "content")
            text = find_text(body, path, content) if isinstance(content, str) and not span else find(body, path, span)
            yield Answer(text_parts(body, content, text), _not_prose(message, finish), cut_off=finish == "length")


def _not_prose(message: dict[str, Any], finish: Any = None) -> str:
    if message.get("tool_calls") or message.get("function_call") or finish in ("tool_calls", "function_call"):
        return TOOL_CALL
    return "refusal" if message.get("refusal") else ""


def _in_delta(data: bytes, position: int) -> tuple[Span, Write] | None:
    """Where a delta without text takes one, and how it is written there; None where there is no delta."""
    delta = find(data, ("choices", position, "delta"))
    if delta is None or data[delta.start] != ord("{"):
        return None
    there = members(data, delta)
    if content := there.get("content"):
        return content, _in_quotes(data[content.start : content.end])
    return Span(delta.start + 1, delta.start + 1), _as_member(last=not there)


def _in_quotes(otherwise: bytes) -> Write:
    return lambda text: b'"%b"' % escape(text) if text else otherwise


def _as_member(*, last: bool) -> Write:
    return lambda text: b'"content":"%b"%b' % (escape(text), b"" if last else b",") if text else b""
