"""Server-sent events in raw bytes: cut anywhere, they are the same events, and every byte stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.middleware.framing.json_spans import BOM
from labelkit.middleware.framing.sse import Events, read

LINES = st.sampled_from(
    [b"data: x", b"data:y", b"data", b"data:  z", b": ping", b":", b"id: 1", b"event: e", b"retry: 5", b"foo: bar", b""]
)
BODIES = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"])), max_size=12).map(
    lambda lines: b"".join(line + end for line, end in lines)
)


def cut(body: bytes, places: list[int]) -> tuple[list[bytes], bytes]:
    """The pieces of a body that comes in chunks cut at ``places``, and what is left."""
    events = Events(1000)
    pieces = []
    at = 0
    for place in [*sorted({place % (len(body) + 1) for place in places}), len(body)]:
        pieces += events.cut(body[at:place])
        at = place
    return pieces, bytes(events.tail)


def said(pieces: list[bytes]) -> list[tuple[bytes, bytes | None]]:
    """What the events among pieces say."""
    events = [read(piece) for piece in pieces]
    return [(event.name, event.data) for event in events if event.data is not None]


@given(st.sampled_from([b"", BOM]), BODIES, st.binary(max_size=5), st.lists(st.integers(0, 200), max_size=20))
def test_any_chunking(bom: bytes, lines: bytes, more: bytes, places: list[int]) -> None:
    """However a body is cut into chunks, its events are the same, and pieces and tail are together its bytes."""
    body = bom + lines + more
    pieces, tail = cut(body, places)
    whole, rest = cut(body, [])
    assert b"".join(pieces) + tail == body
    assert said(pieces) == said(whole)
    assert tail == rest


@given(BODIES)
def test_byte_by_byte(body: bytes) -> None:
    """An event leaves with the byte that ends it: none is held back for what comes next."""
    events = Events(1000)
    for at in range(len(body)):
        events.cut(body[at : at + 1])
        assert not events.tail.endswith((b"\n\n", b"\r\r", b"\n\r", b"\r\n\r\n"))


@pytest.mark.parametrize(
    ("raw", "name", "data"),
    [
        (b"data: x\n\n", b"", b"x"),
        (b"data:x\n\n", b"", b"x"),
        (b"data:  x\n\n", b"", b" x"),
        (b"data\n\n", b"", b""),
        (b"data: a\ndata: b\r\ndata:\r\r", b"", b"a\nb\n"),
        (b"event: e\nid: 7\ndata: x\nretry: 3\n\n", b"e", b"x"),
        (b"event:e\n\n", b"e", None),
        (b": data: x\n\n", b"", None),
        (b" data: x\n\n", b"", None),
        ("data: \u2028\u0085\v\f\x1c\n\n".encode(), b"", "\u2028\u0085\v\f\x1c".encode()),
    ],
)
def test_read(raw: bytes, name: bytes, data: bytes | None) -> None:
    """Fields are read as the standard has it; only CR and LF end a line."""
    event = read(raw)
    assert (event.name, event.data) == (name, data)


def test_place() -> None:
    """Each byte of the data is found again in the event, over the borders of its lines."""
    event = read(b"id: 1\ndata: ab\ndata:cd\r\n\r\n")
    assert event.data == b"ab\ncd"
    for offset in (0, 1, 3, 4):
        assert event.raw[event.place(offset)] == event.data[offset]


def test_comments_leave_at_once() -> None:
    """A heartbeat is not held until a blank line comes, and parts no event."""
    events = Events(1000)
    assert events.cut(b": ping\n") == [b": ping\n"]
    assert events.cut(b"\ndata: ") == [b"\n"]
    assert events.cut(b"x\n: within\n\n") == [b"data: x\n: within\n\n"]


def test_crlf_cut_in_two() -> None:
    """A CR that ends a blank line ends the event; the LF of the next chunk ends nothing more."""
    events = Events(1000)
    assert events.cut(b"data: x\r\n\r") == [b"data: x\r\n\r"]
    assert events.cut(b"\ndata: y\r\n\r\n") == [b"\n", b"data: y\r\n\r\n"]
    assert events.cut(b"data: z\r") == []
    assert events.cut(b"\n") == []
    assert events.cut(b"\r\n") == [b"data: z\r\n\r\n"]


def test_too_long() -> None:
    """An event that outgrows the limit is told, and is still there to be sent on."""
    for size, too_long in ((4, False), (5, True)):
        events = Events(10)
        events.cut(b"data: " + b"1" * (size - 1))
        events.cut(b"1")
        assert events.too_long is too_long
        assert bytes(events.tail) == b"data: " + b"1" * size


@pytest.mark.parametrize(
    ("raw", "newline"), [(b"data: x\n\n", b"\n"), (b"data: x\r\n\r", b"\r\n"), (b"data: x\r\r", b"\r")]
)
def test_newline(raw: bytes, newline: bytes) -> None:
    """How an event ends its lines is known even where its last line end was cut."""
    assert read(raw).newline == newline
