"""The offer's endpoints: what is stored, by whom, and what is said of it (traps 80 to 87)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from labelkit import Generator, Labeler
from labelkit.choice import Choice
from labelkit.marks import Mark
from labelkit.middleware import LabelingMiddleware
from labelkit.middleware.choice import ask
from labelkit.policy import Policies
from labelkit.service import Rights, Service

pytestmark = pytest.mark.anyio

PATH = "/ai-label/preference"
JSON = (b"content-type", b"application/json")
FORM = (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8")
Wrap = Callable[..., LabelingMiddleware]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that answers nothing but preflights."""
    assert scope["method"] == "OPTIONS" or scope["path"] == "/elsewhere"
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def test_what_is_stored_is_read_back(wrap: Wrap, drive: Any, header: Any, content: Any) -> None:
    """PUT answers with the state and a cookie, GET reads it, DELETE forgets it."""
    wrapped = wrap(app)
    sent = await drive(wrapped, JSON, path=PATH, method="PUT", data=b'{"ai_label": ["visible", "c2pa"]}')
    assert sent[0]["status"] == 200
    said = json.loads(content(sent))
    assert said["ai_label"] == "visible c2pa"
    assert said["marks"]["text"] == ["visible"]
    (cookie,) = header(sent, b"set-cookie")
    pair = cookie.partition(b";")[0]
    assert pair == b"ai_label=visible+c2pa"
    sent = await drive(wrapped, (b"cookie", pair), path=PATH, method="GET")
    assert json.loads(content(sent))["ai_label"] == "visible c2pa"
    sent = await drive(wrapped, (b"cookie", pair), path=PATH, method="DELETE")
    assert json.loads(content(sent))["ai_label"] is None
    assert b"Max-Age=0" in header(sent, b"set-cookie")[0]


async def test_a_stored_choice_labels(
    wrap: Wrap, drive: Any, answer: Any, message: Any, header: Any, content: Any
) -> None:
    """The cookie that the endpoint sets is the one that requests are read by."""
    wrapped = wrap(answer(*message.json(b"{}")), cookie="mine")
    sent = await drive(wrapped, JSON, path=PATH, data=b'{"ai_label": "on"}')
    pair = header(sent, b"set-cookie")[0].partition(b";")[0]
    assert pair.startswith(b"mine=")
    assert content(await drive(wrapped, (b"cookie", pair))) == b"{}[AI]"


async def test_a_request_says_nothing_of_what_is_stored(wrap: Wrap, drive: Any, content: Any) -> None:
    """GET tells of the cookie alone, though the request prefers something; a malformed one counts as absent."""
    for cookie in (b"ai_label=perhaps", b"other=on"):
        sent = await drive(wrap(app), (b"prefer", b"ai-label"), (b"cookie", cookie), path=PATH, method="GET")
        assert json.loads(content(sent))["ai_label"] is None


@pytest.mark.parametrize(
    ("scheme", "root", "flags"),
    [
        ("http", "", {b"httponly", b"max-age=34560000", b"path=/", b"samesite=lax"}),
        ("https", "/a b;c", {b"httponly", b"max-age=34560000", b"path=/a%20b%3bc", b"samesite=lax", b"secure"}),
    ],
)
async def test_the_cookies_flags(
    wrap: Wrap, drive: Any, header: Any, scheme: str, root: str, flags: set[bytes]
) -> None:
    """For this application alone, Lax, Secure over https, and gone after the longest time that browsers keep it."""
    sent = await drive(wrap(app), JSON, path=root + PATH, root_path=root, scheme=scheme, data=b'{"ai_label": "on"}')
    parts = header(sent, b"set-cookie")[0].split(b"; ")
    assert parts[0] == b"ai_label=on"
    assert {part.lower() for part in parts[1:]} == flags
    assert header(sent, b"cache-control") == [b"no-store"]


@pytest.mark.parametrize("root", ["", "/api"])
async def test_the_endpoints_stand_under_the_root_path(wrap: Wrap, drive: Any, content: Any, root: str) -> None:
    """Whether or not the server put it into the path, and nowhere else."""
    for path in {PATH, root + PATH}:
        sent = await drive(wrap(app), path=path, root_path=root, method="GET")
        assert json.loads(content(sent))["ai_label"] is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"on"',
        b"{}",
        b'{"ai_label": null}',
        b'{"ai_label": true}',
        b'{"ai_label": ""}',
        b'{"ai_label": []}',
        b'{"ai_label": [""]}',
        b'{"ai_label": [1]}',
        b'{"ai_label": "perhaps"}',
        b'{"ai_label": ["on", "off"]}',
        b"\xff",
        b"[" * 4000,
    ],
)
async def test_a_malformed_body_is_a_problem(wrap: Wrap, drive: Any, header: Any, content: Any, body: bytes) -> None:
    """400 application/problem+json that says what to write, and no cookie."""
    sent = await drive(wrap(app), JSON, path=PATH, method="PUT", data=body)
    assert sent[0]["status"] == 400
    assert header(sent, b"content-type") == [b"application/problem+json"]
    assert header(sent, b"set-cookie") == []
    said = json.loads(content(sent))
    assert (said["status"], said["title"]) == (400, "Bad Request")
    assert "visible" in said["detail"]


@pytest.mark.parametrize("body", [b"", b"x=on", b"ai_label=", b"ai_label=perhaps", b"ai_label=\xff", b"a=1&" * 101])
async def test_a_malformed_form_is_a_problem(wrap: Wrap, drive: Any, header: Any, body: bytes) -> None:
    """As a malformed JSON body is."""
    sent = await drive(wrap(app), FORM, path=PATH, data=body)
    assert sent[0]["status"] == 400
    assert header(sent, b"set-cookie") == []


async def test_a_form_is_answered_with_a_redirect(wrap: Wrap, drive: Any, header: Any) -> None:
    """303, so that reloading posts nothing again; several fields are several marks."""
    sent = await drive(
        wrap(app), FORM, path=PATH, query=b"next=/chat%3Fx=1", data=b"ai_label=visible&x=1&ai_label=c2pa"
    )
    assert sent[0]["status"] == 303
    assert header(sent, b"location") == [b"/chat?x=1"]
    assert header(sent, b"set-cookie")[0].startswith(b"ai_label=visible+c2pa;")
    assert header(sent, b"cache-control") == [b"no-store"]


@pytest.mark.parametrize(
    "target",
    [
        b"",
        b"//evil.example",
        b"https://evil.example",
        b"/\\evil.example",
        b"\\\\evil.example",
        b"/%09/evil.example",
        b"%09//evil.example",
        b"/%0d%0aset-cookie:x",
        b"evil.example",
        b"javascript:alert(1)",
    ],
)
async def test_a_redirect_never_leads_away(wrap: Wrap, drive: Any, header: Any, target: bytes) -> None:
    """Only a path of this site; anything else leads to its root."""
    sent = await drive(wrap(app), FORM, path=f"/r{PATH}", root_path="/r", query=b"next=" + target, data=b"ai_label=on")
    assert header(sent, b"location") == [b"/r/"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 200),
        ([(b"sec-fetch-site", b"same-origin")], 200),
        ([(b"sec-fetch-site", b"none")], 200),
        ([(b"sec-fetch-site", b"cross-site")], 403),
        ([(b"sec-fetch-site", b"same-site")], 403),
        ([(b"sec-fetch-site", b"nonsense")], 403),
        ([(b"sec-fetch-site", b"cross-site"), (b"origin", b"https://app.example")], 200),
        ([(b"sec-fetch-site", b"cross-site"), (b"origin", b"https://app.example.evil")], 403),
        ([(b"origin", b"https://test")], 200),
        ([(b"origin", b"http://test:80")], 403),
        ([(b"origin", b"https://evil.example")], 403),
        ([(b"origin", b"null")], 403),
        ([(b"origin", b"https://[")], 403),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
async def test_pages_of_others_change_nothing(
    wrap: Wrap, drive: Any, header: Any, headers: list[tuple[bytes, bytes]], status: int, method: str
) -> None:
    """By Sec-Fetch-Site, else by Origin and Host; who sends neither is no browser (trap 82)."""
    wrapped = wrap(app, allowed_origins=["https://app.example"])
    sent = await drive(wrapped, JSON, *headers, path=PATH, method=method, data=b'{"ai_label": "on"}')
    assert sent[0]["status"] == status
    assert bool(header(sent, b"set-cookie")) is (status == 200)


async def test_reading_changes_nothing(wrap: Wrap, drive: Any, header: Any) -> None:
    """A link or a prefetch must not choose, whatever its query says."""
    sent = await drive(wrap(app), path=PATH, method="GET", query=b"ai_label=on")
    assert header(sent, b"set-cookie") == []


@pytest.mark.parametrize("path", [PATH, "/.well-known/ai-label"])
async def test_other_methods_are_refused_and_preflights_are_not_ours(
    wrap: Wrap, drive: Any, header: Any, path: str
) -> None:
    """405 with Allow; OPTIONS goes on to whoever does CORS."""
    sent = await drive(wrap(app), path=path, method="PATCH")
    assert sent[0]["status"] == 405
    assert b"GET" in header(sent, b"allow")[0]
    assert (await drive(wrap(app), path=path, method="OPTIONS"))[0]["status"] == 204


@pytest.mark.parametrize("path", [PATH, "/.well-known/ai-label"])
async def test_a_head_brings_the_headers_of_a_get(wrap: Wrap, drive: Any, header: Any, content: Any, path: str) -> None:
    """The same length, and no body."""
    whole = await drive(wrap(app), path=path, method="GET")
    sent = await drive(wrap(app), path=path, method="HEAD")
    assert header(sent, b"content-length") == header(whole, b"content-length")
    assert content(sent) == b""


@pytest.mark.parametrize("data", [b"x" * 5000, [b"x" * 3000, b"x" * 3000]])
async def test_a_long_body_is_refused(wrap: Wrap, drive: Any, data: Any) -> None:
    """413 at 4 KiB, in one part or in many, whatever length was declared."""
    sent = await drive(wrap(app), JSON, (b"content-length", b"2"), path=PATH, data=data)
    assert sent[0]["status"] == 413


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-type", b"text/plain")],
        [(b"content-type", b"multipart/form-data; boundary=x")],
        [JSON, (b"content-encoding", b"gzip")],
    ],
)
async def test_other_media_types_are_refused(wrap: Wrap, drive: Any, headers: list[tuple[bytes, bytes]]) -> None:
    """415: a cross-site form cannot send JSON, and nobody guesses here."""
    sent = await drive(wrap(app), *headers, path=PATH, data=b'{"ai_label": "on"}')
    assert sent[0]["status"] == 415


async def test_a_client_that_leaves_is_not_answered(wrap: Wrap, scope: Any) -> None:
    """And raises nothing."""

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError

    await wrap(app)(scope(JSON, path=PATH), receive, send)


async def test_the_offer_is_described(wrap: Wrap, drive: Any, header: Any, content: Any) -> None:
    """For a machine: marks by medium, what is on, what is required, by which policy, how to choose."""
    sent = await drive(wrap(app, path="/own"), path="/api/.well-known/ai-label", root_path="/api", method="GET")
    said = json.loads(content(sent))
    assert said["offered"] == {"text": ["visible"], "image": ["visible", "metadata"]}
    assert said["default"] == said["required"] == {"text": [], "image": []}
    assert said["policy"].startswith("none ")
    assert said["generator"] == {"provider": "Acme", "system": "acme-chat", "version": "2.1"}
    assert set(said["languages"]) >= {"en", "ru"}
    assert said["choose"]["preference"] == "/api/own/preference"
    assert said["choose"]["values"] == ["on", "off", "visible", "metadata"]
    assert header(sent, b"cache-control") == [b"public, max-age=3600"]


async def test_the_offer_says_what_is_required(wrap: Wrap, strict_labeler: Any, drive: Any, content: Any) -> None:
    """Required is on by default as well."""
    sent = await drive(wrap(app, labeler=strict_labeler), path="/.well-known/ai-label", method="GET")
    said = json.loads(content(sent))
    assert said["required"] == said["default"] == {"text": ["visible"], "image": ["visible"]}


@pytest.mark.parametrize("on_failure", ["refuse", "pass"])
async def test_what_is_required_is_told_though_a_failure_may_pass(
    wrap: Wrap, policy_of: Any, drive: Any, content: Any, on_failure: str
) -> None:
    """Nobody can switch it off, whatever becomes of an answer that could not be labelled."""
    labeler = Labeler(
        Generator(provider="Acme", system="b", version="1"), policy=policy_of(Mark.METADATA, media=["image"])
    )
    wrapped = wrap(app, labeler=labeler, on_failure=on_failure)
    sent = await drive(wrapped, path="/.well-known/ai-label", method="GET")
    assert json.loads(content(sent))["required"]["image"] == ["metadata"]


async def test_the_offer_names_its_rules(wrap: Wrap, policy_of: Any, drive: Any, content: Any) -> None:
    """Each jurisdiction with its standing, the day of its pack and what counts now; whose option each mark is."""
    policies = Policies.of(policy_of(Mark.VISIBLE), policy_of(Mark.METADATA, name="YY", level="offer", media=["image"]))
    labeler = Labeler(Generator(provider="Acme", system="b", version="1"), policy=policies)
    sent = await drive(wrap(app, labeler=labeler), path="/.well-known/ai-label", method="GET")
    said = json.loads(content(sent))
    assert said["policy"] == "XX 2026-01-01 + YY 2026-01-01"
    first, second = said["policies"]
    assert {name: first[name] for name in ("jurisdiction", "name", "version", "checked", "standing")} == {
        "jurisdiction": "XX",
        "name": "Test",
        "version": "XX 2026-01-01",
        "checked": "2026-01-01",
        "standing": "in-force",
    }
    assert second["rules"] == [
        {
            "id": "YY-1",
            "article": "a test's own",
            "source": "https://law.example",
            "sureness": "high",
            "level": "offer",
            "marks": ["metadata"],
            "media": ["image"],
            "since": "2020-01-01",
        }
    ]
    assert said["offered_by"] == {
        "text": {"visible": ["XX-1"]},
        "image": {"visible": ["XX-1"], "metadata": ["YY-1"]},
    }


async def test_the_offer_says_what_the_service_offers_of_itself(wrap: Wrap, drive: Any, content: Any) -> None:
    """Where no rule asks for it."""
    sent = await drive(wrap(app), path="/.well-known/ai-label", method="GET")
    said = json.loads(content(sent))
    assert said["offered_by"]["image"] == {"visible": ["service"], "metadata": ["service"]}
    assert (said["unmet"], said["rights"]) == ([], None)


async def test_the_offer_says_what_is_unmet(wrap: Wrap, policy_of: Any, drive: Any, content: Any) -> None:
    """What rules ask for in vain, and why; that which has one reason stands together."""
    labeler = Labeler(Generator(provider="Acme", system="b", version="1"), policy=policy_of(Mark.C2PA))
    sent = await drive(wrap(app, labeler=labeler), path="/.well-known/ai-label", method="GET")
    (unmet,) = json.loads(content(sent))["unmet"]
    assert (unmet["what"], unmet["media"], unmet["rules"]) == ("c2pa", ["image", "text"], ["XX-1"])
    assert "signer" in unmet["why"]


async def test_the_offer_says_how_to_choose_a_language(wrap: Wrap, drive: Any, content: Any) -> None:
    """As a parameter of the preference, or in the query; its own example is one that is understood."""
    sent = await drive(wrap(app), path="/.well-known/ai-label", method="GET")
    choose = json.loads(content(sent))["choose"]
    assert (choose["header_language"], choose["query_language"]) == ("lang", "ai_label_lang")
    name, _, value = choose["example"].partition(": ")
    asked = ask([(name.lower().encode(), value.encode())], b"", b"x=")
    assert (asked.choice, asked.language) == (Choice.ON, "en")


async def test_the_notice_about_rights_is_in_both(wrap: Wrap, drive: Any, content: Any) -> None:
    """The document and the preference, with what of it is declared; each names the rules it speaks of."""
    for rights, told in (
        (Rights(text="Yours."), {"text": "Yours."}),
        (Rights(text={"en": "Yours.", "ru": "Ваше."}), {"text": {"en": "Yours.", "ru": "Ваше."}}),
        (Rights(url="https://a.example"), {"url": "https://a.example"}),
    ):
        generator = Generator(provider="Acme", system="b", version="1")
        wrapped = wrap(app, labeler=Labeler(generator, policy="none", service=Service(rights=rights)))
        for path in (PATH, "/.well-known/ai-label"):
            said = json.loads(content(await drive(wrapped, path=path, method="GET")))
            assert said["rights"] == told
            assert said["policy"].startswith("none ")
