"""Home-made APIs: what an operator declared is labelled by what it turns out to be."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from labelkit.choice import Choice
from labelkit.errors import ConfigurationError
from labelkit.inspection import inspect
from labelkit.labeler import Labeler
from labelkit.marks import Mark, Medium
from labelkit.middleware.formats.base import Facts, Job, Splicer
from labelkit.middleware.formats.generated import Generated

NOTICE = "This text was generated using artificial intelligence."
Make = Callable[..., Job]
Write = Callable[..., bytes]
Run = Callable[..., bytes]
Drive = Callable[[Splicer, list[bytes]], bytes]


def png() -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 120, 40)).save(file, "png")
    return file.getvalue()


def of(text: bytes, drive: Drive, job: Job, places: list[int] | None = None) -> bytes:
    """A plain text, streamed."""
    splicer = Generated("/chat", None).stream("text/plain; charset=utf-8", job)
    assert splicer is not None
    borders = [0, *sorted({place % (len(text) + 1) for place in places or []}), len(text)]
    return drive(splicer, [text[start:end] for start, end in pairwise(borders)])


@pytest.mark.parametrize(
    ("pointer", "body", "expected"),
    [
        ("/answer", '{"answer" : "Hi", "n":1e2}', '{"answer" : "Hi\\n\\n%s", "n":1e2}'),
        ("/a/0/b~1c~0", '{"a":[{"b/c~":"Hi"},"x"]}', '{"a":[{"b/c~":"Hi\\n\\n%s"},"x"]}'),
        ("", '"Hi"', '"Hi\\n\\n%s"'),
        (None, '"Hi"', '"Hi\\n\\n%s"'),
        ("/ключ", '{"ключ":"Hi"}', '{"ключ":"Hi\\n\\n%s"}'),
        ("/", '{"":"Hi"}', '{"":"Hi\\n\\n%s"}'),
    ],
)
def test_json(pointer: str | None, body: str, expected: str, make_job: Make) -> None:
    """The text at the pointer is labelled, and every other byte stays."""
    out = Generated("/chat", pointer).whole(body.encode(), "application/json", make_job())
    assert out == (expected % NOTICE).encode()


@pytest.mark.parametrize(
    ("pointer", "body", "why"),
    [
        ("/answer", b"{}", "there is no text"),
        ("/answer", b'{"answer":7}', "there is no text"),
        ("/answer", b'{"answer":""}', "there is no text"),
        ("/0", b"[]", "there is no text"),
        ("/01", b'["x","y"]', "there is no text"),
        ("/a/b", b'{"a":"b"}', "there is no text"),
        ("/answer", b'{"answer":"{}"}', "the answer is JSON"),
        ("/answer", b"{", "the body is no JSON"),
    ],
)
def test_json_untouched(pointer: str, body: bytes, why: str, make_job: Make) -> None:
    """Where the pointer leads to no text the body is the same object, and the reason is told."""
    job = make_job()
    assert Generated("/chat", pointer).whole(body, "application/json", job) is body
    assert job.skipped == why


@pytest.mark.parametrize("pointer", ["answer", "/a~2b", "~"])
def test_wrong_pointer(pointer: str) -> None:
    """What is no JSON Pointer is refused when it is declared."""
    with pytest.raises(ConfigurationError, match="JSON Pointer"):
        Generated("/chat", pointer)


@pytest.fixture
def image_job(signing: Labeler) -> Job:
    """A job of a route whose medium nobody knows yet."""
    choice = Choice.of("metadata", "visible")
    return Job(signing, signing.decide(choice, Medium.TEXT), decide=lambda medium: signing.decide(choice, medium))


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_picture_in_json(prefix: str, image_job: Job) -> None:
    """A string that is a picture is labelled as one, by a decision for pictures."""
    body = json.dumps({"image": prefix + base64.b64encode(png()).decode(), "seed": 1}).encode()
    out = json.loads(Generated("/img", "/image").whole(body, "application/json", image_job))
    assert out["seed"] == 1
    assert out["image"].startswith(prefix)
    assert Mark.METADATA in inspect(base64.b64decode(out["image"][len(prefix) :])).marks
    assert image_job.decision.medium is Medium.IMAGE


def test_raw_picture(image_job: Job) -> None:
    """A body that is a picture is labelled whole."""
    out = Generated("/img/*", None).whole(png(), "image/png", image_job)
    assert Mark.METADATA in inspect(out).marks


def test_picture_without_decision(make_job: Make) -> None:
    """Where nobody can decide for pictures, or no mark for them was asked for, they pass."""
    data = png()
    job = make_job()
    assert Generated("/img", None).whole(data, "image/png", job) is data
    assert job.skipped == "nothing was decided for this medium"
    job = make_job()
    job.decide = lambda medium: make_job("off", medium=medium).decision
    assert Generated("/img", None).whole(data, "image/png", job) is data
    assert job.skipped == "no mark was asked for"


def test_damaged_picture_passes(image_job: Job) -> None:
    """A picture that cannot be labelled is the same object, and the outcome says why."""
    data = png()[:60]
    assert Generated("/img", None).whole(data, "image/png", image_job) is data
    assert image_job.outcomes[0].missing


@pytest.mark.parametrize(
    "end",
    [
        "data: [DONE]\n\n",
        "event: done\ndata: {}\n\n",
        'data: {"done": true}\n\n',
        'data: {"type": "end"}\n\n',
        'data: {"finish_reason": "stop"}\n\n',
        "",
    ],
)
@pytest.mark.parametrize("places", [None, ()])
def test_stream_with_pointer(end: str, places: Any, make_job: Make, event: Write, run: Run) -> None:
    """The label travels in a copy of the last event with text, before what ends the stream, or at its end."""
    body = event({"meta": 1}) + b"".join(event({"token": text, "done": False}) for text in ("Hel", "lo", "!"))
    out = run(Generated("/chat", "/token"), make_job(), body + end.encode(), places)
    label = event({"token": f"\n\n{NOTICE}", "done": False})
    assert out == body + label + end.encode()


def test_stream_ends_with_text(make_job: Make, event: Write, run: Run) -> None:
    """The event that ends the stream may have the last text: the label goes behind it."""
    body = event({"token": "Hello"}) + event({"token": "!", "done": True})
    out = run(Generated("/chat", "/token"), make_job(), body)
    assert out == event({"token": "Hello"}) + event({"token": f"!\n\n{NOTICE}", "done": True})


def test_stream_of_a_picture(image_job: Job, event: Write, run: Run) -> None:
    """An event may bring a picture."""
    body = event({"progress": 1}) + event({"image": base64.b64encode(png()).decode()})
    out = run(Generated("/img", "/image"), image_job, body)
    assert out.startswith(event({"progress": 1}))
    said = json.loads(out.splitlines()[2][6:])
    assert Mark.METADATA in inspect(base64.b64decode(said["image"])).marks


def test_stream_error(make_job: Make, event: Write, run: Run) -> None:
    """After an error there is no label."""
    for error in (event({"error": "x"}), event("x", "error")):
        body = event({"token": "Hello"}) + error
        assert run(Generated("/chat", "/token"), make_job(), body) == body
        assert run(Generated("/chat", None), make_job(), event("Hello") + event("x", "error")) == event(
            "Hello"
        ) + event("x", "error")


@pytest.mark.parametrize("name", ["", "token"])
def test_stream_of_bare_text(name: str, make_job: Make, event: Write, run: Run) -> None:
    """Events whose data is the text get the label as an event of their kind, each of its lines a line of data."""
    body = event("Hel", name) + event("lo", name) + event("x", "other") + event("[DONE]")
    out = run(Generated("/chat", None), make_job(), body)
    head = f"event: {name}\n" if name else ""
    label = f"{head}data: \ndata: \ndata: {NOTICE}\n\n".encode()
    assert out == body.replace(event("[DONE]"), label + event("[DONE]"))
    out = run(Generated("/chat", None), make_job(required=[Mark.VISIBLE]), body)
    assert out == f"{head}data: {NOTICE}\ndata: \ndata: \n\n".encode() + body


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(codec="utf-8")), st.lists(st.integers(0, 200)), st.booleans())
@example("\r\x80000", [2], True)  # a required notice waits behind the blank, and must not split the character
def test_plain_text(make_job: Make, drive: Drive, text: str, places: list[int], required: bool) -> None:
    """A plain text may be cut anywhere, within a character too; what leaves is the text and the notice."""
    rule = [Mark.VISIBLE] if required else []
    job = make_job(required=rule)
    out = of(text.encode(), drive, job, places)
    assert out == of(text.encode(), drive, make_job(required=rule))
    if job.outcomes:
        assert out.decode().replace(NOTICE, "", 1).strip() == text.strip() or not required
        assert text in out.decode() or required
        assert NOTICE in out.decode()
    else:
        assert out == text.encode()
        assert job.skipped


def test_plain_text_signed(make_job: Make, drive: Drive) -> None:
    """A signed plain text is what inspect takes it for."""
    job = make_job("visible c2pa")
    out = of("Привет, мир!".encode(), drive, job, [1, 3, 8]).decode()
    assert out.startswith(f"Привет, мир!\n\n{NOTICE}")
    assert inspect(out).ai_generated
    assert Generated("/chat", None).whole(b"Hi", "text/markdown", make_job()) == f"Hi\n\n{NOTICE}".encode()


@pytest.mark.parametrize("data", [b"\xff\xfe", b"Hi \xc3", b"\xd0", b"Hi\xff there"])
def test_not_utf_8(data: bytes, make_job: Make, drive: Drive) -> None:
    """What is not UTF-8 passes byte for byte, however it is cut, and is told."""
    for places in ([], [1], [2], [1, 2, 3]):
        job = make_job()
        assert of(data, drive, job, places) == data
        assert job.skipped == "the text is not in UTF-8"


def test_what_is_no_stream_of_ours(make_job: Make) -> None:
    """A pointer says nothing of plain text; HTML is not plain text."""
    assert Generated("/chat", "/a").stream("text/plain", make_job()) is None
    assert Generated("/chat", None).stream("text/html", make_job()) is None


def test_facts_and_problem() -> None:
    """Nothing is known of the request; an error is a problem document (RFC 9457)."""
    api = Generated("/chat", "/a")
    assert api.read(b'{"response_format":{"type":"json_object"}}') == Facts()
    assert api.cut_history(b"x", frozenset()) == b"x"
    media_type, body = api.problem("no signer", 500)
    assert media_type == "application/problem+json"
    assert json.loads(body)["detail"] == "no signer"
