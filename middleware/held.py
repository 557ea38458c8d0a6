"""A response that is held until its body is complete: a JSON answer, a picture."""

from __future__ import annotations

from functools import partial

from starlette.types import Message, Send

from labelkit.errors import LabelkitError
from labelkit.marks import Mark, Marks, Medium
from labelkit.middleware import headers as edit
from labelkit.middleware.exchange import Exchange
from labelkit.middleware.refusal import refuse
from labelkit.middleware.threads import off_loop

_SMALL = 16 * 1024  # bytes; a text of this size is labelled in about the time that it takes to call a thread


class Held:
    """Holds start and body; sends them labelled, or just as they were, or an error where a required label failed.

    All that can fail is done before a header is changed, so that nothing goes out half-edited.
    """

    __slots__ = ("_exchange", "_media_type", "_over", "_parts", "_pass", "_send", "_size", "_start")

    def __init__(self, exchange: Exchange, send: Send, start: Message, media_type: str) -> None:
        self._exchange = exchange
        self._send = send
        self._start = start
        self._media_type = media_type
        self._parts: list[Message] = []
        self._size = 0
        self._over = False  # the start is sent, or refused
        self._pass = True  # once over: whether the application's messages go on

    async def begin(self, length: bytes) -> None:
        """The start has come. A declared length over the limit is known now, before anything is held."""
        if length.isdigit() and int(length) > self._exchange.site.max_body:
            await self.give_up(self._too_large(int(length)))

    async def body(self, message: Message) -> None:
        """A part of the body has come."""
        if self._over:
            if self._pass:
                await self._send(message)
            return
        data = bytes(message.get("body", b""))  # a copy: the application may use its buffer again
        self._size += len(data)
        self._parts.append({**message, "body": data})
        if self._size > self._exchange.site.max_body:
            await self.give_up(self._too_large(self._size))
        elif not message.get("more_body", False):
            await self._finish()

    async def file(self, message: Message) -> None:
        """The application has the server send a file, whose bytes do not come by here."""
        await self.give_up("the application sends a file by its path")
        if self._pass:
            await self._send(message)

    async def give_up(self, why: str) -> None:
        """It cannot be labelled: send what is held as it was, or the error that stands for it."""
        if self._over:
            return
        self._exchange.failed(why)
        if self._exchange.demanding:
            await self._refuse(why)
        else:
            await self._release()

    async def close(self) -> None:
        """The application returned. A body that never ended cannot be labelled, so a required label keeps it back."""
        if self._over:
            return
        if self._parts and self._exchange.demanding:
            self._exchange.failed("the application left its response unfinished")
            return
        self._over = True
        await self._forward(self._start["headers"])

    def _too_large(self, size: int) -> str:
        limit = self._exchange.site.max_body
        return f"the answer has {size:,} bytes, over max_body={limit:,}"

    async def _finish(self) -> None:
        exchange = self._exchange
        body = b"".join(part["body"] for part in self._parts)
        if not body:
            await self._release()
            return
        try:
            labelled = await self._labelled(body)
        except LabelkitError as error:
            exchange.failed(str(error), error)
            await (self._refuse(error.what) if exchange.demanding else self._release())
            return
        except Exception as error:  # a fault of ours: it must not cost a user an answer that nobody had to label
            exchange.failed("a fault in labelkit; please report it", error)
            await (self._refuse("an internal error") if exchange.demanding else self._release())
            return
        if labelled is body:
            await self._untouched()
        else:
            await self._send_labelled(labelled)

    async def _labelled(self, body: bytes) -> bytes:
        job = self._exchange.job
        work = partial(self._exchange.api.whole, body, self._media_type, job)
        return await off_loop(work) if self._is_long(len(body)) else work()

    def _is_long(self, size: int) -> bool:
        """Whether the work is worth a thread: it takes 33 us to call one, and the loop stands still without."""
        job = self._exchange.job
        if job.decision.medium is not Medium.TEXT or self._media_type.startswith("image/") or size > _SMALL:
            return True
        signer = job.labeler.signer
        return signer is not None and signer.blocking and Mark.C2PA in job.decision.marks

    async def _send_labelled(self, body: bytes) -> None:
        exchange = self._exchange
        self._over = True
        decision = exchange.job.decision
        # With trailers the body is chunked, and a length would contradict that (starlette#3565).
        length = None if self._start.get("trailers", False) else len(body)
        kept = edit.of_new_body(self._start["headers"], length, decision)
        await self._send({**self._start, "headers": exchange.announce(kept, decision, _applied(exchange))})
        await self._send({**self._parts[-1], "body": body, "more_body": False})
        exchange.report()

    async def _untouched(self) -> None:
        """The format put no label in: machine-read answers are told of in the headers alone."""
        exchange = self._exchange
        job = exchange.job
        if not job.outcomes and (job.skipped is None or not job.decision.marks):
            if job.skipped is None:
                exchange.site.unmatched(exchange.scope["path"], exchange.api, self._media_type)
            await self._release()
            return
        self._over = True
        await self._forward(exchange.announce(self._start["headers"], job.decision, frozenset()))
        exchange.report()

    async def _release(self) -> None:
        exchange = self._exchange
        self._over = True
        headers = self._start["headers"]
        if exchange.scope["method"] == "GET":
            headers = exchange.consulted(headers)
        await self._forward(headers)
        exchange.report()

    async def _forward(self, headers: edit.Pairs) -> None:
        await self._send({**self._start, "headers": headers})
        for part in self._parts:
            await self._send(part)
        self._parts.clear()

    async def _refuse(self, why: str) -> None:
        self._over, self._pass = True, False
        self._parts.clear()
        await refuse(self._exchange, self._send, why)


def _applied(exchange: Exchange) -> Marks:
    """The marks that every labelled item got: what is told of the whole must be true of each part."""
    got = [outcome.applied for outcome in exchange.job.outcomes]
    return frozenset[Mark]().union(*got).intersection(*got) if got else exchange.job.decision.marks
