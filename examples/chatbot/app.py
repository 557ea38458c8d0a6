"""A chatbot as services build them: a page, and the APIs that its model speaks. One line adds the option."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from examples.chatbot.model import Model
from examples.web import SERVICE, page
from labelkit import Generator, Labeler, Signer
from labelkit.middleware import LabelingMiddleware


def create_app(signer: Signer) -> Starlette:
    """Serve a chat page, and the OpenAI and Anthropic APIs of a small language model."""
    generator = Generator(provider="Example Ltd", system="labelkit chatbot", version="SmolLM2-135M-Instruct")
    labeler = Labeler(generator, signer=signer, policy="ru", locale="en", service=SERVICE)
    routes = [
        Route("/v1/models", relay),
        Route("/v1/chat/completions", relay, methods=["POST"]),
        Route("/v1/messages", relay, methods=["POST"]),
        *page(Path(__file__).parent),
    ]
    app = Starlette(routes=routes, lifespan=load)
    app.add_middleware(LabelingMiddleware, labeler=labeler)  # this line adds the option
    return app


@asynccontextmanager
async def load(_: Starlette) -> AsyncIterator[dict[str, Any]]:
    """Load the model before the first request; it takes a second or two."""
    model = await anyio.to_thread.run_sync(Model)
    async with model.client:
        yield {"model": model}


async def relay(request: Request) -> Response:
    """Hand a request to the model and its answer back, piece by piece.

    A client that goes away cancels the stream; that closes the connection to the model, which stops generating.
    """
    client: httpx.AsyncClient = request.state.model.client
    asked = client.build_request(request.method, request.url.path, content=await request.body())
    asked.headers["Content-Type"] = "application/json"
    try:
        answer = await client.send(asked, stream=True)
        if answer.is_error:
            await answer.aread()
            return problem(request, answer.status_code, answer.json()["error"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return problem(request, 503, {"type": "server_error", "message": f"The model did not answer: {error!r}"})
    return StreamingResponse(
        answer.aiter_raw(),
        media_type=answer.headers["Content-Type"],
        background=BackgroundTask(answer.aclose),
    )


def problem(request: Request, status: int, error: dict[str, Any]) -> Response:
    """An error in the shape of the API that was asked."""
    body: dict[str, Any] = {"error": error}
    if request.url.path == "/v1/messages":
        body = {"type": "error", "error": {"type": error["type"], "message": error["message"]}}
    return JSONResponse(body, status)
