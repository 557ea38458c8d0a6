"""Answers that a machine reads. They get no visible text and no invisible characters; headers tell of them.

That holds whatever a rule asks for: what reads them would choke. A single word is another matter: it gets no label
where nobody minds.

An answer is read by a machine when its request says so (each format's ``read``), or when its text is

- JSON: its first character is ``{`` or ``[`` and the whole of it parses, or as far as it came before a length limit;
- code: the whole of it is one fenced block of Markdown, with nothing before the opening fence and nothing after the
  closing one (or no closing one: the answer was cut off). A Markdown answer that has code blocks in it is prose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from labelkit.middleware.formats.word import is_word
from labelkit.policy import Kind

TOOL_CALL = "tool call"
JSON_ANSWER = "the answer is JSON"
MAYBE_JSON = "the answer begins as JSON does"
CODE_ANSWER = "the answer is one block of code"
SINGLE_WORD = "the answer is a single word"
KINDS: Mapping[str, Kind] = MappingProxyType(
    {TOOL_CALL: "tool-call", JSON_ANSWER: "json", MAYBE_JSON: "json", CODE_ANSWER: "code"}
)
"""The kinds of text, as rules exempt them, that are never labelled; by the reason that is told."""

_OPENING = re.compile(r"(?P<fence>`{3,}(?=[^`\n]*(?:\n|\Z))|~{3,})[^\n]*")
JSON_BEGINS = ("{", "[")
_SUSPECTS = frozenset("{[`~")
# What JSON that was cut off may end with: half of a number, of a word, of an escape; json finds fault with its place.
_LAST = re.compile(r"[-+.0-9eE]*|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|N(?:a)?|-?I[nfity]*|\\?u?[0-9a-fA-F]{0,4}|,")


def may_be(beginning: str) -> bool:
    """Whether an answer that begins so may turn out to be JSON or code; True while there is only white space."""
    text = beginning.lstrip()
    return not text or text[0] in _SUSPECTS


def why(text: str, *, cut_off: bool = False, exempt: Collection[Kind] = ()) -> str:
    """Why a whole answer gets no label; "" when it does. ``cut_off``: it ended at a length limit. ``exempt`` are the
    kinds that no rule asks to label; of those that people read, a single word is told here."""
    text = text.strip()
    if text[:1] in JSON_BEGINS and _is_json(text, cut_off=cut_off):
        return JSON_ANSWER
    if text[:1] in ("`", "~") and _is_one_block(text):
        return CODE_ANSWER
    return SINGLE_WORD if "single-word" in exempt and is_word(text) else ""


def _is_json(text: str, *, cut_off: bool) -> bool:
    try:
        json.loads(text)
    except RecursionError:
        return True  # nothing but brackets is nested a thousand deep
    except json.JSONDecodeError as error:
        return cut_off and _is_cut(text, error)
    except ValueError:
        return cut_off
    return True


def _is_cut(text: str, error: json.JSONDecodeError) -> bool:
    """Whether nothing is wrong with JSON but that it ends too soon: within a string, an escape, a number or a word."""
    if error.msg == "Extra data":  # it had ended before
        return False
    return error.msg.startswith("Unterminated string") or _LAST.fullmatch(text, error.pos) is not None


def _is_one_block(text: str) -> bool:
    opening = _OPENING.match(text)
    if opening is None:
        return False
    fence = opening["fence"]
    closing = re.compile(rf"\n {{0,3}}{fence}{fence[0]}*[ \t]*(?:\n|\Z)").search(text, opening.end())
    return closing is None or closing.end() == len(text)
