"""A stream that is labelled: order, failures, concurrency, cancellation (traps 15 to 17, 69 to 74)."""

import base64
import io
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from PIL import Image
from starlette.types import Message, Receive, Scope, Send

from labelkit import Generator, Labeler, Signer, inspect
from labelkit.errors import SigningError
from labelkit.marks import Mark, Medium
from labelkit.middleware import LabelingMiddleware
from labelkit.middleware.formats.openai_chat import ChatSplicer

pytestmark = pytest.mark.anyio

ON = (b"prefer", b"ai-label")
SIGNED = (b"prefer", b"ai-label=c2pa")
ACME = Generator(provider="Acme", system="acme-chat", version="2.1")
Wrap = Callable[..., LabelingMiddleware]


async def test_ordinary_chunks_pass_as_the_same_objects(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """Only the chunk that has the end mark is another one."""
    parts = [message.body(b"data: %d\n\n" % at, more=True) for at in range(4)]
    last = message.body(b"")
    sent = await drive(wrap(answer(message.events(), *parts, message.body(b"DONE", more=True), last)), ON)
    assert all(got is was for got, was in zip(sent[1:5], parts, strict=True))
    assert sent[5]["body"] == b"[AI]DONE"
    assert sent[6] is last


async def test_what_is_owed_goes_before_the_end_in_one_message(
    wrap: Wrap, drive: Any, answer: Any, message: Any
) -> None:
    """A stream without an end mark gets its label with the last part."""
    sent = await drive(wrap(answer(message.events(), message.body(b"a", more=True), message.body(b"b"))), ON)
    assert [m["body"] for m in sent[1:]] == [b"a", b"b[AI]"]
    assert sent[-1]["more_body"] is False


async def test_a_stream_that_broke_off_gets_no_label(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """Without a last part nothing is completed: the client must see that it is not whole."""
    sent = await drive(wrap(answer(message.events(), message.body(b"a", more=True))), ON)
    assert [m.get("body") for m in sent] == [None, b"a"]


async def test_a_required_label_that_fails_breaks_the_stream_off(
    wrap: Wrap,
    stamp: Any,
    strict_labeler: Any,
    drive: Any,
    answer: Any,
    message: Any,
    broken: SigningError,
    caplog: Any,
) -> None:
    """The error goes up, so that the server cuts the connection; what was ready is not completed."""
    sent: list[Message] = []
    app = answer(message.events(), message.body(b"a", more=True), message.body(b"DONE", more=True), message.body(b""))
    with pytest.raises(SigningError):
        await drive(wrap(app, stamp(error=broken), labeler=strict_labeler), into=sent)
    assert [m.get("body") for m in sent] == [None, b"a"]
    assert len([record for record in caplog.records if "did not sign" in record.message]) == 1


async def test_an_application_cannot_mend_a_stream_that_was_broken_off(
    wrap: Wrap, stamp: Any, strict_labeler: Any, drive: Any, message: Any, broken: SigningError
) -> None:
    """One that catches everything neither completes its answer nor hides from the server that it is not whole."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(message.events())
        for part in (message.body(b"DONE", more=True), message.body(b"more", more=True), message.body(b"")):
            with pytest.raises(SigningError):
                await send(part)

    with pytest.raises(SigningError):
        await drive(wrap(app, stamp(error=broken), labeler=strict_labeler), into=sent)
    assert len(sent) == 1


@pytest.mark.parametrize("end", [b"DONE", b""])
async def test_a_chosen_label_that_fails_ends_the_stream_normally(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, broken: SigningError, caplog: Any, end: bytes
) -> None:
    """The text is whole, and the log says what is missing."""
    app = answer(message.events(), message.body(b"a", more=True), message.body(end))
    sent = await drive(wrap(app, stamp(error=broken)), ON)
    assert sent[-1]["more_body"] is False
    assert b"".join(m.get("body", b"") for m in sent).startswith(b"a")
    assert "did not sign" in caplog.text


async def test_a_fault_of_ours_lets_the_stream_pass(
    wrap: Wrap, drive: Any, answer: Any, message: Any, caplog: Any
) -> None:
    """A chunk that the format trips over goes on as it is, and so does the rest."""
    parts = [message.body(b"bug", more=True), message.body(b"DONE", more=True), message.body(b"")]
    sent = await drive(wrap(answer(message.events(), *parts)), ON)
    assert sent[1:] == parts
    assert "a fault of the format" in caplog.text


async def test_a_signature_that_may_take_long_is_made_in_a_thread(
    wrap: Wrap, stamp: Any, slow_labeler: Any, drive: Any, answer: Any, message: Any
) -> None:
    """The event loop goes on meanwhile, and what is ready goes out before."""
    threads: list[str] = []
    api = stamp(steps=lambda: threads.append(threading.current_thread().name))
    app = answer(message.events(), message.body(b"a DONE", more=True), message.body(b""))
    sent = await drive(wrap(app, api, labeler=slow_labeler), SIGNED)
    assert [m.get("body") for m in sent] == [None, b"a ", b"[AI]DONE", b""]
    assert threads[0] != threading.main_thread().name


async def test_what_signs_at_once_does_so_without_a_thread(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any
) -> None:
    """A thread costs 33 us: more than the work."""
    threads: list[str] = []
    api = stamp(steps=lambda: threads.append(threading.current_thread().name))
    app = answer(message.events(), message.body(b"a DONE", more=True), message.body(b""))
    sent = await drive(wrap(app, api), ON)
    assert [m.get("body") for m in sent] == [None, b"a [AI]DONE", b""]
    assert threads == [threading.main_thread().name]


async def test_a_heartbeat_does_not_overtake_a_chunk_that_is_being_signed(
    wrap: Wrap, stamp: Any, slow_labeler: Any, message: Any, scope: Any
) -> None:
    """Two tasks send, as sse-starlette's do: the order is the order of the calls (trap 16)."""
    sent: list[bytes] = []
    signing = threading.Event()
    pinging = anyio.Event()

    async def finish(send: Send) -> None:
        await send(message.body(b"DONE", more=True))

    async def ping(send: Send) -> None:
        pinging.set()
        await send(message.body(b"ping 1", more=True))

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        await send(message.events())
        async with anyio.create_task_group() as group:
            group.start_soon(finish, send)
            await anyio.to_thread.run_sync(signing.wait)
            group.start_soon(ping, send)
            await pinging.wait()
            await send(message.body(b"ping 2", more=True))
        await send(message.body(b""))

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def deliver(each: Message) -> None:
        sent.append(each.get("body", b""))

    def steps() -> None:
        signing.set()
        time.sleep(0.05)

    await wrap(app, stamp(steps=steps), labeler=slow_labeler)(scope(SIGNED), receive, deliver)
    assert sent == [b"", b"[AI]DONE", b"ping 1", b"ping 2", b""]


async def test_a_cancelled_application_waits_for_its_signature_and_sends_nothing_more(
    wrap: Wrap, stamp: Any, slow_labeler: Any, message: Any, scope: Any
) -> None:
    """A thread that holds a key is not abandoned; no last part comes out of a cancellation."""
    sent: list[Message] = []
    done = threading.Event()

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        await send(message.events())
        await send(message.body(b"DONE", more=True))
        await send(message.body(b""))

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def deliver(each: Message) -> None:
        sent.append(each)

    def steps() -> None:
        time.sleep(0.05)
        done.set()

    with anyio.move_on_after(0.01) as cancelled:
        await wrap(app, stamp(steps=steps), labeler=slow_labeler)(scope(SIGNED), receive, deliver)
    assert cancelled.cancelled_caught
    assert done.is_set()
    assert [m.get("more_body") for m in sent] in ([None], [None, True])


async def test_a_picture_is_labelled_in_a_thread(wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any) -> None:
    """Pixels take milliseconds; text does not."""
    threads: list[str] = []
    api = stamp(steps=lambda: threads.append(threading.current_thread().name))
    for kind, data in ((b"image/png", b"png"), (b"application/json", b"x" * 70_000), (b"application/json", b"x")):
        sent = await drive(wrap(answer(message.start((b"content-type", kind)), message.body(data)), api), ON)
        assert sent[1]["body"] == data + b"[AI]"
    streaming = stamp(medium=Medium.IMAGE, steps=api.steps)
    await drive(wrap(answer(message.events(), message.body(b"DONE")), streaming), ON)
    main = threading.main_thread().name
    assert [name == main for name in threads] == [False, False, True, False]


async def test_a_disconnect_raised_by_the_server_goes_up(wrap: Wrap, message: Any, scope: Any) -> None:
    """Servers of specification 2.4 raise OSError from send."""

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        await send(message.events())
        await send(message.body(b"a", more=True))

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def deliver(each: Message) -> None:
        if each["type"] == "http.response.body":
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await wrap(app)(scope(ON), receive, deliver)


async def test_the_application_runs_in_its_callers_task(wrap: Wrap, drive: Any) -> None:
    """What it sets in the context is seen outside (trap 74)."""
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(anyio.get_current_task().id)

    await drive(wrap(app), ON)
    assert seen == [anyio.get_current_task().id]


async def test_the_last_part_may_hold_the_end_mark_or_a_fault(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, broken: SigningError
) -> None:
    """It is fed like any other, and it is the last one whatever becomes of it."""
    for data, api, got in (
        (b"a DONE", stamp(), b"a [AI]DONE"),
        (b"bug", stamp(), b"bug"),
        (b"a DONE", stamp(error=broken), b"a "),
    ):
        sent = await drive(wrap(answer(message.events(), message.body(data)), api), ON)
        assert sent[1:] == [{"type": "http.response.body", "body": got, "more_body": False}]


async def test_an_end_that_fails_is_an_end(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, monkeypatch: Any, caplog: Any
) -> None:
    """A fault of the format at the very end costs the label and not the answer."""

    def fail(self: Any) -> None:
        raise ValueError("a fault at the end")

    api = stamp()
    monkeypatch.setattr(type(api.stream("text/event-stream", None)), "end", fail)
    last = message.body(b"a")
    sent = await drive(wrap(answer(message.events(), last), api), ON)
    assert sent[1] == last
    assert "a fault at the end" in caplog.text


async def test_a_chunk_that_is_held_is_not_sent_empty(
    wrap: Wrap, stamp: Any, slow_labeler: Any, drive: Any, answer: Any, message: Any, broken: SigningError
) -> None:
    """What a slow signature follows is sent before it, and when that fails nothing is left of the chunk."""
    for data in (b"a DONE", memoryview(b"a DONE")):
        app = answer(message.events(), message.body(data, more=True), message.body(b""))
        sent = await drive(wrap(app, stamp(error=broken), labeler=slow_labeler), SIGNED)
        assert [m.get("body") for m in sent] == [None, b"a ", b""]


async def test_buffers_are_fed_as_bytes(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """A memoryview with the end mark is labelled as bytes are, and one that is a fault of ours passes."""
    for data, got in ((memoryview(b"a DONE"), b"a [AI]DONE"), (memoryview(b"bug"), memoryview(b"bug"))):
        app = answer(message.events(), message.body(data, more=True), message.body(b""))
        sent = await drive(wrap(app), ON)
        assert sent[1]["body"] == got


async def test_marks_that_may_not_fail_do_not_break_a_stream_off(
    wrap: Wrap, stamp: Any, policy_of: Any, development: Any, drive: Any, answer: Any, message: Any
) -> None:
    """With ``on_failure="pass"`` a format is not even told that the signature is required; where a notice stands is."""
    labeler = Labeler(ACME, signer=development, policy=policy_of(Mark.C2PA, Mark.VISIBLE))
    for on_failure, required in (("pass", {Mark.VISIBLE}), ("refuse", {Mark.VISIBLE, Mark.C2PA})):
        api = stamp()
        app = answer(message.events(), message.body(b"DONE"))
        await drive(wrap(app, api, labeler=labeler, on_failure=on_failure))
        assert api.jobs[0].decision.required == required
        assert Mark.C2PA in api.jobs[0].decision.marks


@pytest.mark.parametrize("on_failure", ["refuse", "pass"])
async def test_partial_pictures_are_labelled_where_a_rule_asks(
    policy_of: Any, drive: Any, answer: Any, message: Any, content: Any, on_failure: Any
) -> None:
    """They are shown too; that a failure may pass does not make the label a matter of choice."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    picture = base64.b64encode(file.getvalue()).decode()
    said = [{"type": f"image_generation.{kind}", "b64_json": picture} for kind in ("partial_image", "completed")]
    parts = [message.body(b"data: %b\n\n" % json.dumps(each).encode(), more=True) for each in said]
    labeler = Labeler(ACME, policy=policy_of(Mark.METADATA))
    wrapped = LabelingMiddleware(
        answer(message.events(), *parts, message.body(b"")), labeler=labeler, on_failure=on_failure
    )
    events = content(await drive(wrapped, path="/v1/images/generations")).split(b"\n\n")[:-1]
    pictures = [base64.b64decode(json.loads(each.removeprefix(b"data: "))["b64_json"]) for each in events]
    assert [inspect(each).ai_generated for each in pictures] == [True, True]


EVENT = b'data: {"id":"c1","choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":null}]}\n\n'


@pytest.mark.parametrize("faulty", ["an event", "the end"])
async def test_a_fault_loses_no_byte_that_was_held_back(
    faulty: str, drive: Any, answer: Any, message: Any, content: Any, labeler: Labeler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An incomplete event waits for its end; if looking at it fails, it still goes out, and first."""

    def fail(*_: Any) -> None:
        raise ValueError("a fault of the format")

    parts = [EVENT % b"one", EVENT[:30], EVENT[30:] % b"two", EVENT % b"three", EVENT[:40]]
    messages = [message.body(part, more=True) for part in parts]
    monkeypatch.setattr(ChatSplicer, "reread" if faulty == "the end" else "look", fail)
    monkeypatch.setattr(ChatSplicer, "finish", fail)
    monkeypatch.setattr(ChatSplicer, "stop", fail)
    app = LabelingMiddleware(answer(message.events(), *messages, message.body()), labeler=labeler)
    sent = await drive(app, ON, path="/v1/chat/completions")
    assert content(sent) == b"".join(parts)
    assert sent[-1]["more_body"] is False


async def test_an_ordinary_event_in_a_buffer_that_is_used_again_is_copied(
    drive: Any, message: Any, content: Any, development: Signer
) -> None:
    """A bytearray that looks like an ordinary event is not kept: its owner writes the next one into it."""
    texts = [b"aaa", b" bb", b"ccc", b"ddd"]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(message.events())
        buffer = bytearray(EVENT % b"000")
        for text in texts:
            buffer[:] = EVENT % text
            await send(message.body(buffer if text != b"aaa" else bytes(buffer), more=True))
        await send(message.body(EVENT.replace(b"null", b'"stop"') % b"", more=True))
        await send(message.body())

    signed = Labeler(ACME, policy="none", signer=development)
    sent = await drive(LabelingMiddleware(app, labeler=signed), SIGNED, path="/v1/chat/completions")
    deltas = [json.loads(line[6:]) for line in content(sent).split(b"\n\n") if line]
    text = "".join(delta["choices"][0]["delta"].get("content", "") for delta in deltas)
    # The buffer was overwritten in `sent` too; what was signed is what each send carried when it was called.
    assert [finding.state for finding in inspect("aaa bbcccddd" + text[text.index("\ufeff") :]).findings] == ["valid"]
