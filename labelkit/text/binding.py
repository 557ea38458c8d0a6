"""The hard binding of a text that is sent piece by piece (C2PA 2.4, A.8 and ``c2pa.hash.data``).

What is signed: the SHA-256 of the text in NFC, and where in the bytes that were really sent the wrapper begins. A
text that is not in NFC has two lengths; both verifiers that were tried want the raw one for the place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from labelkit import nfc
from labelkit.errors import LabelkitError, UnencodableTextError, UnsupportedContentError
from labelkit.text import wrapper

_OVERLAP = 8  # characters; the beginning of a wrapper has one more


@dataclass(frozen=True, slots=True)
class TextCarrier:
    """How a manifest is put at the end of a text: ``start`` is the byte at which the wrapper will begin."""

    start: int
    _digest: bytes = field(repr=False)

    def digest(self) -> bytes:
        """SHA-256 of the text before the wrapper, in NFC and UTF-8."""
        return self._digest

    def size(self, manifest: bytes) -> int:
        """How many bytes of UTF-8 the wrapper of ``manifest`` takes."""
        return wrapper.encoded_size(manifest)


class Binding:
    """Hashes a text as it goes by.

    What may still join with characters to come is held back from the hash, and from nothing else. ``nfc`` says
    whether what was sent is in NFC; ``problem``, once set, why this text cannot be bound.
    """

    __slots__ = ("_end", "_hash", "_held", "_start", "nfc", "problem")

    def __init__(self) -> None:
        self.nfc = True
        self.problem: LabelkitError | None = None
        self._hash = hashlib.sha256()
        self._start = 0
        self._held: list[str] = []  # each looked at once: a run of marks is as long as somebody makes it
        self._end = ""

    def feed(self, text: str) -> None:
        """Take the next piece that was sent."""
        if self.problem is not None or not text:
            return
        if wrapper.has_wrapper(self._end + text):
            self._give_up(
                UnsupportedContentError(
                    "The text already carries a C2PA wrapper, and a text has at most one",
                    remedy="Cut it out first, or leave the text as it was signed.",
                )
            )
            return
        self._end = text[-_OVERLAP:] if len(text) >= _OVERLAP else (self._end + text)[-_OVERLAP:]
        cut = nfc.safe_cut(text)
        if cut < 0:
            self._held.append(text)
            return
        self._hash_part("".join([*self._held, text[:cut]]))
        if self.problem is None:
            self._held = [text[cut:]]

    def carrier(self) -> TextCarrier | None:
        """What to sign for the text as it ends here, None when there is a ``problem``. Nothing can be fed after."""
        self._hash_part("".join(self._held))
        self._held = []
        return TextCarrier(self._start, self._hash.digest()) if self.problem is None else None

    def _hash_part(self, part: str) -> None:
        try:
            raw = part.encode()
        except UnicodeEncodeError:
            joined = _join_surrogates(part)
            if joined is None:
                self._give_up(
                    UnencodableTextError(
                        "The text has a lone surrogate, so it has no UTF-8 form that could be signed",
                        where=f"after byte {self._start:,}",
                        remedy="Send whole characters.",
                    )
                )
                return
            part, raw = joined, joined.encode()
        self._start += len(raw)
        normal = nfc.normalize(part)
        if normal is not part and normal != part:
            self.nfc = False
            raw = normal.encode()
        self._hash.update(raw)

    def _give_up(self, problem: LabelkitError) -> None:
        self.problem = problem
        self._held = []


def _join_surrogates(text: str) -> str | None:
    """The text with the halves of characters joined, as they come apart where JSON strings are cut; None when one
    of them is alone."""
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return None
