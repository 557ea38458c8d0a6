"""JSON Pointer (RFC 6901): the path to one value of a document."""

from __future__ import annotations

import re
from typing import Any

from labelkit.errors import ConfigurationError
from labelkit.middleware.framing.json_spans import Span, elements, find, root

_INDEX = re.compile(r"0|[1-9][0-9]*")
_BAD_ESCAPE = re.compile(r"~(?![01])")


class Pointer:
    """A pointer such as ``/choices/0/text``; ``""`` is the whole document.

    Raises:
        ConfigurationError: it is none by RFC 6901, section 3.
    """

    __slots__ = ("_steps", "text")

    def __init__(self, text: str) -> None:
        if (text and not text.startswith("/")) or _BAD_ESCAPE.search(text):
            raise ConfigurationError(
                f"{text!r} is no JSON Pointer",
                where="generated=...",
                remedy='Write each key behind a slash, as in "/answer" or "/images/0"; "~" as ~0, "/" as ~1.',
            )
        self.text = text
        self._steps = [step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:]]

    def find(self, document: Any, raw: bytes) -> tuple[Any, Span] | None:
        """The value, and where it stands in the raw document; None when there is none."""
        span = root(raw)
        for step in self._steps:
            if isinstance(document, dict):
                found = find(raw, (step,), span) if step in document else None
                document = document.get(step)
            elif isinstance(document, list) and _INDEX.fullmatch(step) and int(step) < len(document):
                found = list(elements(raw, span))[int(step)]
                document = document[int(step)]
            else:
                return None
            if found is None:
                return None
            span = found
        return document, span
