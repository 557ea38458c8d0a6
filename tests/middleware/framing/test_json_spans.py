"""Spans in raw JSON: what is found, what is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.middleware.framing.json_spans import (
    BOM,
    Span,
    Splicing,
    elements,
    escape,
    find,
    find_text,
    json_object,
    members,
    parse,
    root,
    splice,
)

TEXT = st.text(st.characters(codec=None), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)


@st.composite
def written(draw: st.DrawFn) -> tuple[Any, bytes]:
    """A document, and one of the ways to write it."""
    document = draw(DOCUMENTS)
    indent = draw(st.sampled_from([None, 0, 2, "\t"]))
    separators = draw(st.sampled_from([(",", ":"), (" , ", " : "), (",\r\n", ":\t")]))
    text = json.dumps(document, ensure_ascii=draw(st.booleans()), indent=indent, separators=separators)
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raw = json.dumps(document).encode()
    return document, draw(st.sampled_from([b"", BOM, b" \n", BOM + b"\r\n"])) + raw + draw(
        st.sampled_from([b"", b" \n"])
    )


def paths(document: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """Every value of a document, and its path."""
    found: list[tuple[tuple[str | int, ...], Any]] = [(path, document)]
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, value in items:
        found += paths(value, (*path, step))
    return found


@given(written())
def test_find_every_value(given_document: tuple[Any, bytes]) -> None:
    """The span of each value, however the document is written, is JSON that says this value and nothing around it."""
    document, raw = given_document
    assert parse(raw) == document
    for path, value in paths(document):
        span = find(raw, path)
        assert span is not None
        if isinstance(value, str) and path:
            assert find_text(raw, path, value) == span
        said = raw[span.start : span.end]
        assert json.loads(said) == value
        assert said == said.strip()


@given(written(), TEXT)
def test_splice_changes_one_string(given_document: tuple[Any, bytes], text: str) -> None:
    """What is spliced behind the inside of a string is said by that string alone; the bytes around it stay."""
    document, raw = given_document
    for path, value in paths(document):
        if not isinstance(value, str):
            continue
        span = find(raw, path)
        assert span is not None
        new = splice(raw, [Splicing(span.end - 1, span.end - 1, escape(text))])
        changed = find(new, path)
        assert changed is not None
        assert json.loads(new[changed.start : changed.end]) == json.loads(json.dumps(value + text))
        assert new[: span.end - 1] + new[span.end - 1 + len(escape(text)) :] == raw


@given(TEXT)
def test_escape_is_safe(text: str) -> None:
    """No text leaves as bytes that a reader of lines could take for a line end, and all of it comes back."""
    escaped = escape(text)
    assert json.loads(b'"' + escaped + b'"') == json.loads(json.dumps(text))
    assert len(escaped.decode().splitlines()) <= 1


def test_wrapper_stays_raw() -> None:
    """The selectors of a text wrapper go out as UTF-8: escaped they would take two and a half times the bytes."""
    wrapper = "\ufeff" + "\U000e0133\ufe00" * 10
    assert escape("\n" + wrapper) == b"\\n" + wrapper.encode()
    assert escape("\u2028" + wrapper + "ы") == b"\\u2028" + wrapper.encode() + b"\\u044b"


@pytest.mark.parametrize(
    ("raw", "path", "said"),
    [
        (b'{"a":1,"a":2}', ("a",), b"2"),
        (b'{"a":{"b":1},"a":{"b":2,"b":3}}', ("a", "b"), b"3"),
        (b'{"\\u0061":1}', ("a",), b"1"),
        (b'{"a":1e2,"b":-0,"c":123456789012345678901234567890}', ("c",), b"123456789012345678901234567890"),
        (b'{"a":"\\ud800"}', ("a",), b'"\\ud800"'),
        (b'{"a":"\\\\\\"","b":"]}"}', ("b",), b'"]}"'),
        (b"[[],{},[0 , 1]]", (2, 1), b"1"),
        (BOM + b' {"a" : "x" } ', ("a",), b'"x"'),
    ],
)
def test_find_in_odd_documents(raw: bytes, path: tuple[str | int, ...], said: bytes) -> None:
    """Of duplicate keys the last counts, as json reads them; escapes, big numbers and blanks mislead nobody."""
    parse(raw)
    span = find(raw, path)
    assert span is not None
    assert raw[span.start : span.end] == said


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        (b'{"a":{"t":"x"},"b":{"t":"x"}}', 5),
        (b'{"a":{"\\u0074":"x"},"b":{"t":"x"}}', 5),
        (b'{"b":{"x\\"t":"x"},"a":{"t":"x"}}', 21),
        (b'{"b":["t","x"],"a":{"t" : "x"}}', 19),
        (b'{"a":{"t":"y","t":"x"}}', 5),
    ],
)
def test_find_text_is_not_misled(raw: bytes, at: int) -> None:
    """A key of the same name elsewhere, one that is spelled with escapes, and a value that looks like it."""
    assert parse(raw)["a"] == {"t": "x"}
    span = find_text(raw, ("a", "t"), "x")
    assert span is not None
    assert span.start > at
    assert span == find(raw, ("a", "t"))


@pytest.mark.parametrize("path", [("b",), ("a", "b"), (0,), ("a", 0), ("l", 7), ("l", "x")])
def test_find_nothing(path: tuple[str | int, ...]) -> None:
    """A path that leads nowhere, or into a value of another kind, finds nothing."""
    assert find(b'{"a":1,"l":[1]}', path) is None


@pytest.mark.parametrize("raw", [b"", b"{", b'{"a":}', b'"\x00"', b'"\xff"', b'"\xed\xa0\x80"', "{}".encode("utf-16")])
def test_no_json(raw: bytes) -> None:
    """What is no JSON in UTF-8 is refused with a ValueError, and is no object."""
    with pytest.raises(ValueError, match=r".*"):
        parse(raw)
    assert json_object(raw) == {}


def test_deep_nesting_is_refused_or_scanned() -> None:
    """A document nested beyond what json reads is a ValueError, not a RecursionError; one that it reads is found."""
    deep = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(ValueError, match="nested"):
        parse(deep)
    flat = b'{"a":' + b"[" * 500 + b"]" * 500 + b',"b":1}'
    parse(flat)
    assert find(flat, ("b",)) == Span(len(flat) - 2, len(flat) - 1)


def test_long_integers_are_json() -> None:
    """An integer longer than Python would convert does not make a document unreadable."""
    raw = b'{"n":' + b"9" * 5000 + b',"a":"x"}'
    assert parse(raw)["a"] == "x"


def test_members_and_elements() -> None:
    """The members of an object by key, the elements of an array in order, and none of anything else."""
    raw = b'{"a":[1,"2"],"b":3}'
    found = members(raw, root(raw))
    assert {key: raw[span.start : span.end] for key, span in found.items()} == {"a": b'[1,"2"]', "b": b"3"}
    assert [raw[span.start : span.end] for span in elements(raw, found["a"])] == [b"1", b'"2"']
    assert members(raw, found["b"]) == {}
    assert list(elements(raw, found["b"])) == []
