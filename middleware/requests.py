"""The request body on its way to the application: looked at as it goes by, never taken before it is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from starlette.types import Message, Receive

from labelkit.middleware.formats.base import Facts, Format

Learn = Callable[[Facts], None]


class History:
    """A ``receive`` that cuts our labels out of earlier answers in a chat request.

    On the application's own first call the body is gathered, up to a limit; messages of a body in which nothing is cut
    go on as they came. A disconnect is always passed on. ``learn`` is told what the body says.
    """

    __slots__ = ("_api", "_done", "_learn", "_limit", "_notices", "_queue", "_receive", "_size")

    def __init__(
        self, receive: Receive, api: Format, notices: frozenset[str], limit: int, learn: Learn | None = None
    ) -> None:
        self._receive = receive
        self._api = api
        self._notices = notices
        self._limit = limit
        self._learn = learn
        self._queue: deque[Message] = deque()  # kept here, so that a cancelled call loses nothing
        self._size = 0
        self._done = False

    async def __call__(self) -> Message:
        """The next message of the request."""
        while not self._done:
            message = await self._receive()
            self._queue.append(message)
            if message["type"] != "http.request":
                self._done = True
                break
            self._size += len(message.get("body", b""))
            if self._size > self._limit:
                self._done = True
            elif not message.get("more_body", False):
                self._done = True
                self._look()
        return self._queue.popleft() if self._queue else await self._receive()

    def _look(self) -> None:
        messages = self._queue
        body = messages[0].get("body", b"") if len(messages) == 1 else _joined(messages)
        if self._learn is not None:
            self._learn(self._api.read(bytes(body)))
        cut = self._api.cut_history(bytes(body), self._notices)
        if len(cut) != len(body):
            # Blanks behind a JSON text mean nothing, and keep the length true that the scope has already told.
            last = messages[-1]
            messages.clear()
            messages.append({**last, "body": cut.ljust(len(body)), "more_body": False})


class Watch:
    """A ``receive`` that learns what the body says while it goes by, up to a limit."""

    __slots__ = ("_api", "_kept", "_learn", "_limit", "_receive")

    def __init__(self, receive: Receive, api: Format, limit: int, learn: Learn) -> None:
        self._receive = receive
        self._api = api
        self._limit = limit
        self._learn = learn
        self._kept: list[Message] | None = []

    async def __call__(self) -> Message:
        """The next message of the request, as it came."""
        message = await self._receive()
        if self._kept is not None and message["type"] == "http.request":
            self._keep(message, self._kept)
        return message

    def _keep(self, message: Message, kept: list[Message]) -> None:
        kept.append(message)
        if sum(len(part.get("body", b"")) for part in kept) > self._limit:
            self._kept = None
        elif not message.get("more_body", False):
            self._kept = None
            self._learn(self._api.read(_joined(kept)))


def _joined(messages: deque[Message] | list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages)
