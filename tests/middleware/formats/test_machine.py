"""What gets no label: what machines read, whatever a rule says, and single words where no rule minds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.choice import Choice
from labelkit.label import Generator
from labelkit.labeler import Labeler
from labelkit.marks import Mark, Medium
from labelkit.middleware.formats.anthropic_messages import AnthropicMessages
from labelkit.middleware.formats.base import Facts, Job
from labelkit.middleware.formats.generated import Generated
from labelkit.middleware.formats.lane import Lane
from labelkit.middleware.formats.machine import why
from labelkit.middleware.formats.openai_chat import OpenAIChat
from labelkit.middleware.formats.word import LONGEST, is_word
from labelkit.policy import Content, Policy
from labelkit.policy.decision import EVERY_KIND
from labelkit.service import Service

NOTICE = "This text was generated using artificial intelligence."
WHY = "the answer is a single word"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
Make = Callable[..., Job]
Run = Callable[..., bytes]
Write = Callable[..., bytes]

WORDS = [
    "positive", "Positive.", "42", "Да.", "C3PO", " yes\n", "**Yes!**", "`ls`", '"no"', "-3.14", "1 000 000", "1,000.5",
    "12:30", "5%", "$5", "don't", "well-known", "mother-in-law", "Ελλάδα", "שלום", "سلام", "می\u200cروم", "हिन्दी", "안녕하세요",
    "მადლობა", "cafe\u0301", "Да 👍", "٤٢",
]  # fmt: skip
NO_WORDS = [
    "", " ", "...", "👍", "two words", "1 2 3", "是", "好的。", "สวัสดีครับ", "こんにちは", "ありがとう。", "ខ្ញុំ", "ok/no",
    "f(x)", "https://example.com/", "a_b", "this-is-a-whole-sentence", "x" * (LONGEST + 1), "Да是", "3三", "1.\n2.",
]  # fmt: skip


@pytest.mark.parametrize("text", WORDS)
def test_words(text: str) -> None:
    """One word or one number is one, in every script that separates words, with what stands around it."""
    assert is_word(text)


@pytest.mark.parametrize("text", NO_WORDS)
def test_no_words(text: str) -> None:
    """What has several words, or may have them without a space, is none, and neither is what has none."""
    assert not is_word(text)


@given(st.text(st.characters(codec="utf-8"), max_size=LONGEST + 9))
def test_any_text(text: str) -> None:
    """A word has a letter or a digit, and no line of its own beside it; nothing raises."""
    if is_word(text):
        assert any(character.isalnum() for character in text)
        assert len(text) <= LONGEST


def whole(text: str) -> bytes:
    """A chat answer."""
    return json.dumps({"choices": [{"index": 0, "message": {"content": text}, "finish_reason": "stop"}]}).encode()


def chunk(content: str, finish: str | None = None) -> dict[str, Any]:
    """An event of a chat stream."""
    delta = {"content": content} if content else {}
    return {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def streamed(text: str, event: Write, size: int = 3) -> bytes:
    """The same as a stream."""
    pieces = [chunk(text[at : at + size]) for at in range(0, len(text), size)]
    return b"".join(event(data) for data in [*pieces, chunk("", "stop"), "[DONE]"])


@pytest.mark.parametrize("marks", ["visible", "visible c2pa"])
@pytest.mark.parametrize("text", ["positive", "Да.", "  42\n"])
def test_a_single_word(text: str, marks: str, make_job: Make, run: Run, event: Write) -> None:
    """It passes as it is, whole and streamed, where no rule minds, and the reason is told."""
    job = make_job(marks, exempt=EVERY_KIND)
    assert OpenAIChat().whole(body := whole(text), "application/json", job) is body
    assert (job.skipped, job.outcomes) == (WHY, [])
    for places in (None, ()):
        job = make_job(marks, exempt=EVERY_KIND)
        assert run(OpenAIChat(), job, body := streamed(text, event), places) == body
        assert (job.skipped, job.outcomes) == (WHY, [])


@pytest.mark.parametrize("required", [[], [Mark.VISIBLE]])
def test_a_single_word_that_a_rule_minds(required: list[Mark], make_job: Make, run: Run, event: Write) -> None:
    """It is labelled like any text where a rule that does not exempt it asks for the mark."""
    for exempt in (frozenset(), EVERY_KIND - {"single-word"}):
        job = make_job(required=required, exempt=exempt)
        assert NOTICE.encode() in OpenAIChat().whole(whole("positive"), "application/json", job)
        job = make_job(required=required, exempt=exempt)
        assert NOTICE.encode() in run(OpenAIChat(), job, streamed("positive", event), None)


def test_a_notice_that_comes_first_cannot_wait(make_job: Make, run: Run, event: Write) -> None:
    """At the start of a stream nobody knows how long the answer will be: it counts as in scope; a whole one is known."""
    job = make_job(required=[Mark.VISIBLE], exempt=EVERY_KIND)
    assert NOTICE.encode() in run(OpenAIChat(), job, streamed("positive", event), None)
    assert [outcome.applied for outcome in job.outcomes] == [{Mark.VISIBLE}]
    job = make_job(required=[Mark.VISIBLE], exempt=EVERY_KIND)
    assert OpenAIChat().whole(body := whole("positive"), "application/json", job) is body


@pytest.mark.parametrize("text", ["A word and more.", "Hello there", "是的，当然可以。", "positive, I would say; " * 9])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_more_than_a_word(text: str, size: int, make_job: Make, run: Run, event: Write) -> None:
    """A text that goes on gets its label, however it is cut."""
    out = run(OpenAIChat(), make_job(exempt=EVERY_KIND), streamed(text, event, size), None)
    assert NOTICE.encode() in out


@pytest.mark.parametrize("api", ["/answer", None])
def test_home_made(api: str | None, make_job: Make) -> None:
    """Declared routes have single words too: in JSON, in plain text, in events."""
    route = Generated("/chat", api)
    kind, body = ("application/json", b'{"answer": "positive"}') if api else ("text/plain", b"positive")
    assert route.whole(body, kind, job := make_job(exempt=EVERY_KIND)) is body
    assert job.skipped == WHY


def test_anthropic(make_job: Make, run: Run, event: Write) -> None:
    """A message of one word gets no text block for a label."""
    said: list[dict[str, Any]] = [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Da"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ]
    body = b"".join(event(data, data["type"]) for data in said)
    assert run(AnthropicMessages(), job := make_job("visible c2pa", exempt=EVERY_KIND), body, None) == body
    assert job.skipped == WHY


def test_a_lane_keeps_a_few_dozen_characters(make_job: Make) -> None:
    """What is kept to know a single word is let go as soon as there is more than a word."""
    lane = Lane(make_job("c2pa", exempt=EVERY_KIND), 0, lambda lane, piece: "")
    kept = []
    for _ in range(100):
        lane.text("word and ")
        kept.append(sum(map(len, lane._texts or ())))
    assert max(kept) <= LONGEST
    assert kept[-1] == 0


def lawful(**rule: Any) -> Policy:
    """A policy of one rule that requires the notice in texts."""
    given = {
        "id": "T-1", "article": "a test's own", "source": "https://law.example", "sureness": "high", "from": "2020-01-01",
        "media": ["text"], "marks": ["visible"], "level": "require", "binds": "whoever", "says": "Mark it.", **rule,
    }  # fmt: skip
    pack = {
        "jurisdiction": "XX", "name": "Test", "timezone": "UTC", "language": "en", "checked": "2026-01-01", "rule": [given]
    }  # fmt: skip
    return Policy.model_validate(pack)


ANSWERS = [
    ('{"a": 1}', "json", "the answer is JSON"),
    ("```\nx\n```", "code", "the answer is one block of code"),
]


@pytest.mark.parametrize(("text", "kind", "why"), ANSWERS)
@pytest.mark.parametrize("exempt", [False, True])
def test_what_is_left_out_is_told(
    text: str, kind: str, why: str, exempt: bool, generator: Generator, run: Run, event: Write
) -> None:
    """JSON and code stay as they are though a rule asks for more; the reason then names the rule, and only then."""
    labeler = Labeler(generator, policy=lawful(exempt=[kind] if exempt else []))
    told = why if exempt else f"{why}; what T-1 asks for is left out"
    job = Job(labeler, labeler.decide(Choice.ON, Medium.TEXT))
    assert OpenAIChat().whole(body := whole(text), "application/json", job) is body
    assert job.skipped == told
    if kind == "json":  # before a block of code the notice has gone out, as it stands first
        job = Job(labeler, labeler.decide(None, Medium.TEXT))
        assert run(OpenAIChat(), job, body := streamed(text, event), None) == body
        assert job.skipped == told


def test_what_a_request_leaves_out_is_told(generator: Generator, run: Run, event: Write) -> None:
    """The same of a request for JSON; where no mark is required there is nothing more to tell."""
    labeler = Labeler(generator, policy=lawful())
    facts = Facts("response_format is json_object")
    for required, told in ((True, f"{facts.machine_read}; what T-1 asks for is left out"), (False, facts.machine_read)):
        decision = labeler.decide(Choice.ON, Medium.TEXT)
        job = Job(labeler, decision if required else replace(decision, required=frozenset()), facts)
        OpenAIChat().whole(whole("Well, hello there."), "application/json", job)
        assert job.skipped == told
        job = Job(labeler, job.decision, facts)
        run(OpenAIChat(), job, streamed("Well, hello there.", event))
        assert job.skipped == told


@pytest.mark.parametrize("kind", ["translation", "proofreading"])
def test_translation(kind: Any, generator: Generator, signing: Labeler) -> None:
    """What the operator says is a translation gets no required mark where the rule exempts it; a summary does."""
    labeler = Labeler(generator, signer=signing.signer, policy="eu", service=Service(roles=frozenset({"provider"})))
    content = Content(Medium.TEXT, first_turn=False, kind=kind)
    assert not labeler.decide(None, content, when=NOW).required
    assert labeler.decide(None, replace(content, kind="summary"), when=NOW).required == {Mark.C2PA}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(JSON) | st.dictionaries(st.text(), JSON), st.booleans(), st.data())
def test_json_that_was_cut_off(value: Any, ascii_only: bool, data: st.DataObject) -> None:
    """Wherever a length limit cut it, it is still JSON; of an answer that ended by itself, half of it is none."""
    text = json.dumps(value, ensure_ascii=ascii_only)
    cut = text[: data.draw(st.integers(1, len(text)))]
    assert why(cut, cut_off=True) == "the answer is JSON"
    assert (why(cut) == "") is (cut != text)


@pytest.mark.parametrize("text", ["[Verse 1]\nThe sea, the", "[1] says", "[1] 2", "{curly} and", "[Note] true", "[x"])
def test_prose_that_was_cut_off(text: str, generator: Generator, run: Run, event: Write) -> None:
    """A length limit makes no JSON of prose that begins with a bracket: what a rule requires is made."""
    labeler = Labeler(generator, policy=lawful())
    body = json.dumps({"choices": [{"message": {"content": text}, "finish_reason": "length"}]}).encode()
    assert NOTICE.encode() in OpenAIChat().whole(
        body, "application/json", Job(labeler, labeler.decide(None, Medium.TEXT))
    )
    pieces = event(chunk(text)) + event(chunk("", "length"))
    assert NOTICE.encode() in run(OpenAIChat(), Job(labeler, labeler.decide(None, Medium.TEXT)), pieces)
