"""A pytest plugin that puts a middleware round every application of a foreign test suite.

``ASGI_WRAP`` names it as ``module:callable``; without one it is LabelingMiddleware. Applications are met in two places:
where a TestClient is made (HTTP, WebSocket and lifespan), and where a test drives a Starlette by hand.
"""

from __future__ import annotations

import logging
import os
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from starlette import testclient
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from labelkit import Generator, Labeler
from labelkit.middleware import LabelingMiddleware

_LABELER = Labeler(Generator(provider="Acme", system="acme", version="1"), policy="none")
_INSIDE = "tests.foreign.wrapped"
_module, _, _name = os.environ.get("ASGI_WRAP", f"{__name__}:label").partition(":")
_counted = {"clients": 0, "direct calls": 0}


def label(app: ASGIApp) -> ASGIApp:
    """What a service adds: the middleware, and nothing that is labelled unless somebody asks."""
    logging.getLogger("labelkit").setLevel(logging.ERROR)  # some tests look at what is logged
    return LabelingMiddleware(app, labeler=_LABELER)


class Face:
    """The wrapped application; for whoever asks for its attributes, the application."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._wrapped = getattr(import_module(_module), _name)(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_INSIDE] = True
        await self._wrapped(scope, receive, send)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)


def pytest_configure(config: pytest.Config) -> None:
    """Patch both places, before any test is imported."""
    made, called = testclient.TestClient.__init__, Starlette.__call__
    faces: WeakKeyDictionary[Starlette, Face] = WeakKeyDictionary()

    def make(self: testclient.TestClient, app: Any, *args: Any, **options: Any) -> None:
        _counted["clients"] += 1
        asgi3 = testclient._is_asgi3(app)
        made(self, Face(app if asgi3 else testclient._WrapASGI2(app)), *args, **options)

    async def call(self: Starlette, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get(_INSIDE):
            await called(self, scope, receive, send)
            return
        _counted["direct calls"] += 1
        if self not in faces:
            faces[self] = Face(self)
        await faces[self](scope, receive, send)

    testclient.TestClient.__init__ = make  # type: ignore[method-assign]
    Starlette.__call__ = call  # type: ignore[method-assign]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say that it did something: a plugin that patches nothing would pass everything."""
    terminalreporter.write_line(f"wrapped by {_module}:{_name}: {_counted}")
