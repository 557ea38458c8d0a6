"""Refusing: what a client gets in place of an answer that had to be labelled and could not be."""

from __future__ import annotations

from starlette.types import Send

from labelkit.middleware.exchange import Exchange


async def refuse(exchange: Exchange, send: Send, why: str) -> None:
    """Send an error in the API's own shape.

    Status 500 with ``x-should-retry: false``: openai's and anthropic's clients would call a 502 three times, and the
    model with it.
    """
    media_type, body = exchange.api.problem(f"The answer had to carry a label and could not be given one: {why}.", 500)
    headers = [
        (b"content-type", media_type.encode("latin-1")),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-should-retry", b"false"),
    ]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
    exchange.report()
