"""When the start goes out, and what becomes of lengths, tags, ranges and the rest (traps 19 to 42)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from labelkit import Generator, Labeler, Signer
from labelkit.errors import LabelkitError
from labelkit.marks import Mark
from labelkit.middleware import LabelingMiddleware

pytestmark = pytest.mark.anyio

ON = (b"prefer", b"ai-label")
JSON = (b"content-type", b"application/json")
Wrap = Callable[..., LabelingMiddleware]


async def test_a_streams_start_goes_out_at_once(wrap: Wrap, drive: Any, message: Any) -> None:
    """EventSource opens on it (starlette#3631); its length and digests are gone, and it says what will be done."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(message.events((b"Content-Length", b"9"), (b"content-digest", b"x"), (b"x-accel-buffering", b"no")))
        assert len(sent) == 1

    await drive(wrap(app), ON, into=sent)
    names = [name.lower() for name, _ in sent[0]["headers"]]
    assert names == [b"content-type", b"x-accel-buffering", b"vary", b"preference-applied", b"ai-disclosure"]


async def test_a_held_start_waits_for_the_last_part(wrap: Wrap, drive: Any, message: Any, header: Any) -> None:
    """And then tells the length of what is really sent, once, though the application told another one twice."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(message.start(JSON, (b"Content-Length", b"2"), (b"content-length", b"2")))
        await send(message.body(b"{", more=True))
        assert sent == []
        await send(message.body(b"}"))

    await drive(wrap(app), ON, into=sent)
    assert header(sent, b"content-length") == [b"6"]
    assert sent[1]["body"] == b"{}[AI]"
    assert header(sent, b"preference-applied") == [b"ai-label=visible"]
    assert header(sent, b"ai-disclosure") == [b'mode=machine-generated, provider="Acme", model="acme-chat 2.1"']


@pytest.mark.parametrize("parts", [0, 1])
async def test_a_held_start_is_not_sent_when_the_application_fails(
    wrap: Wrap, drive: Any, message: Any, parts: int
) -> None:
    """So that whoever is outside can still answer with an error."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(message.start(JSON))
        for _ in range(parts):
            await send(message.body(b"{", more=True))
        raise ValueError("the application's own")

    with pytest.raises(ValueError, match="own"):
        await drive(wrap(app), ON, into=sent)
    assert sent == []


async def test_a_stream_that_fails_is_not_completed(wrap: Wrap, drive: Any, message: Any) -> None:
    """The application's exception goes up as it is, and no last part hides it from the client."""
    sent: list[Message] = []
    error = ValueError("the application's own")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(message.events())
        await send(message.body(b"data", more=True))
        raise error

    with pytest.raises(ValueError, match="own") as raised:
        await drive(wrap(app), ON, into=sent)
    assert raised.value is error
    assert [m.get("body") for m in sent] == [None, b"data"]


async def test_a_start_without_a_body_is_forwarded_as_it_was(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """The application returned without a body: that is its business."""
    begun = message.start(JSON, (b"content-length", b"0"))
    assert await drive(wrap(answer(begun)), ON) == [begun]


async def test_a_body_that_never_ended_is_left_unfinished(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """What was held goes out as it was, without an end; required labels keep it back, for the server to answer."""
    begun, part = message.start(JSON), message.body(b"{", more=True)
    assert await drive(wrap(answer(begun, part)), ON) == [begun, part]


async def test_an_unfinished_body_does_not_go_out_where_a_label_is_required(
    wrap: Wrap, strict_labeler: Any, drive: Any, answer: Any, message: Any
) -> None:
    """Nothing is sent, and the server answers 500 of itself."""
    begun, part = message.start(JSON), message.body(b"{", more=True)
    assert await drive(wrap(answer(begun, part), labeler=strict_labeler)) == []


async def test_a_chosen_label_that_fails_leaves_the_answer_as_it_was(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, broken: LabelkitError, caplog: Any
) -> None:
    """Byte for byte, without Preference-Applied, and said in the log once."""
    original = message.json(b"{}", (b"etag", b'"a"'))
    sent = await drive(wrap(answer(*original), stamp(error=broken)), ON)
    assert sent == list(original)
    assert [record.levelname for record in caplog.records if "did not sign" in record.message] == ["WARNING"]


async def test_a_failure_is_logged_though_another_choice_gets_no_label(
    development: Signer, drive: Any, answer: Any, message: Any, broken: LabelkitError, caplog: Any
) -> None:
    """Of two choices one is JSON, which nobody labels; that the other could not be signed is said all the same."""

    def failing(data: bytes) -> bytes:
        if failures:
            raise broken
        return development.sign(data)

    failures: list[bool] = []
    signer = Signer.from_callback(failing, development.alg, development.chain_pem)
    labeler = Labeler(Generator(provider="Acme", system="acme-chat", version="2.1"), signer=signer, policy="none")
    failures.append(True)
    choices = [{"message": {"content": text}} for text in ("Hello there.", '{"a": 1}')]
    app = LabelingMiddleware(answer(*message.json(json.dumps({"choices": choices}).encode())), labeler=labeler)
    await drive(app, (b"prefer", b"ai-label=c2pa"), path="/v1/chat/completions")
    assert [record.levelname for record in caplog.records if "did not sign" in record.getMessage()] == ["WARNING"]


async def test_a_required_label_that_fails_is_an_error_in_the_apis_own_shape(
    wrap: Wrap,
    stamp: Any,
    strict_labeler: Any,
    drive: Any,
    answer: Any,
    message: Any,
    header: Any,
    broken: Any,
    caplog: Any,
) -> None:
    """Status 500 that clients are told not to try again: they would call the model three times for a 502."""
    app = wrap(answer(*message.json(b"{}", (b"set-cookie", b"a"))), stamp(error=broken), labeler=strict_labeler)
    sent = await drive(app)
    assert sent[0]["status"] == 500
    assert header(sent, b"x-should-retry") == [b"false"]
    assert header(sent, b"content-type") == [b"application/json"]
    assert header(sent, b"content-length") == [b"%d" % len(sent[1]["body"])]
    assert header(sent, b"preference-applied") == header(sent, b"set-cookie") == []
    assert sent[1]["body"].startswith(b'{"error": "')
    assert b"did not sign" in sent[1]["body"]
    assert len(sent) == 2
    assert [record.levelname for record in caplog.records if "did not sign" in record.message] == ["ERROR"]


async def test_a_required_label_that_fails_may_be_let_pass(
    wrap: Wrap, stamp: Any, strict_labeler: Any, drive: Any, answer: Any, message: Any, broken: Any, caplog: Any
) -> None:
    """``on_failure="pass"`` sends the answer as it was, and says so in the log."""
    original = message.json(b"{}")
    app = wrap(answer(*original), stamp(error=broken), labeler=strict_labeler, on_failure="pass")
    assert await drive(app) == list(original)
    assert "did not sign" in caplog.text


@pytest.mark.parametrize("required", [False, True])
async def test_a_fault_of_ours_does_not_leak(
    wrap: Wrap,
    stamp: Any,
    labeler: Any,
    strict_labeler: Any,
    drive: Any,
    answer: Any,
    message: Any,
    required: bool,
    caplog: Any,
) -> None:
    """An unexpected exception is logged with its traceback; a chosen label's answer passes, a required one's does not."""
    api = stamp(error=ValueError("a fault of the format"))
    app = wrap(answer(*message.json(b"{}")), api, labeler=strict_labeler if required else labeler)
    sent = await drive(app, ON)
    assert sent[0]["status"] == (500 if required else 200)
    assert b"a fault of the format" not in sent[1]["body"]
    assert "a fault of the format" in caplog.text


@pytest.mark.parametrize("told", [True, False])
async def test_a_body_over_the_limit_is_released_unchanged(
    wrap: Wrap, drive: Any, answer: Any, message: Any, told: bool
) -> None:
    """Whether its length is told at the start or found out on the way; what follows passes object for object."""
    begun = message.start(JSON, *([(b"content-length", b"30")] if told else []))
    parts = [message.body(b"x" * 10, more=True), message.body(b"y" * 10, more=True), message.body(b"z" * 10)]
    sent = await drive(wrap(answer(begun, *parts), max_body=15), ON)
    assert sent == [begun, *parts]
    assert sent[-1] is parts[-1]


@pytest.mark.parametrize("told", [True, False])
async def test_a_body_over_the_limit_is_refused_where_a_label_is_required(
    wrap: Wrap, strict_labeler: Any, drive: Any, answer: Any, message: Any, told: bool
) -> None:
    """One error, and nothing of what the application goes on to send."""
    begun = message.start(JSON, *([(b"content-length", b"30")] if told else []))
    parts = [message.body(b"x" * 10, more=True), message.body(b"y" * 10, more=True), message.body(b"z" * 10)]
    sent = await drive(wrap(answer(begun, *parts), labeler=strict_labeler, max_body=15))
    assert [m["type"] for m in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 500
    assert b"max_body" in sent[1]["body"]


@pytest.mark.parametrize("status", [201, 203, 299])
async def test_every_success_is_labelled(
    wrap: Wrap, drive: Any, answer: Any, message: Any, content: Any, status: int
) -> None:
    """Some services answer a generation with 201."""
    assert content(await drive(wrap(answer(*message.json(b"{}", status=status))), ON)) == b"{}[AI]"


@pytest.mark.parametrize("status", [204, 205, 206, 301, 400, 404, 429, 500])
async def test_what_is_no_whole_success_passes(wrap: Wrap, drive: Any, answer: Any, message: Any, status: int) -> None:
    """No body, a part of one, somewhere else, or an error: nothing that the AI made, or not all of it."""
    original = message.json(b"{}", status=status)
    sent = await drive(wrap(answer(*original)), ON)
    assert sent == list(original)
    assert sent[1] is original[1]


async def test_a_range_passes_whatever_its_status(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """A part of the unlabelled must not meet the labelled whole (starlette#3420)."""
    original = message.json(b"{}", (b"content-range", b"bytes 0-1/9"))
    assert await drive(wrap(answer(*original)), ON) == list(original)


async def test_the_application_is_not_asked_for_what_cannot_be_labelled(wrap: Wrap, drive: Any) -> None:
    """No compression, and on GET no ranges and no dates of the unlabelled representation."""
    seen: dict[bytes, bytes] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(scope["headers"])

    headers = [
        (name, b"x")
        for name in (b"accept-encoding", b"range", b"if-range", b"if-modified-since", b"if-none-match", b"accept")
    ]
    await drive(wrap(app), ON, *headers, method="GET")
    assert seen.keys() == {b"host", b"prefer", b"accept"}


async def test_without_a_choice_the_application_is_asked_as_it_was(wrap: Wrap, drive: Any) -> None:
    """Ranges and compression are left alone where nothing is labelled."""
    seen: dict[bytes, bytes] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(scope["headers"])

    await drive(wrap(app), (b"range", b"bytes=0-1"), (b"accept-encoding", b"gzip"), method="GET")
    assert seen.keys() == {b"host", b"range", b"accept-encoding"}


async def test_a_tag_goes_out_derived_comes_in_as_the_applications_and_brings_a_304(
    wrap: Wrap, drive: Any, message: Any, header: Any
) -> None:
    """Labelled and unlabelled bodies never share an entity tag, and revalidation still works (traps 27 to 29)."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        tag = (b"etag", b'"v1"')
        if dict(scope["headers"]).get(b"if-none-match") == b'"v1"':
            await send(message.start(tag, status=304))
            await send(message.body(b""))
        else:
            for each in message.json(b"{}", tag, (b"accept-ranges", b"bytes")):
                await send(each)

    wrapped = wrap(app)
    first = await drive(wrapped, ON, method="GET")
    (tag,) = header(first, b"etag")
    assert tag != b'"v1"'
    assert header(first, b"accept-ranges") == []
    again = await drive(wrapped, ON, (b"if-none-match", tag), method="GET")
    assert again[0]["status"] == 304
    assert header(again, b"etag") == [tag]
    assert header(again, b"vary") == [b"Prefer, Accept-Language"]
    # The unlabelled copy's tag does not stand for the labelled one, nor the labelled one's for the unlabelled.
    assert (await drive(wrapped, ON, (b"if-none-match", b'"v1"'), method="GET"))[0]["status"] == 200
    assert (await drive(wrapped, (b"if-none-match", tag), method="GET"))[0]["status"] == 200


@pytest.mark.parametrize("kind", [b"application/json", b"text/event-stream"])
async def test_a_head_promises_nothing_of_the_unlabelled_body(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, header: Any, kind: bytes
) -> None:
    """No length, a derived tag, the same Vary; nothing is parsed, nothing waits for a body (sse-starlette#218)."""
    api = stamp()
    begun = message.start((b"content-type", kind), (b"content-length", b"2"), (b"etag", b'"a"'))
    sent = await drive(wrap(answer(begun, message.body(b"")), api), ON, method="HEAD")
    assert header(sent, b"content-length") == []
    assert header(sent, b"etag") != [b'"a"']
    assert header(sent, b"vary") == [b"Prefer, Accept-Language"]
    assert header(sent, b"preference-applied") == []
    assert sent[1]["body"] == b""


@pytest.mark.parametrize(("kind", "told"), [(b"application/json", False), (b"image/png", True), (b"text/plain", True)])
async def test_a_head_of_what_may_be_text_or_a_picture_names_no_tag(
    policy_of: Any, drive: Any, answer: Any, message: Any, header: Any, kind: bytes, told: bool
) -> None:
    """Whether a GET would bring the application's tag or a derived one turns on what its JSON holds."""
    labeler = Labeler(
        Generator(provider="Acme", system="acme-chat", version="2.1"), policy=policy_of(Mark.VISIBLE, level="default")
    )
    begun = message.start((b"content-type", kind), (b"etag", b'"a"'))
    app = LabelingMiddleware(answer(begun, message.body(b"")), labeler=labeler, generated={"/x": None})
    tags = header(await drive(app, path="/x", method="HEAD"), b"etag")
    assert [tag != b'"a"' for tag in tags] == [True] * told


async def test_a_head_of_what_is_not_labelled_keeps_its_length(
    wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """An error's length is true for GET as well."""
    begun, _ = message.json(b"{}", status=404)
    sent = await drive(wrap(answer(begun, message.body(b""))), ON, method="HEAD")
    assert header(sent, b"content-length") == [b"2"]


async def test_an_encoded_body_passes_and_is_told_of(
    wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any, caplog: Any
) -> None:
    """What is compressed before it reaches us cannot be looked into: bytes as they were, headers and log say it."""
    begun, ended = message.json(b"\x1f\x8b...", (b"Content-Encoding", b"gzip"))
    sent = await drive(wrap(answer(begun, ended)), ON)
    assert sent[1] is ended
    assert header(sent, b"content-length") == [b"5"]
    assert header(sent, b"preference-applied") == []
    assert header(sent, b"ai-disclosure") != []
    assert "inside of what compresses" in caplog.text


async def test_an_encoded_body_is_refused_where_a_label_is_required(
    wrap: Wrap, strict_labeler: Any, drive: Any, answer: Any, message: Any
) -> None:
    """A required label is never silently missing."""
    sent = await drive(wrap(answer(*message.json(b"x", (b"content-encoding", b"br"))), labeler=strict_labeler))
    assert sent[0]["status"] == 500
    assert len(sent) == 2


async def test_identity_is_no_encoding(wrap: Wrap, drive: Any, answer: Any, message: Any, content: Any) -> None:
    """``Content-Encoding: identity`` changes nothing."""
    app = wrap(answer(*message.json(b"{}", (b"content-encoding", b"Identity"))))
    assert content(await drive(app, ON)) == b"{}[AI]"


@pytest.mark.parametrize(
    "kind",
    [b"application/json", b"Application/JSON; charset=utf-8", b"application/vnd.api+json", b" application/json ;x"],
)
async def test_a_media_type_is_compared_without_case_and_parameters(
    wrap: Wrap, drive: Any, answer: Any, message: Any, content: Any, kind: bytes
) -> None:
    """And never altered: some clients refuse a stream whose type is not exactly the known one."""
    sent = await drive(wrap(answer(message.start((b"Content-Type", kind)), message.body(b"{}"))), ON)
    assert content(sent) == b"{}[AI]"
    assert sent[0]["headers"][0] == (b"Content-Type", kind)


@pytest.mark.parametrize("kind", [b"", b"\xffapplication/json", b"text/html", b"application/octet-stream"])
async def test_a_type_that_is_missing_or_unknown_passes(
    wrap: Wrap, drive: Any, answer: Any, message: Any, kind: bytes
) -> None:
    """Nothing is sniffed."""
    begun, ended = message.start((b"content-type", kind)), message.body(b"{}")
    sent = await drive(wrap(answer(begun, ended)), ON)
    assert sent == [begun, ended]


async def test_a_text_in_another_charset_passes(
    wrap: Wrap, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """Its bytes are not read as UTF-8, and nothing is replaced."""
    begun = message.start((b"content-type", b'text/event-stream; charset="KOI8-R"'))
    assert content(await drive(wrap(answer(begun, message.body(b"\xd0"))), ON)) == b"\xd0"


async def test_a_download_gets_no_visible_text(wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any) -> None:
    """JSON that is saved to a file is data (trap 34); a required mark would stand."""
    api = stamp()
    original = message.json(b"{}", (b"content-disposition", b"Attachment; filename=x"))
    await drive(wrap(answer(*original), api), ON)
    assert Mark.VISIBLE not in api.jobs[0].decision.marks
    assert "download" in api.jobs[0].decision.missing[Mark.VISIBLE]


async def test_no_transform_binds_those_between_and_not_the_origin(
    wrap: Wrap, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """RFC 9111, 5.2.2.6: the user's choice counts."""
    app = wrap(answer(*message.json(b"{}", (b"cache-control", b"no-transform"))))
    assert content(await drive(app, ON)) == b"{}[AI]"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_could_have_been_labelled_says_what_was_looked_at(
    wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any, method: str
) -> None:
    """Only the start is replaced, for caches; the body passes object for object."""
    begun, ended = message.json(b"{}", (b"vary", b"Accept"))
    sent = await drive(wrap(answer(begun, ended)), method=method)
    assert header(sent, b"vary") == [b"Accept, Prefer, Cookie"]
    assert [pair for pair in sent[0]["headers"] if pair[0] != b"vary"] == [
        pair for pair in begun["headers"] if pair[0] != b"vary"
    ]
    assert sent[1] is ended


@pytest.mark.parametrize("status", [404, 500])
async def test_an_error_could_not_have_been_labelled(
    wrap: Wrap, drive: Any, answer: Any, message: Any, status: int
) -> None:
    """So it gets no Vary, which would cost shared caches their hits."""
    original = message.json(b"{}", status=status)
    assert await drive(wrap(answer(*original)), method="GET") == list(original)


async def test_what_a_cookie_decided_is_private(wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any) -> None:
    """And says that the cookie was looked at, and the language that the notice is in."""
    sent = await drive(wrap(answer(*message.json(b"{}"))), (b"cookie", b"ai_label=on"), method="GET")
    assert header(sent, b"cache-control") == [b"private"]
    assert header(sent, b"vary") == [b"Prefer, Cookie, Accept-Language"]


async def test_no_store_is_not_weakened(wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any) -> None:
    """What the application keeps out of every cache stays out."""
    app = wrap(answer(*message.json(b"{}", (b"cache-control", b"no-store"))))
    assert header(await drive(app, (b"cookie", b"ai_label=on")), b"cache-control") == [b"no-store"]


async def test_a_machine_read_answer_is_told_of_in_its_headers(
    wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """No Preference-Applied, for nothing was applied; the disclosure says what the body cannot."""
    begun, ended = message.json(b'{"tool": 1}')
    sent = await drive(wrap(answer(begun, ended)), ON)
    assert sent[1] == ended
    assert header(sent, b"preference-applied") == []
    assert header(sent, b"ai-disclosure") != []
    assert header(sent, b"content-length") == [b"11"]


async def test_an_answer_that_matched_nothing_is_warned_of_once(
    wrap: Wrap, drive: Any, answer: Any, message: Any, caplog: Any
) -> None:
    """Its operator hears of a shape that is not declared, and not with each request."""
    app = wrap(answer(*message.json(b"nothing")))
    original = message.json(b"nothing")
    for _ in range(3):
        assert await drive(app, ON) == list(original)
    assert caplog.text.count("Nothing to label") == 1


async def test_scripts_of_other_origins_may_read_what_is_told(
    wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """Where the application shares its answer, what we add is exposed."""
    app = wrap(answer(*message.json(b"{}", (b"access-control-allow-origin", b"https://a.example"))))
    sent = await drive(app, ON)
    assert header(sent, b"access-control-expose-headers") == [b"Preference-Applied, AI-Disclosure"]


async def test_an_empty_answer_stays_empty(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """There is nothing to label, and a label alone would be an answer that nobody gave."""
    original = message.json(b"")
    assert await drive(wrap(answer(*original)), ON) == list(original)


async def test_what_a_fallback_sends_says_what_was_looked_at(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, header: Any, broken: Any
) -> None:
    """On GET, where caches are, also when the label failed or nothing was recognised."""
    for app in (wrap(answer(*message.json(b"{}")), stamp(error=broken)), wrap(answer(*message.json(b"nothing")))):
        assert header(await drive(app, ON, method="GET"), b"vary") == [b"Prefer, Accept-Language"]
    page = message.start((b"content-type", b"text/html"))
    sent = await drive(wrap(answer(page, message.body(b"x"))), ON, method="GET")
    assert header(sent, b"vary") == [b"Prefer, Accept-Language"]


async def test_a_download_keeps_what_is_required(
    wrap: Wrap, stamp: Any, strict_labeler: Any, drive: Any, answer: Any, message: Any
) -> None:
    """A rule knows no attachments."""
    api = stamp()
    original = message.json(b"{}", (b"content-disposition", b"attachment"))
    await drive(wrap(answer(*original), api, labeler=strict_labeler))
    assert Mark.VISIBLE in api.jobs[0].decision.marks


async def test_if_match_is_told_in_the_applications_tags(
    wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """Those that we derived are given back; others stay, for the application to refuse."""
    seen: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(dict(scope["headers"])[b"if-match"])

    tagged = message.json(b"{}", (b"etag", b'"v1"'))
    (tag,) = header(await drive(wrap(answer(*tagged)), ON, method="GET"), b"etag")
    for value in (tag, b'"other"'):
        await drive(wrap(app), ON, (b"if-match", value), method="GET")
    assert seen == [b'"v1"', b'"other"']


async def test_each_declared_route_that_matched_nothing_is_warned_of(
    labeler: Labeler, drive: Any, answer: Any, message: Any, caplog: Any
) -> None:
    """Once for each, for each is declared by itself."""
    routes: dict[str, str | None] = {"/chat": "/answer", "/tell": "/text"}
    page = message.start((b"content-type", b"text/html")), message.body(b"<p>Hi</p>")
    app = LabelingMiddleware(answer(*page), labeler=labeler, generated=routes)
    for path in ("/chat", "/tell", "/chat"):
        await drive(app, ON, path=path)
    assert caplog.text.count("Nothing to label") == 2
