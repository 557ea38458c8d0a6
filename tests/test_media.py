"""What content is, by its bytes."""

import pytest

from labelkit.errors import DamagedContentError, MediaMismatchError, TooLargeError, UnknownMediaError
from labelkit.marks import Medium
from labelkit.media import Limits, identify, medium_of, normalise, sniff

HEADS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 ",
    "image/gif": b"GIF89a",
    "image/tiff": b"MM\0*",
    "image/avif": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
}


@pytest.mark.parametrize(("media_type", "head"), HEADS.items())
def test_the_bytes_decide(media_type: str, head: bytes) -> None:
    """Each format is known by its first bytes, and by another name for it."""
    assert sniff(head) == media_type
    assert identify(head, media_type.upper() + "; charset=binary") == media_type


def test_a_compatible_brand_counts() -> None:
    """An AVIF whose major brand is mif1 is an AVIF."""
    assert sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif") == "image/avif"


@pytest.mark.parametrize("head", [b"BM", b"\0\0\0\x04ftyp", b"\xff\xff\xff\xffftypavif", b"RIFF\0\0\0\0WAVE", b"<svg>"])
def test_what_is_not_known_is_refused(head: bytes) -> None:
    """Other formats and hostile box sizes are of no known type."""
    with pytest.raises(UnknownMediaError, match="begins with"):
        identify(head)


def test_a_wrong_declaration_is_refused() -> None:
    """A PNG that is declared a JPEG is refused, naming both."""
    with pytest.raises(MediaMismatchError, match=r"image/jpeg.*image/png"):
        identify(HEADS["image/png"], "image/jpg")


def test_nothing_is_refused() -> None:
    """No bytes are no picture."""
    with pytest.raises(DamagedContentError, match="empty"):
        identify(b"")


def test_limits_name_size_limit_and_remedy() -> None:
    """Over a limit, the error says by how much and which setting raises it."""
    with pytest.raises(TooLargeError, match=r"2,000 bytes.*1,000.*Limits\(bytes="):
        Limits(bytes=1000).check_bytes(2000)
    with pytest.raises(TooLargeError, match=r"6 pixels.*5.*Limits\(pixels="):
        Limits(pixels=5).check_pixels(2, 3)
    Limits(pixels=6).check_pixels(2, 3)


def test_media_types_in_their_usual_spelling() -> None:
    """Aliases, case and parameters do not matter; what is no medium is none."""
    assert normalise(" Image/JPG ; q=1") == "image/jpeg"
    assert medium_of("image/png") is Medium.IMAGE
    assert medium_of("application/zip") is None
