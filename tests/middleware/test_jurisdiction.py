"""Whose rules hold: the operator's function, what it may say, and what becomes of its faults."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from labelkit import Generator, Labeler
from labelkit.errors import ConfigurationError
from labelkit.marks import Mark, Medium
from labelkit.middleware import LabelingMiddleware, announcement, decision
from labelkit.middleware.jurisdiction import Jurisdictions, from_header, from_setting
from labelkit.outcome import Outcome
from labelkit.policy import Content, Packs, Policies, Policy, wordings

ON = (b"prefer", b"ai-label")
OFF = (b"prefer", b"ai-label=off")
Wrap = Callable[..., LabelingMiddleware]
ACME = Generator(provider="Acme", system="acme-chat", version="2.1")
DOCUMENT = "/.well-known/ai-label"
PREFERENCE = "/ai-label/preference"


def of_header(scope: Scope) -> str | None:
    """What a header of the request says, whoever sent it."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-country"), None)


def country(code: str) -> tuple[bytes, bytes]:
    """The header for it."""
    return b"x-country", code.encode("latin-1")


@pytest.fixture
def russian() -> Labeler:
    """A labeler under Russian rules, which require nothing of a text."""
    return Labeler(ACME, policy="ru")


@pytest.mark.anyio
async def test_a_country_gets_the_label_that_its_law_requires(
    wrap: Wrap, russian: Labeler, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """A request from Kazakhstan is labelled although it says off; the same request from Russia is not touched."""
    original = message.json(b"{}")
    app = wrap(answer(*original), labeler=russian, jurisdiction=of_header)
    assert content(await drive(app, OFF, country("KZ"))) == b"{}[AI]"
    assert await drive(app, OFF, country("RU")) == list(original)
    assert await drive(app, OFF) == list(original)


@pytest.mark.anyio
async def test_countries_do_not_mix(wrap: Wrap, russian: Labeler, drive: Any, message: Any, content: Any) -> None:
    """Many requests through one middleware at once, all begun before one is answered: each gets its own country's."""
    begun, sent = 0, dict[str, list[Message]]()
    everybody = anyio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal begun
        begun += 1
        if begun == 20:
            everybody.set()
        await everybody.wait()
        for each in message.json(b"{}"):
            await send(each)

    wrapped = wrap(app, labeler=russian, jurisdiction=of_header)

    async def ask(at: int) -> None:
        code = ("KZ", "RU")[at % 2]
        sent[f"{code}{at}"] = await drive(wrapped, OFF, country(code))

    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(anyio.create_task_group())
        for at in range(20):
            group.start_soon(ask, at)
    assert {name[:2]: content(messages) for name, messages in sent.items()} == {"KZ": b"{}[AI]", "RU": b"{}"}
    assert all(content(messages) == (b"{}[AI]" if "KZ" in name else b"{}") for name, messages in sent.items())


@pytest.mark.parametrize(
    ("said", "jurisdictions"),
    [
        ("kz", ["KZ"]),
        (" KZ ", ["KZ"]),
        ("ru, eu", ["RU", "EU"]),
        ("eu+ru", ["EU", "RU"]),
        ("DE", ["EU"]),
        ("US", ["US-CA", "US-WA"]),
        ("US-CA", ["US-CA"]),
        ("none", ["none"]),
        ("", ["RU"]),
        (None, ["RU"]),
        ("atlantis", ["RU"]),
        ("kz, atlantis", ["KZ", "RU"]),
    ],
)
def test_what_a_function_may_say(russian: Labeler, said: str | None, jurisdictions: list[str]) -> None:
    """A name or several, a country, a region. For what names nothing, the labeler's own rules hold beside the rest."""
    found = Jurisdictions(russian, lambda scope: said).of({})
    assert [policy.jurisdiction.lower() for policy in found] == [name.lower() for name in jurisdictions]


def test_policies_may_be_said_themselves(russian: Labeler, policy_of: Any) -> None:
    """One or several; and the same rules are the same object, however they are written."""
    policy: Policy = policy_of(Mark.VISIBLE)
    several = Policies.of(policy, Packs().load("eu"))
    assert Jurisdictions(russian, lambda scope: several).of({}) is several
    asked = Jurisdictions(russian, lambda scope: policy)
    assert asked.of({}) is asked.of({})
    assert asked.of({}).each == (policy,)
    named = Jurisdictions(russian, lambda scope: scope["said"])
    assert named.of({"said": "RU"}) is named.of({"said": " ru"}) is russian.policies
    assert named.of({"said": "de"}) is named.of({"said": "EU"})


def test_the_labelers_own_policy_comes_before_the_pack_of_its_name(tmp_path: Path) -> None:
    """An operator who wrote another ``ru`` meant it for Russians."""
    text = (Path(__file__).parents[2] / "labelkit/policy/packs/ru.toml").read_text(encoding="utf-8")
    own = tmp_path / "russia.toml"
    own.write_text(text, encoding="utf-8")
    labeler = Labeler(ACME, policy=own)
    asked = Jurisdictions(labeler, lambda scope: scope["said"])
    assert asked.of({"said": "RU"}) is asked.of({"said": "ru"}) is labeler.policies
    assert asked.of({"said": "kz, ru"}).each[1] is labeler.policies.each[0]


def test_the_labelers_own_policy_counts_among_those_of_a_state(tmp_path: Path) -> None:
    """Who is known to be in the United States, and no more, is under the operator's own California too."""
    text = (Path(__file__).parents[2] / "labelkit/policy/packs/us-ca.toml").read_text(encoding="utf-8")
    own = tmp_path / "california.toml"
    own.write_text(text, encoding="utf-8")
    labeler = Labeler(ACME, policy=own)
    found = Jurisdictions(labeler, lambda scope: "US").of({})
    assert labeler.policies.each[0] in found.each
    assert sorted(each.jurisdiction for each in found) == ["US-CA", "US-WA"]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300) | st.binary(max_size=20) | st.integers() | st.lists(st.text(), max_size=2))
def test_a_hostile_value_does_no_harm(russian: Labeler, said: Any) -> None:
    """Whatever it is, some policies come out and nothing raises."""
    assert isinstance(Jurisdictions(russian, lambda scope: said).of({}), Policies)


def test_hostile_values_do_not_fill_memory_or_log(russian: Labeler, caplog: Any) -> None:
    """A thousand different ones, and one of a megabyte: warned of a hundred times, and not kept."""
    asked = Jurisdictions(russian, lambda scope: scope["said"])
    for at in range(1000):
        assert asked.of({"said": f"x{at}"}) is russian.policies
        asked.of({"said": "y" * 1_000_000 + str(at)})
        asked.of({"said": "ru, " + "kz," * (at % 25) + f"z{at}"})
    assert len(caplog.records) == 101
    assert max(len(record.getMessage()) for record in caplog.records) < 400
    assert asked._named.cache_info().currsize <= 256
    assert len(asked._merged) <= 257


@pytest.mark.anyio
async def test_what_names_nothing_is_warned_of_once_for_each_value(
    wrap: Wrap, strict_labeler: Labeler, drive: Any, answer: Any, message: Any, content: Any, caplog: Any
) -> None:
    """And the labeler's own policy holds, required label and all."""
    app = wrap(answer(*message.json(b"{}")), labeler=strict_labeler, jurisdiction=of_header)
    for code in ("XQ", "XQ", "T1"):
        assert content(await drive(app, OFF, country(code))) == b"{}[AI]"
    warned = [record.getMessage() for record in caplog.records if "jurisdiction said" in record.message]
    assert [code in line for code, line in zip(("'XQ'", "'T1'"), warned, strict=True)] == [True, True]


def test_a_value_never_names_a_file(russian: Labeler, here: Path, caplog: Any) -> None:
    """An operator's own pack is named at construction; what comes with a request opens nothing."""
    (here / "kz.toml").write_text("= broken", encoding="utf-8")
    assert Jurisdictions(russian, lambda scope: "kz.toml").of({}) is russian.policies
    assert "names no policy" in caplog.text


@pytest.mark.anyio
async def test_a_function_that_raises_is_logged_and_costs_nothing(
    wrap: Wrap, strict_labeler: Labeler, drive: Any, answer: Any, message: Any, content: Any, caplog: Any
) -> None:
    """With its traceback; the labeler's own policy holds, and the label that it requires is made."""

    def failing(scope: Scope) -> str:
        raise LookupError("the account service is away")

    app = wrap(answer(*message.json(b"{}")), labeler=strict_labeler, jurisdiction=failing)
    assert content(await drive(app, OFF)) == b"{}[AI]"
    (record,) = [record for record in caplog.records if "jurisdiction failed" in record.message]
    assert record.exc_info[0] is LookupError


@pytest.mark.parametrize("name", ["jurisdiction", "describe"])
@pytest.mark.parametrize("kind", ["a coroutine function", "an object with one", "text"])
def test_what_cannot_be_asked_at_once_is_refused(wrap: Wrap, answer: Any, name: str, kind: str) -> None:
    """At construction, by name: nobody could await it on the way of a request."""

    async def later(*_: object) -> None: ...

    class Later:
        async def __call__(self, *_: object) -> None: ...

    given: dict[str, Any] = {name: {"a coroutine function": later, "an object with one": Later()}.get(kind, "RU")}
    with pytest.raises(ConfigurationError, match=name):
        wrap(answer(), **given)


@pytest.mark.anyio
async def test_routes_that_are_not_ours_ask_nobody(wrap: Wrap, scope: Any) -> None:
    """They get the server's own scope, receive and send, and the operator's functions are not called."""
    seen: list[Any] = []

    async def app(*given: Any) -> None:
        seen.extend(given)

    async def unused(*messages: Any) -> Any:
        raise AssertionError

    def never(*given: Any) -> Any:
        raise AssertionError

    original = scope(ON, path="/other")
    await wrap(app, jurisdiction=never, describe=never)(original, unused, unused)
    assert seen[0] is original
    assert seen[1:] == [unused, unused]


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_what_a_country_decided_is_private(
    wrap: Wrap, russian: Labeler, drive: Any, answer: Any, message: Any, header: Any, method: str
) -> None:
    """Labelled, or not where it could have been: a cache would give one country's answer to another."""
    reading = from_header("X-Country", trusted=["127.0.0.1"])
    app = wrap(
        answer(*message.json(b"{}", (b"cache-control", b"public, max-age=9"))), labeler=russian, jurisdiction=reading
    )
    sent = await drive(app, OFF, country("KZ"), method=method)
    assert header(sent, b"cache-control") == [b"private, max-age=9"]
    assert header(sent, b"vary") == [b"Prefer, X-Country, Accept-Language"]
    sent = await drive(app, country("RU"), method=method)
    if method == "POST":  # which no cache keeps: it passes object for object
        assert header(sent, b"cache-control") == [b"public, max-age=9"]
        return
    assert header(sent, b"cache-control") == [b"private, max-age=9"]
    assert header(sent, b"vary") == [b"Prefer, Cookie, X-Country"]


@pytest.mark.anyio
async def test_an_answer_whose_label_failed_is_private_too(
    wrap: Wrap, policy_of: Any, stamp: Any, drive: Any, answer: Any, message: Any, header: Any, broken: Any
) -> None:
    """As are one in which nothing was found, and a 304: elsewhere a label may be required."""
    labeler = Labeler(ACME, policy=policy_of(Mark.VISIBLE, level="default"))
    failing = wrap(answer(*message.json(b"{}")), stamp(error=broken), labeler=labeler, jurisdiction=of_header)
    unknown = wrap(answer(*message.json(b"nothing")), labeler=labeler, jurisdiction=of_header)
    unchanged = wrap(answer(*message.json(b"", status=304)), labeler=labeler, jurisdiction=of_header)
    for app in (failing, unknown, unchanged):
        assert header(await drive(app, method="GET"), b"cache-control") == [b"private"]


@pytest.mark.anyio
async def test_a_tag_of_one_country_is_none_of_another(
    wrap: Wrap, russian: Labeler, drive: Any, answer: Any, message: Any, header: Any
) -> None:
    """Whoever travels gets the whole answer, not "not modified"."""
    seen: list[bytes | None] = []
    tagged = message.json(b"{}", (b"etag", b'"v1"'))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(dict(scope["headers"]).get(b"if-none-match"))
        await answer(*tagged)(scope, receive, send)

    wrapped = wrap(app, labeler=russian, jurisdiction=of_header)
    (tag,) = header(await drive(wrapped, ON, country("KZ"), method="GET"), b"etag")
    for code in ("KZ", "RU"):
        await drive(wrapped, ON, country(code), (b"if-none-match", tag), method="GET")
    assert seen == [None, b'"v1"', None]


@pytest.mark.parametrize(
    ("client", "said", "found"),
    [
        (("127.0.0.1", 1), [b"KZ"], "KZ"),
        (("10.9.8.7", 1), [b" us-ca "], "US-CA"),
        (("::ffff:10.9.8.7", 1), [b"KZ"], "KZ"),
        (("fd00::7", 1), [b"KZ"], "KZ"),
        (("11.0.0.1", 1), [b"KZ"], None),
        (("fd01::7", 1), [b"KZ"], None),
        (("testclient", 1), [b"KZ"], None),
        (None, [b"KZ"], None),
        (("127.0.0.1", 1), [], None),
        (("127.0.0.1", 1), [b"none"], None),
        (("127.0.0.1", 1), [b"ru, eu"], None),
        (("127.0.0.1", 1), [b"../../etc"], None),
        (("127.0.0.1", 1), [b"\xff\xfe"], None),
        (("127.0.0.1", 1), [b"RU", b"KZ"], "KZ"),
    ],
)
def test_a_country_header_is_believed_from_proxies_alone(
    client: tuple[str, int] | None, said: list[bytes], found: str | None, caplog: Any
) -> None:
    """By the address of the peer, and only a code; the last of several lines is the nearest proxy's."""
    ask = from_header("CF-IPCountry", trusted=("127.0.0.1", "10.0.0.0/8", "fd00::/16"))
    scope = {"headers": [(b"cf-ipcountry", value) for value in said], "client": client}
    assert [ask(scope), ask(scope)] == [found, found]
    assert len(caplog.records) == (1 if said and found is None else 0)


@pytest.mark.anyio
async def test_an_untrusted_peer_cannot_choose_its_country(
    wrap: Wrap, policy_of: Any, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """Nor escape the rules that hold where nobody is believed."""
    reading = from_header("X-Country", trusted=["10.0.0.0/8"])
    app = wrap(
        answer(*message.json(b"{}")), labeler=Labeler(ACME, policy=policy_of(Mark.VISIBLE)), jurisdiction=reading
    )
    assert content(await drive(app, OFF, country("RU"), client=("203.0.113.9", 1))) == b"{}[AI]"
    assert content(await drive(app, OFF, country("RU"), client=("10.0.0.1", 1))) == b"{}"


@pytest.mark.parametrize(
    ("name", "trusted", "complaint"),
    [
        ("CF IPCountry", ["127.0.0.1"], "jurisdiction"),
        ("", ["127.0.0.1"], "jurisdiction"),
        ("CF-IPCountry", [], "trusted_proxies"),
        ("CF-IPCountry", ["proxy.example"], "trusted_proxies"),
        ("CF-IPCountry", ["10.0.0.0/40"], "trusted_proxies"),
    ],
)
def test_a_header_that_could_not_be_believed_is_refused(name: str, trusted: list[str], complaint: str) -> None:
    """At construction, by the setting's name."""
    with pytest.raises(ConfigurationError, match=complaint):
        from_header(name, trusted=trusted)


def test_a_setting_names_a_header() -> None:
    """``header:NAME``; anything else is refused with the form that is meant."""
    ask = from_setting("header: X-Country", ["127.0.0.1"])
    assert ask({"headers": [country("kz")], "client": ("127.0.0.1", 1)}) == "KZ"
    with pytest.raises(ConfigurationError, match=r"jurisdiction.*header:CF-IPCountry"):
        from_setting("CF-IPCountry", ["127.0.0.1"])


@pytest.mark.anyio
async def test_the_environment_sets_it(here: Path, monkeypatch: Any, drive: Any, answer: Any) -> None:
    """``LABELKIT_JURISDICTION`` and ``LABELKIT_TRUSTED_PROXIES``; an argument beats them."""
    for name, value in {
        "PROVIDER": "Acme",
        "SYSTEM": "chat",
        "VERSION": "1",
        "JURISDICTION": "header:X-Country",
        "TRUSTED_PROXIES": "127.0.0.1, ::1",
    }.items():
        monkeypatch.setenv(f"LABELKIT_{name}", value)
    given: list[tuple[dict[str, Any], str]] = [({}, "KZ "), ({"jurisdiction": lambda scope: "BY"}, "BY ")]
    for more, version in given:
        app = LabelingMiddleware(answer(), **more)
        sent = await drive(app, country("KZ"), path=DOCUMENT, method="GET")
        assert json.loads(sent[1]["body"])["policy"].startswith(version)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_handlers_own_decision_knows_the_country(
    wrap: Wrap, russian: Labeler, drive: Any, answer: Any, scope: Any, kind: str
) -> None:
    """Over HTTP and WebSocket; and its announcement says that no shared cache may have it."""
    reading = from_header("X-Country", trusted=["127.0.0.1"])
    app = wrap(answer(), labeler=russian, jurisdiction=reading)
    found = {}
    for code in ("KZ", "RU"):
        given = scope(country(code), path="/own", type=kind)
        await drive(app, scope=given)
        found[code] = decision(given)
        told = announcement(given, found[code])
        assert told["Cache-Control"] == "private"
        assert "X-Country" in told["Vary"]
    assert found["KZ"].required == {Mark.VISIBLE}
    assert found["RU"].marks == frozenset()
    assert found["KZ"].policy.startswith("KZ ")


@pytest.mark.anyio
async def test_the_offer_is_that_of_the_country(wrap: Wrap, russian: Labeler, drive: Any, header: Any) -> None:
    """The document and the preference, which says what a choice means there."""
    reading = from_header("X-Country", trusted=["127.0.0.1"])
    app = wrap(None, labeler=russian, jurisdiction=reading)
    for code, required in (("KZ", ["visible"]), ("RU", [])):
        sent = await drive(app, country(code), path=DOCUMENT, method="GET")
        assert json.loads(sent[1]["body"])["required"]["text"] == required
        assert header(sent, b"cache-control")[0].startswith(b"private, max-age=")
        assert header(sent, b"vary") == [b"X-Country"]
        sent = await drive(app, country(code), (b"cookie", b"ai_label=off"), path=PREFERENCE, method="GET")
        said = json.loads(sent[1]["body"])
        assert said["marks"]["text"] == required
        assert said["policy"].startswith(f"{code} ")
        assert header(sent, b"vary") == [b"Cookie, X-Country"]


def translating(scope: Scope, content: Content) -> Content:
    """A route that translates."""
    return Content(content.medium, content.altered, kind="translation") if scope["path"] == "/t/stamp" else content


@pytest.mark.anyio
async def test_the_operator_says_what_content_is(
    wrap: Wrap, policy_of: Any, drive: Any, answer: Any, message: Any, content: Any, scope: Any
) -> None:
    """A rule that exempts translations asks nothing of a route that translates; the user may still choose the label."""
    labeler = Labeler(ACME, policy=policy_of(Mark.VISIBLE, exempt=["translation"]))
    original = message.json(b"{}")
    app = wrap(answer(*original), labeler=labeler, describe=translating)
    assert content(await drive(app)) == b"{}[AI]"
    assert await drive(app, path="/t/stamp") == list(original)
    assert content(await drive(app, ON, path="/t/stamp")) == b"{}[AI]"
    given = scope(path="/t/stamp", type="websocket")
    await drive(wrap(answer(), labeler=labeler, describe=translating), scope=given)
    assert decision(given).marks == frozenset()


@pytest.mark.anyio
async def test_what_the_operator_knows_may_ask_for_more(
    wrap: Wrap, policy_of: Any, drive: Any, answer: Any, message: Any, content: Any, header: Any
) -> None:
    """A condition that nothing else says is met; whatever is decided by it is none for shared caches."""
    labeler = Labeler(ACME, policy=policy_of(Mark.VISIBLE, when={"document": True}))
    app = wrap(
        answer(*message.json(b"{}")),
        labeler=labeler,
        describe=lambda scope, known: Content(known.medium, document=scope["query_string"] == b"file"),
    )
    assert content(await drive(app)) == b"{}"
    sent = await drive(app, query=b"file", method="GET")
    assert content(sent) == b"{}[AI]"
    assert header(sent, b"cache-control") == [b"private"]
    assert header(await drive(app, method="GET"), b"cache-control") == [b"private"]


@pytest.mark.anyio
async def test_a_file_that_is_no_answer_gets_no_metadata_that_nobody_wrote(
    drive: Any, message: Any, header: Any
) -> None:
    """Whoever says that a chat's answer is a file is told that it has no front matter; a handler may write one."""
    told: list[Outcome] = []
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"] == b"own":
            seen.append(decision(scope))
        for each in message.json(b'{"choices": [{"message": {"content": "Hello there."}}]}'):
            await send(each)

    labeler = Labeler(ACME, policy="cn")
    wrapped = LabelingMiddleware(
        app,
        labeler=labeler,
        describe=lambda scope, known: replace(known, document=True),
        on_outcome=lambda outcome, scope: told.append(outcome),
    )
    sent = await drive(wrapped, path="/v1/chat/completions")
    assert header(sent, b"preference-applied") == [b"ai-label=visible"]
    assert [outcome.applied for outcome in told] == [{Mark.VISIBLE}]
    assert "front matter" in told[0].missing[Mark.METADATA]
    await drive(wrapped, path="/v1/chat/completions", query=b"own")
    assert seen[0].required == {Mark.VISIBLE, Mark.METADATA}
    assert "AIGC" in labeler.label_text("# Hello", seen[0]).content


def _raise(scope: Scope, known: Content) -> Content:
    raise LookupError("the operator's own")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("describe", "complaint"),
    [
        (_raise, "the operator's own"),
        (lambda scope, known: None, "no sound Content"),
        (lambda scope, known: {"kind": "translation"}, "no sound Content"),
        (lambda scope, known: Content(Medium.IMAGE, kind="code"), "no sound Content"),
        (lambda scope, known: replace(known, realistic="yes"), "no sound Content"),
        (lambda scope, known: replace(known, document=None), "no sound Content"),
        (lambda scope, known: replace(known, language=5), "no sound Content"),
        (lambda scope, known: replace(known, kind=["code"]), "no sound Content"),
        (lambda scope, known: replace(known, tokens="many"), "no sound Content"),
    ],
    ids=[
        "it raises",
        "None",
        "a dict",
        "another medium",
        "no flag",
        "no kind of file",
        "no tag",
        "no kind",
        "no count",
    ],
)
async def test_a_fault_of_the_description_is_logged_and_not_heard(
    wrap: Wrap,
    policy_of: Any,
    drive: Any,
    answer: Any,
    message: Any,
    content: Any,
    caplog: Any,
    describe: Any,
    complaint: str,
) -> None:
    """The content stays what it was, and the request goes on."""
    labeler = Labeler(ACME, policy=policy_of(Mark.VISIBLE, when={"realistic": True, "tokens_at_least": 9}))
    app = wrap(answer(*message.json(b"{}")), labeler=labeler, describe=describe)
    assert content(await drive(app)) == b"{}[AI]"
    assert complaint in caplog.text
    assert {record.levelname for record in caplog.records if "describe" in record.message} == {"ERROR"}


@pytest.mark.anyio
async def test_the_first_answer_of_a_chat_has_the_notice(
    wrap: Wrap, policy_of: Any, stamp: Any, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """Where a country asks for it, by what the request body shows; unknown counts as the first."""
    talk = policy_of(Mark.VISIBLE, name="QQ", media=["text"], notice="chat", when={"first_turn": True})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for each in message.json(b"{}"):
            await send(each)

    api = stamp(history=True)
    wrapped = wrap(app, api, jurisdiction=lambda scope: talk if of_header(scope) else None)
    said = {}
    for turn in (b"first turn", b"later turn", b"?"):
        said[turn] = content(await drive(wrapped, country("QQ"), data=turn))
    assert said == {b"first turn": b"{}[AI]", b"later turn": b"{}", b"?": b"{}[AI]"}
    assert {job.decision.wording for job in api.jobs} == {wordings("en").chat}
    assert content(await drive(wrapped, data=b"first turn")) == b"{}"


@pytest.mark.anyio
@pytest.mark.parametrize("level", ["default", "require"])
@pytest.mark.parametrize("headers", [[], [OFF]])
async def test_the_words_of_a_policy_from_the_function_are_cut_from_histories(
    policy_of: Any, drive: Any, message: Any, content: Any, headers: Any, level: str
) -> None:
    """A policy that no pack has may have words of its own; the model does not read them in what the client sends back."""
    words = {name: f"Robots {name} this." for name in ("created", "altered", "unknown")}
    wording = {"language": "en", "status": "draft", **words}
    law = policy_of(Mark.VISIBLE, name="QQ", level=level, media=["text"], wording=wording)
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(json.loads((await receive())["body"])["messages"])
        for each in message.json(b'{"choices": [{"message": {"content": "Hello there."}}]}'):
            await send(each)

    labeler = Labeler(replace(ACME, detector="https://acme.example/check"), policy="none")
    wrapped = LabelingMiddleware(app, labeler=labeler, jurisdiction=lambda scope: law)
    asks = [{"role": "user", "content": "Who are you?"}]
    sent = await drive(wrapped, path="/v1/chat/completions", data=json.dumps({"messages": asks}).encode())
    answer = json.loads(content(sent))["choices"][0]["message"]["content"]
    assert "Robots created this. https://acme.example/check" in answer
    history = [*asks, {"role": "assistant", "content": answer}, *asks]
    await drive(wrapped, *headers, path="/v1/chat/completions", data=json.dumps({"messages": history}).encode())
    assert seen[-1] == [*asks, {"role": "assistant", "content": "Hello there."}, *asks]


@pytest.mark.anyio
async def test_a_handler_that_labels_by_itself_knows_the_first_answer_too(
    wrap: Wrap, policy_of: Any, stamp: Any, drive: Any, message: Any
) -> None:
    """Once it has read the request; before that, it may be the first."""
    talk = policy_of(Mark.VISIBLE, name="QQ", media=["text"], notice="chat", when={"first_turn": True})
    before, after = [], []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        before.append(bool(decision(scope).marks))
        await receive()
        after.append(bool(decision(scope).marks))
        for each in message.json(b"{}"):
            await send(each)

    wrapped = wrap(app, stamp(history=True), jurisdiction=lambda scope: talk)
    for turn in (b"first turn", b"later turn"):
        await drive(wrapped, data=turn)
    assert before == [True, True]
    assert after == [True, False]


class Clock(datetime):
    """The time that ``time.time`` tells, for those who ask ``datetime.now``."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return datetime.fromtimestamp(time.time(), tz)


@pytest.mark.anyio
async def test_what_is_kept_is_forgotten_at_a_rules_date(
    wrap: Wrap, policy_of: Any, drive: Any, answer: Any, message: Any, content: Any, header: Any, monkeypatch: Any
) -> None:
    """In each country at midnight of its own day, and not before; the document is fresh until then and no longer."""
    begins = {"QQ": date(2027, 3, 1), "QZ": date(2027, 3, 2)}
    laws = {code: Policies.of(policy_of(Mark.VISIBLE, name=code, **{"from": day})) for code, day in begins.items()}
    app = wrap(answer(*message.json(b"{}")), jurisdiction=lambda scope: laws.get(of_header(scope) or ""))
    for name, module in list(sys.modules.items()):
        if name.startswith("labelkit.") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Clock)
    midnight = datetime(2027, 3, 1, tzinfo=UTC)
    found = []
    for moment in (-61, -1, 0, 86399, 86400):
        now = (midnight + timedelta(seconds=moment)).timestamp()
        monkeypatch.setattr("time.time", lambda now=now: now)
        found.append([content(await drive(app, OFF, country(code))) == b"{}[AI]" for code in laws])
        if moment == -61:
            sent = await drive(app, country("QQ"), path=DOCUMENT, method="GET")
            assert header(sent, b"cache-control") == [b"private, max-age=61"]
            assert json.loads(sent[1]["body"])["policies"][0]["rules"] == []
    assert found == [[False, False], [False, False], [True, False], [True, False], [True, True]]
    sent = await drive(app, country("QQ"), path=DOCUMENT, method="GET")
    assert [rule["since"] for rule in json.loads(sent[1]["body"])["policies"][0]["rules"]] == ["2027-03-01"]


@pytest.mark.anyio
async def test_floors_of_endless_policies_are_not_kept(
    wrap: Wrap, policy_of: Any, drive: Any, answer: Any, message: Any, content: Any
) -> None:
    """A function that makes new policies for each request costs time and no memory."""
    policy = policy_of(Mark.VISIBLE)
    app = wrap(answer(*message.json(b"{}")), jurisdiction=lambda scope: Policies((policy,)))
    for _ in range(200):
        assert content(await drive(app, OFF)) == b"{}[AI]"
    assert app._floors_of.cache_info().currsize <= 64
