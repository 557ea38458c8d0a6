"""What the tests of text share: documents made to be nasty, and what a CommonMark parser sees in them."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import reject
from hypothesis import strategies as st
from markdown_it import MarkdownIt

_MARKERS = ["- ", "* ", "+ ", "1. ", "2. ", "10) ", "-", "1.", "-     ", "> ", ">", ">> ", "> - ", "- > ", "1. > - "]
_INDENTS = ["", " ", "  ", "   ", "    ", "     ", "\t", " \t", "      ", "  \t"]
_BODIES = """
text|two  spaces  |back\\|```|````|~~~|~~~~ info|```py|``` a`b|``inline|~~|`|---|===|-|***|- - -|# head|#no|<div>|</div>
<!-- c|-->|<!-- done -->|<?php|?>|<!X|>|<![CDATA[|]]>|<script>|</script>|<pre>|</pre> x|<custom a='b'>|</custom>|<a b
<textarea|<style\t>|[ref]: /url|[ref]: /url 'title|[ref]:|'title'|[ref]|*em|**|&amp|0. zero|1234567890. no|| |\u00a0|\u0301
""".replace("\n", "|").split("|")
_TABLE = ["| a | b |", "|---|---|", "\ufeff", "&#96;&#96;&#96;"]
_LINE_ENDS = ["\n", "\n", "\n", "\r\n", "\r", "\n\n"]


class Block(NamedTuple):
    """One token of a parsed document, as far as readers can tell it from another."""

    type: str
    level: int
    hidden: bool
    content: str
    info: str


@pytest.fixture(scope="session")
def parse() -> Callable[[str], list[Block]]:
    """What an independent CommonMark parser makes of a text. Trailing blank lines of code and HTML do not count."""
    parser = MarkdownIt("commonmark")

    def parsed(text: str) -> list[Block]:
        try:
            tokens = parser.parse(text)
        except IndexError:  # its own bug: an HTML block in a list in a quote, at the end of the text
            reject()
        raw = ("fence", "html_block", "code_block")
        return [
            Block(
                token.type + token.tag,
                token.level,
                token.hidden,
                token.content.rstrip(" \t\n") if token.type in raw else token.content,
                token.info,
            )
            for token in tokens
        ]

    return parsed


@pytest.fixture(scope="session")
def nasty_documents() -> st.SearchStrategy[str]:
    """Documents that leave open what Markdown can leave open, nested, indented and cut off anywhere."""
    bodies = st.sampled_from([*_BODIES, *_TABLE])
    indents = st.just("") | st.sampled_from(_INDENTS)
    lines = st.tuples(
        indents,
        st.lists(st.sampled_from(_MARKERS), max_size=2).map("".join),
        indents,
        bodies,
        st.sampled_from(_LINE_ENDS),
    )
    return st.tuples(st.lists(lines.map("".join), max_size=9).map("".join), bodies).map("".join)


@pytest.fixture(scope="session")
def same_but_closed() -> Callable[[list[Block], list[Block], str], bool]:
    """Whether the first document is the second, but for an HTML block that ``closing`` ends."""

    def same(closed: list[Block], plain: list[Block], closing: str) -> bool:
        mark = closing.strip()
        if closed and closed[-1].type == "html_block" and mark:
            content = closed[-1].content.removesuffix(mark).rstrip(" \t\n")
            closed = [*closed[:-1], closed[-1]._replace(content=content)]
        return closed == plain

    return same
