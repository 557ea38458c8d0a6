"""Home-made APIs: an operator declares a route, and by a JSON Pointer where the answer is.

What comes there is labelled by what it is: text, or a picture (in base64, a ``data:`` URL, or as the whole body).
In server-sent events the pointer is asked of each event; those without it pass. Where no pointer is declared the
whole body is the answer: a picture, plain text or Markdown (streamed or not), or the data of each event.

Nobody has said what ends such a stream. The label stands before an event that says so in a usual way (``[DONE]``, an
event named ``done`` or ``end``, ``"done": true``, a ``finish_reason``), else at the end of the body.
"""

from __future__ import annotations

import json
from typing import Any

from labelkit.marks import Medium
from labelkit.middleware.formats.base import Facts, Job, Splice
from labelkit.middleware.formats.draft import Draft
from labelkit.middleware.formats.events import ERROR, is_event_stream
from labelkit.middleware.formats.lane import NO_MARK, NO_TEXT, Lane
from labelkit.middleware.formats.pictures import is_picture, label_file, label_picture
from labelkit.middleware.formats.plain import PlainSplicer
from labelkit.middleware.formats.texts import NO_JSON, Answer, Text, label_texts
from labelkit.middleware.formats.tokens import TokenSplicer, Write, as_copy
from labelkit.middleware.framing.json_spans import Span, Splicing, escape, parse, splice
from labelkit.middleware.framing.pointer import Pointer
from labelkit.middleware.framing.sse import Event

NO_DECISION = "nothing was decided for this medium"
_PLAIN = ("text/plain", "text/markdown", "text/x-markdown")
_ENDINGS = frozenset({"done", "end", "eos", "complete", "completed", "finish", "finished", "close", "stop"})


class Generated:
    """A route that an operator declared.

    Args:
        route: its path, ``*`` for any one segment, ``**`` for any number.
        pointer: where the answer is in JSON (RFC 6901); None for the whole body.

    Raises:
        ConfigurationError: the pointer is none.
    """

    name = "generated"
    medium = Medium.TEXT  # until the answer shows what it is
    methods = frozenset({"GET", "POST"})
    history = False
    altered = False

    def __init__(self, route: str, pointer: str | None) -> None:
        self.suffixes = (route,)
        self._pointer = None if pointer is None else Pointer(pointer)

    def read(self, body: bytes) -> Facts:
        """Nothing: how a home-made API is asked for JSON is not known."""
        return Facts()

    def cut_history(self, body: bytes, notices: frozenset[str]) -> bytes:
        """The request as it is: where it has a history is not known."""
        return body

    def whole(self, body: bytes, media_type: str, job: Job) -> bytes:
        """Label what the pointer finds, or the body."""
        kind = media_type.partition(";")[0].strip().lower()
        if kind.startswith("image/"):
            return self._picture(body, kind, job)
        if kind in _PLAIN:
            splicer = PlainSplicer(job)
            parts = [splicer.feed(body) or Splice(body), splicer.end() or Splice(b"")]
            labelled = b"".join(ready + (then() if then else b"") for ready, then in parts)
            return body if labelled == body else labelled
        return self._json(body, job)

    def stream(self, media_type: str, job: Job) -> TokenSplicer | PlainSplicer | None:
        """A splicer for server-sent events and for plain text."""
        kind = media_type.partition(";")[0].strip().lower()
        if is_event_stream(kind):
            return DataSplicer(job) if self._pointer is None else PointerSplicer(job, self._pointer)
        return PlainSplicer(job) if self._pointer is None and kind in _PLAIN else None

    def problem(self, what: str, status: int) -> tuple[str, bytes]:
        """An error as RFC 9457 has it."""
        said = {"type": "about:blank", "title": "The answer could not be labelled", "status": status, "detail": what}
        return "application/problem+json", json.dumps(said).encode()

    def _picture(self, body: bytes, media_type: str, job: Job) -> bytes:
        if self._pointer is not None or not decided(job, Medium.IMAGE):
            return body
        labelled = label_file(lambda: body, job, media_type)
        return body if labelled is None or labelled == body else labelled

    def _json(self, body: bytes, job: Job) -> bytes:
        try:
            found = (self._pointer or Pointer("")).find(parse(body), body)
        except ValueError:
            job.skipped = NO_JSON
            return body
        value, span = found or (None, None)
        if not isinstance(value, str) or span is None:
            job.skipped = NO_TEXT
        elif not is_picture(value):
            text = Answer([Text(value, span)])
            return label_texts(body, job, lambda *_: [text]) if decided(job, Medium.TEXT) else body
        elif decided(job, Medium.IMAGE):
            labelled = splice(body, [Splicing(span.start + 1, span.end - 1, label_picture(value, job))])
            return body if labelled == body else labelled
        return body


class DataSplicer(TokenSplicer):
    """Labels a stream whose events have bare text for data."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._name: bytes | None = None  # of the events that have the text
        self._newline = b"\n"

    def look(self, draft: Draft) -> None:
        """Take an event."""
        event = draft.event
        if event.name == b"error":
            self.stop(ERROR)
        elif _ends(event, None):
            self.label_all(draft.before)
        elif self._name in (None, event.name):
            try:
                text = (event.data or b"").decode()
            except UnicodeDecodeError:
                self.stop("the text is not in UTF-8")
                return
            head = self.lane(0).text(text)
            self._name, self._newline = event.name, event.newline
            if head:
                draft.before(self._as_event(head))

    def reread(self, lane: Lane, event: Event) -> str:
        """Bare text has no ordinary events."""
        return (event.data or b"").decode(errors="replace")

    def write(self, lane: Lane) -> Write:
        """A label as an event of its own."""
        return self._as_event

    def _as_event(self, text: str) -> bytes:
        if not text:
            return b""
        lines = [b"event: " + self._name] if self._name else []
        lines += [b"data: " + line.encode() for line in text.split("\n")]
        return self._newline.join([*lines, b"", b""])


class PointerSplicer(TokenSplicer):
    """Labels a stream whose events have text, or a picture, where a pointer says."""

    def __init__(self, job: Job, pointer: Pointer) -> None:
        super().__init__(job)
        self._pointer = pointer

    def look(self, draft: Draft) -> None:
        """Take an event that is not ordinary."""
        event = draft.event
        value, span, says = self._read(event)
        if event.name == b"error" or (isinstance(says, dict) and says.get("error")):
            self.stop(ERROR)
        elif span is not None and is_picture(value) and not self.lane(0).started:
            if decided(self.job, Medium.IMAGE):
                self.told = True
                draft.replace(span.start + 1, span.end - 1, lambda: label_picture(value, self.job))
        elif span is not None and value:
            self._text(draft, value, span, ends=_ends(event, says))
        elif _ends(event, says):
            self.label_all(draft.before)

    def reread(self, lane: Lane, event: Event) -> str:
        """The text of an event that looked ordinary and was not."""
        return self._read(event)[0]

    def write(self, lane: Lane) -> Write | None:
        """A label as a copy of the last event with text."""
        copy = lane.copy
        return copy and (lambda text: escape(text).join(copy) if text else b"")

    def _read(self, event: Event) -> tuple[str, Span | None, Any]:
        data = event.data or b""
        try:
            says = parse(data)
        except ValueError:
            return "", None, None
        value, span = self._pointer.find(says, data) or (None, None)
        return (value, span, says) if isinstance(value, str) else ("", None, says)

    def _text(self, draft: Draft, text: str, span: Span, *, ends: bool) -> None:
        lane = self.lane(0)
        if head := lane.text(text):
            draft.replace(span.start + 1, span.start + 1, escape(head))
        if not ends:
            lane.copy = as_copy(draft.event, span)
            self.learn(lane, draft.event, span)
        elif lane.close():
            self.put_tail(lane, lambda part: draft.replace(span.end - 1, span.end - 1, part), escape)


def decided(job: Job, medium: Medium) -> bool:
    """Whether a decision for this medium is at hand and asks for marks; from then on it is the job's."""
    if job.decision.medium is not medium:
        if job.decide is None:
            job.skip(NO_DECISION)
            return False
        job.decision = job.decide(medium)
    if not job.decision.marks:
        job.skip(NO_MARK)
    return bool(job.decision.marks)


def _ends(event: Event, says: Any) -> bool:
    """Whether an event says, in a usual way, that the answer is complete."""
    if (event.data or b"").strip() == b"[DONE]" or event.name.decode("latin-1").lower() in _ENDINGS:
        return True
    if not isinstance(says, dict):
        return False
    kind = says.get("type") or says.get("event")
    if isinstance(kind, str) and kind.lower() in _ENDINGS:
        return True
    return bool(says.get("finish_reason")) or any(says.get(key) is True for key in _ENDINGS)
