"""Our own labels are cut out of what clients send back, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelkit.labeler import Labeler
from labelkit.middleware.formats.anthropic_messages import AnthropicMessages
from labelkit.middleware.formats.base import Job
from labelkit.middleware.formats.openai_chat import OpenAIChat

API = OpenAIChat()
NOTICE = "This text was generated using artificial intelligence."
RUSSIAN = "Этот текст создан с помощью искусственного интеллекта."
NOTICES = frozenset({NOTICE, RUSSIAN})


def request(*messages: dict[str, Any], **dumps: Any) -> bytes:
    """A chat request."""
    return json.dumps({"model": "m", "messages": messages, "seed": 1}, **dumps).encode()


def said(body: bytes) -> list[Any]:
    """The content of each message."""
    return [message["content"] for message in json.loads(body)["messages"]]


@pytest.mark.parametrize("notice", [NOTICE, RUSSIAN])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("text", ["Hello.", 'Привет 😀 \\ "quoted"\n\ttab', "é"])
@pytest.mark.parametrize("start", [True, False])
def test_notice_is_cut(start: bool, text: str, ascii_only: bool, notice: str) -> None:
    """A notice is cut out of the assistant's messages wherever it was put and however the body is written, and every
    other byte stays; what the user quotes stays."""
    labelled = f"{notice}\n\n{text}" if start else f"{text}\n\n{notice}"
    quoted = {"role": "user", "content": labelled}
    body = request(quoted, {"role": "assistant", "content": labelled}, quoted, ensure_ascii=ascii_only)
    clean = request(quoted, {"role": "assistant", "content": text}, quoted, ensure_ascii=ascii_only)
    assert API.cut_history(body, NOTICES) == clean


def test_upper_case_escapes() -> None:
    """Some serialisers write their escapes in capitals; the notice is found all the same."""
    body = request({"role": "assistant", "content": f"Hi\n\n{RUSSIAN}"})
    shouted = body
    for letter in {character for character in RUSSIAN if not character.isascii()}:
        escape = f"\\u{ord(letter):04x}".encode()
        shouted = shouted.replace(escape, b"\\u" + escape[2:].upper())
    assert shouted != body
    assert said(API.cut_history(shouted, NOTICES)) == ["Hi"]


@pytest.mark.parametrize("size", [1, 5000])
def test_unusual_escapes(size: int) -> None:
    """Where a serialiser escapes what it need not, the notice is found, and the escapes before it stay."""
    text = "<b>\u00e9\U0001f600/" * size
    raw = text.replace("<", "\\u003C").replace("/", "\\/").replace("\U0001f600", "\\uD83D\\uDE00")
    body = f'{{"messages":[{{"role":"assistant","content":"{raw}\\n\\n{NOTICE}"}}]}}'.encode()
    clean = f'{{"messages":[{{"role":"assistant","content":"{raw}"}}]}}'.encode()
    assert API.cut_history(body, NOTICES) == clean
    assert said(clean) == [text]


def test_signed_answer(make_job: Callable[..., Job], signing: Labeler) -> None:
    """A wrapper is cut, raw or escaped, and with it the notice before it."""
    answer = b'{"choices":[{"message":{"content":"Hi \xd1\x8b"}}]}'
    labelled = json.loads(API.whole(answer, "application/json", make_job("visible c2pa")))
    content = labelled["choices"][0]["message"]["content"]
    for ascii_only in (True, False):
        body = request({"role": "assistant", "content": content}, ensure_ascii=ascii_only)
        assert said(API.cut_history(body, signing.notices)) == ["Hi ы"]


@pytest.mark.parametrize(
    "body",
    [
        request({"role": "assistant", "content": "Hello."}),
        request({"role": "user", "content": f"Hi\n\n{NOTICE}"}),
        request({"role": "assistant", "content": f"They write: {NOTICE} And more."}),
        request({"role": "assistant", "content": None}, {"role": "assistant"}),
        b"",
        b"{",
        NOTICE.encode(),
        json.dumps({"messages": NOTICE}).encode(),
        json.dumps({"messages": [NOTICE, None, [NOTICE]]}).encode(),
        json.dumps([NOTICE]).encode(),
        f'{{"messages":[{{"role":"assistant","content":"{NOTICE}'.encode(),
        json.dumps({"messages": [{"role": "assistant", "content": "é" + NOTICE}]}).encode("utf-16"),
    ],
)
def test_untouched(body: bytes) -> None:
    """A body without labels in its history, or that is no chat request, is the same object."""
    assert API.cut_history(body, NOTICES) is body


LABEL = {"type": "text", "text": f"\n\n{NOTICE}"}
TEXT = {"type": "text", "text": "Hello."}
OTHER = {"type": "tool_use", "id": "t"}


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        ([TEXT, LABEL], [TEXT]),
        ([LABEL, TEXT], [TEXT]),
        ([TEXT, LABEL, OTHER, LABEL], [TEXT, OTHER]),
        ([LABEL, LABEL, TEXT, LABEL, LABEL, OTHER], [TEXT, OTHER]),
        ([{"type": "text", "text": f"Hello.\n\n{NOTICE}"}, OTHER], [TEXT, OTHER]),
    ],
)
def test_label_blocks_go_whole(parts: list[Any], left: list[Any]) -> None:
    """A block that was nothing but a label goes with its comma: an empty text block would be refused by the API."""
    body = request({"role": "assistant", "content": parts}, {"role": "user", "content": "And?"}, indent=1)
    cut = AnthropicMessages().cut_history(body, NOTICES)
    assert said(cut) == [left, "And?"]


def test_only_a_label() -> None:
    """A message that was nothing but a label stays: without content it would be refused."""
    for content in (NOTICE, [LABEL], [LABEL, LABEL]):
        body = request({"role": "assistant", "content": content})
        assert API.cut_history(body, NOTICES) is body


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=40), st.booleans(), st.booleans())
def test_any_text(text: str, ascii_only: bool, surrogate: bool) -> None:
    """Whatever the answer was, with lone surrogates too, what is left is the answer, and the body never grows."""
    labelled = text + "\ud800" * surrogate + "x\n\n" + NOTICE
    try:
        body = request({"role": "assistant", "content": labelled}, ensure_ascii=ascii_only)
    except UnicodeEncodeError:
        body = request({"role": "assistant", "content": labelled})
    cut = API.cut_history(body, frozenset({NOTICE}))
    assert said(cut) == [labelled.removesuffix("\n\n" + NOTICE)]
    assert len(cut) < len(body)


def test_many_parts_take_no_square_of_time() -> None:
    """A request of many parts is read once, not once for each part."""
    parts = [TEXT, LABEL] * 5000
    body = request({"role": "assistant", "content": parts})
    assert len(said(API.cut_history(body, NOTICES))[0]) == 5000
