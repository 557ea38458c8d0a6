"""Our own labels in the answers that a client sends back: cut out, so that the model does not imitate them."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from labelkit.middleware.formats.texts import text_parts
from labelkit.middleware.framing.json_spans import Span, Splicing, elements, find, json_object, splice
from labelkit.text.noticed import cut

# U+FEFF begins a text wrapper; a body may write it in three ways.
_WRAPPERS = (b"\xef\xbb\xbf", b"\\ufeff", b"\\uFEFF")
_STEP = 4096
# One character of a JSON string in UTF-8, as Python counts characters: a pair of escaped surrogates is one.
_CHARACTER = rb"(?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[\x00-\x7f]|[\xc0-\xff][\x80-\xbf]+)"


def cut_labels(body: bytes, notices: frozenset[str]) -> bytes:
    """A chat request without our labels in the assistant's messages; the same object when there were none.

    Bytes are only ever taken out. A text part that was nothing but a label goes whole, for APIs refuse an empty one.
    """
    # The shortest test first: this is on the way of every chat request, and many have no history.
    if b"assistant" not in body or not any(form in body for form in _forms(notices)):
        return body
    request = json_object(body)
    messages = request.get("messages")
    place = find(body, ("messages",)) if isinstance(messages, list) else None
    if place is None or not isinstance(messages, list):
        return body
    cuts: list[Splicing] = []
    for message, span in zip(messages, elements(body, place), strict=True):
        if isinstance(message, dict) and message.get("role") == "assistant":
            content = find(body, ("content",), span)
            if content is not None:
                cuts += _cuts(body, message.get("content"), content, notices)
    return splice(body, cuts) if cuts else body


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


@lru_cache(maxsize=16)
def _forms(notices: frozenset[str]) -> tuple[bytes, ...]:
    """Every way in which a body can write the beginning of one of our labels."""
    found = set(_WRAPPERS)
    for notice in notices:
        escaped = json.dumps(notice)[1:-1]
        upper = re.sub(r"\\u[0-9a-f]{4}", lambda match: "\\u" + match[0][2:].upper(), escaped)
        found |= {notice.encode(), escaped.encode(), upper.encode()}
    return tuple(sorted(found, key=len))
