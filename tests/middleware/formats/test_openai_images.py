"""OpenAI Images: the pictures in bodies and streams."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from labelkit.errors import LabelkitError
from labelkit.inspection import inspect
from labelkit.marks import Mark, Medium
from labelkit.middleware.formats import FORMATS
from labelkit.middleware.formats.base import Facts, Job
from labelkit.middleware.formats.openai_images import OpenAIImages

API = OpenAIImages("generations", altered=False)
Make = Callable[..., Job]
Write = Callable[..., bytes]
Run = Callable[..., bytes]


@pytest.fixture(scope="module", params=["png", "jpeg", "webp"])
def picture(request: pytest.FixtureRequest) -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 120, 40)).save(file, request.param)
    return file.getvalue()


@pytest.fixture
def job(make_job: Make) -> Job:
    """A job that asks for metadata and a signature."""
    return make_job("metadata c2pa", medium=Medium.IMAGE)


def b64(data: bytes) -> str:
    """As the API writes pictures."""
    return base64.b64encode(data).decode()


def test_whole(picture: bytes, job: Job) -> None:
    """Each picture of ``data`` is labelled in its own format; every byte of the body outside of them stays."""
    encoded = b64(picture)
    body = f'{{"created": 1e2,"data":[{{"b64_json":"{encoded}"}}, {{"b64_json":"{encoded}","revised_prompt":"x"}}]}}'
    out = API.whole(body.encode(), "application/json", job)
    items = json.loads(out)["data"]
    assert len(job.outcomes) == 2
    assert job.skipped is None
    for item in items:
        labelled = base64.b64decode(item["b64_json"])
        found = inspect(labelled)
        assert found.ai_generated
        assert set(found.marks) == {Mark.METADATA, Mark.C2PA}
        assert found.media_type == inspect(picture).media_type
    for item in items:
        out = out.replace(item["b64_json"].encode(), encoded.encode())
    assert out == body.encode()


def test_data_url(picture: bytes, job: Job) -> None:
    """A picture in a ``data:`` URL is one too; a URL that leads elsewhere is told."""
    kind = inspect(picture).media_type
    body = json.dumps({"data": [{"url": f"data:{kind};base64,{b64(picture)}"}]}).encode()
    url = json.loads(API.whole(body, "application/json", job))["data"][0]["url"]
    prefix, _, encoded = url.partition(",")
    assert prefix == f"data:{kind};base64"
    assert inspect(base64.b64decode(encoded)).ai_generated


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"data":[{"url":"https://example.com/x.png"}]}', "the picture is behind a URL"),
        (b'{"data":[]}', "there is no picture"),
        (b'{"data":[null,1,{"b64_json":null},{"b64_json":""}]}', "there is no picture"),
        (b'{"data":{}}', "there is no picture"),
        (b"[]", "there is no picture"),
        (b"{", "the body is no JSON"),
    ],
)
def test_untouched(body: bytes, why: str, job: Job) -> None:
    """A body without pictures is the same object, and the reason is told."""
    assert API.whole(body, "application/json", job) is body
    assert job.skipped == why


@pytest.mark.parametrize("encoded", ["AAAA", "x", "", b64(b"\x89PNG\r\n\x1a\n" + b"broken" * 9)])
def test_damaged_picture(encoded: str, make_job: Make) -> None:
    """A picture that cannot be labelled stays as it was and the outcome says why; a required label raises."""
    body = json.dumps({"data": [{"b64_json": encoded or "####"}]}).encode()
    job = make_job("metadata", medium=Medium.IMAGE)
    assert API.whole(body, "application/json", job) is body
    assert [list(outcome.missing) for outcome in job.outcomes] == [[Mark.METADATA]]
    with pytest.raises(LabelkitError):
        API.whole(body, "application/json", make_job("metadata", medium=Medium.IMAGE, required=[Mark.METADATA]))


@pytest.mark.parametrize("required", [True, False])
def test_stream(required: bool, picture: bytes, make_job: Make, event: Write, run: Run) -> None:
    """The completed picture is labelled, after what precedes it has left; a partial one where a rule asks for it."""
    encoded = b64(picture)
    partial = {"type": "image_generation.partial_image", "b64_json": encoded, "partial_image_index": 0}
    completed = {"type": "image_generation.completed", "b64_json": encoded, "usage": {"total_tokens": 9}}
    body = event(partial, partial["type"]) + event(completed, completed["type"])
    job = make_job("metadata", medium=Medium.IMAGE, required=[Mark.METADATA] if required else [])
    out = run(API, job, body, range(0, len(body), 100))
    first, last = (json.loads(line[6:]) for line in out.split(b"\n") if line.startswith(b"data:"))
    assert inspect(base64.b64decode(last["b64_json"])).ai_generated
    assert bool(inspect(base64.b64decode(first["b64_json"])).ai_generated) is required
    assert len(job.outcomes) == 1 + required
    for said in (first, last):
        out = out.replace(said["b64_json"].encode(), encoded.encode())
    assert out == body


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'data: {"type":"error","error":{"message":"x"}}\n\n', "the stream reported an error"),
        (b'data: {"type":"image_generation.partial_image","b64_json":"AAAA"}\n\n', "there is no picture"),
        (b"data: [1]\n\ndata: [DONE]\n\n", "there is no picture"),
        (b'data: {"type":"image_generation.completed"', "the stream broke off"),
    ],
)
def test_stream_untouched(body: bytes, why: str, job: Job, run: Run) -> None:
    """A stream without a finished picture passes, and the reason is told."""
    assert run(API, job, body) == body
    assert job.skipped == why


def test_altered() -> None:
    """Edits change a picture, variations may or may not; routes and requests say the same."""
    known: dict[str, Any] = {api.suffixes[0]: api for api in FORMATS}
    expected = {"/images/generations": False, "/images/edits": True, "/images/variations": None}
    for route, altered in expected.items():
        assert known[route].altered is altered
        assert known[route].read(b"--x\r\nContent-Disposition: form-data") == Facts(altered=altered)
    assert API.read(b'{"stream":true}') == Facts(stream=True)


def test_problem_and_history() -> None:
    """An error has OpenAI's shape; a request has no history."""
    assert json.loads(API.problem("no signer", 500)[1])["error"]["type"] == "server_error"
    body = b"{}"
    assert API.cut_history(body, frozenset()) is body
    assert API.stream("application/json", Job.__new__(Job)) is None
