"""What the tests of formats share: labelers, jobs, and a way to drive a splicer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from labelkit.choice import Choice
from labelkit.label import Generator
from labelkit.labeler import Labeler
from labelkit.marks import Mark, Medium
from labelkit.middleware.formats.base import Facts, Format, Job, Splicer
from labelkit.policy import Kind
from labelkit.policy.decision import EVERY_KIND
from labelkit.provenance.signing import Signer


@pytest.fixture(scope="session")
def generator() -> Generator:
    """Who answers for what the tests label."""
    return Generator(provider="Acme", system="acme-chat", version="2.1")


@pytest.fixture(scope="session")
def labeler(generator: Generator) -> Labeler:
    """Labels where no law asks for anything, in English."""
    return Labeler(generator, policy="none", locale="en")


@pytest.fixture(scope="session")
def signing(generator: Generator, signer: Signer) -> Labeler:
    """The same, with a signer."""
    return Labeler(generator, signer=signer, policy="none", locale="en")


@pytest.fixture(scope="session")
def make_job(labeler: Labeler, signing: Labeler) -> Callable[..., Job]:
    """Makes a job: marks as the user would name them; ``required`` are those of a rule, ``exempt`` the kinds of text
    that nobody minds. A single word is none of them unless a test says so, for many texts of these tests are one."""

    def make(
        marks: str = "visible",
        *,
        required: Iterable[Mark] = (),
        machine_read: str = "",
        medium: Medium = Medium.TEXT,
        exempt: Iterable[Kind] = EVERY_KIND - {"single-word"},
    ) -> Job:
        chosen = signing if "c2pa" in marks or medium is Medium.IMAGE else labeler
        decision = chosen.decide(Choice.parse(marks), medium)
        decision = replace(decision, required=frozenset(required), exempt=frozenset(exempt))
        return Job(chosen, decision, Facts(machine_read))

    return make


def drive(splicer: Splicer, chunks: Iterable[bytes]) -> bytes:
    """The body that a client gets when the application sends these chunks, and ends properly."""
    out = []
    for chunk in chunks:
        splice = splicer.feed(chunk)
        out += [chunk] if splice is None else [splice.ready, splice.then() if splice.then else b""]
    last = splicer.end()
    out += [last.ready, last.then() if last.then else b""] if last else []
    return b"".join(out)


@pytest.fixture(scope="session")
def run() -> Callable[[Format, Job, bytes, Sequence[int] | None], bytes]:
    """Runs a streamed body through a format: in one chunk, or cut at some places, or an event at a time (None)."""

    def run_(api: Format, job: Job, body: bytes, places: Sequence[int] | None = ()) -> bytes:
        splicer = api.stream("text/event-stream; charset=utf-8", job)
        assert splicer is not None
        return drive(splicer, by_event(body) if places is None else chunks(body, places))

    return run_


def chunks(body: bytes, places: Sequence[int]) -> list[bytes]:
    """A body cut at some places."""
    borders = [0, *sorted({place % (len(body) + 1) for place in places}), len(body)]
    return [body[start:end] for start, end in pairwise(borders)]


def by_event(body: bytes) -> list[bytes]:
    """A body whose events end with LF LF, one a chunk."""
    return [event + b"\n\n" for event in body.split(b"\n\n")[:-1]] + [body.rpartition(b"\n\n")[2]]


@pytest.fixture(scope="session")
def event() -> Callable[..., bytes]:
    """Writes an event."""

    def write(data: Any, name: str = "", **dumps: Any) -> bytes:
        head = f"event: {name}\n" if name else ""
        text = data if isinstance(data, str) else json.dumps(data, **dumps)
        return f"{head}data: {text}\n\n".encode()

    return write


@pytest.fixture(scope="session")
def datas() -> Callable[[bytes], list[Any]]:
    """Reads the JSON of each event of a body; what is no JSON as text."""

    def read(body: bytes) -> list[Any]:
        found = []
        for line in body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
            if line.startswith(b"data:"):
                text = line[5:].strip()
                found.append(json.loads(text) if text[:1] in (b"{", b"[") and text != b"[DONE]" else text.decode())
        return found

    return read


@pytest.fixture(scope="session", name="drive")
def drive_fixture() -> Callable[[Splicer, Iterable[bytes]], bytes]:
    """Drives a splicer."""
    return drive
