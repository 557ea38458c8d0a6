"""The slot: the place in a file where a C2PA manifest goes, and the hash of all that is around it.

A slot implements the provenance side's Carrier protocol by its shape. The order of use is fixed, because in some
formats (WebP) a length in the header, which is hashed, depends on the length of the manifest:

    slot = container.slot(data)
    slot.expect(length_of_manifest)     # before digest(); PNG and JPEG only take note of it
    slot.start, slot.digest(), slot.size(manifest)
    finished = slot.assemble(manifest)  # a manifest of exactly the announced length
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from labelkit.errors import MarkError

Piece = bytes | memoryview
Around = tuple[Sequence[Piece], Sequence[Piece]]


class Slot:
    """A place for one manifest between what stands before and what stands after it.

    Args:
        around: for the length of a manifest in bytes, the pieces of the file before and after the excluded range.
        encode: the pieces that a manifest takes in the file, framing included: what the hash leaves out.
        measure: how many bytes those pieces are, for the length of a manifest.
        depends: whether ``around`` depends on that length, so that ``expect`` must come before ``digest``.
    """

    def __init__(
        self,
        around: Callable[[int], Around],
        encode: Callable[[bytes], Sequence[Piece]],
        measure: Callable[[int], int],
        *,
        depends: bool = False,
    ) -> None:
        self._around = around
        self._encode = encode
        self._measure = measure
        self._depends = depends
        self._expected: int | None = None
        self._start = sum(len(piece) for piece in around(0)[0])

    @property
    def start(self) -> int:
        """Byte offset in the finished file where the excluded range begins."""
        return self._start

    def expect(self, size: int) -> None:
        """Announce the length of the manifest in bytes. Call it before ``digest``."""
        self._expected = size

    def digest(self) -> bytes:
        """SHA-256 of the finished file without the excluded range (C2PA 2.4, c2pa.hash.data).

        Raises:
            MarkError: the format's headers depend on the manifest's length and nobody announced it.
        """
        before, after = self._around(self._length())
        digest = hashlib.sha256()
        for piece in (*before, *after):
            digest.update(piece)
        return digest.digest()

    def size(self, manifest: bytes) -> int:
        """How many bytes a manifest takes in the file: the length of the excluded range."""
        return self._measure(len(manifest))

    def assemble(self, manifest: bytes) -> bytes:
        """The finished file.

        Raises:
            MarkError: the manifest is of another length than was announced, so the hash would not hold.
        """
        if self._expected is not None and self._expected != len(manifest):
            raise MarkError(
                f"A manifest of {len(manifest)} bytes came where {self._expected} were announced",
                remedy="Announce the final length with expect() before digest().",
            )
        before, after = self._around(len(manifest))
        return b"".join((*before, *self._encode(manifest), *after))

    def _length(self) -> int:
        if self._expected is None:
            if self._depends:
                raise MarkError(
                    "The length of the manifest must be known before this format can be hashed",
                    remedy="Call expect(length) before digest().",
                )
            return 0
        return self._expected
