"""Answers that a machine reads. They get no visible text and no invisible characters; headers tell of them.

An answer is read by a machine when its request says so (each format's ``read``), or when its text is

- JSON: its first character is ``{`` or ``[`` and the whole of it parses, or it was cut off at a length limit;
- code: the whole of it is one fenced block of Markdown, with nothing before the opening fence and nothing after the
  closing one (or no closing one: the answer was cut off). A Markdown answer that has code blocks in it is prose.
"""

from __future__ import annotations

import json
import re

JSON_ANSWER = "the answer is JSON"
MAYBE_JSON = "the answer begins as JSON does"
CODE_ANSWER = "the answer is one block of code"

_OPENING = re.compile(r"(?P<fence>`{3,}(?=[^`\n]*(?:\n|\Z))|~{3,})[^\n]*")
JSON_BEGINS = ("{", "[")
_SUSPECTS = frozenset("{[`~")


def may_be(beginning: str) -> bool:
    """Whether an answer that begins so may turn out to be JSON or code; True while there is only white space."""
    text = beginning.lstrip()
    return not text or text[0] in _SUSPECTS


def why(text: str, *, cut_off: bool = False) -> str:
    """Why a whole answer is read by a machine; "" when people read it. ``cut_off``: it ended at a length limit."""
    text = text.strip()
    if text[:1] in JSON_BEGINS and (cut_off or _is_json(text)):
        return JSON_ANSWER
    if text[:1] in ("`", "~") and _is_one_block(text):
        return CODE_ANSWER
    return ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except RecursionError:
        return True  # nothing but brackets is nested a thousand deep
    except ValueError:
        return False
    return True


def _is_one_block(text: str) -> bool:
    opening = _OPENING.match(text)
    if opening is None:
        return False
    fence = opening["fence"]
    closing = re.compile(rf"\n {{0,3}}{fence}{fence[0]}*[ \t]*(?:\n|\Z)").search(text, opening.end())
    return closing is None or closing.end() == len(text)
