"""The binding: what a signature covers is the text as it was sent, however it was cut."""

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.errors import UnencodableTextError, UnsupportedContentError
from labelkit.text import wrapper
from labelkit.text.binding import Binding, TextCarrier

MARKS = "ae \u00e9\u1ed9\u212b\u0301\u0323\u0308\u0344\u0345\u0f71\u0f73\u1100\u1161\u11a8\uac00\u09c7\u09be\u3099\u304b\ufb2a\ufeff\ufe0f😀"
pieces = st.lists(st.text(st.sampled_from(MARKS), max_size=5) | st.text(st.characters(exclude_categories=["Cs"])))


def bound(*fed: str) -> tuple[Binding, TextCarrier | None]:
    """What comes of feeding these pieces."""
    binding = Binding()
    for piece in fed:
        binding.feed(piece)
    return binding, binding.carrier()


def digest_of(text: str) -> bytes:
    """What A.8 wants hashed, by the letter."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).digest()


@given(fed=pieces)
def test_covers_the_nfc_of_the_whole(fed: list[str]) -> None:
    """The hash is that of the whole text in NFC, the place that of the raw bytes, for every way to cut it."""
    whole = "".join(fed)
    binding, carrier = bound(*fed)
    assert carrier is not None
    assert carrier.digest() == digest_of(whole)
    assert carrier.start == len(whole.encode())
    assert binding.nfc == unicodedata.is_normalized("NFC", whole)


@pytest.mark.parametrize("text", ["\u0301\u0316", "\u0301", "😀", "é"])
def test_a_long_run_is_held_back_and_still_right(text: str) -> None:
    """A run of marks of any length that arrives mark by mark is hashed as the whole would be."""
    run = "a" + text * 1_500
    _, carrier = bound(*run)
    assert carrier is not None
    assert carrier.digest() == digest_of(run)


def test_nothing_was_sent() -> None:
    """The empty text has a binding too."""
    binding, carrier = bound()
    assert carrier is not None
    assert (carrier.start, carrier.digest(), binding.nfc) == (0, hashlib.sha256().digest(), True)


@pytest.mark.parametrize("joint", [("\ud83d", "\ude00"), ("\ud83d\ude00",), ("x\ud83d", "", "\ude00y")])
def test_halves_of_a_character_are_joined(joint: tuple[str, ...]) -> None:
    """JSON cuts strings between UTF-16 halves; the reader joins them, so the signature does."""
    _, carrier = bound(*joint)
    whole = "".join(joint).replace("\ud83d\ude00", "😀")
    assert carrier is not None
    assert (carrier.start, carrier.digest()) == (len(whole.encode()), digest_of(whole))


@pytest.mark.parametrize("text", ["\ud83d", "a\ude00b", "\ude00\ud83d", "x" * 9 + "\ud83dx"])
def test_a_lone_half_cannot_be_bound(text: str) -> None:
    """A lone surrogate has no UTF-8 form: no carrier, and the reason."""
    binding, carrier = bound(text, "and more")
    assert carrier is None
    assert isinstance(binding.problem, UnencodableTextError)


@pytest.mark.parametrize("step", [1, 3, 8, 9, 1000])
def test_a_wrapper_that_is_there_is_seen(step: int) -> None:
    """A text that carries a wrapper is not bound again, wherever its beginning is cut."""
    text = "signed" + wrapper.encode(b"by somebody") + "."
    binding, carrier = bound(*(text[at : at + step] for at in range(0, len(text), step)))
    assert carrier is None
    assert isinstance(binding.problem, UnsupportedContentError)


@given(manifest=st.binary(max_size=100))
def test_size_is_that_of_the_wrapper(manifest: bytes) -> None:
    """The carrier tells the size of the exclusion for any manifest."""
    _, carrier = bound("text")
    assert carrier is not None
    assert carrier.size(manifest) == len(wrapper.encode(manifest).encode())
