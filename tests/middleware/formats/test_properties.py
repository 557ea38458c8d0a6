"""What holds for every stream and every body, whatever is in it and wherever it is cut."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from labelkit.inspection import inspect
from labelkit.marks import Mark
from labelkit.middleware.formats.anthropic_messages import AnthropicMessages
from labelkit.middleware.formats.base import Format, Job
from labelkit.middleware.formats.openai_chat import OpenAIChat

NOTICE = "This text was generated using artificial intelligence."
Make = Callable[..., Job]
Run = Callable[..., bytes]
Read = Callable[[bytes], list[Any]]

PIECES = st.lists(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
    | st.sampled_from(["Hello", " {", "```", "\n\n", "\u2028", '"', "\\", "😀", "é", "x" * 80, "data: ", "\r\n\r\n"]),
    max_size=12,
)
PLACES = st.lists(st.integers(0, 10_000), max_size=12)
NEWLINES = st.sampled_from([b"\n", b"\r\n", b"\r"])
BETWEEN = st.sampled_from([b"", b"", b": ping\n\n", b"\n", b"retry: 5\n\n", b"id: 9\n"])


@st.composite
def openai(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """A chat stream of one to three choices, and each one's text."""
    ascii_only, finishes, shuffled = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    choices = [draw(PIECES) for _ in range(draw(st.integers(1, 3)))]
    events: list[tuple[int, dict[str, str], str | None]]
    events = [(index, {"content": piece}, None) for index, pieces in enumerate(choices) for piece in pieces]
    if shuffled:
        events = draw(st.permutations(events))
    if finishes:
        events += [(index, {}, "stop") for index in range(len(choices))]
    body = b""
    texts = [""] * len(choices)
    for index, delta, finish in events:
        texts[index] += delta.get("content", "")
        choice = {"index": index, "delta": delta, "finish_reason": finish}
        data = json.dumps({"id": "x", "created": draw(st.sampled_from([1, 1, 1, 22])), "choices": [choice]},
                          ensure_ascii=ascii_only)  # fmt: skip
        body += draw(BETWEEN) + b"data: " + data.encode() + b"\n\n"
    return body.replace(b"\n", draw(NEWLINES)), texts


@st.composite
def anthropic(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """A message stream of some blocks, and the text of it."""
    events: list[dict[str, Any]] = [{"type": "message_start", "message": {"content": []}}]
    text = ""
    for index in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["text", "thinking", "text"]))
        events.append({"type": "content_block_start", "index": index, "content_block": {"type": kind, kind: ""}})
        for piece in draw(PIECES):
            events.append(
                {"type": "content_block_delta", "index": index, "delta": {"type": f"{kind}_delta", kind: piece}}
            )
            text += piece if kind == "text" else ""
        events.append({"type": "content_block_stop", "index": index})
    events += [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]
    body = b""
    for event in events:
        data = json.dumps(event, ensure_ascii=draw(st.booleans())).encode()
        body += draw(BETWEEN) + b"event: " + event["type"].encode() + b"\ndata: " + data + b"\n\n"
    return body.replace(b"\n", draw(NEWLINES)), [text]


STREAMS: st.SearchStrategy[tuple[Format, tuple[bytes, list[str]]]] = st.one_of(
    st.tuples(st.just(OpenAIChat()), openai()), st.tuples(st.just(AnthropicMessages()), anthropic())
)


def texts_of(events: list[Any], number: int) -> list[str]:
    """What a client puts together."""
    texts = [""] * number
    for event in events:
        for choice in event.get("choices", ()):
            texts[choice["index"]] += choice["delta"].get("content", "")
        if event.get("type") == "content_block_delta":
            texts[0] += event["delta"].get("text", "")
    return texts


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STREAMS, PLACES, st.booleans())
def test_any_chunking(
    make_job: Make, run: Run, stream: tuple[Format, tuple[bytes, list[str]]], places: list[int], required: bool
) -> None:
    """However a stream is cut into chunks, the same bytes leave."""
    api, (body, _) = stream
    rule = [Mark.VISIBLE] if required else []
    assert run(api, make_job(required=rule), body, places) == run(api, make_job(required=rule), body, ())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STREAMS, PLACES)
def test_exactly_the_label(
    make_job: Make, run: Run, datas: Read, stream: tuple[Format, tuple[bytes, list[str]]], places: list[int]
) -> None:
    """A client reads what the model said, and a notice where the text is for people; all else is as it was sent."""
    api, (body, texts) = stream
    job = make_job()
    out = run(api, job, body, places)
    labelled = texts_of(datas(out), len(texts))
    for text, now in zip(texts, labelled, strict=True):
        assert now.startswith(text)
        assert NOTICE in now[len(text) :] or now == text
    assert sum(now != text for text, now in zip(texts, labelled, strict=True)) == len(job.outcomes)
    sent = iter(datas(out))
    assert all(any(event == other for other in sent) for event in datas(body))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(STREAMS, PLACES)
def test_signed(
    make_job: Make, run: Run, datas: Read, stream: tuple[Format, tuple[bytes, list[str]]], places: list[int]
) -> None:
    """Wherever a stream is cut, the signature is over the text that a client puts together."""
    api, (body, texts) = stream
    job = make_job("c2pa")
    labelled = texts_of(datas(run(api, job, body, places)), len(texts))
    for text, now in zip(texts, labelled, strict=True):
        if now != text:
            found = inspect(now)
            assert found.ai_generated
            assert [one.state for one in found.findings if one.mark is Mark.C2PA] == ["valid"]


LINES = st.sampled_from(
    [
        "```py", "```", "````", "~~~", "~~~~ sh", "  ```", "> ```", "- ```", "1. ~~~", "    indented", "\tindented", "- a\n\n      in",
        "> quoted", ">     in a quote", "- item", "Some `code` here.", "An open ` tick", "``a ` b``", "x = 1", "{", '{"a": 1}',
        "", "", "# Heading", "---", "===", "<pre>", "</pre>", "<div>", "<!-- so", "a | b", "\\`",
    ]
)  # fmt: skip
ENDS = st.sampled_from(["", "\n", "\n\n", " ", "  \n", "`", "\t"])


def code_of(text: str) -> list[str]:
    """What is code in a Markdown text: blocks and spans, in order, without the blanks at their end: where a block is
    left open those are the text's own end."""
    tokens: list[Token] = []
    for token in MarkdownIt("commonmark").parse(text):
        tokens += [token, *(token.children or ())]
    return [token.content.rstrip() for token in tokens if token.type in ("fence", "code_block", "code_inline")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(
    st.lists(LINES, min_size=1, max_size=8).map("\n".join),
    ENDS,
    st.sampled_from(["c2pa", "visible c2pa", "visible"]),
    st.integers(1, 9),
    st.sampled_from([[], [Mark.VISIBLE]]),
)
def test_code_stays_code(
    make_job: Make, run: Run, datas: Read, event: Callable[..., bytes], answer: str, end: str, marks: str, size: int,
    required: list[Mark],
) -> None:  # fmt: skip
    """No label, seen or not, gets into code: whole or streamed, what is code in an answer is what the model wrote."""
    text = answer + end
    body = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
    whole = json.loads(OpenAIChat().whole(body, "application/json", make_job(marks, required=required)))
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    streamed = run(OpenAIChat(), make_job(marks, required=required), b"".join(map(event, chunks)), None)
    for labelled in (whole["choices"][0]["message"]["content"], *texts_of(datas(streamed), 1)):
        assert code_of(labelled) == code_of(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(st.characters(codec="utf-8")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
        max_leaves=5,
    ).map(lambda value: {"v": value}),
    st.booleans(),
    st.sampled_from([[], [Mark.VISIBLE], [Mark.VISIBLE, Mark.C2PA]]),
    st.integers(1, 9),
)
def test_what_machines_read_stays(
    make_job: Make, run: Run, event: Callable[..., bytes], value: Any, tool: bool, required: list[Mark], size: int
) -> None:
    """JSON answers and arguments of tools pass byte for byte, whole and streamed, whatever a rule requires."""
    text = json.dumps(value, ensure_ascii=False)

    def says(said: str) -> dict[str, Any]:
        call = {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": said}}]}
        return call if tool else {"content": said}

    end = "tool_calls" if tool else "stop"
    whole = json.dumps({"choices": [{"message": says(text), "finish_reason": end}]}).encode()
    make = partial(make_job, "visible c2pa", required=required, exempt=())
    assert OpenAIChat().whole(whole, "application/json", make()) is whole
    deltas = [(says(text[at : at + size]), None) for at in range(0, len(text), size)]
    chunks = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]} for delta, finish in [*deltas, ({}, end)]
    ]
    body = b"".join(map(event, chunks))
    assert run(OpenAIChat(), make(), body, None) == body


NUMBERS = st.sampled_from(["1e2", "-0", "123456789012345678901234567890", "0.10", "1E400", '"\\ud800"', "[1,{}]"])
BLANKS = st.sampled_from(["", " ", "\n", "\r\n\t"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(codec="utf-8")), NUMBERS, BLANKS, st.booleans(), st.sampled_from(["", "\ufeff"]))
def test_whole(make_job: Make, text: str, odd: str, blank: str, ascii_only: bool, bom: str) -> None:
    """Without the label a body is the bytes that it was: numbers, duplicate keys, blanks and escapes too."""
    content = json.dumps(text, ensure_ascii=ascii_only)
    before = f'{bom}{{"n":{odd},{blank}"n":{odd}{blank},"choices":[{{"message":{{"content":{content}'
    body = (before + f'{blank}}},"finish_reason":"stop"}}]}}{blank}').encode()
    out = OpenAIChat().whole(body, "application/json", job := make_job())
    if not job.outcomes:
        assert out is body
        return
    at = len(before.encode()) - 1
    added = len(out) - len(body)
    assert out[:at] + out[at + added :] == body
    assert NOTICE in json.loads(b'"%b"' % out[at : at + added])
