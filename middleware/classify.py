"""What may become of a response, by its start alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from labelkit.middleware import headers as edit

Way = Literal["pass", "cannot", "whole", "stream"]

_NOT_WHOLE = frozenset((204, 205, 206))  # no body by definition, or a part of one (RFC 9110, 15.3.5 to 15.3.7)
_PLAIN = frozenset((b"", b"identity"))
_UTF_8 = frozenset(("", "utf-8", "utf8", "us-ascii"))


def classify(status: int, said: Mapping[bytes, bytes]) -> Way:
    """What may become of a response, by its start alone. Pure; ``said`` are its headers by name.

    ``pass``: nobody would label it: an error, a part of a file, no body, no type, or labelled already. ``cannot``: it is
    of a kind that is labelled, in a form that we cannot look into. ``whole``: its body has to be held until it is
    complete. ``stream``: it may be a stream.
    """
    if not 200 <= status < 300 or status in _NOT_WHOLE or b"content-range" in said:
        return "pass"
    media_type, charset = content_type(said.get(b"content-type", b""))
    if not media_type or (edit.APPLIED in said and edit.is_applied(said[edit.APPLIED])):
        return "pass"
    encoded = said.get(b"content-encoding", b"").strip().lower() not in _PLAIN
    if encoded or (charset not in _UTF_8 and media_type.startswith("text/")):
        return "cannot"
    return "whole" if _is_whole(media_type) else "stream"


@lru_cache(maxsize=256)
def content_type(declared: bytes) -> tuple[str, str]:
    """A response's media type and charset in lower case; empty where it has none that is ASCII. Nothing is sniffed."""
    if not declared.isascii():
        return "", ""
    essence, *parameters = edit.split(declared.decode("ascii").lower(), ";") or [""]
    named = (part.partition("=") for part in parameters)
    charsets = [value.strip(' "') for name, _, value in named if name == "charset"]
    return essence, charsets[0] if charsets else ""


def _is_whole(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json") or media_type.startswith("image/")
