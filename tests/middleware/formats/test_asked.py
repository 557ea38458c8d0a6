"""What requests say of who reads the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labelkit.middleware.formats.anthropic_messages import AnthropicMessages
from labelkit.middleware.formats.base import Facts, Format
from labelkit.middleware.formats.generated import Generated
from labelkit.middleware.formats.openai_chat import OpenAIChat
from labelkit.middleware.formats.openai_images import OpenAIImages

PREFILL = [{"role": "user", "content": "x"}, {"role": "assistant", "content": ' {"a":'}]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"response_format": {"type": "json_object"}}, "response_format is json_object"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format is json_schema"),
        ({"grammar": "root ::= x"}, "grammar is given"),
        ({"json_schema": {"type": "object"}}, "json_schema is given"),
        ({"structured_outputs": {"choice": ["a"]}}, "structured_outputs is given"),
        ({"guided_json": {}, "guided_regex": "a+"}, "guided_regex is given"),
        ({"parameters": {"grammar": {"type": "json"}}}, "parameters.grammar is given"),
        ({"tool_choice": "required"}, "tool_choice asks for a tool call"),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice asks for a tool call"),
        ({"function_call": {"name": "f"}}, "tool_choice asks for a tool call"),
        ({"logprobs": True}, "logprobs asked for"),
        ({"modalities": ["audio"]}, "modalities have no text"),
        ({"messages": PREFILL}, "the request begins the answer as JSON or code"),
    ],
)
def test_openai_machine(asked: dict[str, Any], why: str) -> None:
    """Structured output, forced tool calls, logprobs and audio are read by machines."""
    assert OpenAIChat().read(json.dumps(asked).encode()).machine_read == why


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"response_format": {"type": "text"}, "tools": [{}], "tool_choice": "auto", "logprobs": False},
        {"tool_choice": "none", "function_call": "auto", "modalities": ["text", "audio"]},
        {"response_format": "json", "parameters": 1, "modalities": "audio", "messages": [1]},
        {"messages": [{"role": "assistant", "content": "Well,"}]},
        {"messages": [{"role": "user", "content": "{"}]},
        {"messages": [{"role": "assistant", "content": []}]},
    ],
)
def test_openai_people(asked: dict[str, Any]) -> None:
    """Tools that may be called, text beside audio and what is malformed leave an answer that people read."""
    assert OpenAIChat().read(json.dumps(asked).encode()).machine_read == ""


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"output_config": {"format": {"type": "json_schema"}}}, "the output format is json_schema"),
        ({"output_format": {"type": "json_schema"}}, "the output format is json_schema"),
        ({"tool_choice": {"type": "tool", "name": "f"}}, "tool_choice asks for a tool call"),
        ({"tool_choice": {"type": "any"}}, "tool_choice asks for a tool call"),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "text", "text": "```json"}]}]},
            "the request begins the answer as JSON or code",
        ),
        ({"tools": [{}], "tool_choice": {"type": "auto"}, "output_config": {"effort": "low"}}, ""),
    ],
)
def test_anthropic(asked: dict[str, Any], why: str) -> None:
    """The same in Anthropic's words; tools that may be called say nothing."""
    assert AnthropicMessages().read(json.dumps(asked).encode()).machine_read == why


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"stream": 1}', b"[" * 100_000])
def test_malformed(body: bytes) -> None:
    """A request that cannot be read says nothing, and raises nothing."""
    assert OpenAIChat().read(body) == AnthropicMessages().read(body) == Facts()


@pytest.mark.parametrize("stream", [True, False])
def test_stream(stream: bool) -> None:
    """Whether a stream is asked for."""
    assert OpenAIChat().read(json.dumps({"stream": stream}).encode()).stream is stream


ASKS = {"role": "user", "content": "What is it?"}
ANSWERS = {"role": "assistant", "content": "It is this."}
CALLS = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "look"}}]}
RESULT = {"role": "tool", "tool_call_id": "1", "content": "found"}
USES = {"role": "assistant", "content": [{"type": "text", "text": "Let me see."}, {"type": "tool_use", "id": "1"}]}
USED = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1"}]}
PARTS = {"role": "assistant", "content": [{"type": "text", "text": "It is this."}]}
TURNS = [
    ([ASKS], True),
    ([{"role": "system", "content": "Be kind."}, {"role": "developer", "content": "And short."}, ASKS], True),
    ([ASKS, ASKS], True),
    ([ASKS, ANSWERS, ASKS], False),
    ([ASKS, PARTS, ASKS], False),
    ([ANSWERS, ASKS], False),
    ([ASKS, ANSWERS], True),
    ([ASKS, ANSWERS, ASKS, ANSWERS], False),
    ([ASKS, CALLS, RESULT], True),
    ([ASKS, USES, USED], True),
    ([ASKS, ANSWERS, ASKS, CALLS, RESULT], False),
    ([ASKS, {"role": "assistant", "content": ""}, ASKS], True),
    ([ASKS, {"role": "assistant", "content": "```\nx = 1\n```"}, ASKS], True),
    ([ASKS, {"role": "assistant", "content": [{"type": "text", "text": '{"a": 1}'}]}, ASKS], True),
    ([ASKS, {"role": "assistant", "content": "Yes."}, ASKS], False),
    ([ASKS, {"role": "assistant", "content": {"text": 1}}, ASKS], True),
    ([], None),
    ("hello", None),
    ([ASKS, 1], None),
]


@pytest.mark.parametrize(("messages", "first"), TURNS)
@pytest.mark.parametrize("api", [OpenAIChat(), AnthropicMessages()])
def test_first_turn(api: Format, messages: Any, first: bool | None) -> None:
    """The first answer that people read is the first one: what begins it, calls of tools, JSON and code are none."""
    assert api.read(json.dumps({"messages": messages}).encode()).first_turn is first


@pytest.mark.parametrize("api", [OpenAIImages("generations", altered=False), Generated("/chat", "/answer")])
def test_no_history(api: Format) -> None:
    """An API without a history does not say which answer is the first."""
    assert api.read(json.dumps({"messages": [ASKS]}).encode()).first_turn is None
