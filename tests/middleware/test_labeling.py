"""The middleware as an operator meets it: settings, routes, decisions, once only, outcomes."""

import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.types import ASGIApp, Receive, Scope, Send

from labelkit import Generator, Labeler
from labelkit.errors import ConfigurationError
from labelkit.label import Label
from labelkit.marks import Mark, Medium
from labelkit.middleware import LabelingMiddleware, announcement, decision
from labelkit.outcome import Outcome
from labelkit.policy import Decision
from labelkit.service import Rights, Service

pytestmark = pytest.mark.anyio

ON = (b"prefer", b"ai-label")
OFF = (b"prefer", b"ai-label=off")
Wrap = Callable[..., LabelingMiddleware]
VISIBLE = frozenset({Mark.VISIBLE})


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that does not answer."""


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("cookie", "a=b"),
        ("cookie", "a\r\nb"),
        ("path", "ai-label"),
        ("path", "/ai-label/"),
        ("path", "/a\r\nb"),
        ("on_failure", "ignore"),
        ("max_body", 0),
        ("max_history", -1),
        ("allowed_origins", ["app.example"]),
        ("generated", {"chat": None}),
        ("generated", {"/chat?x=1": None}),
        ("generated", {"/{user}": None}),
    ],
)
def test_what_is_set_wrongly_is_refused_at_construction(labeler: Labeler, option: str, value: Any) -> None:
    """By name, and never in the middle of a request."""
    options: dict[str, Any] = {option: value}
    with pytest.raises(ConfigurationError) as raised:
        LabelingMiddleware(nothing, labeler=labeler, **options)
    assert option in str(raised.value)


def test_without_a_labeler_and_without_settings_it_says_what_to_set(here: Path) -> None:
    """``LabelingMiddleware(app)`` is how vLLM calls it: the remedy must be in the error."""
    with pytest.raises(ConfigurationError, match="LABELKIT_PROVIDER"):
        LabelingMiddleware(nothing)


async def test_without_a_labeler_it_is_configured_by_the_environment(
    here: Path, monkeypatch: Any, drive: Any, header: Any
) -> None:
    """Labeler and options; what is given as an argument beats what is set."""
    for name, value in {
        "PROVIDER": "Acme",
        "SYSTEM": "chat",
        "VERSION": "1",
        "POLICY": "none",
        "COOKIE": "from_env",
        "PATH": "/from-env",
        "MAX_BODY": "1000",
    }.items():
        monkeypatch.setenv(f"LABELKIT_{name}", value)
    app = LabelingMiddleware(nothing, path="/given")
    sent = await drive(app, path="/given/preference", method="PUT", data=b"ai_label=on")
    assert sent[0]["status"] == 415
    form = (b"content-type", b"application/x-www-form-urlencoded")
    sent = await drive(app, form, path="/given/preference", method="PUT", data=b"ai_label=on")
    assert header(sent, b"set-cookie")[0].startswith(b"from_env=on;")
    assert await drive(app, path="/from-env/preference") == []


@pytest.mark.parametrize("given", [True, False])
async def test_disabled_it_is_a_pure_pass_through(
    here: Path, monkeypatch: Any, labeler: Labeler, scope: Any, given: bool
) -> None:
    """``LABELKIT_DISABLED=1`` wins over everything; handlers are told to do nothing."""
    monkeypatch.setenv("LABELKIT_DISABLED", "1")
    seen: list[Any] = []
    decided: list[Decision] = []

    async def app(inner: Scope, receive: Receive, send: Send) -> None:
        seen.extend((inner, receive, send))
        decided.append(decision(inner))
        assert announcement(inner, decided[-1]) == {}

    async def unused(*messages: Any) -> Any:
        raise AssertionError

    middleware = LabelingMiddleware(app, labeler=labeler if given else None, generated={"/stamp": None})
    for path in ("/stamp", "/ai-label/preference", "/v1/chat/completions"):
        original = scope(ON, path=path)
        await middleware(original, unused, unused)
        assert seen[-3:] == [original, unused, unused]
        assert seen[-3] is original
    assert decided[0].marks == decided[0].required == frozenset()


async def test_a_settings_file_may_disable_it(here: Path, drive: Any) -> None:
    """``disabled = true`` needs no generator."""
    (here / "labelkit.toml").write_text("disabled = true\n", encoding="utf-8")
    assert await drive(LabelingMiddleware(nothing), path="/ai-label/preference", method="GET") == []


def test_without_a_signer_it_warns_once_at_the_start(labeler: Labeler, caplog: Any) -> None:
    """An operator should know that no c2pa mark will be made."""
    LabelingMiddleware(nothing, labeler=labeler)
    assert [record.levelname for record in caplog.records if "no signer" in record.message] == ["WARNING"]


@pytest.mark.parametrize(
    ("root", "path"), [("", "/chat"), ("/api", "/api/chat"), ("/api", "/chat"), ("/api/", "/api/chat")]
)
async def test_a_declared_route_is_found_under_a_root_path(
    labeler: Labeler, drive: Any, answer: Any, message: Any, header: Any, root: str, path: str
) -> None:
    """uvicorn puts the root into the path, hypercorn and granian do not (trap 80)."""
    app = LabelingMiddleware(answer(*message.json(b"{}")), labeler=labeler, generated={"/chat": "/answer"})
    sent = await drive(app, method="GET", path=path, root_path=root)
    assert header(sent, b"vary") == [b"Prefer, Cookie"]


@pytest.mark.parametrize(
    ("root", "path"), [("/api", "/apis/chat"), ("/api", "/api/v2/chat"), ("", "/chats"), ("", "/x/chat")]
)
async def test_a_declared_route_is_matched_whole(
    labeler: Labeler, drive: Any, answer: Any, message: Any, root: str, path: str
) -> None:
    """And the root path is cut at a segment's end only."""
    original = message.json(b"{}")
    app = LabelingMiddleware(answer(*original), labeler=labeler, generated={"/chat": "/answer"})
    assert await drive(app, method="GET", path=path, root_path=root) == list(original)


@pytest.mark.parametrize(
    ("route", "path", "ours"),
    [
        ("/img/*", "/img/a.png", True),
        ("/img/*", "/img/a/b.png", False),
        ("/img/*", "/img/", False),
        ("/img/**", "/img/a/b.png", True),
        ("/*/chat", "/v1/chat", True),
        ("/*/chat", "/v1/x/chat", False),
        ("/a.c/*", "/abc/x", False),
    ],
)
async def test_a_star_is_one_segment(
    labeler: Labeler, drive: Any, answer: Any, message: Any, header: Any, route: str, path: str, ours: bool
) -> None:
    """Two of them are any number, and nothing else in a route is a pattern."""
    app = LabelingMiddleware(answer(*message.json(b"{}")), labeler=labeler, generated={route: None})
    for root in ("", "/root"):
        sent = await drive(app, method="GET", path=root + path, root_path=root)
        assert bool(header(sent, b"vary")) is ours


async def test_a_method_that_generates_nothing_is_not_ours(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """A DELETE of a chat is answered without AI."""
    original = message.json(b"{}")
    assert await drive(wrap(answer(*original)), ON, method="DELETE") == list(original)


@pytest.mark.parametrize("query", [b"ai_label=perhaps", b"ai_label=on+off"])
async def test_a_malformed_query_is_answered_before_the_application_runs(
    wrap: Wrap, drive: Any, header: Any, query: bytes
) -> None:
    """400 application/problem+json, and no GPU was used."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    sent = await drive(wrap(app), query=query)
    assert sent[0]["status"] == 400
    assert header(sent, b"content-type") == [b"application/problem+json"]


@pytest.mark.parametrize("value", [b"ai-label=perhaps", b"ai-label=c2pa", b"ai-label=watermark"])
async def test_strict_handling_refuses_what_cannot_be_made(wrap: Wrap, drive: Any, value: bytes) -> None:
    """Unknown, without a signer, or not carried by the medium."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    sent = await drive(wrap(app), (b"prefer", value + b", handling=strict"))
    assert sent[0]["status"] == 400


async def test_lenient_handling_leaves_out_what_cannot_be_made(
    wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """Preference-Applied tells which marks were."""
    sent = await drive(wrap(answer(*message.json(b"{}"))), (b"prefer", b'ai-label="visible c2pa"'))
    assert header(sent, b"preference-applied") == [b"ai-label=visible"]


async def test_a_choice_that_comes_to_nothing_passes(wrap: Wrap, drive: Any, answer: Any, message: Any) -> None:
    """A watermark that a text cannot carry leaves nothing to do."""
    original = message.json(b"{}")
    assert await drive(wrap(answer(*original)), (b"prefer", b"ai-label=watermark")) == list(original)


async def test_the_policys_default_holds_where_nobody_says_anything(
    wrap: Wrap, policy_of: Any, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """And yields to a user who says no."""
    labeler = Labeler(Generator(provider="A", system="b", version="1"), policy=policy_of(Mark.VISIBLE, level="default"))
    app = wrap(answer(*message.json(b"{}")), labeler=labeler)
    assert content(await drive(app)) == b"{}[AI]"
    assert content(await drive(app, OFF)) == b"{}"
    assert content(await drive(app, (b"cookie", b"ai_label=off"))) == b"{}"


@pytest.mark.parametrize("asks", [True, False])
async def test_a_rule_for_what_is_altered_holds_on_routes_that_alter(
    wrap: Wrap, stamp: Any, policy_of: Any, drive: Any, answer: Any, message: Any, content: Any, asks: bool
) -> None:
    """And on those that may do either; a rule for what is created not on those that alter."""
    policy = policy_of(Mark.VISIBLE, when={"altered": asks})
    labeler = Labeler(Generator(provider="A", system="b", version="1"), policy=policy)
    for altered in (True, False, None):
        app = wrap(answer(*message.json(b"{}")), stamp(altered=altered), labeler=labeler)
        due = altered is None or altered is asks
        assert content(await drive(app, OFF)) == (b"{}[AI]" if due else b"{}")


async def test_what_a_cookie_kept_unlabelled_is_private(
    policy_of: Any, drive: Any, answer: Any, message: Any, header: Any, wrap: Wrap
) -> None:
    """A shared cache must not give one user's "no" to those who have the default; the default itself may be shared."""
    labeler = Labeler(Generator(provider="A", system="b", version="1"), policy=policy_of(Mark.VISIBLE, level="default"))
    app = wrap(answer(*message.json(b"{}")), labeler=labeler)
    for headers, private in (((b"cookie", b"ai_label=off"), True), ((b"prefer", b"ai-label=off"), False)):
        assert bool(header(await drive(app, headers, method="GET"), b"cache-control")) is private
    quiet = wrap(answer(*message.json(b"{}")))
    assert header(await drive(quiet, (b"cookie", b"ai_label=off"), method="GET"), b"cache-control") == []


async def test_what_is_required_cannot_be_switched_off(
    wrap: Wrap, strict_labeler: Labeler, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """Not by header, query or cookie."""
    app = wrap(answer(*message.json(b"{}")), labeler=strict_labeler)
    for said in (OFF, (b"cookie", b"ai_label=off")):
        assert content(await drive(app, said)) == b"{}[AI]"
    assert content(await drive(app, query=b"ai_label=off")) == b"{}[AI]"


async def test_a_required_mark_that_no_signer_can_make_is_unmet_and_no_error(
    wrap: Wrap, policy_of: Any, drive: Any, answer: Any, message: Any
) -> None:
    """Known before the application runs, told elsewhere; it fails no request (design, section 1: unmet)."""
    labeler = Labeler(Generator(provider="A", system="b", version="1"), policy=policy_of(Mark.C2PA))
    original = message.json(b"{}")
    assert await drive(wrap(answer(*original), labeler=labeler)) == list(original)


async def test_the_users_language_is_heard(wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any) -> None:
    """Among those there are wordings for; one that nobody has leaves the labeler's."""
    api = stamp()
    app = wrap(answer(*message.json(b"{}")), api)
    for line in (b"ru", b"tlh, ru;q=0.5", b"tlh", b"en"):
        await drive(app, ON, (b"accept-language", line))
    assert [job.decision.language for job in api.jobs] == ["ru", "ru", "en", "en"]


async def test_a_second_instance_labels_nothing(
    wrap: Wrap, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """Added twice, or outside and in a mounted application: once only."""
    app: ASGIApp = answer(*message.json(b"{}"))
    for _ in range(3):
        app = wrap(app)
    assert content(await drive(app, ON)) == b"{}[AI]"


async def test_an_inner_instance_labels_where_the_outer_one_does_not(
    wrap: Wrap, labeler: Labeler, strict_labeler: Labeler, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """An outer one that has no such route, or no reason, leaves it to the inner one, which has."""
    app = answer(*message.json(b"{}"))
    outer = LabelingMiddleware(wrap(app), labeler=labeler, formats=[])
    assert content(await drive(outer, ON)) == b"{}[AI]"
    assert content(await drive(wrap(wrap(app, labeler=strict_labeler)))) == b"{}[AI]"


async def test_what_says_of_itself_that_it_is_labelled_is_left_alone(
    wrap: Wrap, drive: Any, answer: Any, message: Any
) -> None:
    """A service behind a proxy has announced its own label."""
    original = message.json(b"{}", (b"preference-applied", b"ai-label=visible"))
    assert await drive(wrap(answer(*original)), ON) == list(original)


def self_labelling(decided: list[Decision], messages: tuple[Any, ...]) -> ASGIApp:
    """An app whose handler labels by itself."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        decided.append(decision(scope))
        for each in messages:
            await send(each)

    return app


async def test_a_handler_that_labels_by_itself_is_announced_and_left_alone(
    wrap: Wrap, drive: Any, message: Any, header: Any
) -> None:
    """On a route that the middleware knows: the body passes object for object."""
    decided: list[Decision] = []
    original = message.json(b"{}")
    sent = await drive(wrap(self_labelling(decided, original)), ON)
    assert decided[0].marks == VISIBLE
    assert sent[1] is original[1]
    assert header(sent, b"preference-applied") == [b"ai-label=visible"]
    assert header(sent, b"content-length") == [b"2"]


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_decision_can_be_had_on_every_route(wrap: Wrap, drive: Any, scope: Any, kind: str) -> None:
    """WebSocket included; by header, query and cookie, in the user's language."""
    decided: list[Decision] = []
    app = wrap(self_labelling(decided, ()))
    for headers, query in (((), b""), ((ON,), b""), ((), b"ai_label=visible"), (((b"cookie", b"ai_label=on"),), b"")):
        given = scope(*headers, (b"accept-language", b"ru"), path="/own", query_string=query, type=kind)
        await drive(app, scope=given)
    assert [each.marks for each in decided] == [frozenset(), VISIBLE, VISIBLE, VISIBLE]
    assert decided[1].language == "ru"


async def test_a_decision_is_for_what_the_handler_makes(wrap: Wrap, drive: Any, scope: Any) -> None:
    """A picture carries more than a text, and what is changed gets other words."""
    given = scope(ON, path="/own")
    await drive(wrap(nothing), scope=given)
    assert Mark.METADATA in decision(given, Medium.IMAGE).marks
    assert decision(given, altered=True).wording != decision(given).wording


async def test_a_handler_elsewhere_announces_its_decision_itself(wrap: Wrap, drive: Any, scope: Any) -> None:
    """With the same headers, for the middleware gave it the server's own ``send``."""
    given = scope((b"cookie", b"ai_label=on"), path="/own")
    await drive(wrap(nothing), scope=given)
    told = announcement(given, decision(given))
    assert told["Preference-Applied"] == "ai-label=visible"
    assert told["Cache-Control"] == "private"
    assert told["Vary"] == "Prefer, Cookie, Accept-Language"
    assert told["AI-Disclosure"].startswith("mode=machine-generated")
    quiet = scope(path="/own")
    await drive(wrap(nothing), scope=quiet)
    assert announcement(quiet, decision(quiet)).keys() == {"Vary"}


def test_a_decision_without_the_middleware_is_refused_with_the_remedy(scope: Any) -> None:
    """Nobody should believe that nothing was chosen."""
    with pytest.raises(ConfigurationError, match="add_middleware"):
        decision(scope())


async def test_outcomes_are_told_with_their_scope(
    wrap: Wrap, drive: Any, answer: Any, message: Any, scope: Any
) -> None:
    """Held, streamed and skipped: what was applied, and why what was not was not."""
    told: list[tuple[Outcome, Scope]] = []
    stream = (message.events(), message.body(b"DONE"))
    for messages in (message.json(b"{}"), stream, message.json(b"tool")):
        app = wrap(answer(*messages), on_outcome=lambda outcome, scope: told.append((outcome, scope)))
        await drive(app, scope=scope(ON, path="/stamp"))
    assert [outcome.applied for outcome, _ in told] == [VISIBLE, VISIBLE, frozenset()]
    assert told[2][0].missing == {Mark.VISIBLE: "a tool call"}
    assert all(inner["path"] == "/stamp" for _, inner in told)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_failure_is_an_outcome(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, broken: Any, stream: bool
) -> None:
    """One that applied nothing and says why, told once."""
    told: list[Outcome] = []
    messages = (message.events(), message.body(b"DONE")) if stream else message.json(b"{}")
    app = wrap(answer(*messages), stamp(error=broken), on_outcome=lambda outcome, scope: told.append(outcome))
    await drive(app, ON)
    assert [outcome.applied for outcome in told] == [frozenset()]
    assert "did not sign" in told[0].missing[Mark.VISIBLE]


async def test_a_mark_that_is_missing_is_logged(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, caplog: Any
) -> None:
    """A format that labels partly says so in its outcome, and the log says so too."""
    api = stamp()

    def done(job: Any) -> None:
        job.outcomes.append(Outcome(Medium.TEXT, Label(job.labeler.generator), missing={Mark.VISIBLE: "it rained"}))

    api.done = done
    await drive(wrap(answer(*message.json(b"{}")), api), ON)
    assert [record.levelname for record in caplog.records if "it rained" in record.message] == ["WARNING"]


async def test_a_hook_that_fails_never_breaks_a_response(
    wrap: Wrap, drive: Any, answer: Any, message: Any, content: Any, caplog: Any
) -> None:
    """It is logged with its traceback."""

    def hook(outcome: Outcome, scope: Scope) -> None:
        raise ValueError("the hook's own")

    sent = await drive(wrap(answer(*message.json(b"{}")), on_outcome=hook), ON)
    assert content(sent) == b"{}[AI]"
    assert "the hook's own" in caplog.text


async def test_logs_hold_no_content_and_no_header(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, broken: Any, caplog: Any
) -> None:
    """Neither of request nor answer (trap 79)."""
    caplog.set_level(logging.DEBUG)
    for data in (b"secret-body", b"secret nothing"):
        app = wrap(answer(*message.json(data, (b"x", b"secret-header"))), stamp(error=broken))
        await drive(app, ON, (b"authorization", b"secret-key"), data=b"secret-prompt")
    assert "No label" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("level", ["default", "require"])
async def test_a_declared_route_is_labelled_by_what_its_answer_is(
    policy_of: Any, drive: Any, answer: Any, message: Any, content: Any, header: Any, level: str
) -> None:
    """A rule for pictures alone labels a picture of a home-made API, which shows only in its answer, and no text."""
    policy = policy_of(Mark.METADATA, level=level)
    labeler = Labeler(Generator(provider="A", system="b", version="1"), policy=policy)
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "PNG")
    for kind, data, labelled in ((b"image/png", file.getvalue(), True), (b"text/plain", b"A word.", False)):
        app = answer(message.start((b"content-type", kind)), message.body(data))
        sent = await drive(LabelingMiddleware(app, labeler=labeler, generated={"/own": None}), path="/own")
        assert (content(sent) != data) is labelled
        assert bool(header(sent, b"preference-applied")) is labelled


async def test_a_required_picture_over_the_limit_is_refused_on_a_declared_route(
    policy_of: Any, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """Also where it was not yet known to be one: it stands in JSON."""
    labeler = Labeler(Generator(provider="A", system="b", version="1"), policy=policy_of(Mark.METADATA))
    app = LabelingMiddleware(
        answer(*message.json(b"x" * 50)), labeler=labeler, generated={"/own": "/image"}, max_body=9
    )
    sent = await drive(app, path="/own")
    assert sent[0]["status"] == 500
    assert header(sent, b"content-type") == [b"application/problem+json"]


TERMS = b'<https://terms.example/results>; rel="license"'


@pytest.fixture
def rightful() -> Labeler:
    """A labeler of a service that says whose the results are."""
    rights = Rights(text="They are yours.", url="https://terms.example/results")
    return Labeler(Generator(provider="Acme", system="b", version="1"), policy="none", service=Service(rights=rights))


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("said", [ON, OFF])
async def test_every_answer_says_whose_the_results_are(
    wrap: Wrap, rightful: Labeler, drive: Any, answer: Any, message: Any, header: Any, method: str, said: Any
) -> None:
    """Labelled or not (243-FZ, art. 10), beside the application's own links, and for scripts of other origins."""
    own = (b"link", b"</style.css>; rel=preload"), (b"access-control-allow-origin", b"*")
    begun, ended = message.json(b"{}", *own)
    sent = await drive(wrap(answer(begun, ended), labeler=rightful), said, method=method)
    assert header(sent, b"link") == [b"</style.css>; rel=preload, " + TERMS]
    assert b"Link" in header(sent, b"access-control-expose-headers")[0]
    if said is OFF:
        assert sent[1] is ended


async def test_a_stream_says_whose_the_results_are(
    wrap: Wrap, rightful: Labeler, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """At its start; and its events pass object for object where no label applies."""
    parts = [message.events(), message.body(b"data", more=True), message.body(b"")]
    labelled = await drive(wrap(answer(*parts), labeler=rightful), ON)
    plain = await drive(wrap(answer(*parts), labeler=rightful), OFF)
    assert header(labelled, b"link") == header(plain, b"link") == [TERMS]
    assert plain[1] is parts[1]


async def test_what_is_no_result_has_no_terms(
    wrap: Wrap, rightful: Labeler, labeler: Labeler, drive: Any, answer: Any, message: Any, header: Any, scope: Any
) -> None:
    """An error, another route, a request that is refused; and without a notice no answer has any."""
    failed = message.json(b"{}", status=500)
    assert await drive(wrap(answer(*failed), labeler=rightful), OFF) == list(failed)
    original = message.json(b"{}")
    assert await drive(wrap(answer(*original), labeler=rightful), path="/other") == list(original)
    assert header(await drive(wrap(nothing, labeler=rightful), query=b"ai_label=perhaps"), b"link") == []
    assert await drive(wrap(answer(*original), labeler=labeler), OFF) == list(original)
    for each, told in ((rightful, TERMS.decode()), (labeler, None)):
        given = scope(path="/own")
        await drive(wrap(nothing, labeler=each), scope=given)
        assert announcement(given, decision(given)).get("Link") == told


async def test_the_language_that_was_asked_for_is_spoken(
    wrap: Wrap, stamp: Any, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """By Prefer or query, whatever the program accepts, which then is not looked at."""
    api = stamp()
    app = wrap(answer(*message.json(b"{}")), api)
    accepting = (b"accept-language", b"en")
    sent = await drive(app, (b"prefer", b"ai-label; lang=ru"), accepting)
    assert header(sent, b"vary") == [b"Prefer"]
    await drive(app, accepting, query=b"ai_label=on&ai_label_lang=ru")
    await drive(app, ON, accepting, query=b"ai_label_lang=ru")
    await drive(app, (b"prefer", b"ai-label; lang=tlh"), accepting)
    assert [job.decision.language for job in api.jobs] == ["ru", "ru", "ru", "en"]


async def test_the_language_of_the_user_comes_before_the_countrys(
    wrap: Wrap, stamp: Any, policy_of: Any, drive: Any, answer: Any, message: Any
) -> None:
    """The user's choice, then the mandatory language, then what the program accepts (design, section 4)."""
    policy = policy_of(Mark.VISIBLE).model_copy(update={"mandatory_language": "ru"})
    labeler = Labeler(Generator(provider="A", system="b", version="1"), policy=policy)
    api = stamp()
    app = wrap(answer(*message.json(b"{}")), api, labeler=labeler)
    await drive(app, (b"prefer", b"ai-label; lang=en"))
    await drive(app, (b"accept-language", b"en"))
    assert [job.decision.language for job in api.jobs] == ["en", "ru"]


async def test_strict_handling_refuses_an_unknown_language_before_the_application_runs(
    wrap: Wrap, drive: Any, header: Any
) -> None:
    """400 application/problem+json."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    sent = await drive(wrap(app), (b"prefer", b"ai-label=on; lang=tlh, handling=strict"))
    assert sent[0]["status"] == 400
    assert header(sent, b"content-type") == [b"application/problem+json"]
    assert b"tlh" in sent[1]["body"]
