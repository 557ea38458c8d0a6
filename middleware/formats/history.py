"""Our own labels in the answers that a client sends back: cut out, so that the model does not imitate them."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from labelkit.middleware.formats.texts import text_parts
from labelkit.middleware.framing.json_spans import Span, Splicing, elements, find, json_object, splice
from labelkit.text.noticed import cut

_STEP = 4096
# One character of a JSON string in UTF-8, as Python counts characters: a pair of escaped surrogates is one.
_CHARACTER = rb"(?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[\x00-\x7f]|[\xc0-\xff][\x80-\xbf]+)"


def cut_labels(body: bytes, notices: frozenset[str]) -> bytes:
    """A chat request without our labels in the assistant's messages; the same object when there were none.

    Bytes are only ever taken out. A text part that was nothing but a label goes whole, for APIs refuse an empty one.
    """
    # This is on the way of every chat request. Many have no history; and to parse one costs less than to search it for
    # every notice in every language and spelling.
    messages = json_object(body).get("messages") if b"assistant" in body else None
    if not isinstance(messages, list):
        return body
    labelled = [at for at, message in enumerate(messages) if _is_labelled(message, notices)]
    place = find(body, ("messages",)) if labelled else None
    if place is None:
        return body
    cuts: list[Splicing] = []
    spans = list(elements(body, place))
    for at in labelled:
        content = find(body, ("content",), spans[at])
        if content is not None:
            cuts += _cuts(body, messages[at].get("content"), content, notices)
    return splice(body, cuts) if cuts else body


def _is_labelled(message: Any, notices: frozenset[str]) -> bool:
    """Whether an assistant's message has a label of ours."""
    if not isinstance(message, dict) or message.get("role") != "assistant":
        return False
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"text": content}]
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return any(cut(text, notices) is not text for text in texts if isinstance(text, str))


def _cuts(body: bytes, content: Any, span: Span, notices: frozenset[str]) -> Iterator[Splicing]:
    parts = list(elements(body, span))
    starts = [part.start for part in parts]
    dropped = set()
    for text, place in text_parts(body, content, span):
        less = cut(text, notices)
        if less.strip():
            yield from _outside(body, place, text, less)
        elif parts and less != text:
            dropped.add(bisect_right(starts, place.start) - 1)
    if len(dropped) < len(parts):
        yield from _without(parts, dropped)


def _without(parts: list[Span], dropped: set[int]) -> Iterator[Splicing]:
    """Take out parts, each with the comma before it; those before the first that stays, with the comma behind."""
    first = next(at for at in range(len(parts)) if at not in dropped)
    for at in dropped:
        if at < first:
            yield Splicing(parts[at].start, parts[at + 1].start, b"")
        else:
            yield Splicing(parts[at - 1].end, parts[at].end, b"")


def _outside(body: bytes, place: Span, text: str, less: str) -> Iterator[Splicing]:
    """Take out what is before and after ``less``, which is one stretch of ``text``."""
    if less == text:
        return
    inside = body[place.start + 1 : place.end - 1]
    at = 0 if text.startswith(less) else text.rindex(less)
    start = place.start + 1 + _offset(inside, text, at)
    end = place.start + 1 + _offset(inside, text, at + len(less))
    yield Splicing(place.start + 1, start, b"")
    yield Splicing(end, place.end - 1, b"")


def _offset(inside: bytes, text: str, count: int) -> int:
    """How many bytes of a JSON string its first ``count`` characters take."""
    first = text[:count]
    for ascii_only in (True, False):  # as nearly every serialiser writes it
        guess = len(json.dumps(first, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")) - 2
        if guess <= len(inside) and _says(inside[:guess], first):
            return guess
    at = 0
    while count:  # else by counting, in steps, for a repetition remembers each of its rounds
        step = min(count, _STEP)
        match = re.compile(rb"%b{%d}+" % (_CHARACTER, step), re.DOTALL).match(inside, at)
        assert match, "the string was parsed before"
        at = match.end()
        count -= step
    return at


def _says(inside: bytes, text: str) -> bool:
    try:
        return bool(json.loads(b'"%b"' % inside) == text)
    except ValueError:
        return False
