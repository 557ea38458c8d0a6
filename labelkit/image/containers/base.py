"""What every container module offers, and the words in which they refuse what is damaged.

A container module knows one file format as a sequence of parts. It never decodes a pixel: it inserts, replaces and
reads parts, so what it writes shows the same picture. Every length it reads comes from a stranger; each is checked
against the bytes at hand before it is used, and the number of parts is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from labelkit.errors import DamagedContentError
from labelkit.image.containers.slot import Slot

MOST_PARTS = 100_000  # chunks, segments or boxes in one file; libpng's smallest usual IDAT is 8 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a file's headers say of its picture.

    ``undrawable`` names why no badge can be drawn without loss or at all; it is empty when one can. ``fixed`` names
    why no XMP packet can be inserted; it is empty when one can.
    """

    width: int
    height: int
    undrawable: str = ""
    fixed: str = ""


class Container(Protocol):
    """One image format. All functions take the bytes of a whole file and raise DamagedContentError, with the
    offset, when its structure is broken; none changes what it was given."""

    def shape(self, data: bytes) -> Shape:
        """Walk the whole structure, so that a truncated file is found out, and tell what the headers say."""
        ...

    def dimensions(self, data: bytes) -> tuple[int, int]:
        """Width and height in pixels, as stored (EXIF orientation not applied)."""
        ...

    def read_xmp(self, data: bytes) -> bytes | None:
        """The XMP packet, as it stands; None when there is none."""
        ...

    def write_xmp(self, data: bytes, packet: bytes) -> bytes:
        """Insert an XMP packet, or put it where one stands already. Pixels and all other parts stay as they are.

        Raises:
            UnsupportedContentError: the packet does not fit into the format, or the file has none of the room.
        """
        ...

    def has_manifest(self, data: bytes) -> bool:
        """Whether a C2PA manifest store is embedded; nothing is said about its worth."""
        ...


class Slotted(Container, Protocol):
    """A format into which this package can place a C2PA manifest by itself."""

    def slot(self, data: bytes) -> Slot:
        """The place for a manifest in a file that has none.

        Raises:
            UnsupportedContentError: the file carries a manifest already.
        """
        ...


def damaged(form: str, problem: str, offset: int) -> DamagedContentError:
    """The error for broken structure at a byte offset."""
    return DamagedContentError(
        f"The {form} is damaged: {problem}", where=f"at byte {offset:,}", remedy="Pass the whole, unbroken file."
    )
