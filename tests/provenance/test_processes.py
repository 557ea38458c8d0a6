"""Threads and processes: one Manifests serves them all, before and after a fork."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from labelkit.label import Generator, Label
from labelkit.provenance import Manifests, Signer, Trust, read, read_bound

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
Picture = Callable[[str], bytes]


def test_threads_share_one(generator: Generator, signer: Signer, text: Any, picture: Picture, trust: Trust) -> None:
    """Eight threads that start on a fresh Manifests at once make valid manifests, in both ways."""
    manifests = Manifests(generator, signer)

    def work(number: int) -> tuple[str, str]:
        carrier = text(f"Text {number}. " * 20)
        manifest = manifests.bind(Label(generator), carrier, media_type="text/plain")
        bound = read_bound(manifest, carrier.signed(manifest), carrier.start, carrier.size(manifest), trust)
        embedded = read(manifests.embed(picture("PNG"), "image/png", Label(generator)), "image/png", trust)
        return bound.state, embedded.state if embedded else "none"

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(80))) == {("trusted", "trusted")}


@forks
@pytest.mark.parametrize("used", [False, True])
def test_a_forked_child_signs_and_reads(
    generator: Generator, signer: Signer, text: Any, picture: Picture, trust: Trust, used: bool
) -> None:
    """A child signs, places and reads, whether its parent did so before (a server that preloads) or not."""
    manifests = Manifests(generator, signer)
    if used:
        manifests.prepare()
        _all(manifests, generator, text, picture, trust)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(
        target=lambda: answers.put(_all(manifests, generator, text, picture, trust)), name="labelkit-test"
    )
    child.start()
    child.join(60)

    assert child.exitcode == 0
    assert answers.get() == ["trusted", "trusted"]
    assert _all(manifests, generator, text, picture, trust) == ["trusted", "trusted"]


def _all(manifests: Manifests, generator: Generator, text: Any, picture: Picture, trust: Trust) -> list[str]:
    carrier = text("A text of some length. " * 10)
    manifest = manifests.bind(Label(generator), carrier, media_type="text/plain")
    bound = read_bound(manifest, carrier.signed(manifest), carrier.start, carrier.size(manifest), trust)
    embedded = read(manifests.embed(picture("PNG"), "image/png", Label(generator)), "image/png", trust)
    return [bound.state, embedded.state if embedded else "none"]
