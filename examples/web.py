"""What both examples share: a page, a way to check what it shows, and a server to run them."""

import argparse
from collections.abc import Callable
from pathlib import Path

import anyio.to_thread
import uvicorn
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from labelkit import inspect
from labelkit.service import Rights, Service

# No inline script or style anywhere: the pages live under the policy that a careful service sets.
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

# Whoever gives people a generator tells them whose the results are; this is for your lawyers to write.
SERVICE = Service(rights=Rights(text={"en": "what you make here is yours", "ru": "созданное здесь принадлежит вам"}))

LARGEST = 16 * 1024 * 1024  # bytes that may be sent to /inspect


def page(folder: Path) -> list[Route | Mount]:
    """Routes for ``page.html`` and ``page.js`` of an example, the static files that both use, and POST /inspect."""

    async def html(_: object) -> FileResponse:
        return FileResponse(folder / "page.html", headers={"Content-Security-Policy": POLICY})

    async def script(_: object) -> FileResponse:
        return FileResponse(folder / "page.js")

    static = StaticFiles(directory=Path(__file__).parent / "static")
    check = Route("/inspect", look, methods=["POST"])
    return [Route("/", html), Route("/page.js", script), Mount("/static", static), check]


async def look(request: Request) -> JSONResponse:
    """Answer POST /inspect: what the marks in the bytes of a picture or a text say."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST:
            return JSONResponse({"error": f"At most {LARGEST:,} bytes are looked at"}, 413)
    found = await anyio.to_thread.run_sync(inspect, data)
    return JSONResponse(found.to_dict())


def serve(create: Callable[[], ASGIApp], name: str, port: int) -> None:
    """Read ``--host`` and ``--port`` from the command line and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog=f"python -m examples.{name}", description=create.__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; loopback unless told")
    parser.add_argument("--port", type=int, default=port, help=f"the port to listen on; {port} unless told")
    options = parser.parse_args()
    uvicorn.run(create(), host=options.host, port=options.port, log_level="warning")
