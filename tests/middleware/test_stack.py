"""The middleware among others: Starlette, GZip on either side, CORS, BaseHTTPMiddleware, real formats end to end."""

import base64
import io
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from blockbuster import blockbuster_ctx
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from labelkit import Generator, Labeler, Signer, inspect
from labelkit.middleware import LabelingMiddleware, decision

pytestmark = pytest.mark.anyio

ON = {"Prefer": "ai-label"}
NOTICE = "generated using artificial intelligence"
LONG = "A word and another one. " * 100


def completion(text: str) -> dict[str, Any]:
    """An answer as OpenAI writes it."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "acme", "choices": [choice]}


def events(words: list[str]) -> list[bytes]:
    """A stream as OpenAI writes it."""
    deltas: list[tuple[dict[str, str], str | None]] = [({"content": f"{word} "}, None) for word in words]
    made = []
    for delta, finish in [*deltas, ({}, "stop")]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "acme", "choices": [choice]}
        made.append(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    return [*made, b"data: [DONE]\n\n"]


async def chat(request: Request) -> Response:
    """Says what it was told last."""
    body = await request.json()
    said = body["messages"][-1]["content"]
    if not body.get("stream"):
        return JSONResponse(completion(said))

    async def flow() -> AsyncIterator[bytes]:
        for event in events(said.split(" ")):
            yield event

    return StreamingResponse(flow(), media_type="text/event-stream")


def picture() -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "PNG")
    return file.getvalue()


async def image(request: Request) -> Response:
    """A picture as the whole body."""
    return Response(picture(), media_type="image/png", headers={"etag": '"v1"', "accept-ranges": "bytes"})


async def images(request: Request) -> Response:
    """A picture as OpenAI writes it."""
    return JSONResponse({"created": 1, "data": [{"b64_json": base64.b64encode(picture()).decode()}]})


async def plain(request: Request) -> Response:
    """A home-made answer."""
    return PlainTextResponse(LONG)


async def other(request: Request) -> Response:
    """Nothing that the AI made."""
    return JSONResponse({"ok": True})


@pytest.fixture
def signed_labeler(development: Signer) -> Labeler:
    """Makes every mark."""
    return Labeler(Generator(provider="Acme", system="acme-chat", version="2.1"), signer=development, policy="none")


@pytest.fixture
def serve(signed_labeler: Labeler) -> Callable[..., httpx.AsyncClient]:
    """A client of an app with other middleware around (and inside of) the labelling one."""

    def start(outside: list[Middleware] | None = None, inside: list[Middleware] | None = None) -> httpx.AsyncClient:
        label = Middleware(LabelingMiddleware, labeler=signed_labeler, generated={"/img/*": None, "/plain": None})
        app = Starlette(
            routes=[
                Route("/v1/chat/completions", chat, methods=["POST"]),
                Route("/v1/images/generations", images, methods=["POST"]),
                Route("/img/{name}", image),
                Route("/plain", plain),
                Route("/other", other),
            ],
            middleware=[*(outside or []), label, *(inside or [])],
        )
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    return start


def asking(text: str, **more: Any) -> dict[str, Any]:
    """A chat request."""
    return {"model": "acme", "messages": [{"role": "user", "content": text}], **more}


@pytest.mark.parametrize("stream", [False, True])
async def test_chat_is_labelled_when_asked_and_only_then(serve: Any, stream: bool) -> None:
    """JSON and SSE, by the real format."""
    async with serve() as client:
        for headers, labelled in (({}, False), (ON, True)):
            answer = await client.post("/v1/chat/completions", json=asking("Hi there", stream=stream), headers=headers)
            assert (NOTICE in answer.text) is labelled
            assert answer.headers.get("preference-applied") == ("ai-label=visible" if labelled else None)
            if not stream:
                assert int(answer.headers["content-length"]) == len(answer.content)


async def test_a_signed_stream_verifies(serve: Any, signed_labeler: Labeler) -> None:
    """The text that a client puts together from the stream carries its notice and its signature."""
    prefer = {"Prefer": 'ai-label="visible c2pa"'}
    async with serve() as client:
        answer = await client.post("/v1/chat/completions", json=asking(LONG, stream=True), headers=prefer)
    chunks = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert NOTICE in text
    assert inspect(text).ai_generated is True


async def test_pictures_are_labelled(serve: Any) -> None:
    """As a whole body and in base64, with every mark; and by the query, where a header cannot be set."""
    async with serve() as client:
        bare = await client.get("/img/a.png")
        assert bare.content == picture()
        assert bare.headers["vary"] == "Prefer, Cookie"
        for answer in (await client.get("/img/a.png", headers=ON), await client.get("/img/a.png?ai_label=on")):
            assert inspect(answer.content).ai_generated is True
            assert answer.headers["preference-applied"] == 'ai-label="visible metadata c2pa"'
            assert answer.headers["etag"] != '"v1"'
            assert "accept-ranges" not in answer.headers
        made = await client.post("/v1/images/generations", json={"prompt": "x"}, headers=ON)
        assert inspect(base64.b64decode(made.json()["data"][0]["b64_json"])).ai_generated is True


async def test_nothing_blocks_the_event_loop(serve: Any) -> None:
    """Once it is constructed, no request reads a file, or waits, on the loop; the first of each kind included."""
    prefer = {"Prefer": 'ai-label="visible metadata c2pa"', "Accept-Language": "ru"}
    async with serve() as client:
        await client.get("/other")  # Starlette constructs its middleware with the first request
        with blockbuster_ctx("labelkit"):
            for stream in (False, True):
                await client.post("/v1/chat/completions", json=asking("Hi there", stream=stream), headers=prefer)
            await client.get("/img/a.png", headers=prefer)
            await client.put("/ai-label/preference", json={"ai_label": "on"})
            await client.get("/.well-known/ai-label")


async def test_home_made_text_is_labelled(serve: Any) -> None:
    """A plain answer, whose length is not known any more."""
    async with serve() as client:
        answer = await client.get("/plain", headers=ON)
    assert answer.text.startswith(LONG[:-1])
    assert NOTICE in answer.text


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/plain"])
async def test_compression_belongs_outside(serve: Any, path: str) -> None:
    """GZip outside of us compresses what is labelled; inside of us it is not asked to compress at all."""
    around = [Middleware(GZipMiddleware, minimum_size=10)]
    for client in (serve(outside=around), serve(inside=around)):
        async with client:
            method = "POST" if path.startswith("/v1") else "GET"
            body = asking(LONG) if method == "POST" else None
            answer = await client.request(method, path, json=body, headers={**ON, "Accept-Encoding": "gzip"})
            assert NOTICE in answer.text
            bare = await client.request(method, path, json=body, headers={"Accept-Encoding": "gzip"})
            assert bare.headers["content-encoding"] == "gzip"
            assert NOTICE not in bare.text


async def test_what_is_compressed_all_the_same_stays_readable(serve: Any) -> None:
    """An application that compresses without being asked gets its bytes through as they are."""
    packed = zlib.compress(json.dumps(completion("Hi")).encode())

    async def stubborn(request: Request) -> Response:
        return Response(packed, media_type="application/json", headers={"content-encoding": "deflate"})

    labeler = Labeler(Generator(provider="A", system="b", version="1"), policy="none")
    app = LabelingMiddleware(
        Starlette(routes=[Route("/v1/chat/completions", stubborn, methods=["POST"])]), labeler=labeler
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.post("/v1/chat/completions", json={}, headers=ON)
    assert answer.json() == completion("Hi")
    assert "preference-applied" not in answer.headers


async def test_a_browser_of_another_origin_may_ask_and_read(serve: Any) -> None:
    """The CORS line that the README shows: the preflight of Prefer passes, and what is told is exposed."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["https://app.example"],
        allow_methods=["POST"],
        allow_headers=["Prefer", "Content-Type"],
        expose_headers=["Preference-Applied", "AI-Disclosure"],
    )
    asked = {"Origin": "https://app.example"}
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "prefer, content-type"}
    async with serve(outside=[cors]) as client:
        allowed = await client.options("/v1/chat/completions", headers={**asked, **preflight})
        assert allowed.status_code == 200
        assert "Prefer" in allowed.headers["access-control-allow-headers"]
        answer = await client.post("/v1/chat/completions", json=asking("Hi"), headers={**asked, **ON})
    assert "Preference-Applied" in answer.headers["access-control-expose-headers"]


class Around(BaseHTTPMiddleware):
    """What many applications have."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["x-around"] = "1"
        return response


@pytest.mark.parametrize("stream", [False, True])
async def test_it_works_under_and_over_a_base_http_middleware(serve: Any, stream: bool) -> None:
    """Which puts queues and tasks of its own between (trap 75)."""
    for client in (serve(outside=[Middleware(Around)]), serve(inside=[Middleware(Around)])):
        async with client:
            answer = await client.post("/v1/chat/completions", json=asking("Hi there", stream=stream), headers=ON)
            assert NOTICE in answer.text
            assert answer.headers["x-around"] == "1"


async def test_history_comes_in_without_our_notice(serve: Any) -> None:
    """What the client sends back as the assistant's words has no notice when the model reads it."""
    async with serve() as client:
        first = await client.post("/v1/chat/completions", json=asking("Hi there"), headers=ON)
        said = first.json()["choices"][0]["message"]
        assert NOTICE in said["content"]
        again = await client.post("/v1/chat/completions", json={"model": "acme", "messages": [said]})
        assert again.json()["choices"][0]["message"]["content"] == "Hi there"


async def test_a_file_response_is_labelled(tmp_path: Any, signed_labeler: Labeler) -> None:
    """Starlette answers with paths, parts and 304s where it may; here the whole is labelled, and revalidated."""
    path = tmp_path / "a.png"
    path.write_bytes(picture())

    files = Starlette(routes=[Mount("/img", StaticFiles(directory=tmp_path))])
    app = LabelingMiddleware(files, labeler=signed_labeler, generated={"/img/*": None})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/img/a.png", headers={**ON, "Range": "bytes=0-9"})
        part = await client.get("/img/a.png", headers={"Range": "bytes=0-9"})
        tag = answer.headers["etag"]
        again = await client.get("/img/a.png", headers={**ON, "If-None-Match": tag})
        head = await client.head("/img/a.png", headers=ON)
    assert answer.status_code == 200
    assert inspect(answer.content).ai_generated is True
    assert part.status_code == 206
    assert part.content == picture()[:10]
    assert again.status_code == 304
    assert again.headers["etag"] == head.headers["etag"] == tag
    assert "content-length" not in head.headers


def test_a_websocket_handler_labels_by_itself(signed_labeler: Labeler) -> None:
    """By ``decision(scope)``, in a mounted application as well."""

    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        decided = decision(websocket.scope)
        stream = signed_labeler.stream(decided)
        await websocket.send_text(stream.feed("Hi there") + stream.finish())
        await websocket.close()

    inner = Starlette(routes=[WebSocketRoute("/talk", talk)])
    app = Starlette(routes=[Mount("/sub", inner)], middleware=[Middleware(LabelingMiddleware, labeler=signed_labeler)])
    client = TestClient(app)
    for query, labelled in (("", False), ("?ai_label=on", True)):
        with client.websocket_connect(f"/sub/talk{query}") as websocket:
            assert (NOTICE in websocket.receive_text()) is labelled


async def test_what_is_not_ours_is_not_touched(serve: Any) -> None:
    """No header is added to what the AI did not make."""
    async with serve() as client:
        answer = await client.get("/other", headers=ON)
    assert answer.json() == {"ok": True}
    assert answer.headers.keys() == {"content-length", "content-type"}
