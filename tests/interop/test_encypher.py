"""What the labeler signs, read by a verifier that shares no code with the one we sign with."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from labelkit import Generator, Labeler, Signer

Verify = Callable[[bytes, str], dict[str, Any]]

TRUSTED = "valid_for_supplied_material"  # the material that the verifier is given is our root alone

TEXTS = {
    "ascii": "The sea is wide.",
    "cyrillic": "Море широко, а небо высоко.",
    "emoji and combining": "Cafe\u0301 \N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4} done.",
    "right to left": "הים רחב",
    "an open fence": "```python\nprint('the sea')",
    "empty": "",
}
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


@pytest.fixture(scope="module", params=[None, "https://example.com/check?of=1&lang=en"], ids=["plain", "detector"])
def labeler(signer: Signer, request: pytest.FixtureRequest) -> Labeler:
    """A labeler that signs with a certificate of the run's own authority, with and without a detector to name."""
    generator = Generator(provider="Example Ltd", system="tests", version="1", detector=request.param)
    return Labeler(generator, signer=signer, locale="en")


def _picture(media_type: str) -> bytes:
    file = BytesIO()
    Image.radial_gradient("L").resize((400, 300)).convert("RGB").save(file, FORMATS[media_type])
    return file.getvalue()


def _holds(report: dict[str, Any]) -> bool:
    return (report["integrity"], report["signature"], report["hard_binding"]) == ("valid", "valid", "match")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_signed_text_is_trusted(labeler: Labeler, verify: Verify, text: str) -> None:
    """A text with notice and signature is intact, and trusted by whoever trusts our root."""
    report = verify(labeler.text(text, marks=["visible", "c2pa"]).encode(), "text/plain")
    assert _holds(report), report["validation_results"]
    assert report["trust"]["status"] == TRUSTED


def test_a_stream_is_trusted_as_a_whole(labeler: Labeler, verify: Verify) -> None:
    """What was passed on piece by piece, and what came at its end, is one signed text."""
    stream = labeler.stream(marks=["visible", "c2pa"])
    text = "".join([stream.feed("Cafe"), stream.feed("\u0301 is "), stream.feed("open."), stream.finish()])
    report = verify(text.encode(), "text/plain")
    assert _holds(report), report["validation_results"]
    assert report["trust"]["status"] == TRUSTED


@pytest.mark.parametrize("at", [0, 4, 20])
def test_a_changed_text_is_caught(labeler: Labeler, verify: Verify, at: int) -> None:
    """One changed letter, of the text or of its notice, and the binding breaks."""
    text = labeler.text("The sea is wide.", marks=["visible", "c2pa"])
    changed = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
    report = verify(changed.encode(), "text/plain")
    assert report["integrity"] != "valid"
    assert report["hard_binding"] != "match"


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("marks", [["c2pa"], ["metadata", "c2pa"], ["visible", "metadata", "c2pa"]], ids="+".join)
def test_a_labelled_picture_is_trusted(labeler: Labeler, verify: Verify, media_type: str, marks: list[str]) -> None:
    """A picture with any set of marks is intact, and trusted by whoever trusts our root."""
    report = verify(labeler.image(_picture(media_type), marks=marks), media_type)
    assert _holds(report), report["validation_results"]
    assert report["trust"]["status"] == TRUSTED


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_changed_picture_is_caught(labeler: Labeler, verify: Verify, media_type: str) -> None:
    """One changed byte of the picture's own data, and the binding breaks."""
    data = bytearray(labeler.image(_picture(media_type)))
    data[-20] ^= 1  # within the compressed pixels, or a checksum, in each of the formats
    report = verify(bytes(data), media_type)
    assert report["integrity"] != "valid"


def test_somebody_else_is_not_trusted(other_signer: Signer, verify: Verify) -> None:
    """A signature of an authority that is not on the list is intact all the same, and not trusted."""
    other = Labeler(Generator(provider="Other", system="tests", version="1"), signer=other_signer)
    report = verify(other.image(_picture("image/png")), "image/png")
    assert _holds(report), report["validation_results"]
    assert report["trust"]["status"] != TRUSTED
