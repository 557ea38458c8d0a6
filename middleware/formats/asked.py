"""What a request to a chat model asks for: whether its answer is read by a machine, is streamed, is the first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labelkit.middleware.formats.machine import JSON_BEGINS, why
from labelkit.middleware.framing.json_spans import json_object as parse

__all__ = ["first_turn", "of_chat", "of_messages", "parse", "stream"]

Request = Mapping[str, Any]

# llama.cpp, vLLM and SGLang spell structured output in their own words beside OpenAI's.
_GRAMMARS = (
    "grammar", "json_schema", "structured_outputs", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
    "regex", "ebnf",
)  # fmt: skip


def stream(request: Request) -> bool | None:
    """Whether a stream is asked for; None where the request does not say."""
    asked = request.get("stream")
    return asked if isinstance(asked, bool) else None


def first_turn(request: Request) -> bool | None:
    """Whether the answer is the first of its conversation; None where the request has no messages to tell it by.

    A last message of the assistant's begins this answer. A call of tools, JSON or code was none that people read, and
    no notice stood in it.
    """
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(each, Mapping) for each in messages):
        return None
    return not any(map(_is_answer, messages[:-1]))


def of_chat(request: Request) -> str:
    """Why the answer to an OpenAI-compatible chat request is read by a machine, "" when people read it."""
    kind = _type(request.get("response_format"))
    if kind not in ("", "text"):
        return f"response_format is {kind}"
    for name in _GRAMMARS:
        if request.get(name):
            return f"{name} is given"
    parameters = request.get("parameters")  # TGI
    if isinstance(parameters, Mapping) and parameters.get("grammar"):
        return "parameters.grammar is given"
    choice = request.get("tool_choice") or request.get("function_call")
    if choice and choice not in ("auto", "none"):
        return "tool_choice asks for a tool call"
    if request.get("logprobs"):
        return "logprobs asked for"
    modalities = request.get("modalities")
    if isinstance(modalities, list) and modalities and "text" not in modalities:
        return "modalities have no text"
    return _continued(request)


def of_messages(request: Request) -> str:
    """Why the answer to an Anthropic request is read by a machine, "" when people read it."""
    config = request.get("output_config")
    for asked in (request.get("output_format"), config.get("format") if isinstance(config, Mapping) else None):
        kind = _type(asked)
        if kind not in ("", "text"):
            return f"the output format is {kind}"
    if _type(request.get("tool_choice")) in ("any", "tool"):
        return "tool_choice asks for a tool call"
    return _continued(request)


def _type(value: Any) -> str:
    kind = value.get("type") if isinstance(value, Mapping) else None
    return kind if isinstance(kind, str) else ""


def _is_answer(message: Request) -> bool:
    if message.get("role") != "assistant" or message.get("tool_calls") or message.get("function_call"):
        return False
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    if any(_type(part) == "tool_use" for part in parts):
        return False
    texts = [part.get("text") for part in parts if _type(part) == "text"]
    said = "".join(text for text in texts if isinstance(text, str)).strip()
    return bool(said) and not why(said)


def _continued(request: Request) -> str:
    """The last message may be the beginning of the answer, which then goes on where no answer would begin."""
    messages = request.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    if not isinstance(last, Mapping) or last.get("role") != "assistant":
        return ""
    content = last.get("content")
    if isinstance(content, list) and content and isinstance(content[-1], Mapping):
        content = content[-1].get("text")
    begins = content.strip().startswith((*JSON_BEGINS, "```")) if isinstance(content, str) else False
    return "the request begins the answer as JSON or code" if begins else ""
