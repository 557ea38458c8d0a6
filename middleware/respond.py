"""The per-request loop: takes what the application sends, and decides at the start of the response what becomes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

from starlette.types import Message, Send

from labelkit.middleware import headers as edit
from labelkit.middleware.classify import classify, content_type
from labelkit.middleware.exchange import Exchange, without_visible
from labelkit.middleware.formats.base import Ordinary, Splice
from labelkit.middleware.formats.events import is_event_stream
from labelkit.middleware.headers import Pairs
from labelkit.middleware.held import Held
from labelkit.middleware.refusal import refuse
from labelkit.middleware.streamed import Arm, Feed, Streamed

_NO_SLICE, _NEVER = slice(0), b"-"  # what no chunk begins with, so that none is ordinary

Body = Callable[[Message], Awaitable[None]]

# A server's own ways to send a file; the scope hides them from the application, some send them all the same.
_FILES = frozenset(("http.response.pathsend", "http.response.zerocopysend"))


class Responder:
    """Stands between the application and the server: ``send`` is what the application gets.

    That is a plain function, so that an event which is none of our business costs no coroutine of ours; and a closure,
    for its variables are read faster than an object's attributes: it runs for every token.
    """

    __slots__ = ("_arm", "_body", "_exchange", "_feed", "_held", "_send", "_started", "_stream", "send")

    def __init__(self, exchange: Exchange, send: Send) -> None:
        self._exchange = exchange
        self._send = send
        self._body: Body = send
        self._started = False
        self._held: Held | None = None
        self._stream: Streamed | None = None
        self._feed: Feed | None = None
        self.send, self._arm = self._sender()

    def _sender(self) -> tuple[Body, Arm]:
        head = foot = _NO_SLICE
        prefix = suffix = _NEVER
        bound = most = 0
        batch: list[bytes] = []
        append = batch.append
        deliver, other = self._send, self._look

        def send(message: Message) -> Awaitable[None]:
            """Send a message on, or what becomes of it."""
            try:
                chunk = message["body"]
                ordinary = (
                    chunk[head] == prefix
                    and chunk[foot] == suffix
                    and len(chunk) < bound
                    and len(batch) < most
                    and message["more_body"]
                    and type(chunk) is bytes
                    and message["type"] == "http.response.body"
                )
            except (KeyError, TypeError):  # no body, or the last of it
                return other(message)
            if ordinary:
                append(chunk)
                return deliver(message)
            return other(message)

        def arm(feed: Feed | None, ordinary: Ordinary | None) -> None:
            nonlocal head, prefix, foot, suffix, bound, batch, most, append
            self._feed = feed
            if ordinary is None:
                prefix = _NEVER
                head = _NO_SLICE
            else:
                head, prefix, foot, suffix, bound, batch, most = ordinary
                append = batch.append

        return send, arm

    def _look(self, message: Message) -> Awaitable[None]:
        """Take a message that is no ordinary event."""
        if message["type"] != "http.response.body":
            return self._other(message)
        feed, chunk = self._feed, message.get("body", b"")
        if feed is None or not chunk or type(chunk) is not bytes or not message.get("more_body", False):
            return self._body(message)
        try:
            splice = feed(chunk)
        except Exception as error:
            return self._failed(message, error)
        return self._send(message) if splice is None else self._spliced(message, splice)

    def _failed(self, message: Message, error: Exception) -> Awaitable[None]:
        assert self._stream is not None, "only a stream is fed"
        held = self._stream.fail(error)
        return self._send({**message, "body": held + message["body"]} if held else message)

    def _spliced(self, message: Message, splice: Splice) -> Awaitable[None]:
        assert self._stream is not None, "only a stream is fed"
        return self._stream.spliced(message, splice)

    def _other(self, message: Message) -> Awaitable[None]:
        kind = message["type"]
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
        self._started = self._exchange.begun = True
        headers = edit.pairs(message.get("headers", ()))
        said = edit.index(headers)
        start = {**message, "headers": headers}
        way = classify(message["status"], said)
        if way == "pass":
            return self._pass(start)
        exchange = self._exchange
        if exchange.taken is not None:
            told = exchange.announce(headers, exchange.taken, exchange.taken.marks)
            return self._send({**start, "headers": told})
        media_type, _ = content_type(said[b"content-type"])
        if not is_event_stream(media_type):  # which may hold a picture, as JSON may
            exchange.settle(media_type)
        if not exchange.due:
            return self._not_due(message)
        if way == "cannot":
            return self._cannot(start)
        return self._whole(start, said, media_type) if way == "whole" else self._flow(start, media_type)

    def _whole(self, start: Message, said: Mapping[bytes, bytes], media_type: str) -> Awaitable[None]:
        exchange = self._exchange
        download = said.get(b"content-disposition", b"").strip().lower().startswith(b"attachment")
        if download and media_type.endswith("json"):
            exchange.job.decision = without_visible(exchange.job.decision)
        if exchange.scope["method"] == "HEAD":
            # Of JSON only its body would tell what it holds, and so which tag is its.
            untold = (b"etag",) if len(exchange.media) > 1 else ()
            return self._head({**start, "headers": edit.without(start["headers"], untold)})
        self._held = Held(exchange, self._send, start, media_type)
        self._body = self._held.body
        return self._held.begin(said.get(b"content-length", b""))

    def _flow(self, start: Message, media_type: str) -> Awaitable[None]:
        """A stream's start goes out at once: EventSource opens on it, and servers flush on it (starlette#3631)."""
        exchange = self._exchange
        splicer = exchange.api.stream(media_type, exchange.job)
        if splicer is None:
            exchange.site.unmatched(exchange.scope["path"], exchange.api, media_type)
            return self._pass(start)
        if exchange.scope["method"] == "HEAD":
            return self._head(start)
        decision = exchange.job.decision
        self._stream = Streamed(exchange, self._send, splicer, self._arm)
        self._body = self._stream.body
        kept = edit.of_new_body(start["headers"], None, decision)
        return self._send({**start, "headers": exchange.announce(kept, decision, decision.marks)})

    def _pass(self, start: Message) -> Awaitable[None]:
        """Nothing of it is labelled. A 304 speaks of the labelled 200 that it stands for (RFC 9110, 15.4.5)."""
        if start["status"] == 304:
            kept = edit.of_new_body(start["headers"], None, self._exchange.revalidated())
            return self._send({**start, "headers": self._exchange.consulted(kept)})
        if 200 <= start["status"] < 300 and self._exchange.scope["method"] in ("GET", "HEAD"):
            return self._send({**start, "headers": self._exchange.consulted(start["headers"])})
        return self._send(start)

    def _not_due(self, start: Message) -> Awaitable[None]:
        """What the request body, or the media type, tells of the answer leaves nothing to be made."""
        exchange = self._exchange
        if exchange.scope["method"] not in ("GET", "HEAD"):
            return self._send(start)
        withheld = exchange.case.withheld(exchange.job.decision.content)
        return with_vary(self._send, exchange.vary, private=withheld)(start)

    def _head(self, start: Message) -> Awaitable[None]:
        """A HEAD must not promise the length or the tag of what a GET would not bring (RFC 9110, 9.3.2)."""
        exchange = self._exchange
        kept = edit.of_new_body(start["headers"], None, exchange.job.decision)
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


def with_vary(send: Send, names: tuple[str, ...], *, private: bool = False) -> Send:
    """A ``send`` for a response that is not labelled and could have been: caches must know what was looked at.

    ``private`` is for one that would have been labelled, had its user's cookie not said no.
    """

    def call(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start" and (200 <= message["status"] < 300 or message["status"] == 304):
            headers = _varied(message.get("headers", ()), names)
            message = {**message, "headers": edit.add_private(headers) if private else headers}
        return send(message)

    return call


def _varied(headers: Any, names: tuple[str, ...]) -> Pairs:
    """Headers with Vary; where there is none yet, and they are what nearly everybody sends, without a look at more."""
    given = list(headers)
    for pair in given:
        if type(pair) is not tuple or (len(pair[0]) == 4 and pair[0].lower() == b"vary"):
            return edit.add_vary(edit.pairs(given), names)
    given.append((b"vary", _line(names)))
    return given


@cache
def _line(names: tuple[str, ...]) -> bytes:
    return ", ".join(names).encode()
