"""Blocks: after what it writes, the next line is a paragraph of its own at the top of the document."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelkit.text import blocks
from labelkit.text.blocks import Blocks

NOTICE = "Made by AI."


def closing(*pieces: str) -> str:
    """What is to be written after these pieces."""
    told = Blocks()
    for piece in pieces:
        told.feed(piece)
    return told.closing()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("one line", "\n\n"),
        ("one line\n", "\n"),
        ("one line\n\n", ""),
        ("one line\n \t", "\n"),
        ("hard break  ", "\n\n"),
        ("hard break\\", "\n\n"),
        ("carriage return\r", "\n\n"),
        ("both\r\n", "\n"),
        ("both\r\n\r\n", ""),
        ("   ", "\n"),
        ("```\ncode", "\n```\n\n"),
        ("```\ncode\n", "```\n\n"),
        ("~~~~~\ncode\n~~~\n", "~~~~~\n\n"),
        ("```\ncode\n```", "\n\n"),
        ("```\ncode\n``` not closing", "\n```\n\n"),
        ("``` `not a fence", "\n\n"),
        ("    ```\nindented code", "\n\n"),
        ("- ```\n  in a list", "\n\n"),
        ("> ```\n> in a quote", "\n\n"),
        ("- a\n\n  ```\n  code\n```\ntop", "\n```\n\n"),
        ("<!-- open", "\n-->\n\n"),
        ("<!-- open -->", "\n\n"),
        ("<SCRIPT>\nlet x\n\n", "</script>\n\n"),
        ("<?php", "\n?>\n\n"),
        ("<!DOCTYPE", "\n>\n\n"),
        ("<![CDATA[", "\n]]>\n\n"),
        ("<div>\n```", "\n\n"),
        ("a\n<x-y>\n```", "\n```\n\n"),
        ("<x-y>\n```", "\n\n"),
        ("```\r\ncode\r", "```\n\n"),
        ("-\n\n  ```", "\n```\n\n"),
        ("-\n  ```", "\n\n"),
        ("- <!-- c\n  -->\n  ```", "\n\n"),
        ("- ```\n  ```\n  <!--", "\n\n"),
        ("1. a\n\n       code\n   ```", "\n\n"),
        ("     code\n ```", "\n```\n\n"),
        ("a\n2. b\n   ```", "\n```\n\n"),
        ("a\n===\n2. b\n   ```", "\n\n"),
        ("[a]: /b\n===\n2. c\n   ```", "\n```\n\n"),
        ("[a]: /b 'c'\n[d]:\n<e f>\n===\n2. c\n   ```", "\n```\n\n"),
        ("- a\n``` b`c\n  ```", "\n\n"),
        ("- a\n(b\n  ```", "\n\n"),
        ("-      a\n  ```", "\n\n"),
        ("-\ta\n   ```", "\n```\n\n"),
        ("[a]: /b c\n===\n2. c\n   ```", "\n\n"),
    ],
)
def test_writes_no_more_than_is_needed(
    text: str, expected: str, parse: Callable[[str], list[tuple[object, ...]]]
) -> None:
    """Each kind of ending gets exactly what closes it, and an independent parser sees the notice."""
    assert closing(text) == expected
    opened, inline, _ = parse(text + expected + NOTICE)[-3:]
    assert opened[:2] == ("paragraph_openp", 0)
    assert inline[3] == NOTICE


@settings(derandomize=True, max_examples=400, deadline=None)
@given(data=st.data())
def test_next_line_is_a_top_level_paragraph(
    data: st.DataObject,
    nasty_documents: st.SearchStrategy[str],
    parse: Callable[[str], list[tuple[object, ...]]],
    same_but_closed: Callable[[object, object, str], bool],
) -> None:
    """An independent parser reads the notice as the last top-level paragraph, and the text as if it stood alone."""
    text = data.draw(nasty_documents)
    end = closing(text)
    *before, opened, inline, closed = parse(text + end + NOTICE)
    assert opened[:2] == ("paragraph_openp", 0)
    assert inline[3] == NOTICE
    assert closed[:2] == ("paragraph_closep", 0)
    assert same_but_closed(before, parse(text), end)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(data=st.data())
def test_how_the_text_is_cut_makes_no_difference(data: st.DataObject, nasty_documents: st.SearchStrategy[str]) -> None:
    """Fed in pieces, and with what is settled dropped at each, it writes the same as for the whole."""
    text = data.draw(nasty_documents)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BATCH", 1)
        told = Blocks()
        for piece in pieces:
            told.feed(piece)
            told.closing()
        in_pieces = told.closing()
    assert in_pieces == closing(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```\n" + "code\n" * 50_000, "```\n\n"),
        ("```\n" + "code\n" * 50_000 + "```\n", "\n"),
        ("<!--\n" + "\n" * 100_000, "-->\n\n"),
        ("- item\n" * 30_000 + "  ```", "\n\n"),
        ("text\n\n" * 30_000 + "```", "\n```\n\n"),
        ("x" * 200_000 + "\n```", "\n```\n\n"),
        ("> quote\n\n" * 30_000 + "   ~~~", "\n~~~\n\n"),
    ],
)
def test_long_texts_are_told_the_same(text: str, expected: str) -> None:
    """What is open is known over any distance."""
    assert closing(*(text[at : at + 1000] for at in range(0, len(text), 1000))) == expected


@pytest.mark.parametrize("text", ["A paragraph with a <b>tag</b>.\n\n", "- a line of a list\n", "<div>\n", "```\n"])
def test_memory_does_not_grow_with_the_text(text: str) -> None:
    """What is settled is dropped, so a stream without end does not fill the memory."""
    told = Blocks()
    for _ in range(5_000):
        told.feed(text * 20)
    assert told._kept < 200_000


@pytest.mark.parametrize(
    "text",
    ["```\n" * 100_000, "- a\n  ```\n" * 20_000, "  <b\n" * 100_000, "> " * 50_000, " \n\n" * 100_000 + "<a"],
)
def test_hostile_texts_end(text: str) -> None:
    """A megabyte of what costs most is told, in the end, like anything else."""
    assert closing(text) in ("", "\n", "\n\n", "\n```\n\n", "```\n\n")
