"""A real browser, driven over its own pipe: chromium where it is installed, and no package more."""

import base64
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_FLAGS = [
    "--headless",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-US",
    "--no-first-run",
    "--remote-debugging-pipe",
]
_PATIENCE = 60.0  # seconds; the model writes a whole answer in that time on a busy machine


class Browser:
    """One page of a browser, spoken to in the DevTools protocol (JSON between NUL bytes on descriptors 3 and 4)."""

    def __init__(self, program: str, folder: Path) -> None:
        theirs, self._out = os.pipe()
        self._in, their_out = os.pipe()
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        quiet = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
        actions = [(os.POSIX_SPAWN_DUP2, theirs, 3), (os.POSIX_SPAWN_DUP2, their_out, 4), quiet]
        command = [program, *_FLAGS, *root, f"--user-data-dir={folder}", "about:blank"]
        self._process = os.posix_spawn(program, command, dict(os.environ), file_actions=actions)
        os.close(theirs)
        os.close(their_out)
        self._rest, self._calls, self._session = b"", 0, ""
        self.problems: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command, and its result."""
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._rest:
                piece = os.read(self._in, 1 << 20)
                assert piece, "the browser ended"
                self._rest += piece
            line, _, self._rest = self._rest.partition(b"\0")
            answer = json.loads(line)
            if answer.get("id") == self._calls:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.problems.append(json.dumps(answer["params"]))

    def run(self, script: str) -> Any:
        """The value of a script; a promise is awaited."""
        found = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until a script says something true."""
        deadline = time.monotonic() + _PATIENCE
        while not self.run(script):
            assert time.monotonic() < deadline, f"never: {script}; {self.problems}"
            time.sleep(0.05)

    def open(self, url: str) -> None:
        """Load a page, with its scripts."""
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def size(self, width: int, height: int = 800, *, dark: bool = False) -> None:
        """The window's size in CSS pixels, and the colours that its user prefers."""
        phone = width < 600
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def press(self, code: str, number: int, text: str = "") -> None:
        """A key, as from a keyboard, with what it types."""
        common = {"code": code, "key": text or code, "windowsVirtualKeyCode": number, "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def picture(self, name: str) -> None:
        """Keep a screenshot in the folder that LABELKIT_SCREENSHOTS names; nothing where it names none."""
        if folder := os.environ.get("LABELKIT_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            data = self.call("Page.captureScreenshot", format="png")["data"]
            Path(folder, f"{name}.png").write_bytes(base64.b64decode(data))

    def close(self) -> None:
        """End the browser."""
        self._session = ""
        self.call("Browser.close")
        os.waitpid(self._process, 0)
        os.close(self._in)
        os.close(self._out)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A fresh browser without cookies. What its console complains of fails the test."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip(reason="there is no chromium here; .ci/system-packages installs it on Debian")
    made = Browser(program, tmp_path / "profile")
    try:
        yield made
        made.run("1")
        assert made.problems == []
    finally:
        made.close()
