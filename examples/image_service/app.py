"""An image service as services build them: OpenAI's images API over a real generator. One line adds the option."""

import base64
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import anyio
from pydantic import BaseModel, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from terrain_diffusion import TerrainGenerator

from examples.image_service.landscape import draw
from examples.web import SERVICE, page
from labelkit import Generator, Labeler, Signer
from labelkit.middleware import LabelingMiddleware


class Asked(BaseModel):
    """The body of POST /v1/images/generations, as far as this service knows it."""

    prompt: str = Field(min_length=1, max_length=4000)
    n: int = Field(default=1, ge=1, le=4)
    size: Literal["auto", "256x256", "512x512", "1024x1024", "1536x1024", "1024x1536"] = "auto"
    output_format: Literal["png", "jpeg", "webp"] = "png"
    response_format: Literal["b64_json"] = "b64_json"


def create_app(signer: Signer) -> Starlette:
    """Serve landscapes through the OpenAI images API, and a page that shows them with and without a label."""
    generator = Generator(provider="Example Ltd", system="labelkit landscapes", version="terrain-diffusion 0.4.2")
    labeler = Labeler(generator, signer=signer, policy="ru", locale="en", service=SERVICE)
    routes = [Route("/v1/images/generations", generate, methods=["POST"]), *page(Path(__file__).parent)]
    app = Starlette(routes=routes, lifespan=load)
    app.add_middleware(LabelingMiddleware, labeler=labeler)  # this line adds the option
    return app


@asynccontextmanager
async def load(_: Starlette) -> AsyncIterator[dict[str, Any]]:
    """Load the model before the first request. One picture is made at a time: each uses every core."""
    model = await anyio.to_thread.run_sync(partial(TerrainGenerator, device="cpu"))
    yield {"model": model, "turn": anyio.CapacityLimiter(1)}


async def generate(request: Request) -> Response:
    """Answer POST /v1/images/generations."""
    try:
        asked = Asked.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        param = ".".join(str(part) for part in first["loc"]) or None
        fault = {"message": first["msg"], "type": "invalid_request_error", "param": param, "code": None}
        return JSONResponse({"error": fault}, 400)
    made = await anyio.to_thread.run_sync(pictures, request.state.model, asked, limiter=request.state.turn)
    data = [{"b64_json": base64.b64encode(picture).decode()} for picture in made]
    return JSONResponse({"created": int(time.time()), "output_format": asked.output_format, "data": data})


def pictures(model: TerrainGenerator, asked: Asked) -> list[bytes]:
    """Draw and encode what was asked for."""
    width, height = map(int, asked.size.replace("auto", "1024x1024").split("x"))
    files = [BytesIO() for _ in range(asked.n)]
    for number, file in enumerate(files):
        draw(model, asked.prompt, number, (width, height)).save(file, asked.output_format, quality=90)
    return [file.getvalue() for file in files]
