"""A streamed response: its start is gone already, each chunk goes on in the call that brought it."""

from __future__ import annotations

from collections.abc import Awaitable

import anyio
from starlette.types import Message, Send

from labelkit.errors import LabelkitError
from labelkit.marks import Mark, Medium
from labelkit.middleware.exchange import Exchange
from labelkit.middleware.formats.base import Splice, Splicer
from labelkit.middleware.threads import off_loop


class Streamed:
    """Splices labels into a stream.

    A chunk that stays as it is costs the splicer's look and no coroutine. Where a chunk is changed there are points at
    which another task's ``send`` could overtake it (heartbeats are sent so), hence the lock; it is taken without a
    scheduling point while nobody waits.
    """

    __slots__ = ("_broken", "_busy", "_exchange", "_lock", "_send", "_splicer")

    def __init__(self, exchange: Exchange, send: Send, splicer: Splicer) -> None:
        self._exchange = exchange
        self._send = send
        self._splicer: Splicer | None = splicer  # None once nothing more is to be labelled
        self._lock = anyio.Lock(fast_acquire=True)
        self._busy = 0  # chunks that are being changed
        self._broken: BaseException | None = None

    def body(self, message: Message) -> Awaitable[None]:
        """A chunk has come."""
        if self._busy or self._broken is not None or not message.get("more_body", False):
            return self._in_turn(message)
        splicer = self._splicer
        chunk = message.get("body", b"")
        if splicer is None or not chunk:
            return self._send(message)
        try:
            splice = splicer.feed(chunk if type(chunk) is bytes else bytes(chunk))
        except Exception as error:
            self._fail(error)
            return self._send(message)
        return self._send(message) if splice is None else self._spliced(message, splice)

    def close(self) -> None:
        """The application returned. If it swallowed what broke its stream off, the server must still hear of it."""
        if self._broken is not None:
            raise self._broken

    async def _in_turn(self, message: Message) -> None:
        """The last chunk, or one that came while another was being changed."""
        self._busy += 1
        try:
            async with self._lock:
                if self._broken is not None:
                    raise self._broken
                if message.get("more_body", False):
                    await self._one(message)
                else:
                    await self._last(message)
        finally:
            self._busy -= 1

    async def _spliced(self, message: Message, splice: Splice) -> None:
        self._busy += 1
        try:
            async with self._lock:
                body = await self._made(splice)
                if body:
                    await self._send({**message, "body": body})
        finally:
            self._busy -= 1

    async def _one(self, message: Message) -> None:
        chunk = bytes(message.get("body", b""))
        body = await self._fed(chunk)
        if body is chunk:
            await self._send(message)
        elif body:
            await self._send({**message, "body": body})

    async def _last(self, message: Message) -> None:
        """The body ends properly: what the stream still owes goes in front of its end, in the same message."""
        chunk = bytes(message.get("body", b""))
        body = await self._fed(chunk)
        splicer, self._splicer = self._splicer, None
        if splicer is not None:
            try:
                owed = splicer.end()
            except Exception as error:
                self._fail(error)
            else:
                body += b"" if owed is None else await self._made(owed)
        await self._send(message if body == chunk else {**message, "body": body})
        self._exchange.report()

    async def _fed(self, chunk: bytes) -> bytes:
        """What becomes of a chunk; the same object where nothing does."""
        if self._splicer is None or not chunk:
            return chunk
        try:
            splice = self._splicer.feed(chunk)
        except Exception as error:
            self._fail(error)
            return chunk
        return chunk if splice is None else await self._made(splice)

    async def _made(self, splice: Splice) -> bytes:
        """What is still to be sent of a splice. A signature that may take long is not waited for by what is ready."""
        ready, then = splice
        if then is None:
            return ready
        slow = self._is_slow()
        if slow and ready:
            await self._send({"type": "http.response.body", "body": ready, "more_body": True})
            ready = b""
        try:
            return ready + (await off_loop(then) if slow else then())
        except Exception as error:
            self._fail(error)
            return ready

    def _is_slow(self) -> bool:
        """Whether the loop should not wait: a picture takes milliseconds, a signer in the network even longer."""
        job = self._exchange.job
        if job.decision.medium is not Medium.TEXT:
            return True
        signer = job.labeler.signer
        return signer is not None and signer.blocking and Mark.C2PA in job.decision.marks

    def _fail(self, error: Exception) -> None:
        """A label failed. A required one breaks the stream off: the error goes up through the application, and the
        server cuts the connection, so that nobody takes the answer for whole. Otherwise it goes on without."""
        self._splicer = None
        known = isinstance(error, LabelkitError)
        self._exchange.failed(str(error) if known else "a fault in labelkit; please report it", error)
        if self._exchange.demanding:
            self._broken = error
            raise error
