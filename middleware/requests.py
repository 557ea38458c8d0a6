"""The request body on its way to the application: looked at as it goes by, never taken before it is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from starlette.types import Message, Receive

from labelkit.middleware.formats.base import Facts, Format
from labelkit.middleware.threads import off_loop

_LONG = 64 * 1024  # bytes; to search them takes longer than to call a thread

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
        self._queue: deque[Message] | None = None  # kept here, so that a cancelled call loses nothing
        self._size = 0
        self._done = False

    async def __call__(self) -> Message:
        """The next message of the request."""
        if self._done:
            return self._queue.popleft() if self._queue else await self._receive()
        message = await self._receive()
        if self._queue is None and message["type"] == "http.request" and not message.get("more_body", False):
            self._done = True  # nearly always: the body is one message
            body = message.get("body", b"")
            if len(body) <= _LONG:
                return self._looked_at(message, body)
            queue = self._queue = deque([message])
            queue[0] = await self._look(message, body)
            return queue.popleft()
        queue = self._queue = deque() if self._queue is None else self._queue
        await self._gather(message, queue)
        return queue.popleft()

    async def _gather(self, message: Message, queue: deque[Message]) -> None:
        """Collect the body. A call that is cancelled here has put away what it got."""
        while True:
            queue.append(message)
            self._size += len(message.get("body", b""))
            if message["type"] != "http.request" or self._size > self._limit:
                self._done = True
                return
            if not message.get("more_body", False):
                break
            message = await self._receive()
        self._done = True
        looked_at = await self._look(message, _joined(queue))
        if looked_at is not message:
            queue.clear()
            queue.append(looked_at)

    async def _look(self, last: Message, body: bytes) -> Message:
        """Look at a body; at a long one in a thread, so that the loop does not stand still."""
        if _LONG < len(body) <= self._limit:
            return await off_loop(partial(self._looked_at, last, body))
        return self._looked_at(last, body)

    def _looked_at(self, last: Message, body: bytes) -> Message:
        """The last message of a body; where labels are cut out, one that has all that is left of it."""
        if len(body) > self._limit:
            return last
        body = body if type(body) is bytes else bytes(body)
        if self._learn is not None:
            self._learn(self._api.read(body))
        cut = self._api.cut_history(body, self._notices)
        if len(cut) == len(body):
            return last
        # Blanks behind a JSON text mean nothing, and keep the length true that the scope has already told.
        return {**last, "body": cut.ljust(len(body)), "more_body": False}


class Watch:
    """A ``receive`` that learns what the body says while it goes by, up to a limit."""

    __slots__ = ("_api", "_kept", "_learn", "_limit", "_receive", "_size")

    def __init__(self, receive: Receive, api: Format, limit: int, learn: Learn) -> None:
        self._receive = receive
        self._api = api
        self._limit = limit
        self._learn = learn
        self._size = 0
        self._kept: list[Message] | None = []  # None once nothing more is to be learnt

    async def __call__(self) -> Message:
        """The next message of the request, as it came."""
        message = await self._receive()
        if self._kept is not None and message["type"] == "http.request":
            self._keep(message, self._kept)
        return message

    def _keep(self, message: Message, kept: list[Message]) -> None:
        kept.append(message)
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            self._kept = None
        elif not message.get("more_body", False):
            self._kept = None
            self._learn(self._api.read(_joined(kept)))


def _joined(messages: deque[Message] | list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages)
