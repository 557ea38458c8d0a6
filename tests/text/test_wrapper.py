"""The wrapper: what is written is exact, what is read is whatever writers out there write."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.text import wrapper
from labelkit.text.wrapper import CORRUPTED, MULTIPLE

manifests = st.binary(max_size=300)
# Texts that know of the wrapper's alphabet, without the beginning of a real one.
texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\ufeff\ufe00\ufe0f\U000e0100\U000e01ef"))


def spell(data: bytes) -> str:
    """The selectors of bytes, by the letter of A.8."""
    return "".join(chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in data)


def framed(manifest: bytes, *, length: int | None = None, version: int = 1, more: bytes = b"") -> str:
    """A wrapper by the letter of A.8, sound unless told otherwise."""
    header = struct.pack(">8sBI", b"C2PATXT\0", version, len(manifest) if length is None else length)
    return "\ufeff" + spell(header + manifest + more)


@given(manifest=manifests)
def test_written_by_the_letter_of_the_annex(manifest: bytes) -> None:
    """U+FEFF, then a selector for each byte of magic, version, length and manifest, and nothing more."""
    assert wrapper.encode(manifest) == framed(manifest)


@given(manifest=manifests)
def test_size_is_known_without_writing(manifest: bytes) -> None:
    """The size that an exclusion must name is that of the written wrapper in UTF-8."""
    assert wrapper.encoded_size(manifest) == len(wrapper.encode(manifest).encode())


@given(manifest=manifests, before=texts, after=texts)
def test_round_trip_in_any_text(manifest: bytes, before: str, after: str) -> None:
    """A wrapper is found at its place, in characters and in bytes, and gives its manifest back."""
    after = after if not after or wrapper._RUN.match(after).end() == 0 else "." + after  # type: ignore[union-attr]
    text = before + wrapper.encode(manifest) + after
    found = wrapper.find(text)
    assert found is not None
    assert (found.manifest, found.problem) == (manifest, None)
    assert text[: found.start] == before
    assert text[found.end :] == after
    assert found.start_bytes == len(before.encode())
    assert found.length_bytes == wrapper.encoded_size(manifest)
    assert wrapper.has_wrapper(text)


@given(text=texts)
def test_a_text_without_one_has_none(text: str) -> None:
    """Selectors and U+FEFF without the magic are no wrapper, sound or corrupted."""
    assert wrapper.find(text) is None
    assert not wrapper.has_wrapper(text)
    assert wrapper.at_end(text) is None


@pytest.mark.parametrize("padding", [b"\x00" * 9, b"\xff" * 5, b"\x10" * 3, b"\x00\x00\x10", b"\xff\xff\x00", b"\x00"])
def test_reads_every_padding_style(padding: bytes) -> None:
    """Padding by 0x00, 0x10 or 0xFF belongs to the wrapper and not to the manifest."""
    text = "text" + framed(b"manifest", more=padding)
    found = wrapper.find(text)
    assert found is not None
    assert (found.start, found.end, found.manifest, found.problem) == (4, len(text), b"manifest", None)


def test_hidden_bytes_behind_the_manifest_are_no_padding() -> None:
    """Selectors that spell something else make the wrapper corrupted: nobody signed them."""
    found = wrapper.find(framed(b"manifest", more=b"\x00secret"))
    assert found is not None
    assert (found.problem, found.manifest) == (CORRUPTED, b"")


@pytest.mark.parametrize(
    "text",
    [
        framed(b"manifest")[:-1],
        framed(b"manifest")[:14],
        framed(b"manifest")[:10],
        framed(b"manifest", length=9),
        framed(b"manifest", length=2**32 - 1),
        framed(b"manifest", length=3),
        framed(b"manifest", version=2),
        framed(b"manifest").replace(spell(b"a"), "a"),
        framed(b"manifest").replace(spell(b"a"), "\ud800"),
        framed(b"manifest").replace(spell(b"a"), "\U0010ffff"),
    ],
    ids=[
        "cut",
        "no manifest",
        "cut header",
        "one short",
        "4 GB",
        "too long",
        "version 2",
        "hole",
        "half",
        "no selector",
    ],
)
def test_corrupted(text: str) -> None:
    """Our magic before anything that is not what it says is reported as corrupted, at its place."""
    found = wrapper.find("before" + text + "after")
    assert found is not None
    assert (found.start, found.manifest, found.problem) == (6, b"", CORRUPTED)


def test_magic_cut_short_is_junk() -> None:
    """Without the whole magic nobody claimed that it is a wrapper."""
    assert wrapper.find(framed(b"manifest")[:8]) is None


def test_corrupted_beside_a_sound_one_is_skipped() -> None:
    """Junk put before or after a sound wrapper does not hide it."""
    for text in (framed(b"x" * 9)[:15] + "." + framed(b"good"), framed(b"good") + "." + framed(b"x")[:-1]):
        found = wrapper.find(text)
        assert found is not None
        assert (found.manifest, found.problem) == (b"good", None)


def test_of_several_corrupted_ones_the_first_is_told() -> None:
    """Where no wrapper is sound, the first that claims to be one is the problem."""
    found = wrapper.find(framed(b"one")[:-1] + "." + framed(b"two")[:-1])
    assert found is not None
    assert (found.start, found.problem) == (0, CORRUPTED)


def test_two_sound_ones_are_a_problem() -> None:
    """A text has at most one wrapper."""
    found = wrapper.find(framed(b"one") + framed(b"two"))
    assert found is not None
    assert found.problem == MULTIPLE


def test_at_end_looks_at_the_end_only() -> None:
    """A wrapper in the middle does not end the text, a corrupted one at the end does."""
    assert wrapper.at_end(framed(b"one") + ".") is None
    cut = wrapper.at_end("text" + framed(b"one")[:-1])
    assert cut is not None
    assert (cut.start, cut.problem) == (4, CORRUPTED)
    padded = wrapper.at_end("text" + framed(b"one", more=b"\0\0"))
    assert padded is not None
    assert padded.manifest == b"one"


@given(
    parts=st.lists(
        st.tuples(st.text("ab\ufeff\ufe01é漢😀", max_size=5), manifests, st.sampled_from(["", "cut", "padded"])),
        max_size=5,
    )
)
def test_all_are_found_in_order(parts: list[tuple[str, bytes, str]]) -> None:
    """Every planted wrapper is found once, sound or corrupted, between any junk."""
    text, planted = "", []
    for before, manifest, kind in parts:
        text += before + "."
        start = len(text)
        whole = framed(manifest, more=b"\0\x10" if kind == "padded" else b"")
        text += whole[:-1] if kind == "cut" else whole
        planted.append((start, len(text), b"" if kind == "cut" else manifest, CORRUPTED if kind == "cut" else None))
        text += "."
    assert [(found.start, found.end, found.manifest, found.problem) for found in wrapper.find_all(text)] == planted


def test_hostile_texts_are_read_in_one_pass() -> None:
    """Candidates that each claim the whole rest of the text, and floods of its characters, end like anything else."""
    count = 20_000
    claims = "".join(framed(b"", length=14 * (count - at - 1)) for at in range(count))
    found = wrapper.find(claims)
    assert found is not None
    assert (found.start, found.problem) == (14 * (count - 1), None)
    for flood in ("\ufeff", "\ufe00", "\ufeff" + spell(b"C"), "\ufeff" + spell(b"C2PATXT")):
        assert wrapper.find(flood * 500_000) is None
