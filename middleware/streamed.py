"""A streamed response: its start is gone already, each chunk goes on in the call that brought it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
from starlette.types import Message, Send

from labelkit.errors import LabelkitError
from labelkit.marks import Mark, Medium
from labelkit.middleware.exchange import Exchange
from labelkit.middleware.formats.base import Ordinary, Splice, Splicer
from labelkit.middleware.threads import off_loop

Feed = Callable[[bytes], Splice | None]
Arm = Callable[[Feed | None, Ordinary | None], None]


class Streamed:
    """Splices labels into a stream.

    A chunk that stays as it is does not come by here: ``arm`` gives whoever sends the splicer's ``feed`` and what it
    calls ordinary, or takes them away. Where a chunk is changed there are points at which another task's ``send`` could overtake it (heartbeats are
    sent so), hence the lock; it is taken without a scheduling point while nobody waits.
    """

    __slots__ = ("_arm", "_broken", "_busy", "_exchange", "_lock", "_ordinary", "_send", "_splicer")

    def __init__(self, exchange: Exchange, send: Send, splicer: Splicer, arm: Arm) -> None:
        self._exchange = exchange
        self._send = send
        self._splicer: Splicer | None = splicer  # None once nothing more is to be labelled
        self._arm = arm
        self._lock = anyio.Lock(fast_acquire=True)
        self._busy = 0  # chunks that are being changed, or wait for one that is
        self._broken: BaseException | None = None
        self._ordinary: Ordinary | None = None
        splicer.watch(self._told)
        arm(splicer.feed, None)

    def close(self) -> None:
        """The application returned. If it swallowed what broke its stream off, the server must still hear of it."""
        if self._broken is not None:
            raise self._broken

    async def body(self, message: Message) -> None:
        """The last chunk, one that is no bytes, or any that came while another was being changed."""
        with self._keeping_order():
            async with self._lock:
                if self._broken is not None:
                    raise self._broken
                if message.get("more_body", False):
                    await self._one(message)
                else:
                    await self._last(message)

    async def spliced(self, message: Message, splice: Splice) -> None:
        """A chunk that goes on as something else."""
        with self._keeping_order():
            async with self._lock:
                body = await self._made(splice)
                if body:
                    await self._send({**message, "body": body})

    def _told(self, ordinary: Ordinary | None) -> None:
        self._ordinary = ordinary
        if not self._busy and self._splicer is not None:
            self._arm(self._splicer.feed, ordinary)

    @contextmanager
    def _keeping_order(self) -> Iterator[None]:
        """Send whatever comes now through the lock."""
        self._busy += 1
        self._arm(None, None)
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy and self._splicer is not None:
                self._arm(self._splicer.feed, self._ordinary)

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
                body += self.fail(error, splicer)
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
            return self.fail(error) + chunk
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
            self.fail(error)
            return ready

    def _is_slow(self) -> bool:
        """Whether the loop should not wait: a picture takes milliseconds, a signer in the network even longer."""
        job = self._exchange.job
        if job.decision.medium is not Medium.TEXT:
            return True
        signer = job.labeler.signer
        return signer is not None and signer.blocking and Mark.C2PA in job.decision.marks

    def fail(self, error: Exception, splicer: Splicer | None = None) -> bytes:
        """A label failed. A required one breaks the stream off: the error goes up through the application, and the
        server cuts the connection, so that nobody takes the answer for whole. Otherwise it goes on without, and what
        the splicer held back is returned, to be sent first."""
        splicer, self._splicer = splicer or self._splicer, None
        self._arm(None, None)
        known = isinstance(error, LabelkitError)
        self._exchange.failed(str(error) if known else "a fault in labelkit; please report it", error)
        if self._exchange.demanding:
            self._broken = error
            raise error
        return b"" if splicer is None else splicer.held()
