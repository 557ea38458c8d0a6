"""Under a real server, where a wrong length or a false end shows on the wire."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

ON = {"Prefer": "ai-label"}
LABEL = b"[AI]"


async def answer(request: Request) -> Response:
    """JSON, or a stream when asked for it."""
    if request.query_params.get("stream"):
        return StreamingResponse(iter([b"data: a\n\n", b"DONE", b"more"]), media_type="text/event-stream")
    return JSONResponse({"a": "b"})


@pytest.fixture
def serve(wrap: Any) -> Iterator[Callable[..., http.client.HTTPConnection]]:
    """A connection to a server of its own, for the format of these tests and the middleware's options."""
    stops: list[Callable[[], None]] = []

    def start(api: Any, **options: Any) -> http.client.HTTPConnection:
        app = wrap(Starlette(routes=[Route("/stamp", answer, methods=["GET", "POST"])]), api, **options)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run)
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join()

        stops.append(stop)
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        connection = http.client.HTTPConnection("127.0.0.1", server.servers[0].sockets[0].getsockname()[1], timeout=10)
        stops.insert(0, connection.close)
        return connection

    yield start
    for stop in stops:
        stop()


def ask(connection: http.client.HTTPConnection, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    """One request on a connection that stays open."""
    connection.request(method, path, headers=headers)
    return connection.getresponse()


def test_one_connection_carries_labelled_and_unlabelled_answers(serve: Any, stamp: Any) -> None:
    """Each length is true and each stream ends: nothing of one answer is read as the next."""
    with closing(serve(stamp())) as connection:
        for method, path, headers, body in (
            ("POST", "/stamp", ON, b'{"a":"b"}' + LABEL),
            ("POST", "/stamp", {}, b'{"a":"b"}'),
            ("HEAD", "/stamp", ON, b""),
            ("GET", "/stamp?stream=1", ON, b"data: a\n\n" + LABEL + b"DONEmore"),
            ("HEAD", "/stamp?stream=1", ON, b""),
            ("GET", "/stamp?stream=1", {}, b"data: a\n\nDONEmore"),
            ("GET", "/ai-label/preference", {}, None),
            ("GET", "/stamp", ON, b'{"a":"b"}' + LABEL),
        ):
            response = ask(connection, method, path, **headers)
            got = response.read()
            assert response.status == 200
            assert body is None or got == body, (method, path)


def test_a_refused_answer_leaves_the_connection_sound(
    serve: Any, stamp: Any, strict_labeler: Any, broken: Exception
) -> None:
    """The error is a whole response, with its own length, twice in a row."""
    with closing(serve(stamp(error=broken), labeler=strict_labeler)) as connection:
        for _ in range(2):
            response = ask(connection, "POST", "/stamp")
            assert response.status == 500
            assert response.headers["x-should-retry"] == "false"
            assert "did not sign" in json.loads(response.read())["error"]


def test_a_stream_that_is_broken_off_looks_broken_to_its_client(
    serve: Any, stamp: Any, strict_labeler: Any, broken: Exception
) -> None:
    """The server cuts the connection within the chunked body: nobody takes the answer for whole."""
    with closing(serve(stamp(error=broken), labeler=strict_labeler)) as connection:
        response = ask(connection, "POST", "/stamp?stream=1")
        with pytest.raises(http.client.IncompleteRead) as raised:
            response.read()
    assert raised.value.partial == b"data: a\n\n"
