"""The per-request loop: takes what the application sends, and decides at the start of the response what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from starlette.types import Message, Send

from labelkit.middleware import headers as edit
from labelkit.middleware.exchange import Exchange, without_visible
from labelkit.middleware.formats.base import Splicer
from labelkit.middleware.headers import Pairs
from labelkit.middleware.held import Held
from labelkit.middleware.refusal import refuse
from labelkit.middleware.streamed import Streamed

logger = logging.getLogger(__name__)

Way = Literal["pass", "told", "cannot", "whole", "stream"]
Body = Callable[[Message], Awaitable[None]]

_EMPTY = frozenset((204, 205, 304))  # no body by definition (RFC 9110, 15.3.5, 15.3.6, 15.4.5)
_UTF_8 = frozenset(("", "utf-8", "utf8", "us-ascii"))
# A server's own ways to send a file; the scope hides them from the application, some send them all the same.
_FILES = frozenset(("http.response.pathsend", "http.response.zerocopysend"))


def classify(status: int, headers: Pairs) -> Way:
    """What may become of a response, by its start alone. Pure.

    ``pass``: nobody would label it: an error, a part of a file, no body, no type, or labelled already. ``cannot``: it is
    of a kind that is labelled, in a form that we cannot look into. ``whole``: its body has to be held until it is
    complete. ``stream``: it may be a stream.
    """
    if not 200 <= status < 300 or status in _EMPTY or status == 206 or edit.values(headers, b"content-range"):
        return "pass"
    if edit.is_applied(headers):
        return "pass"
    media_type, charset = content_type(headers)
    if not media_type:
        return "pass"
    encodings = {value.strip().lower() for value in edit.values(headers, b"content-encoding")}
    if encodings - {b"", b"identity"} or (media_type.startswith("text/") and charset not in _UTF_8):
        return "cannot"
    return "whole" if _is_whole(media_type) else "stream"


def content_type(headers: Pairs) -> tuple[str, str]:
    """A response's media type and charset in lower case; empty where it has none that is ASCII. Nothing is sniffed."""
    declared = edit.first(headers, b"content-type")
    if not declared.isascii():
        return "", ""
    essence, *parameters = edit.split(declared.lower(), ";") or [""]
    charsets = [
        value.strip(' "') for name, _, value in (part.partition("=") for part in parameters) if name == "charset"
    ]
    return essence, charsets[0] if charsets else ""


def _is_whole(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json") or media_type.startswith("image/")


class Responder:
    """The ``send`` that the application gets. A plain function underneath, so that an event which is none of our
    business costs one call and no coroutine of ours."""

    __slots__ = ("_body", "_exchange", "_held", "_send", "_started", "_stream")

    def __init__(self, exchange: Exchange, send: Send) -> None:
        self._exchange = exchange
        self._send = send
        self._body: Body = send
        self._started = False
        self._held: Held | None = None
        self._stream: Streamed | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        """Send a message on, or what becomes of it."""
        kind = message["type"]
        if kind == "http.response.body":
            return self._body(message)
        if kind == "http.response.start":
            return self._start(message)
        if kind in _FILES and self._held is not None:
            return self._held.file(message)
        return self._send(message)  # early hints, debug, push, trailers, and what nobody knows yet

    async def close(self) -> None:
        """The application returned: what it left behind is sent, and a stream that was broken off stays broken."""
        if self._held is not None:
            await self._held.close()
        self._exchange.report()
        if self._stream is not None:
            self._stream.close()

    def _start(self, message: Message) -> Awaitable[None]:
        if self._started:
            raise RuntimeError("http.response.start was sent twice")
        self._started = True
        headers = edit.pairs(message.get("headers", ()))
        exchange = self._exchange
        start = {**message, "headers": headers}
        way = classify(message["status"], headers)
        if way == "pass":
            return self._pass(start)
        if exchange.taken is not None:
            told = exchange.announce(headers, exchange.taken, exchange.taken.marks)
            return self._send({**start, "headers": told})
        exchange.settle(content_type(headers)[0])
        if way == "cannot":
            return self._cannot(start)
        return self._label(start, way)

    def _label(self, start: Message, way: Way) -> Awaitable[None]:
        exchange = self._exchange
        media_type, _ = content_type(start["headers"])
        if way == "whole":
            if media_type.endswith("json") and edit.first(start["headers"], b"content-disposition").lower().startswith(
                "attachment"
            ):
                exchange.job.decision = without_visible(exchange.job.decision)
            if exchange.scope["method"] == "HEAD":
                return self._head(start)
            self._held = Held(exchange, self._send, start, media_type)
            self._body = self._held.body
            return self._held.begin()
        splicer = exchange.api.stream(media_type, exchange.job)
        if splicer is None:
            exchange.site.unmatched(exchange.scope["path"], exchange.api.name, media_type)
            return self._pass(start)
        return self._head(start) if exchange.scope["method"] == "HEAD" else self._flow(start, splicer)

    def _flow(self, start: Message, splicer: Splicer) -> Awaitable[None]:
        """A stream's start goes out at once: EventSource opens on it, and servers flush on it (starlette#3631)."""
        exchange = self._exchange
        decision = exchange.job.decision
        self._stream = Streamed(exchange, self._send, splicer)
        self._body = self._stream.body
        kept = edit.of_new_body(start["headers"], None, edit.digest_of(decision))
        return self._send({**start, "headers": exchange.announce(kept, decision, decision.marks)})

    def _pass(self, start: Message) -> Awaitable[None]:
        """Nothing of it is labelled. A 304 speaks of the labelled 200 that it stands for (RFC 9110, 15.4.5)."""
        if start["status"] == 304:
            kept = edit.of_new_body(start["headers"], None, self._exchange.digest())
            return self._send({**start, "headers": edit.add_vary(kept, self._exchange.vary)})
        if 200 <= start["status"] < 300 and self._exchange.scope["method"] in ("GET", "HEAD"):
            return self._send({**start, "headers": edit.add_vary(start["headers"], self._exchange.vary)})
        return self._send(start)

    def _head(self, start: Message) -> Awaitable[None]:
        """A HEAD must not promise the length or the tag of what a GET would not bring (RFC 9110, 9.3.2)."""
        exchange = self._exchange
        kept = edit.of_new_body(start["headers"], None, edit.digest_of(exchange.job.decision))
        return self._send({**start, "headers": exchange.announce(kept, exchange.job.decision, frozenset())})

    def _cannot(self, start: Message) -> Awaitable[None]:
        exchange = self._exchange
        why = "it is compressed, or not in UTF-8, before it reaches the middleware"
        exchange.failed(f"{why}. Put LabelingMiddleware inside of what compresses")
        if exchange.demanding:
            self._body = _swallow
            return refuse(exchange, self._send, why)
        return self._send({**start, "headers": exchange.announce(start["headers"], exchange.job.decision, frozenset())})


async def _swallow(message: Message) -> None:
    """The rest of a response that was refused."""


def with_vary(send: Send, names: tuple[str, ...]) -> Send:
    """A ``send`` for a response that is not labelled and could have been: caches must know what was looked at."""

    def call(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start" and (200 <= message["status"] < 300 or message["status"] == 304):
            message = {**message, "headers": _varied(message.get("headers", ()), names)}
        return send(message)

    return call


def _varied(headers: Any, names: tuple[str, ...]) -> Pairs:
    """Headers with Vary; where there is none yet, and they are what nearly everybody sends, without a look at more."""
    given = list(headers)
    for pair in given:
        if type(pair) is not tuple or (len(pair[0]) == 4 and pair[0].lower() == b"vary"):
            return edit.add_vary(edit.pairs(given), names)
    given.append((b"vary", ", ".join(names).encode()))
    return given
