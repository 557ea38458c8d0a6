"""Anthropic Messages: the text blocks of ``content``, which clients join to one text.

In a body the label ends the last text block. In a stream nobody knows at a block's end whether it was the last, and
no event is held back to find out; so the label is a text block of its own, made of copies of the stream's own
events, between the last ``content_block_stop`` and ``message_delta``. There ``stop_reason`` is known: after a tool
call, a refusal or a turn that is not over there is no label. Thinking blocks are signed, and never touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
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
from labelkit.middleware.formats.tokens import TokenSplicer, Write
from labelkit.middleware.framing.json_spans import Span, Splicing, escape, find, find_text, json_object, splice
from labelkit.middleware.framing.sse import Event

_NOT_PROSE = {"tool_use": TOOL_CALL, "refusal": "refusal", "pause_turn": "the turn is not over"}
_ERRORS = {400: "invalid_request_error", 413: "request_too_large"}


class AnthropicMessages:
    """``POST /v1/messages``."""

    name = "anthropic-messages"
    medium = Medium.TEXT
    suffixes = ("/v1/messages",)
    methods = frozenset({"POST"})
    history = True
    altered = False

    def read(self, body: bytes) -> Facts:
        """What the request asks for. Tools alone do not say that the answer will be a call."""
        request = asked.parse(body)
        return Facts(asked.of_messages(request), asked.stream(request), first_turn=asked.first_turn(request))

    def cut_history(self, body: bytes, notices: frozenset[str]) -> bytes:
        """The request without our labels in the assistant's messages."""
        return cut_labels(body, notices)

    def whole(self, body: bytes, media_type: str, job: Job) -> bytes:
        """Label the message."""
        return label_texts(body, job, _texts)

    def stream(self, media_type: str, job: Job) -> MessageSplicer | None:
        """A splicer for ``text/event-stream``."""
        return MessageSplicer(job) if is_event_stream(media_type) else None

    def problem(self, what: str, status: int) -> tuple[str, bytes]:
        """An error as Anthropic's clients read it."""
        error = {"type": _ERRORS.get(status, "api_error"), "message": what}
        return "application/json", json.dumps({"type": "error", "error": error}).encode()


class Shape(NamedTuple):
    """An event to be copied, with its number and its text (no span where it has none) exchanged."""

    raw: bytes
    number: Span
    text: Span | None

    def copy(self, index: int, text: bytes = b"") -> bytes:
        """The event for another block, with another text."""
        changed = [Splicing(*self.number, b"%d" % index)]
        return splice(self.raw, [*changed, Splicing(*self.text, b'"%b"' % text)] if self.text else changed)


class MessageSplicer(TokenSplicer):
    """Labels the one message of a stream."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._last = -1  # the highest index of a block
        self._open: int | None = None  # the text block that has begun and not ended
        self._shapes: dict[str, Shape] = {}

    def look(self, draft: Draft) -> None:
        """Take an event that is not ordinary."""
        event = draft.event
        says = json_object(event.data or b"")
        kind = says.get("type")
        index = says.get("index")
        if kind == "error" or event.name == b"error":
            self.stop(ERROR)
        elif kind == "message_delta":
            self._stop_reason(draft, says)
        elif kind == "message_stop":
            self.label_all(draft.before)
        elif not isinstance(index, int):
            return
        elif kind == "content_block_start":
            self._begin(draft, says, index)
        elif kind == "content_block_delta":
            self._delta(draft, says, index)
        elif kind == "content_block_stop" and index == self._open:
            self._open = None
            self._keep("stop", event, ())

    def reread(self, lane: Lane, event: Event) -> str:
        """The text of an event that looked ordinary and was not."""
        return _text(json_object(event.data or b"").get("delta"), "text_delta")

    def write(self, lane: Lane) -> Write | None:
        """A label in the text block that is still open, else in a new one."""
        shapes = self._shapes
        if "delta" in shapes and self._open is not None:
            parts, index = ["delta"], self._open
        elif {"start", "delta", "stop"} <= shapes.keys():
            parts, index = ["start", "delta", "stop"], self._last + 1
        else:
            return None

        def written(text: str) -> bytes:
            inside = {"delta": escape(text)}
            return b"".join(shapes[part].copy(index, inside.get(part, b"")) for part in parts) if text else b""

        return written

    def _begin(self, draft: Draft, says: dict[str, Any], index: int) -> None:
        self._last = max(self._last, index)
        block = says.get("content_block")
        if isinstance(block, dict) and block.get("type") == "text":
            self._open = index
            self._keep("start", draft.event, ("content_block", "text"))
            self._text(draft, _text(block, "text"), ("content_block", "text"))

    def _delta(self, draft: Draft, says: dict[str, Any], index: int) -> None:
        self._last = max(self._last, index)
        text = _text(says.get("delta"), "text_delta")
        place = self._text(draft, text, ("delta", "text"))
        if place:
            self._keep("delta", draft.event, ("delta", "text"))
            self.learn(self.lane(0), draft.event, place)

    def _text(self, draft: Draft, text: str, path: tuple[str, ...]) -> Span | None:
        place = find_text(draft.event.data or b"", path, text) if text else None
        if place and (head := self.lane(0).text(text)):
            draft.replace(place.start + 1, place.start + 1, escape(head))
        return place

    def _stop_reason(self, draft: Draft, says: dict[str, Any]) -> None:
        delta = says.get("delta")
        reason = delta.get("stop_reason") if isinstance(delta, dict) else None
        if reason and isinstance(reason, str):
            lane = self.lane(0)
            lane.suppress(_NOT_PROSE.get(reason, ""))
            self.label(lane, draft.before, cut_off=reason == "max_tokens")

    def _keep(self, name: str, event: Event, text: tuple[str, ...]) -> None:
        """Keep an event to be copied; as a whole one, wherever chunks were cut."""
        data = event.data or b""
        index, inside = find(data, ("index",)), find(data, text) if text else None
        if index and (inside or not text):
            raw = event.raw.rstrip(b"\r\n") + event.newline * 2
            self._shapes[name] = Shape(raw, _in_raw(event, index), _in_raw(event, inside) if inside else None)


def _in_raw(event: Event, span: Span) -> Span:
    return Span(event.place(span.start), event.place(span.end - 1) + 1)


def _text(value: Any, kind: str) -> str:
    text = value.get("text") if isinstance(value, dict) and value.get("type") == kind else None
    return text if isinstance(text, str) else ""


def _texts(document: Any, body: bytes) -> Iterator[Answer]:
    """The message, if there is one."""
    if isinstance(document, dict) and document.get("type") in ("message", None):
        reason = document.get("stop_reason")
        why = _NOT_PROSE.get(reason, "") if isinstance(reason, str) else ""
        texts = text_parts(body, document.get("content"), find(body, ("content",)))
        yield Answer(texts, why, cut_off=reason == "max_tokens")
