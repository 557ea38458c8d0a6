"""The apps that are measured, bare, and a driver that calls them as a server does, without a server."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message

EVENTS = 1000
IMAGE = os.urandom(1_000_000)
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1795000000,
    "model": "acme",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "word " * 180},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 12, "completion_tokens": 180, "total_tokens": 192},
}


def _chunk(delta: dict[str, str], finish: str | None) -> bytes:
    body = {
        "id": "chatcmpl-9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "object": "chat.completion.chunk",
        "created": 1795000000,
        "model": "acme-chat-2.1-instruct",
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    return b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n"


STREAM = [
    _chunk({"role": "assistant", "content": ""}, None),
    *(_chunk({"content": f"word{at} "}, None) for at in range(EVENTS)),
    _chunk({}, "stop"),
    b"data: [DONE]\n\n",
]


class Clock:
    """When the first piece of a body left the app, and when it reached the server."""

    left = 0.0
    came = 0.0


async def _events() -> AsyncIterator[bytes]:
    Clock.left = time.perf_counter()
    for event in STREAM:
        yield event


async def chat(request: Request) -> Response:
    """An OpenAI-shaped answer, whole or streamed by the request's header."""
    if request.headers.get("x-stream"):
        return StreamingResponse(_events(), media_type="text/event-stream")
    return JSONResponse(ANSWER)


async def other(request: Request) -> Response:
    """A route that is nobody's business."""
    return JSONResponse({"status": "ok"})


async def stream(request: Request) -> Response:
    """A stream on a route that is nobody's business."""
    return StreamingResponse(_events(), media_type="text/event-stream")


async def image(request: Request) -> Response:
    """A megabyte that is declared a picture."""
    return Response(IMAGE, media_type="image/png")


def bare() -> Starlette:
    """The app that everything is measured against."""
    return Starlette(
        routes=[
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/status", other),
            Route("/stream", stream),
            Route("/picture", image),
        ]
    )


class Driver:
    """Calls an app again and again on one event loop, and throws away what it sends."""

    def __init__(
        self, app: ASGIApp, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, times: int = 1
    ) -> None:
        self.app = app
        self.times = times
        self.loop = asyncio.new_event_loop()
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [
                (b"host", b"127.0.0.1:8000"),
                (b"accept", b"*/*"),
                (b"user-agent", b"bench/1"),
                *((name.encode(), value.encode()) for name, value in (headers or {}).items()),
            ],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
        }
        self.sent = 0
        self.asked = False

    async def _receive(self) -> Message:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b'{"model":"acme","messages":[]}', "more_body": False}
        return await self.loop.create_future()  # type: ignore[no-any-return]  # nobody disconnects

    async def _send(self, message: Message) -> None:
        body = message.get("body", b"")
        if body and not self.sent:
            Clock.came = time.perf_counter()
        self.sent += len(body)

    def __call__(self) -> None:
        """So many requests, one after another; to enter the event loop costs as much as a small one."""
        self.loop.run_until_complete(self._requests(self.times))

    async def _requests(self, times: int) -> None:
        for _ in range(times):
            self.asked = False
            self.sent = 0
            await self.app(dict(self.scope), self._receive, self._send)

    def bytes_of_one(self) -> int:
        """How many body bytes one request is answered with."""
        self.loop.run_until_complete(self._requests(1))
        return self.sent
