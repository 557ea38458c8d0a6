"""Signed streams, end to end: our wrapper and our binding as a verifier sees them that shares no code with us."""

from collections.abc import Callable
from typing import Any

import pytest

from labelkit.label import Generator, Label
from labelkit.placement import Place
from labelkit.provenance import Manifests, Signer, Trust, read_bound
from labelkit.text import wrapper
from labelkit.text.binding import TextCarrier
from labelkit.text.stream import TextStream

Verify = Callable[[bytes, str], dict[str, Any]]
GENERATOR = Generator(provider="Example AI", system="example-chat", version="2.1")
TEXTS = {
    "ascii": "The sea is wide.",
    "cyrillic": "Море широко, а небо высоко.\n",
    "decomposed": "Cafe\u0301, nai\u0308ve fac\u0327ade",
    "marks in the wrong order": "q\u0307\u0323 \u1100\u1161\u11a8 \u212b",
    "emoji": "👩\u200d👩\u200d👧 ok \U0001f44b\U0001f3fd",
    "right to left": "הים רחב, והשמיים.",
    "arabic": "البحر واسع؟",
    "empty": "",
    "ends in a variation selector": "I ❤\ufe0f",
    "begins with a BOM": "\ufeffThe sea is wide.",
    "ends in a BOM": "The sea is wide.\ufeff",
    "junk selectors": "a\ufeff\ufe00\ufe01 b\U000e0100",
    "code": "```python\nprint('the sea')\n```",
    "open code": "~~~~\nprint('the sea')",
    "long": "Море широко, a nebe vysoko. " * 500,
}


@pytest.fixture(scope="module")
def manifests(signer: Signer) -> Manifests:
    """Manifests of the run's own authority."""
    return Manifests(GENERATOR, signer)


def signed(manifests: Manifests, text: str, step: int, *, notice: str | None = None, place: Place = Place.END) -> str:
    """The text as a stream of pieces would send it."""

    def seal(carrier: TextCarrier) -> bytes:
        return manifests.bind(Label(GENERATOR), carrier, media_type="text/plain")

    labelled = TextStream(notice=notice, place=place, seal=seal)
    sent = [labelled.feed(text[at : at + step]) for at in range(0, len(text), step)]
    sent.append(labelled.finish())
    assert labelled.problem is None
    return "".join(sent)


def is_sound(report: dict[str, Any]) -> bool:
    """Whether the verifier finds the whole of it intact."""
    return (report["integrity"], report["signature"], report["hard_binding"]) == ("valid", "valid", "match")


@pytest.mark.parametrize("place", [None, *Place])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_valid_and_trusted(
    manifests: Manifests, verify: Verify, root_pem: bytes, text: str, place: Place | None
) -> None:
    """Whatever the text and wherever its notice, its signature holds elsewhere and here, and our root is believed."""
    notice = None if place is None else "Made by AI."
    sent = signed(manifests, text, 5, notice=notice, place=place or Place.END)
    report = verify(sent.encode(), "text/plain")
    assert is_sound(report), report["validation_results"]
    assert report["trust"]["status"] == "valid_for_supplied_material"
    found = wrapper.find(sent)
    assert found is not None
    ours = read_bound(found.manifest, sent.encode(), found.start_bytes, found.length_bytes, Trust.of(root_pem))
    assert ours.state == "trusted", ours.reason


@pytest.mark.parametrize("at", [0, 7, -1])
def test_a_changed_byte_is_caught(manifests: Manifests, verify: Verify, at: int) -> None:
    """One byte of the text changed, and the signature does not hold."""
    sent = signed(manifests, "The sea is wide.", 4)
    found = wrapper.find(sent)
    assert found is not None
    changed = bytearray(sent.encode())
    changed[at if at >= 0 else found.start_bytes + at] ^= 1
    assert not is_sound(verify(bytes(changed), "text/plain"))


def test_a_changed_byte_of_the_manifest_is_caught(manifests: Manifests, verify: Verify) -> None:
    """One selector changed for another of the same size, and the signature does not hold."""
    sent = signed(manifests, "The sea is wide.", 4)
    found = wrapper.find(sent)
    assert found is not None
    manifest = bytearray(found.manifest)
    at = manifest.index(b"c2pa.created")
    manifest[at] ^= 1
    changed = sent[: found.start] + wrapper.encode(bytes(manifest))
    assert not is_sound(verify(changed.encode(), "text/plain"))


def test_a_moved_wrapper_is_caught(manifests: Manifests, verify: Verify) -> None:
    """A wrapper put behind another text says nothing about it."""
    sent = signed(manifests, "The sea is wide.", 4)
    found = wrapper.find(sent)
    assert found is not None
    assert not is_sound(verify(("The sea is deep." + sent[found.start :]).encode(), "text/plain"))
