"""What content is: its media type by its bytes. A declared type is checked, never believed alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labelkit.errors import ContentError, DamagedContentError, MediaMismatchError, TooLargeError, UnknownMediaError
from labelkit.marks import Medium

_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/apng": "image/png",
}
_BRANDS = {b"avif": "image/avif", b"avis": "image/avif"}
_MEDIA = {medium.value: medium for medium in Medium}
MARKDOWN = frozenset({".md", ".markdown", ".qmd"})
"""The suffixes of Markdown files, which have a front matter."""
_LONGEST_FTYP = 256  # bytes; the brands stand in the first box


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much content is looked at. ``bytes`` and ``pixels`` bound what is decoded, so that a bomb stays small."""

    bytes: int = 64 * 1024 * 1024
    pixels: int = 100_000_000

    def check_bytes(self, size: int, *, where: str = "") -> None:
        """Raise TooLargeError when ``size`` bytes are too many."""
        if size > self.bytes:
            raise TooLargeError(
                size, self.bytes, "bytes", where=where, remedy="Raise Limits(bytes=...) if this is expected."
            )

    def check_pixels(self, width: int, height: int, *, where: str = "") -> None:
        """Raise TooLargeError when a picture of this size has too many pixels."""
        if width * height > self.pixels:
            raise TooLargeError(
                width * height,
                self.pixels,
                "pixels",
                where=where,
                remedy="Raise Limits(pixels=...) if this is expected.",
            )


def read_file(path: Path, limits: Limits) -> bytes:
    """The bytes of a file; its size is asked before it is read.

    Raises:
        TooLargeError: it has more bytes than the limit.
        ContentError: it cannot be read; the OSError is chained.
    """
    try:
        limits.check_bytes(path.stat().st_size, where=str(path))
        return path.read_bytes()
    except OSError as error:
        raise unreadable(error, path) from error


def unreadable(error: OSError, where: Path) -> ContentError:
    """The error for a file that cannot be read."""
    return ContentError(f"The file cannot be read: {error.strerror}", where=str(where), remedy="Check it.")


def normalise(media_type: str) -> str:
    """A media type in its usual spelling: lower case, without parameters, without aliases."""
    essence = media_type.partition(";")[0].strip().lower()
    return _ALIASES.get(essence, essence)


def medium_of(media_type: str) -> Medium | None:
    """The medium that a media type belongs to; None for what is none of them (``application/zip``)."""
    return _MEDIA.get(media_type.partition("/")[0])


def sniff(data: bytes) -> str | None:
    """The media type of an image by its first bytes; None when they are of none that labelkit knows."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith((b"II*\0", b"MM\0*")):
        return "image/tiff"
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    return None


def identify(data: bytes, declared: str | None = None, *, where: str = "") -> str:
    """The media type of an image, checked against what was declared.

    Raises:
        DamagedContentError: there are no bytes.
        UnknownMediaError: the bytes are of no image type that labelkit knows.
        MediaMismatchError: they are of another type than declared.
    """
    if not data:
        raise DamagedContentError("The content is empty", where=where, remedy="Pass the bytes of an image.")
    found = sniff(data)
    if found is None:
        raise UnknownMediaError(
            f"The content is of no image type that labelkit knows; it begins with {bytes(data[:8])!r}",
            where=where,
            remedy="PNG, JPEG, WebP, AVIF, GIF and TIFF can be labelled.",
        )
    if declared is not None and normalise(declared) != found:
        raise MediaMismatchError(normalise(declared), found, where=where)
    return found


def _by_brand(data: bytes) -> str | None:
    """ISO/IEC 14496-12, 4.3: major brand, minor version, compatible brands."""
    size = int.from_bytes(data[:4], "big")
    if not 16 <= size <= _LONGEST_FTYP:
        return None
    box = data[8:size]
    brands = [box[:4], *(box[at : at + 4] for at in range(8, len(box) - 3, 4))]
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)
