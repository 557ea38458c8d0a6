"""OpenAI Images: ``data[].b64_json``, and the ``*.completed`` events of a stream; partial pictures where a rule asks.

The bytes change and their format stays, so ``output_format`` stays true. A picture behind a URL is not here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from labelkit.marks import Medium
from labelkit.middleware.formats.base import Facts, Job
from labelkit.middleware.formats.draft import Draft, Part
from labelkit.middleware.formats.events import ERROR, EventSplicer, is_event_stream
from labelkit.middleware.formats.pictures import is_picture, label_picture
from labelkit.middleware.formats.texts import NO_JSON
from labelkit.middleware.framing.json_spans import Span, Splicing, elements, find, json_object, parse, splice

NO_PICTURE = "there is no picture"
ELSEWHERE = "the picture is behind a URL"
_COMPLETED = ("image_generation.completed", "image_edit.completed")
_PARTIAL = ("image_generation.partial_image", "image_edit.partial_image")
_BESIDE = 65_536  # bytes of an event beside its picture


class OpenAIImages:
    """``POST /v1/images/generations``, ``edits`` or ``variations``: one instance each, for they differ in ``altered``."""

    medium = Medium.IMAGE
    methods = frozenset({"POST"})
    history = False

    def __init__(self, route: str, *, altered: bool | None) -> None:
        self.name = f"openai-images-{route}"
        self.suffixes = (f"/images/{route}",)
        self.altered = altered

    def read(self, body: bytes) -> Facts:
        """What the request asks for; uploads come as multipart, of which the route says all that matters."""
        asked = json_object(body).get("stream") if body.lstrip()[:1] == b"{" else None
        return Facts(stream=asked if isinstance(asked, bool) else None, altered=self.altered)

    def cut_history(self, body: bytes, notices: frozenset[str]) -> bytes:
        """The request as it is: there is no history."""
        return body

    def whole(self, body: bytes, media_type: str, job: Job) -> bytes:
        """Label each picture of ``data``."""
        try:
            document = parse(body)
        except ValueError:
            job.skipped = NO_JSON
            return body
        splicings = []
        items = document.get("data") if isinstance(document, dict) else None
        span = find(body, ("data",)) if isinstance(items, list) else None
        if span and isinstance(items, list):
            for item, place in zip(items, elements(body, span), strict=True):
                splicings += _label(item, place, body, job)
        if not job.outcomes:
            job.skip(NO_PICTURE)
        labelled = splice(body, splicings) if splicings else body
        return body if labelled == body else labelled

    def stream(self, media_type: str, job: Job) -> ImageSplicer | None:
        """A splicer for ``text/event-stream``."""
        return ImageSplicer(job) if is_event_stream(media_type) else None

    def problem(self, what: str, status: int) -> tuple[str, bytes]:
        """An error as OpenAI's clients read it."""
        kind = "server_error" if status >= 500 else "image_generation_user_error"
        error = {"message": what, "type": kind, "param": None, "code": "ai_label"}
        return "application/json", json.dumps({"error": error}).encode()


class ImageSplicer(EventSplicer):
    """Labels the pictures of a stream. An event is a whole picture, so it may be as long as a picture may."""

    def __init__(self, job: Job) -> None:
        super().__init__(job, job.labeler.limits.bytes // 3 * 4 + _BESIDE)
        self._kinds = _COMPLETED + _PARTIAL if job.decision.required | job.floor else _COMPLETED
        self._found = False

    def look(self, draft: Draft) -> None:
        """Take an event."""
        data = draft.event.data or b""
        says = json_object(data)
        if says.get("type") == "error" or says.get("error") or draft.event.name == b"error":
            self.stop(ERROR)
        picture = says.get("b64_json")
        place = find(data, ("b64_json",)) if isinstance(picture, str) and says.get("type") in self._kinds else None
        if place and isinstance(picture, str):
            self._found = True
            draft.replace(place.start + 1, place.end - 1, lambda: label_picture(picture, self.job))

    def finish(self, put: Callable[[Part], None]) -> None:
        """Nothing is owed: each picture has its label in it."""
        if not self._found:
            self.stop(NO_PICTURE)

    def stop(self, why: str) -> None:
        """No picture can be labelled any more."""
        self.job.skip(why)

    def owes_required(self) -> bool:
        """Whether the event that is too long may be a picture that has to be labelled."""
        return bool(self.job.decision.required)


def _label(item: Any, place: Span, body: bytes, job: Job) -> list[Splicing]:
    for key in ("b64_json", "url"):
        value = item.get(key) if isinstance(item, dict) else None
        if not isinstance(value, str) or not value:
            continue
        if key == "url" and not is_picture(value):
            job.skip(ELSEWHERE)
            continue
        span = find(body, (key,), place)
        return [Splicing(span.start + 1, span.end - 1, label_picture(value, job))] if span else []
    return []
