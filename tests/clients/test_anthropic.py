"""The real anthropic client against the example chatbot's real model, with and without the option."""

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types import Message, MessageParam

from labelkit import Trust, inspect

pytestmark = pytest.mark.model

MODEL = "smollm2-135m-instruct"
NOTICE = "This text was generated using artificial intelligence."
CHAT = "You are chatting with an AI assistant."
ON = {"Prefer": "ai-label"}
COLD = {"temperature": 0}  # the API has it no more; the model has
ASKED: list[MessageParam] = [{"role": "user", "content": "Name two colours."}]


@pytest.fixture(scope="module")
def client(chatbot: str) -> Iterator[anthropic.Anthropic]:
    """A client that does not try again: a second try would hide what went wrong with the first."""
    with anthropic.Anthropic(base_url=chatbot, api_key="unused", max_retries=0) as made:
        yield made


def _ask(client: anthropic.Anthropic, headers: dict[str, str] | None = None) -> Message:
    return client.messages.create(
        model=MODEL, messages=ASKED, max_tokens=8, extra_body=COLD, extra_headers=headers or {}
    )


def _text(message: Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_with_the_option_the_message_ends_with_the_notice(client: anthropic.Anthropic) -> None:
    """The label is added to the message, which is otherwise what it was; usage and stop_reason are the model's."""
    plain, labelled = _ask(client), _ask(client, ON)
    assert _text(plain)
    assert not inspect(_text(plain)).marks
    assert _text(labelled).startswith(_text(plain))
    assert _text(labelled).rstrip().endswith(NOTICE)
    assert labelled.stop_reason == plain.stop_reason == "max_tokens"
    assert labelled.usage.output_tokens == plain.usage.output_tokens == 8
    assert {block.type for block in labelled.content} == {"text"}


def test_a_stream_ends_with_the_notice(client: anthropic.Anthropic) -> None:
    """The events are those of the API in their order, and their text is the labelled one."""
    kinds, pieces, output = [], [], 0
    with client.messages.create(
        model=MODEL, messages=ASKED, max_tokens=8, extra_body=COLD, stream=True, extra_headers=ON
    ) as stream:
        for event in stream:
            kinds.append(event.type)
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                pieces.append(event.delta.text)
            if event.type == "message_delta":
                output = event.usage.output_tokens
    assert "".join(pieces) == _text(_ask(client, ON))
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert kinds.count("content_block_start") == kinds.count("content_block_stop")
    assert output == 8


def test_the_stream_helper_accumulates_the_notice(client: anthropic.Anthropic) -> None:
    """``.stream()`` gathers the label into the final message, and its text stream brings it."""
    with client.messages.stream(model=MODEL, messages=ASKED, max_tokens=8, extra_body=COLD, extra_headers=ON) as stream:
        streamed = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert streamed == _text(final)
    assert streamed.rstrip().endswith(NOTICE)
    assert final.stop_reason == "max_tokens"


def test_the_stream_helper_is_untouched_without_the_option(client: anthropic.Anthropic) -> None:
    """Nobody asked: the stream carries what the model wrote and no more."""
    with client.messages.stream(model=MODEL, messages=ASKED, max_tokens=8, extra_body=COLD) as stream:
        assert stream.get_final_text() == _text(_ask(client))


def test_a_signed_message_is_verified(client: anthropic.Anthropic, root_pem: bytes) -> None:
    """Asked for by name, the signature comes with the text and is trusted by whoever trusts the root."""
    labelled = _text(_ask(client, {"Prefer": 'ai-label="c2pa"'}))
    (found,) = inspect(labelled, trust=Trust.of(root_pem)).findings
    assert (found.mark, found.state) == ("c2pa", "trusted"), found.reason


@pytest.mark.parametrize("stream", [False, True])
def test_the_first_message_alone_says_that_an_ai_talks(european: str, chatbot: str, stream: bool) -> None:
    """Over two turns of one conversation: the sentence stands before the first answer, in a stream as well, the second
    one is the model's alone, and the model has not read the sentence in the history."""
    with anthropic.Anthropic(base_url=european, api_key="unused", max_retries=0) as client:
        first, _ = _turn(client, ASKED, stream=stream)
        assert first.startswith(f"{CHAT}\n\n")
        history = [*ASKED, {"role": "assistant", "content": first}, {"role": "user", "content": "And two more?"}]
        second, tokens = _turn(client, history, stream=stream)
    bare = [*ASKED, {"role": "assistant", "content": first.removeprefix(f"{CHAT}\n\n")}, history[-1]]
    with anthropic.Anthropic(base_url=chatbot, api_key="unused", max_retries=0) as client:
        assert (second, tokens) == _turn(client, bare, stream=stream)
    assert CHAT not in second


def _turn(client: anthropic.Anthropic, messages: list[Any], *, stream: bool) -> tuple[str, int]:
    """What the model answers, and how many tokens it read."""
    asked: dict[str, Any] = {"model": MODEL, "messages": messages, "max_tokens": 8, "extra_body": COLD}
    if not stream:
        message = client.messages.create(**asked)
        return _text(message), _read(message)
    with client.messages.stream(**asked) as events:
        message = events.get_final_message()
    return _text(message), _read(message)


def _read(message: Message) -> int:
    """What was read anew and what was read before."""
    return message.usage.input_tokens + (message.usage.cache_read_input_tokens or 0)


def test_an_error_is_an_error(client: anthropic.Anthropic) -> None:
    """A bad request is refused in the API's own shape, and by its own class in the client, labelled or not."""
    for headers in ({}, ON):
        with pytest.raises(anthropic.BadRequestError, match="temperature"):
            client.messages.create(
                model=MODEL,
                messages=ASKED,
                max_tokens=8,
                extra_body={"temperature": "hot"},
                extra_headers=headers,
            )
