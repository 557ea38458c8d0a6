"""OpenAI Chat Completions, in the shapes that real servers send."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labelkit.choice import Choice
from labelkit.errors import MarkError
from labelkit.inspection import inspect
from labelkit.label import Generator
from labelkit.labeler import Labeler
from labelkit.marks import Mark, Medium
from labelkit.middleware.formats.base import Job
from labelkit.middleware.formats.openai_chat import OpenAIChat

API = OpenAIChat()
NOTICE = "This text was generated using artificial intelligence."
Make = Callable[..., Job]
Write = Callable[..., bytes]
Run = Callable[..., bytes]
Read = Callable[[bytes], list[Any]]
BASE = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "m"}


def chunk(delta: dict[str, Any], finish: Any = None, index: int = 0, **more: Any) -> dict[str, Any]:
    """A chunk as OpenAI writes it."""
    return {**BASE, "choices": [{"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}], **more}


def bare(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A chunk without the keys that have nothing to say: Yandex, GigaChat, transformers serve."""
    return {**BASE, "choices": [{"index": 0, "delta": delta}], **more}


LLAMA_CPP: list[Any] = [
    chunk({"role": "assistant", "content": None}),
    *(chunk({"content": text}) for text in ("Hello", ",", " world", "!")),
    chunk({}, "stop"),
    {**BASE, "choices": [], "usage": {"completion_tokens": 5}, "timings": {"prompt_n": 1}},
    "[DONE]",
]
VLLM: list[Any] = [
    chunk({"role": "assistant", "content": "", "reasoning_content": None}),
    *(chunk({"content": text, "reasoning_content": None}) for text in ("Hello", ",", " world", "!")),
    chunk({"content": "", "reasoning_content": None}, "stop", stop_reason=None),
    "[DONE]",
]
TRANSFORMERS: list[Any] = [
    bare({"role": "assistant"}),
    *(bare({"content": text}) for text in ("Hello", ",", " world", "!")),
    {**BASE, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {"completion_tokens": 5}},
]
YANDEX: list[Any] = [
    *(bare({"role": "assistant", "content": text}) for text in ("Hello", ",", " world", "!")),
    {**BASE, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": "stop"}]},
    "[DONE]",
]
LITELLM: list[Any] = [
    *(chunk({"role": "assistant", "content": "Hello"}), chunk({"content": ", world"}), chunk({"content": "!"})),
    chunk({}, "stop"),
    {**BASE, "choices": [{"index": 0, "delta": {}}], "usage": {"completion_tokens": 5}},
    "[DONE]",
]
NO_MARKER: list[Any] = [bare({"content": text}) for text in ("Hello", ", world", "!")]
FINISH_WITH_TEXT: list[Any] = [chunk({"content": "Hello, world"}), chunk({"content": "!"}, "stop"), "[DONE]"]
ONE_EVENT: list[Any] = [chunk({"role": "assistant", "content": "Hello, world!"}), chunk({}, "stop"), "[DONE]"]
OBFUSCATED: list[Any] = [
    chunk({"role": "assistant", "content": ""}, obfuscation="a"),
    *(
        chunk({"content": text}, obfuscation=text * 2, created=at)
        for at, text in enumerate(("Hello", ",", " world", "!"))
    ),
    chunk({}, "stop", obfuscation="zz"),
    "[DONE]",
]
SERVERS = {
    "llama.cpp": LLAMA_CPP,
    "vllm": VLLM,
    "transformers": TRANSFORMERS,
    "yandex": YANDEX,
    "litellm": LITELLM,
    "no end marker": NO_MARKER,
    "finish with text": FINISH_WITH_TEXT,
    "one event": ONE_EVENT,
    "obfuscated": OBFUSCATED,
}


def text_of(events: list[Any], index: int = 0) -> str:
    """What a client puts together for a choice, until its finish_reason."""
    found = ""
    for event in events:
        for choice in event["choices"] if isinstance(event, dict) else ():
            if choice["index"] == index:
                found += choice["delta"].get("content") or ""
                if choice.get("finish_reason"):
                    return found
    return found


@pytest.mark.parametrize("by_event", [True, False])
@pytest.mark.parametrize("marks", ["visible", "visible c2pa"])
@pytest.mark.parametrize("server", SERVERS)
def test_streams(server: str, marks: str, by_event: bool, make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """Each server's stream says what it said, then the label, before its end marker; no event has a key that is new,
    and all that was sent is still there, byte for byte."""
    body = b"".join(event(data) for data in SERVERS[server])
    job = make_job(marks)
    out = run(API, job, body, None if by_event else ())
    text = text_of(datas(out))
    assert text.startswith(f"Hello, world!\n\n{NOTICE}")
    assert job.skipped is None
    assert len(job.outcomes) == 1
    assert inspect(text).ai_generated is True if "c2pa" in marks else text.endswith(NOTICE)
    lines = out.split(b"\n")
    changed = [line for line in body.split(b"\n") if line not in lines]
    assert len(changed) <= (server in ("finish with text", "one event", "yandex"))
    keys = {tuple(choice) for said in datas(body) if isinstance(said, dict) for choice in said["choices"]}
    assert {tuple(choice) for said in datas(out) if isinstance(said, dict) for choice in said["choices"]} <= keys


@pytest.mark.parametrize("spaces", [True, False])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("space", ["", " "])
def test_ways_to_write_events(
    newline: str, space: str, spaces: bool, make_job: Make, event: Write, run: Run, datas: Read
) -> None:
    """Line ends, the space behind ``data:`` and blanks in JSON are the server's; the label is written as it writes."""
    separators = (", ", ": ") if spaces else (",", ":")
    body = b"".join(event(data, separators=separators) for data in LLAMA_CPP)
    body = body.replace(b"\n", newline.encode()).replace(b"data: ", b"data:" + space.encode())
    out = run(API, make_job(), body)
    assert text_of(datas(out)) == f"Hello, world!\n\n{NOTICE}"
    at = out.index(b"\\n\\nThis text")
    start = out.rindex(b"data:", 0, at)
    added = out[start : out.index(newline.encode() * 2, at) + 2 * len(newline)]
    assert out.replace(added, b"") == body
    assert added.startswith(b"data:" + space.encode() + b"{")


def test_choices_are_labelled_each(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """With n=2 each choice gets its label before its own end, however the two are interleaved."""
    order = [0, 1, 1, 0, 0, 1, 0, 1, 1]
    events = [chunk({"content": f"{at} "}, index=index) for at, index in enumerate(order)]
    events[6:6] = [chunk({}, "stop", index=0)]
    events = [one for at, one in enumerate(events) if at < 7 or one["choices"][0]["index"] == 1]
    body = b"".join(event(data) for data in [*events, chunk({}, "length", index=1), "[DONE]"])
    for places in (None, ()):
        job = make_job("visible c2pa")
        said = datas(run(API, job, body, places))
        for index in (0, 1):
            text = text_of(said, index)
            own = "".join(f"{at} " for at, of in enumerate(order) if of == index and (index or at < 6))
            assert text.startswith(own)
            assert text.count(NOTICE) == 1
            assert inspect(text).ai_generated
        assert len(job.outcomes) == 2


def test_choices_in_one_event(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """Choices that come and end in one event are labelled in it."""
    first, second = chunk({"content": "one"})["choices"] + chunk({"content": "two"}, index=1)["choices"]
    end = [chunk({}, "stop", index=index)["choices"][0] for index in (0, 1)]
    body = event({**BASE, "choices": [first, second]}) + event({**BASE, "choices": end})
    said = datas(run(API, make_job(), body))
    assert text_of(said, 0) == f"one\n\n{NOTICE}"
    assert text_of(said, 1) == f"two\n\n{NOTICE}"


@pytest.mark.parametrize(
    ("delta", "finish", "why"),
    [
        ({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{"}}]}, "tool_calls", "tool call"),
        ({"function_call": {"name": "f"}}, "function_call", "tool call"),
        ({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}, "stop", "tool call"),
        ({"refusal": "I can't help."}, "stop", "refusal"),
        ({}, "tool_calls", "tool call"),
    ],
)
@pytest.mark.parametrize("text", ["Let me look.", ""])
def test_what_is_not_prose(
    text: str, delta: dict[str, Any], finish: str, why: str, make_job: Make, event: Write, run: Run
) -> None:
    """Tool calls and refusals pass byte for byte, with the reason told, though text came before them."""
    said = [chunk({"role": "assistant", "content": text}), chunk({"content": text}), chunk(delta), chunk({}, finish)]
    body = b"".join(event(data) for data in [*said, "[DONE]"])
    for places in (None, ()):
        job = make_job("visible c2pa")
        assert run(API, job, body, places) == body
        assert job.skipped == why
        assert job.outcomes == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": [1, 2]}', "the answer is JSON"),
        (' \n[1, "zwei"]\n', "the answer is JSON"),
        ("```python\nprint(1)\n```", "the answer is one block of code"),
        ("\n~~~\ncode\n~~~\n", "the answer is one block of code"),
        ("   ", "there is no text"),
        ("", "there is no text"),
    ],
)
def test_machine_read_text(text: str, why: str, make_job: Make, event: Write, run: Run) -> None:
    """A text that is JSON or code as a whole gets no label, in a stream as in a body."""
    pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
    body = b"".join(event(data) for data in [*(chunk({"content": piece}) for piece in pieces), chunk({}, "stop")])
    job = make_job("visible c2pa")
    assert run(API, job, body, None) == body
    assert job.skipped == why
    job = make_job("visible c2pa")
    whole = json.dumps({"choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}]}).encode()
    assert API.whole(whole, "application/json", job) is whole
    assert job.skipped == why


@pytest.mark.parametrize(
    "text", ["[1] says so.", "{sic}", "```\na\n```\nand more", "`ls` lists.", "~ tilde", "~~~"[:2]]
)
def test_prose_that_begins_like_code(text: str, make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """A bracket or a fence at the beginning makes no text JSON or code; the end tells."""
    body = event(chunk({"content": text[:2]})) + event(chunk({"content": text[2:]})) + event(chunk({}, "stop"))
    assert text_of(datas(run(API, make_job(), body))).endswith(NOTICE)


def test_json_cut_off(make_job: Make, event: Write, run: Run) -> None:
    """JSON that a length limit cut off is still JSON: what reads it reports that, and not a notice."""
    body = event(chunk({"content": '{"a": [1'})) + event(chunk({}, "length"))
    assert run(API, make_job(), body) == body


def test_open_fence_is_closed(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """A notice behind an open code block stands outside of it."""
    body = event(chunk({"content": "So:\n```py\nx = 1"})) + event(chunk({}, "stop"))
    assert text_of(datas(run(API, make_job(), body))) == f"So:\n```py\nx = 1\n```\n\n{NOTICE}"


@pytest.mark.parametrize("server", SERVERS)
def test_required_notice_comes_first(server: str, make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """A notice that a rule requires stands in the first event with text, and no event is added for it."""
    body = b"".join(event(data) for data in SERVERS[server])
    job = make_job(required=[Mark.VISIBLE])
    out = run(API, job, body, None)
    assert text_of(datas(out)) == f"{NOTICE}\n\nHello, world!"
    assert out.count(b"data:") == body.count(b"data:")
    assert [outcome.applied for outcome in job.outcomes] == [{Mark.VISIBLE}]


def test_required_notice_waits_for_json(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """Before a text that may be JSON not even a required notice is put; if it was prose, it stands at the end."""
    prose = event(chunk({"content": " ["})) + event(chunk({"content": "1] says"})) + event(chunk({}, "stop"))
    assert text_of(datas(run(API, make_job(required=[Mark.VISIBLE]), prose))) == f" [1] says\n\n{NOTICE}"
    data = event(chunk({"content": "\n"})) + event(chunk({"content": "[1]"})) + event(chunk({}, "stop"))
    assert run(API, make_job(required=[Mark.VISIBLE]), data) == data


@pytest.mark.parametrize("blank", [" ", "\n", "  \n    "])
def test_white_space_before_what_is_signed(blank: str, make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """A model's first token may be white space: a required notice waits behind it for the first word, so JSON stays as
    it is, and what is signed is what was sent, in its order."""
    json_text = event(chunk({"content": blank})) + event(chunk({"content": '{"a": 1}'})) + event(chunk({}, "stop"))
    for places in (None, ()):
        job = make_job("visible c2pa", required=[Mark.VISIBLE, Mark.C2PA])
        assert run(API, job, json_text, places) == json_text
        prose = event(chunk({"content": blank})) + event(chunk({"content": "Hello."})) + event(chunk({}, "stop"))
        text = text_of(datas(run(API, make_job("visible c2pa", required=[Mark.VISIBLE, Mark.C2PA]), prose, places)))
        assert text.startswith(f"{blank}{NOTICE}" if blank == "\n" else f"{blank}\n{NOTICE}")
        assert {finding.mark: finding.state for finding in inspect(text).findings}[Mark.C2PA] == "valid"


@pytest.mark.parametrize("text", ["[1] says who.", "{curly} and so on"])
def test_required_notice_of_a_labeler_that_begins_with_it(
    text: str, generator: Generator, event: Write, run: Run, datas: Read
) -> None:
    """Where notices stand at the start by the labeler's own setting, one that had to wait stands at the end too."""
    labeler = Labeler(generator, policy="none", locale="en", place="start")
    decision = replace(labeler.decide(Choice.ON, Medium.TEXT), required=frozenset({Mark.VISIBLE}))
    body = event(chunk({"content": text[:3]})) + event(chunk({"content": text[3:]})) + event(chunk({}, "stop"))
    assert text_of(datas(run(API, Job(labeler, decision), body))) == f"{text}\n\n{NOTICE}"


@pytest.mark.parametrize(
    "failure", [b'data: {"error": {"message": "overloaded"}}\n\n', b"event: error\ndata: {}\n\n"], ids=["data", "name"]
)
def test_no_label_after_an_error(failure: bytes, make_job: Make, event: Write, run: Run) -> None:
    """An error in mid-stream is the last word: nothing is put behind the text that it ended."""
    body = event(chunk({"content": "Hello"})) + failure + b"data: [DONE]\n\n"
    job = make_job("visible c2pa")
    assert run(API, job, body) == body
    assert job.skipped == "the stream reported an error"


@pytest.mark.parametrize("tail", [b'data: {"id', b"event: x\ndat", b'data: {"id":1}\n', b"data"])
def test_broken_off(tail: bytes, make_job: Make, event: Write, run: Run) -> None:
    """A stream that ends within an event gets nothing appended, and the event is not completed."""
    body = event(chunk({"content": "Hello"})) + event(chunk({"content": "!"})) + tail
    job = make_job()
    assert run(API, job, body) == body
    assert job.skipped == "the stream broke off"


@pytest.mark.parametrize("end", ["", "\n"])
def test_last_blank_line_forgotten(end: str, make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """An end marker without its blank line is still one: the label stands before it, the marker as it was."""
    body = event(chunk({"content": "Hello"})) + f"data: [DONE]{end}".encode()
    out = run(API, make_job(), body)
    assert out.endswith(f"data: [DONE]{end}".encode())
    assert text_of(datas(out)) == f"Hello\n\n{NOTICE}"


def test_text_after_the_end(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """A server that goes on after its own end marker changes nothing: the label stands once, before the first."""
    more = [chunk({"content": "more"})] * 600
    events = [
        chunk({"content": "Hello"}),
        chunk({"content": "!"}),
        chunk({}, "stop"),
        *more,
        chunk({}, "stop"),
        "[DONE]",
    ]
    body = b"".join(event(data) for data in events)
    for places in (None, ()):
        job = make_job("visible c2pa")
        out = run(API, job, body, places)
        assert text_of(datas(out)).startswith(f"Hello!\n\n{NOTICE}")
        assert out.count(NOTICE.encode()) == len(job.outcomes) == 1
        assert out.endswith(body[body.index(event(events[2])) :])


def test_heartbeats(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """Comments pass where they were, between the events and at the end."""
    body = b": ping\n\n" + event(chunk({"content": "Hello"})) + b": ping\n\n" + event(chunk({}, "stop")) + b": bye"
    for places in (None, ()):
        out = run(API, make_job(), body, places)
        assert text_of(datas(out)) == f"Hello\n\n{NOTICE}"
        assert out.count(b": ping\n\n") == 2
        assert out.endswith(b": bye")


def test_hidden_refusal(make_job: Make, event: Write, run: Run) -> None:
    """An event that begins and ends like the others, and says more between, is found out before the label."""
    plain = [chunk({"content": text}) for text in ("a", "b", "c")]
    odd = chunk({"content": "", "refusal": "No."})
    body = b"".join(event(data, separators=(",", ":")) for data in [*plain, odd, chunk({}, "stop")])
    for places in (None, ()):
        job = make_job()
        assert run(API, job, body, places) == body
        assert job.skipped == "refusal"


def test_surrogates_over_events(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """A character whose halves come in two events is one character of what is signed."""
    deltas = ["Hi ", "\ud83d", "\ude00", "\ud83d", "\ude00", "!"]
    body = b"".join(event(data) for data in [*(chunk({"content": text}) for text in deltas), chunk({}, "stop")])
    for places in (None, ()):
        job = make_job("c2pa")
        text = text_of(datas(run(API, job, body, places)))
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        assert joined.startswith("Hi 😀😀!")
        assert inspect(joined).ai_generated
        assert job.outcomes[0].applied == {Mark.C2PA}


def test_lone_surrogate(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """Half a character cannot be signed: a chosen mark is told as missing, and the visible one is made."""
    body = event(chunk({"content": "Hi \ud83d"})) + event(chunk({}, "stop"))
    job = make_job("visible c2pa")
    assert text_of(datas(run(API, job, body))) == f"Hi \ud83d\n\n{NOTICE}"
    assert Mark.C2PA in job.outcomes[0].missing


def test_nothing_to_copy(make_job: Make, event: Write, run: Run) -> None:
    """Where no event can carry the label the stream passes; a required label breaks it off instead."""
    odd = chunk({"content": "Hello", "reasoning_content": "hm"})
    body = event(odd) + b"data: [DONE]\n\n"
    job = make_job()
    assert run(API, job, body) == body
    assert job.skipped == "no event of the stream could carry a label"
    with pytest.raises(MarkError):
        run(API, make_job("c2pa", required=[Mark.C2PA]), body)


def test_too_long_an_event(make_job: Make, event: Write, run: Run) -> None:
    """An event of more than 1 MiB ends the looking: all of it and the rest pass; a required label breaks the stream."""
    long = event({**BASE, "choices": [], "blob": "x" * 2**21})
    body = event(chunk({"content": "Hello"})) + long + event(chunk({}, "stop"))
    places = list(range(0, len(body), 16384))
    job = make_job()
    assert run(API, job, body, places) == body
    assert job.skipped == "an event is too long to be looked at"
    with pytest.raises(Exception, match="over the limit"):
        run(API, make_job(required=[Mark.VISIBLE, Mark.C2PA]), body, places)


def test_events_are_not_held_back(make_job: Make, event: Write) -> None:
    """Each complete event leaves in the call that brought it; only the incomplete end of a chunk waits."""
    splicer = API.stream("text/event-stream", make_job())
    assert splicer is not None
    events = [event(data) for data in LLAMA_CPP]
    for one in events[:5]:
        assert splicer.feed(one) is None
    whole = splicer.feed(events[4] + events[4] + b"data: {")
    assert whole is not None
    assert whole.ready == events[4] * 2
    rest = splicer.feed(events[4][7:] + events[5])
    assert rest is not None
    assert rest.ready.startswith(b"data: {" + events[4][7:])
    assert rest.ready.endswith(events[5])


def test_signing_comes_after_what_is_ready(make_job: Make, event: Write) -> None:
    """What precedes the label leaves before anything is signed; what follows it comes with the signature."""
    splicer = API.stream("text/event-stream", make_job("c2pa"))
    assert splicer is not None
    first, end = event(chunk({"content": "Hello"})), event(chunk({}, "stop"))
    splice = splicer.feed(first + end)
    assert splice is not None
    assert splice.ready == first
    assert splice.then is not None
    assert splice.then().endswith(end)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("size", [None, 100, 16384])
def test_long_stream(size: int | None, number: int, make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """A text longer than what is collected at a time is signed as a whole, an event a chunk or cut anywhere."""
    deltas = [chunk({"content": f"tök{at} "}, index=at % number) for at in range(1500)]
    body = b"".join(event(data) for data in [*deltas, *(chunk({}, "stop", index) for index in range(number)), "[DONE]"])
    job = make_job("visible c2pa")
    said = datas(run(API, job, body, None if size is None else range(0, len(body), size)))
    for index in range(number):
        text = text_of(said, index)
        assert text.startswith("".join(f"tök{at} " for at in range(index, 1500, number)))
        assert inspect(text).ai_generated


def test_long_suspect(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """A text that begins like JSON is not kept for ever to find out: beyond a limit it is taken for prose."""
    deltas = [chunk({"content": text}) for text in ("[", *["x" * 10_000] * 120)]
    body = b"".join(event(data) for data in [*deltas, chunk({}, "stop")])
    assert text_of(datas(run(API, make_job(), body))).endswith(NOTICE)


def test_half_a_character_at_the_end(make_job: Make, event: Write, run: Run, datas: Read) -> None:
    """A text that ends within a character is told to be unsignable, not signed without its last half."""
    body = event(chunk({"content": "Hi \ud83d"})) + event(chunk({}, "stop"))
    job = make_job("c2pa")
    assert text_of(datas(run(API, job, body))) == "Hi \ud83d"
    assert Mark.C2PA in job.outcomes[0].missing


def test_operator_wants_it_at_the_start(generator: Generator, event: Write, run: Run, datas: Read) -> None:
    """A chosen notice stands at the start where the operator wants that; before JSON there is none at all."""
    labeler = Labeler(generator, policy="none", locale="en", place="start")
    for text, expected in (("Hello", f"{NOTICE}\n\nHello"), ("[1]", "[1]"), ("[1] says", "[1] says")):
        job = Job(labeler, labeler.decide(Choice.ON, Medium.TEXT))
        body = event(chunk({"content": text})) + event(chunk({}, "stop"))
        assert text_of(datas(run(API, job, body))) == expected


def test_other_media_types() -> None:
    """Only server-sent events are a stream of this API."""
    job: Any = None
    assert API.stream("text/plain", job) is None


@pytest.mark.parametrize("marks", ["visible", "c2pa", "visible c2pa"])
def test_whole(marks: str, make_job: Make) -> None:
    """A body keeps every byte outside of its messages' ends: numbers, duplicate keys, escapes and blanks too."""
    body = (
        b'{ "id":"x", "n":1e2,"n":-0, "big":123456789012345678901234567890,"u":"\\u2028\\/",\r\n'
        b' "choices":[{"index":0,"message":{"role":"assistant","content":"Hi \\ud83d\\ude00","refusal":null},'
        b'"finish_reason":"stop"},\n{"index":1,"message":{"content":"Two"}}] }\n'
    )
    job = make_job(marks)
    out = API.whole(body, "application/json", job)
    texts = [choice["message"]["content"] for choice in json.loads(out)["choices"]]
    assert texts[0].startswith("Hi 😀")
    assert texts[1].startswith("Two")
    assert len(job.outcomes) == 2
    if "c2pa" in marks:
        assert all(inspect(text).ai_generated for text in texts)
    head, middle, tail = body.split(b"Hi \\ud83d\\ude00")[0], b'","refusal":null}', b'"}}] }\n'
    assert out.startswith(head)
    assert middle in out
    assert out.endswith(tail)


def test_whole_parts(make_job: Make) -> None:
    """Of a message in parts the last text part carries the label; parts of other kinds stay."""
    content = [{"type": "thinking", "text": "hm"}, {"type": "text", "text": "One "}, {"type": "text", "text": "two"}]
    body = json.dumps({"choices": [{"message": {"content": [*content, {"type": "image_url"}]}}]}).encode()
    out = json.loads(API.whole(body, "application/json", make_job()))["choices"][0]["message"]["content"]
    assert [part.get("text") for part in out] == ["hm", "One ", f"two\n\n{NOTICE}", None]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the body is no JSON"),
        (b"{", "the body is no JSON"),
        ('{"choices":[{"message":{"content":"é"}}]}'.encode("latin-1"), "the body is no JSON"),
        (b"[]", "there is no text"),
        (b'"x"', "there is no text"),
        (b'{"choices":{}}', "there is no text"),
        (b'{"choices":[null,7,{"message":[]},{"message":{"content":null}}]}', "there is no text"),
        (b'{"error":{"message":"x"}}', "there is no text"),
        (b'{"choices":[{"message":{"content":"a","tool_calls":[{}]}}]}', "tool call"),
        (b'{"choices":[{"message":{"content":"a"},"finish_reason":"tool_calls"}]}', "tool call"),
        (b'{"choices":[{"message":{"content":null,"refusal":"No."}}]}', "refusal"),
    ],
)
def test_whole_untouched(body: bytes, why: str, make_job: Make) -> None:
    """A body with nothing to label is the same object, and the reason is told."""
    job = make_job()
    assert API.whole(body, "application/json", job) is body
    assert job.skipped == why


def test_request_says_machine(make_job: Make, event: Write, run: Run) -> None:
    """What the request said of who reads the answer holds for bodies and streams."""
    body = b'{"choices":[{"message":{"content":"Hi"}}]}'
    job = make_job(machine_read="logprobs asked for")
    assert API.whole(body, "application/json", job) is body
    assert job.skipped == "logprobs asked for"
    stream = event(chunk({"content": "Hi"})) + event(chunk({}, "stop"))
    job = make_job(machine_read="logprobs asked for", required=[Mark.VISIBLE])
    assert run(API, job, stream) == stream
    assert job.skipped == "logprobs asked for"


@pytest.mark.parametrize(("status", "kind"), [(500, "server_error"), (400, "invalid_request_error")])
def test_problem(status: int, kind: str) -> None:
    """An error has the shape that OpenAI's clients read."""
    media_type, body = API.problem("no signer", status)
    assert media_type == "application/json"
    error = json.loads(body)["error"]
    assert (error["message"], error["type"]) == ("no signer", kind)
