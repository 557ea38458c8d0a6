"""The stream: pieces pass as they come, the marks come before and after them."""

import hashlib
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelkit.errors import LabelkitError, SigningError, UnencodableTextError, UnsupportedContentError
from labelkit.placement import Place
from labelkit.text import notice, seam, stream, wrapper
from labelkit.text.binding import TextCarrier
from labelkit.text.blocks import Blocks
from labelkit.text.stream import TextStream

NOTICE = "Made by AI."
MANIFEST = bytes(range(256))


class Sealer:
    """A seal that remembers what it was shown."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.seen: list[TextCarrier] = []

    def __call__(self, carrier: TextCarrier) -> bytes:
        self.seen.append(carrier)
        if self.error:
            raise self.error
        return MANIFEST


def run(labelled: TextStream, *pieces: str) -> str:
    """All that the stream sends for these pieces."""
    return "".join([*(labelled.feed(piece) for piece in pieces), labelled.finish()])


def assert_sealed(sent: str, seal: Sealer) -> str:
    """The text before the wrapper, when the wrapper is whole and what was shown to the seal is true of it."""
    found = wrapper.find(sent)
    (carrier,) = seal.seen
    assert found is not None
    assert (found.manifest, found.problem, found.end) == (MANIFEST, None, len(sent))
    text = sent[: found.start]
    assert carrier.start == len(text.encode()) == found.start_bytes
    assert carrier.digest() == hashlib.sha256(unicodedata.normalize("NFC", text).encode()).digest()
    assert carrier.size(MANIFEST) == found.length_bytes
    return text


def gap_after(text: str) -> str:
    """What has to stand between a text and a wrapper."""
    blocks = Blocks()
    blocks.feed(text)
    return seam.between(blocks)


@settings(derandomize=True, deadline=None)
@given(
    data=st.data(),
    place=st.sampled_from(list(Place)),
    visible=st.booleans(),
    seals=st.booleans(),
    batch=st.sampled_from([1, 7, 8192]),
)
def test_labels_any_text_cut_anywhere(
    data: st.DataObject, nasty_documents: st.SearchStrategy[str], place: Place, visible: bool, seals: bool, batch: int
) -> None:
    """Pieces go out as they came; put together it is the text with its notice, and a wrapper that is bound to both."""
    text = data.draw(nasty_documents | st.text(st.characters(exclude_categories=["Cs"])))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    seal = Sealer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_BATCH", batch)
        labelled = TextStream(notice=NOTICE if visible else None, place=place, seal=seal if seals else None)
        head = labelled.start()
        sent = [labelled.feed(piece) for piece in pieces]
        tail = labelled.finish()
    assert sent == pieces
    whole = head + text + tail
    if seals:
        whole = assert_sealed(whole, seal)
        said = text if not visible or place is Place.START else notice.add(text, NOTICE, place)
        gap = gap_after(said)
        assert whole.endswith(gap)
        whole = whole.removesuffix(gap)
    assert labelled.sealed is seals
    assert labelled.problem is None
    assert labelled.nfc == (not seals or unicodedata.is_normalized("NFC", text))
    if visible:
        expected = notice.add(text, NOTICE, place)
        unknown = f"{NOTICE}\n\n{text}"  # a stream that starts with its notice can't know the text's direction
        assert whole == (unknown if place is Place.START else expected)
    else:
        assert whole == text


@pytest.mark.parametrize("pieces", [[], ["text"], ["", "", "text"]])
def test_notice_goes_out_with_the_first_piece(pieces: list[str]) -> None:
    """A notice at the start is sent once, before anything else, with or without pieces."""
    assert run(TextStream(notice=NOTICE, place=Place.START), *pieces) == f"{NOTICE}\n\n" + "".join(pieces)


def test_notice_is_not_sent_twice() -> None:
    """What `start` gave out, `feed` and `finish` do not give out again."""
    labelled = TextStream(notice=NOTICE, place=Place.START)
    assert labelled.start() == f"{NOTICE}\n\n"
    assert labelled.start() == ""
    assert labelled.feed("text") == "text"
    assert labelled.finish() == ""


def test_direction_told_beforehand() -> None:
    """A whole text's direction is known at its start, and then the notice is isolated there too."""
    assert TextStream(notice=NOTICE, place=Place.START, rtl=True).start() == f"\u2066{NOTICE}\u2069\n\n"


@pytest.mark.parametrize("batch", [1, 8192])
def test_direction_is_learnt_from_the_pieces(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    """A notice at the end is isolated for the direction of the first letter, in whichever piece."""
    monkeypatch.setattr(stream, "_BATCH", batch)
    assert run(TextStream(notice=NOTICE), "1. ", "«", "ש", "abc") == f"1. «שabc\n\n\u2066{NOTICE}\u2069"


def test_nothing_to_do_is_nothing() -> None:
    """A stream without marks passes everything and adds nothing."""
    labelled = TextStream(notice=None)
    assert run(labelled, "a", "", "```") == "a```"
    assert (labelled.sealed, labelled.problem, labelled.nfc) == (False, None, True)


@pytest.mark.parametrize("misuse", [lambda labelled: labelled.feed("x"), TextStream.finish], ids=["feed", "finish"])
def test_after_the_end_is_an_error(misuse: Callable[[TextStream], str]) -> None:
    """What is fed to a finished stream would not be labelled, so it is refused."""
    labelled = TextStream(notice=NOTICE)
    labelled.finish()
    with pytest.raises(LabelkitError, match="finished"):
        misuse(labelled)


def test_halves_of_a_character_pass_as_they_came() -> None:
    """A character cut in two by JSON is sent on in two, and signed as one."""
    seal = Sealer()
    labelled = TextStream(notice=None, seal=seal)
    assert [labelled.feed("a\ud83d"), labelled.feed("\ude00")] == ["a\ud83d", "\ude00"]
    assert labelled.finish() == wrapper.encode(MANIFEST)
    assert seal.seen[0].start == len("a😀".encode())
    assert seal.seen[0].digest() == hashlib.sha256("a😀".encode()).digest()


def test_a_lone_surrogate_is_told_and_still_labelled_visibly() -> None:
    """Text without a UTF-8 form gets its notice and no wrapper, and the reason is told."""
    seal = Sealer()
    labelled = TextStream(notice=NOTICE, seal=seal)
    assert run(labelled, "a\ud83d", "b") == f"a\ud83db\n\n{NOTICE}"
    assert isinstance(labelled.problem, UnencodableTextError)
    assert not labelled.sealed
    assert seal.seen == []


def test_a_text_that_is_signed_is_not_signed_again() -> None:
    """A text that already carries a wrapper gets no second one, and the reason is told."""
    seal = Sealer()
    labelled = TextStream(notice=None, seal=seal)
    text = "Said." + wrapper.encode(b"theirs")
    assert run(labelled, text[:9], text[9:]) == text
    assert isinstance(labelled.problem, UnsupportedContentError)
    assert seal.seen == []


def test_a_seal_that_fails_leaves_the_notice() -> None:
    """A key that does not sign costs the wrapper only; the error is kept for the outcome."""
    error = SigningError("The key store is gone")
    labelled = TextStream(notice=NOTICE, seal=Sealer(error))
    assert run(labelled, "Said.") == f"Said.\n\n{NOTICE}"
    assert labelled.problem is error
    assert not labelled.sealed


def test_a_bug_in_a_seal_is_not_hidden() -> None:
    """Only errors of labelkit's own tree are told in the outcome; anything else is a bug and comes through."""
    with pytest.raises(ZeroDivisionError):
        run(TextStream(notice=None, seal=Sealer(ZeroDivisionError())), "Said.")


@pytest.mark.parametrize("text", ["e\u0301", "\u1100\u1161", "q\u0307\u0323"])
def test_a_text_that_is_not_nfc_is_bound_and_told(text: str) -> None:
    """Decomposed text is signed as it is sent, and `nfc` says that normalising it later breaks the signature."""
    seal = Sealer()
    labelled = TextStream(notice=None, seal=seal)
    assert_sealed(run(labelled, *text), seal)
    assert labelled.sealed
    assert not labelled.nfc


def test_a_closing_fence_still_closes() -> None:
    """The wrapper gets a line of its own behind a fence that must stand alone on its line."""
    seal = Sealer()
    assert assert_sealed(run(TextStream(notice=None, seal=seal), "```\ncode\n", "```"), seal) == "```\ncode\n```\n"
    seal = Sealer()
    sent = run(TextStream(notice=NOTICE, place=Place.START, seal=seal), "```\ncode\n```")
    assert assert_sealed(sent, seal) == f"{NOTICE}\n\n```\ncode\n```\n"


def test_a_long_stream() -> None:
    """A megabyte of tokens is labelled like one text."""
    seal = Sealer()
    pieces = ["Съешь ", "ещё ", "этих\n\n", "```\n", "и́\n", "```\n"] * 20_000
    text = "".join(pieces)
    sent = run(TextStream(notice=NOTICE, seal=seal), *pieces, "```")
    assert assert_sealed(sent, seal) == f"{text}```\n```\n\n{NOTICE}"
