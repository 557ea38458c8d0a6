"""Where values sit in raw JSON bytes (RFC 8259), so that a document can be changed without writing it anew.

A round trip through a parser loses data: 1e2, duplicate keys, big integers, lone surrogates. Here ``json`` only
proves that the bytes are JSON, and says what they mean; a tokenizer then finds the places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

BOM = b"\xef\xbb\xbf"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'  # possessive: a step back that can be taken is remembered, in memory
_SCALAR = _STRING + rb"|[^\s{}\[\],:\"]+"
_NESTING = re.compile(_STRING + rb"|([{\[])|[}\]]", re.DOTALL)
# With what stands before it: an element, and a member with its key. A value that is nested has no second group.
_ELEMENT = re.compile(rb"[\s,]*(?:(%b)|[{\[])" % _SCALAR, re.DOTALL)
_MEMBER = re.compile(rb"[\s,]*(%b)\s*:\s*(?:(%b)|[{\[])" % (_STRING, _SCALAR), re.DOTALL)
_KEYED = re.compile(rb"%b\s*:\s*(%b)" % (_STRING, _STRING), re.DOTALL)
_SPACE = b" \t\n\r"
_QUOTE, _BACKSLASH = b'"\\'
# json refuses integers of more than sys.get_int_max_str_digits() digits; they are no less JSON.
_LENIENT = json.JSONDecoder(parse_int=float)
# What an A.8 wrapper is made of. No line separator is among it, so it may stand raw: 8 KB in place of 20 KB.
_WRAPPER = re.compile("\ufeff?[\ufe00-\ufe0f\U000e0100-\U000e01ef]{8,}")


class Span(NamedTuple):
    """Bytes from ``start`` to ``end``."""

    start: int
    end: int


class Splicing(NamedTuple):
    """Bytes to stand in place of a span; an empty span is an insertion."""

    start: int
    end: int
    new: bytes


def parse(document: bytes) -> Any:
    """What a JSON document says, as ``json`` reads it: of duplicate keys the last counts.

    Raises:
        ValueError: it is no JSON, not in UTF-8, or nested too deeply to be read.
    """
    text = document.removeprefix(BOM).decode("utf-8")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("The document is nested too deeply") from error
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _LENIENT.decode(text)


def json_object(document: bytes) -> dict[str, Any]:
    """What an object says; an empty one where the bytes are no JSON, or other JSON."""
    try:
        found = parse(document)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def find(document: bytes, path: Sequence[str | int], within: Span | None = None) -> Span | None:
    """Where the value at ``path`` stands; None when there is none.

    The document must have been parsed: on bytes that are no JSON the answer is arbitrary. ``within`` is the span of
    a value to begin from, in place of the whole document.
    """
    span = within or root(document)
    for step in path:
        found = _member(document, span, step) if isinstance(step, str) else _element(document, span, step)
        if found is None:
            return None
        span = found
    return span


def find_text(document: bytes, path: Sequence[str | int], text: str) -> Span | None:
    """As ``find``, for a value that is known to be the string ``text``; quicker where its key is there only once."""
    literal = b'"%b"' % str(path[-1]).encode("utf-8", "surrogatepass")
    # Without an escaped ASCII letter every key is spelled as it is: the only one of this name is the one sought.
    if document.count(literal) == 1 and b"\\u00" not in document:
        match = _KEYED.match(document, document.index(literal))
        if match and document[match.start() - 1] != _BACKSLASH and json.loads(match[1]) == text:
            return Span(*match.span(1))
    return find(document, path)


def root(document: bytes) -> Span:
    """The span of the whole value, without byte order mark and white space."""
    start = len(BOM) if document.startswith(BOM) else 0
    return Span(len(document) - len(document[start:].lstrip(_SPACE)), len(document.rstrip(_SPACE)))


def members(document: bytes, span: Span) -> dict[str, Span]:
    """The members of the object at ``span``, of duplicate keys the last; empty when it is no object."""
    return {json.loads(key): value for key, value in _members(document, span)}


def elements(document: bytes, span: Span) -> Iterator[Span]:
    """The elements of the array at ``span``; none when it is no array."""
    at = span.start + 1
    while document.startswith(b"[", span.start) and (match := _ELEMENT.match(document, at)):
        start, end = match.span(1)
        if start < 0:
            start = match.end() - 1
            end = _nested_end(document, start)
        yield Span(start, end)
        at = end


def splice(document: bytes, splicings: Sequence[Splicing]) -> bytes:
    """The document with each span replaced. Spans must not overlap; insertions at one place keep their order."""
    parts: list[bytes] = []
    at = 0
    for start, end, new in sorted(splicings, key=lambda splicing: (splicing.start, splicing.end)):
        parts += document[at:start], new
        at = end
    return b"".join([*parts, document[at:]])


def escape(text: str) -> bytes:
    """The inside of a JSON string that says ``text``: ASCII, save for text wrappers, which go raw as UTF-8.

    Line separators beyond LF (U+0085, U+2028, U+2029, VT, FF, FS to RS) break clients that split lines by Unicode;
    none can leave here raw.
    """
    if text.isascii():
        return json.dumps(text)[1:-1].encode() if text else b""
    parts: list[bytes] = []
    at = 0
    for match in _WRAPPER.finditer(text):
        parts += json.dumps(text[at : match.start()])[1:-1].encode(), match.group().encode()
        at = match.end()
    return b"".join([*parts, json.dumps(text[at:])[1:-1].encode()])


def _member(document: bytes, span: Span, name: str) -> Span | None:
    found = None
    plain = b'"%b"' % name.encode("utf-8", "surrogatepass")
    for key, value in _members(document, span):
        if key == plain or (b"\\" in key and json.loads(key) == name):
            found = value
    return found


def _element(document: bytes, span: Span, index: int) -> Span | None:
    return next((value for at, value in enumerate(elements(document, span)) if at == index), None)


def _members(document: bytes, span: Span) -> Iterator[tuple[bytes, Span]]:
    """The raw key and the place of each member."""
    at = span.start + 1
    while document.startswith(b"{", span.start) and (match := _MEMBER.match(document, at)):
        start, end = match.span(2)
        if start < 0:
            start = match.end() - 1
            end = _nested_end(document, start)
        yield match[1], Span(start, end)
        at = end


def _nested_end(document: bytes, start: int) -> int:
    depth = 0
    for match in _NESTING.finditer(document, start):
        if match[1]:
            depth += 1
        elif document[match.start()] != _QUOTE:
            depth -= 1
            if not depth:
                return match.end()
    raise AssertionError("the document was parsed before")
