"""docs/placement.md: its program runs, and what it says of each line's place is so."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from labelkit import Labeler
from labelkit.middleware import LabelingMiddleware

DOCUMENT = Path(__file__).parents[2] / "docs" / "placement.md"
NOTICE = "This text was generated using artificial intelligence."
CHAT = "/v1/chat/completions"
KEY = {"Authorization": "Bearer secret"}
ORIGIN = {"Origin": "https://app.example"}
ASKS = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "prefer"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The names that the document's program defines."""
    source = next(iter(re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)))
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("placement"))
        exec(compile(source, str(DOCUMENT), "exec"), names)
    return names


def test_the_country_of_a_request_is_asked_for(program: dict[str, Any]) -> None:
    """The second program goes on from the first; only a trusted proxy's word for the country counts."""
    more = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[-1]
    names = program | {"app": Starlette(routes=program["app"].routes)}
    exec(compile(more, str(DOCUMENT), "exec"), names)
    for address, labelled in (("10.1.2.3", True), ("192.0.2.1", False)):
        client = TestClient(names["app"], "https://service.example", client=(address, 50_000))
        answer = client.post(CHAT, headers={"CF-IPCountry": "KZ"}, json={"messages": []})
        assert ("preference-applied" in answer.headers) is labelled
        assert answer.headers.get("cache-control") == ("private" if labelled else None)


@pytest.fixture(scope="module")
def client(program: dict[str, Any]) -> TestClient:
    """A client of the document's application."""
    return TestClient(program["app"], "https://service.example")


def _in_order(program: dict[str, Any], *lines: tuple[Callable[..., Any], dict[str, Any]]) -> TestClient:
    """The same application with its lines in another order."""
    app = Starlette(routes=program["app"].routes)
    for middleware, options in lines:
        app.add_middleware(middleware, **options)
    return TestClient(app, "https://service.example")


def _ours(program: dict[str, Any]) -> tuple[Callable[..., Any], dict[str, Any]]:
    return LabelingMiddleware, {"labeler": program["labeler"]}


def test_a_page_of_another_origin_is_answered(client: TestClient) -> None:
    """With every line in its place: the preflight passes, the answer is labelled, compressed and readable."""
    asked = client.options(CHAT, headers=ORIGIN | ASKS)
    assert asked.status_code == 200
    assert "Prefer" in asked.headers["access-control-allow-headers"]
    answer = client.post(CHAT, json={}, headers=ORIGIN | KEY | {"Prefer": "ai-label", "Accept-Encoding": "gzip"})
    assert answer.json()["choices"][0]["message"]["content"].endswith(NOTICE)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert "Preference-Applied" in answer.headers["access-control-expose-headers"]
    assert answer.headers["preference-applied"].startswith("ai-label=")


def test_a_preflight_is_answered_for_the_preference(client: TestClient) -> None:
    """CORS outside answers for our own endpoint, too."""
    asks = ORIGIN | {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    assert client.options("/ai-label/preference", headers=asks).status_code == 200


def test_strangers_are_kept_out(client: TestClient) -> None:
    """Authentication outside answers before anything of ours does."""
    assert client.post(CHAT, json={}).status_code == 400
    assert client.get("/ai-label/preference").status_code == 400
    assert client.get("/ai-label/preference", headers=KEY).status_code == 200


def test_another_origin_changes_a_choice_only_when_it_is_listed(program: dict[str, Any], client: TestClient) -> None:
    """CORS does not decide who may change a choice; ``allowed_origins`` does."""

    def put(client: TestClient) -> int:
        return client.put("/ai-label/preference", json={"ai_label": "on"}, headers=ORIGIN | KEY).status_code

    assert put(client) == 403
    app = LabelingMiddleware(Starlette(), labeler=program["labeler"], allowed_origins=[ORIGIN["Origin"]])
    assert put(TestClient(app, "https://service.example")) == 200


def test_cors_inside_never_sees_our_endpoint(program: dict[str, Any]) -> None:
    """CORS before ours: our endpoint's answers have no header that lets a page of another origin read them."""
    client = _in_order(program, (CORSMiddleware, {"allow_origins": [ORIGIN["Origin"]]}), _ours(program))
    assert "access-control-allow-origin" not in client.get("/ai-label/preference", headers=ORIGIN).headers
    assert client.post(CHAT, json={}, headers=ORIGIN).headers["access-control-allow-origin"] == ORIGIN["Origin"]


def test_gzip_inside_leaves_labelled_answers_uncompressed(program: dict[str, Any]) -> None:
    """GZip before ours: answers are labelled all the same, and not compressed."""
    client = _in_order(program, (GZipMiddleware, {}), _ours(program))
    answer = client.post(CHAT, json={}, headers={"Prefer": "ai-label", "Accept-Encoding": "gzip"})
    assert answer.json()["choices"][0]["message"]["content"].endswith(NOTICE)
    assert "content-encoding" not in answer.headers
    assert client.post(CHAT, json={}, headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_an_application_that_compresses_by_itself_is_not_labelled(program: dict[str, Any]) -> None:
    """Compressed bytes are passed on as they are, and the missing header says so."""
    body = b"\x1f\x8b not really"

    async def compressed(_: object) -> Response:
        return Response(body, headers={"Content-Encoding": "x-own"}, media_type="application/json")

    inner = Starlette(routes=[Route(CHAT, compressed, methods=["POST"])])
    client = TestClient(LabelingMiddleware(inner, labeler=program["labeler"]))
    answer = client.post(CHAT, json={}, headers={"Prefer": "ai-label"})
    assert answer.content == body
    assert "preference-applied" not in answer.headers


def test_authentication_inside_lets_strangers_at_the_preference(program: dict[str, Any]) -> None:
    """Authentication before ours: our endpoint answers to anybody."""
    client = _in_order(program, (AuthenticationMiddleware, {"backend": program["Keys"]()}), _ours(program))
    assert client.get("/ai-label/preference").status_code == 200
    assert client.post(CHAT, json={}).status_code == 400


def test_two_instances_label_once(program: dict[str, Any]) -> None:
    """An outer instance and an inner one: one notice."""
    labeler: Labeler = program["labeler"]
    client = _in_order(program, _ours(program), (LabelingMiddleware, {"labeler": labeler}))
    answer = client.post(CHAT, json={}, headers={"Prefer": "ai-label"})
    assert answer.json()["choices"][0]["message"]["content"].count(NOTICE) == 1


def test_the_class_alone_is_configured_by_variables(program: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As vLLM and LiteLLM call it: outermost, with no argument."""
    for name, value in {"PROVIDER": "Acme", "SYSTEM": "acme-chat", "VERSION": "1", "LOCALE": "en"}.items():
        monkeypatch.setenv(f"LABELKIT_{name}", value)
    client = _in_order(program, (AuthenticationMiddleware, {"backend": program["Keys"]()}), (LabelingMiddleware, {}))
    answer = client.post(CHAT, json={}, headers=KEY | {"Prefer": "ai-label"})
    assert answer.json()["choices"][0]["message"]["content"].endswith(NOTICE)
