"""Is a picture whole, and small enough? Asked of its structure, before anything is decoded or written.

Signing is not validation: a C2PA library signs a JPEG that ends in the middle without a word.
"""

from __future__ import annotations

from labelkit.errors import DamagedContentError, UnsupportedContentError
from labelkit.image.containers import Shape, container_of
from labelkit.marks import NO_MARKS, Mark, Marks
from labelkit.media import Limits


def check(data: bytes, media_type: str, limits: Limits, *, marks: Marks = NO_MARKS) -> Shape:
    """Walk a picture's structure to its end and compare it with the limits; nothing is decoded.

    Args:
        data: the whole picture.
        media_type: its type, as ``media.identify`` found it.
        limits: how many bytes and pixels are let through.
        marks: the marks that it is to get; what a mark cannot be put into is refused here.

    Returns:
        What the headers say.

    Raises:
        DamagedContentError: empty, truncated, or with a broken structure.
        TooLargeError: over the byte or the pixel limit.
        UnsupportedContentError: whole, but of a kind that one of the marks would damage: 16 bits a channel, CMYK,
            an animation, a format without a badge.
        UnknownMediaError: a type that no container knows.
    """
    if not data:
        raise DamagedContentError("The picture is empty", remedy="Pass the bytes of an image.")
    limits.check_bytes(len(data), where=media_type)
    shape = container_of(media_type).shape(data)
    limits.check_pixels(shape.width, shape.height, where=media_type)
    if Mark.VISIBLE in marks:
        check_drawable(shape)
    if Mark.METADATA in marks and shape.fixed:
        raise UnsupportedContentError(
            f"XMP cannot be inserted into {shape.fixed}", remedy="Leave the metadata mark out for it."
        )
    return shape


def check_drawable(shape: Shape) -> None:
    """Raise UnsupportedContentError where a badge would cost what the picture is."""
    if shape.undrawable:
        raise UnsupportedContentError(
            f"A badge cannot be drawn on {shape.undrawable}",
            remedy="Convert it to a still PNG, JPEG or WebP of 8 bits a channel, or leave the visible mark out.",
        )
