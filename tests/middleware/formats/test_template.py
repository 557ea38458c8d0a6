"""Templates: an event that is taken for ordinary says exactly what it would say if it were parsed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.middleware.formats.template import Template

SHORT = st.sampled_from(["", "a", "b", '"', "\\", "é", "\n", "stop", "\ud83d", '","finish":"stop', "x" * 60])
VALUES = st.sampled_from([None, None, 1, 23, -4.5, "", "pad", "padding", "stop", {"a": 1}, [], [""]])


def written(text: str, finish: Any, more: Any, *, ascii_only: bool = True) -> bytes:
    """An event."""
    data = {"id": "x", "delta": {"content": text}, "finish": finish, "more": more}
    said = json.dumps(data, ensure_ascii=ascii_only).encode("utf-8", "replace")
    return b"data: " + said + b"\n\n"


def template(finish: Any, more: Any, before: Template | None = None) -> Template:
    """What is learned from an event."""
    prefix, suffix = written("~", finish, more).split(b"~")
    return Template(prefix, suffix, before)


@given(SHORT, VALUES, VALUES, VALUES, VALUES, VALUES, st.booleans())
def test_ordinary(text: str, finish: Any, first: Any, second: Any, new: Any, more: Any, ascii_only: bool) -> None:
    """What a template finds between its prefix and suffix is the event's text; and only a text, number or string that
    was seen to vary may be other than in the event that was learned."""
    known = template(finish, second, template(finish, first))
    piece = written(text, new, more, ascii_only=ascii_only)
    normal = piece if known.fits(piece) else known.normal(piece)
    if normal is None:
        return
    inside = normal[len(known.prefix) : len(normal) - len(known.suffix)]
    said = json.loads(piece[6:])
    assert json.loads(b'"' + inside + b'"') == said["delta"]["content"]
    assert said["finish"] == finish
    assert said["more"] == second or (first != second and type(said["more"]) in (type(second), int, float))


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_several(newline: bytes) -> None:
    """The ordinary events with which a chunk begins are found in one pass, up to the first that is not."""
    known = template(None, None)
    known = Template(known.prefix, known.suffix.replace(b"\n", newline))
    events = [written(text, None, None).replace(b"\n", newline) for text in ("a", "bc", "", "\\n")]
    odd = written("x", "stop", None).replace(b"\n", newline)
    insides = [b"a", b"bc", b"", b"\\\\n"]
    assert known.several(b"".join(events)) == insides
    assert known.several(b"".join([*events, odd, *events])) == insides
    assert known.several(b"".join(events) + odd[:20]) == insides
    assert known.several(odd + events[0]) == []
    assert known.several(newline + events[0]) == []


def test_several_with_mixed_line_ends() -> None:
    """Where the line ends of a blank line are not the same, events are cut one by one."""
    known = template(None, None)
    mixed = Template(known.prefix, known.suffix.replace(b"\n\n", b"\r\n\n"))
    assert mixed.several(written("a", None, None).replace(b"\n\n", b"\r\n\n") * 2) == []


def test_no_second_event_inside() -> None:
    """A chunk of two short events is not taken for one."""
    known = Template(b'data: {"t":"', b'"}\n\n')
    assert known.fits(b'data: {"t":"x"}\n\n')
    assert not known.fits(b'data: {"t":"x"}\n\n' * 2)


@pytest.mark.parametrize(
    ("first", "second", "piece", "found"),
    [
        ('"p":"a"', '"p":"bb"', '"p":"ccc"', True),
        ('"p":1', '"p":22', '"p":-3.5e4', True),
        ('"p":"a"', '"p":"bb"', '"p":null', False),
        ('"p":"a"', '"p":"bb"', '"q":"ccc"', False),
        ('"p":"a"', '"p":"a"', '"p":"b"', False),
        ('"p":"a"', '"q":"a"', '"q":"b"', False),
        ('"p":1', '"p":"a"', '"p":"b"', False),
        ('"p":"a"', '"p":"a","q":1', '"p":"a","q":2', False),
        ('"p":{"x" : "a"}', '"p":{"x" : "b"}', '"p":{"x" : "c"}', True),
        ('"p":"a\\"b"', '"p":"c"', '"p":"\\"}]"', True),
    ],
)
def test_variable(first: str, second: str, piece: str, found: bool) -> None:
    """Values that differ between two events may differ in the next; keys and kinds may not."""
    before = Template(b'data: {"t":"', f'",{first}}}\n\n'.encode())
    known = Template(b'data: {"t":"', f'",{second}}}\n\n'.encode(), before)
    normal = known.normal(f'data: {{"t":"x",{piece}}}\n\n'.encode())
    assert normal == (f'data: {{"t":"x",{second}}}\n\n'.encode() if found else None)
