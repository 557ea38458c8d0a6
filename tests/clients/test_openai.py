"""The real openai client against the example chatbot's real model, with and without the option."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from pydantic import BaseModel, Field

from labelkit import Trust, inspect

pytestmark = pytest.mark.model

MODEL = "smollm2-135m-instruct"
NOTICE = "This text was generated using artificial intelligence."
CHAT = "You are chatting with an AI assistant."
ON = {"Prefer": "ai-label"}
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Name two colours."}]


@pytest.fixture(scope="module")
def client(chatbot: str) -> Iterator[openai.OpenAI]:
    """A client that does not try again: a second try would hide what went wrong with the first."""
    with openai.OpenAI(base_url=f"{chatbot}/v1", api_key="unused", max_retries=0) as made:
        yield made


def _ask(client: openai.OpenAI, headers: dict[str, str] | None = None, **more: object) -> ChatCompletion:
    answer: ChatCompletion = client.chat.completions.create(  # type: ignore[call-overload]
        model=MODEL, **{"messages": ASKED, "max_tokens": 8, "temperature": 0, "seed": 1} | more, extra_headers=headers
    )
    return answer


def _text(answer: ChatCompletion, index: int = 0) -> str:
    return answer.choices[index].message.content or ""


def test_without_the_option_nothing_is_labelled(client: openai.OpenAI) -> None:
    """An answer that nobody asked to label carries no mark."""
    assert _text(_ask(client))
    assert not inspect(_text(_ask(client))).marks


def test_with_the_option_the_answer_ends_with_the_notice(client: openai.OpenAI) -> None:
    """The label is added to the answer, which is otherwise what it was; usage and finish_reason are the model's."""
    plain, labelled = _ask(client), _ask(client, ON)
    assert _text(labelled) == f"{_text(plain)}\n\n{NOTICE}"
    assert labelled.choices[0].finish_reason == plain.choices[0].finish_reason == "length"
    assert labelled.usage
    assert plain.usage
    assert labelled.usage.completion_tokens == plain.usage.completion_tokens == 8
    assert labelled.usage.prompt_tokens == plain.usage.prompt_tokens
    assert labelled.model == MODEL
    assert inspect(_text(labelled)).ai_generated is True


def test_the_answer_is_announced(client: openai.OpenAI) -> None:
    """The response's headers say which marks were applied."""
    raw = client.chat.completions.with_raw_response.create(
        model=MODEL, messages=ASKED, max_tokens=4, temperature=0, extra_headers=ON
    )
    assert raw.headers["preference-applied"].startswith("ai-label=")
    assert _text(raw.parse()).endswith(NOTICE)


def test_a_signed_answer_is_verified(client: openai.OpenAI, root_pem: bytes) -> None:
    """Asked for by name, the signature comes with the text, and names the generator to whoever trusts the root."""
    labelled = _text(_ask(client, {"Prefer": 'ai-label="visible c2pa"'}))
    found = {finding.mark.value: finding for finding in inspect(labelled, trust=Trust.of(root_pem)).findings}
    assert found.keys() == {"visible", "c2pa"}
    assert found["c2pa"].state == "trusted", found["c2pa"].reason
    assert found["c2pa"].says["provider"] == "Example Ltd"


@pytest.mark.parametrize("usage", [False, True], ids=["without usage", "with usage"])
def test_a_stream_ends_with_the_notice(client: openai.OpenAI, usage: bool) -> None:
    """The pieces of a stream make the labelled text; finish_reason and usage arrive as they do without a label."""
    seen = {}
    for name, headers in (("plain", None), ("labelled", ON)):
        pieces, finish, used = [], [], None
        for chunk in client.chat.completions.create(
            model=MODEL,
            messages=ASKED,
            max_tokens=8,
            temperature=0,
            seed=1,
            stream=True,
            stream_options={"include_usage": usage},
            extra_headers=headers,
        ):
            used = chunk.usage or used
            for choice in chunk.choices:
                pieces.append(choice.delta.content or "")
                finish.append(choice.finish_reason)
        seen[name] = ("".join(pieces), finish[-1], used and used.completion_tokens)
        assert finish.count("length") == 1
    plain, labelled = seen["plain"], seen["labelled"]
    assert labelled == (f"{plain[0]}\n\n{NOTICE}", *plain[1:])
    assert plain[2] == (8 if usage else None)


def test_the_stream_helper_accumulates_the_notice(client: openai.OpenAI) -> None:
    """``.stream()``, the strictest reader of the format, sees the label in ``content.done`` and in the final answer."""
    with client.chat.completions.stream(
        model=MODEL, messages=ASKED, max_tokens=40, temperature=0, extra_headers=ON
    ) as stream:
        done = [event.content for event in stream if event.type == "content.done"]
        final = stream.get_final_completion()
    assert done == [final.choices[0].message.content]
    assert done[0].endswith(NOTICE)
    assert final.choices[0].finish_reason == "stop"


def test_every_choice_is_labelled(client: openai.OpenAI) -> None:
    """With n=2 each answer carries its own label."""
    labelled = _ask(client, ON, n=2)
    assert len(labelled.choices) == 2
    assert all(_text(labelled, index).count(NOTICE) == 1 for index in (0, 1))


def test_every_choice_of_a_stream_is_labelled(client: openai.OpenAI) -> None:
    """With n=2 the choices' events are interleaved; each choice gets its label once."""
    pieces: dict[int, str] = {}
    for chunk in client.chat.completions.create(
        model=MODEL, messages=ASKED, max_tokens=8, temperature=0, n=2, stream=True, extra_headers=ON
    ):
        for choice in chunk.choices:
            pieces[choice.index] = pieces.get(choice.index, "") + (choice.delta.content or "")
    assert pieces.keys() == {0, 1}
    assert all(piece.endswith(NOTICE) and piece.count(NOTICE) == 1 for piece in pieces.values())


class Colour(BaseModel):
    """What the model is made to answer in."""

    name: str = Field(max_length=10)


def test_structured_output_stays_parseable(client: openai.OpenAI) -> None:
    """An answer that a program parses gets no visible text and no invisible characters."""
    for headers in (None, ON, {"Prefer": 'ai-label="visible c2pa"'}):
        answer = client.chat.completions.parse(
            model=MODEL, messages=ASKED, max_tokens=60, temperature=0, response_format=Colour, extra_headers=headers
        )
        assert isinstance(answer.choices[0].message.parsed, Colour)
        assert _text(answer).isascii()
        assert not inspect(_text(answer)).marks


def test_structured_output_in_a_stream_stays_parseable(client: openai.OpenAI) -> None:
    """The same holds for a stream that is parsed as it comes."""
    with client.chat.completions.stream(
        model=MODEL, messages=ASKED, max_tokens=60, temperature=0, response_format=Colour, extra_headers=ON
    ) as stream:
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Colour)


def test_a_request_with_tools_is_answered(client: openai.OpenAI) -> None:
    """Tools in a request are no obstacle: what is answered in words is labelled, and nothing raises."""
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
    answer = _ask(client, ON, tools=[tool])
    assert answer.choices[0].message.tool_calls is None
    assert _text(answer).endswith(NOTICE)


def test_the_model_does_not_read_its_labels(client: openai.OpenAI) -> None:
    """A labelled answer that a client sends back reaches the model without its notice: the prompt is no longer."""
    first = _text(_ask(client))
    history = [*ASKED, {"role": "assistant", "content": first}, {"role": "user", "content": "And two more?"}]
    labelled = [*ASKED, {"role": "assistant", "content": f"{first}\n\n{NOTICE}"}, history[-1]]
    bare, cut = (_ask(client, messages=messages).usage for messages in (history, labelled))
    assert bare
    assert cut
    assert cut.prompt_tokens == bare.prompt_tokens


@pytest.mark.parametrize("stream", [False, True])
def test_the_first_answer_alone_says_that_an_ai_talks(european: str, chatbot: str, stream: bool) -> None:
    """Over two turns of one conversation: the sentence stands before the first answer, in a stream as well, the second
    one is the model's alone, and the model has not read the sentence in the history."""
    with openai.OpenAI(base_url=f"{european}/v1", api_key="unused", max_retries=0) as client:
        first, _ = _turn(client, ASKED, stream=stream)
        assert first.startswith(f"{CHAT}\n\n")
        history = [*ASKED, {"role": "assistant", "content": first}, {"role": "user", "content": "And two more?"}]
        second, tokens = _turn(client, history, stream=stream)
    bare = [*ASKED, {"role": "assistant", "content": first.removeprefix(f"{CHAT}\n\n")}, history[-1]]
    with openai.OpenAI(base_url=f"{chatbot}/v1", api_key="unused", max_retries=0) as client:
        assert (second, tokens) == _turn(client, bare, stream=stream)
    assert CHAT not in second


def _turn(client: openai.OpenAI, messages: list[Any], *, stream: bool) -> tuple[str, int]:
    """What the model answers, and how many tokens it read."""
    asked: dict[str, Any] = {"model": MODEL, "messages": messages, "max_tokens": 8, "temperature": 0, "seed": 1}
    if not stream:
        answer = client.chat.completions.create(**asked)
        assert answer.usage
        return _text(answer), answer.usage.prompt_tokens
    pieces, read = [], 0
    for chunk in client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}):
        pieces += [choice.delta.content or "" for choice in chunk.choices]
        read = chunk.usage.prompt_tokens if chunk.usage else read
    return "".join(pieces), read


def test_an_error_is_an_error(client: openai.OpenAI) -> None:
    """A bad request is refused in the API's own shape, and by its own class in the client, labelled or not."""
    for headers in (None, ON):
        with pytest.raises(openai.BadRequestError, match="temperature"):
            _ask(client, headers, temperature="hot")


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=False)
async def test_the_asynchronous_client_reads_the_notice(chatbot: str, anyio_backend: str) -> None:
    """AsyncOpenAI (asyncio is all that it runs on) sees what its synchronous twin sees."""
    async with openai.AsyncOpenAI(base_url=f"{chatbot}/v1", api_key="unused", max_retries=0) as client:
        stream = await client.chat.completions.create(
            model=MODEL, messages=ASKED, max_tokens=4, temperature=0, stream=True, extra_headers=ON
        )
        pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
    assert "".join(pieces).endswith(NOTICE)
