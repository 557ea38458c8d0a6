"""What the clients' tests share: the example chatbot as it is, and as a service for the EU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from labelkit import Generator, Labeler
from labelkit.middleware import LabelingMiddleware
from labelkit.service import Service


@pytest.fixture(scope="session")
def european(chatbot: str, serving: Callable[[ASGIApp], AbstractContextManager[str]]) -> Iterator[str]:
    """The example's model under the EU's rules for providers, without a signer: nothing is due but the sentence that an
    AI talks. Its URL."""
    app: Any = pytest.importorskip("examples.chatbot.app", reason="the example's libraries are not installed")
    routes = [Route(path, app.relay, methods=["POST"]) for path in ("/v1/chat/completions", "/v1/messages")]
    service = Starlette(routes=routes, lifespan=app.load)
    generator = Generator(provider="Example Ltd", system="labelkit chatbot", version="SmolLM2-135M-Instruct")
    labeler = Labeler(generator, policy="eu", service=Service(roles=frozenset({"provider"})))
    service.add_middleware(LabelingMiddleware, labeler=labeler)
    with serving(service) as url:
        yield url
