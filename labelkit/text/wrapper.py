"""The text wrapper: a C2PA manifest store as invisible characters at the end of a text (C2PA 2.4, A.8).

U+FEFF, then one variation selector for each byte of ``C2PATXT\\0``, the version, the length (big-endian, 32 bits)
and the manifest store. A byte below 16 becomes U+FE00 to U+FE0F (3 bytes of UTF-8), any other U+E0100 to U+E01EF
(4 bytes). What is written has no padding: the only form that every verifier tried accepts. What is read may be
padded by trailing selectors for 0x00, 0x10 or 0xFF, the styles of the writers met so far.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

CORRUPTED = "manifest.text.corruptedWrapper"
MULTIPLE = "manifest.text.multipleWrappers"

_MAGIC = b"C2PATXT\0"
_VERSION = 1
_HEADER = struct.Struct(">8sBI")
_START = "\ufeff"
_SELECTORS = "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))  # the character of each byte
_LOW = bytes(range(16))
_PADDING = b"\x00\x10\xff"
_RUN = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]*")
# The second byte of a selector in UTF-32-LE, 0x01 or 0xFE, to what must be added to its first byte.
_TO_ADD = bytes(0x10 if byte == 0x01 else 0 for byte in range(256))


def _spell(data: bytes) -> str:
    return codecs.charmap_decode(data, "strict", _SELECTORS)[0]


# Nine characters, seven of them beyond the BMP: CPython answers at once that a text of narrower characters has none.
_PREFIX = _START + _spell(_MAGIC)


@dataclass(frozen=True, slots=True)
class Wrapper:
    """One wrapper in a text: the characters from ``start`` to ``end``, U+FEFF and padding included.

    ``manifest`` is the manifest store; it is empty where ``problem`` is CORRUPTED. ``problem`` is None, CORRUPTED or
    MULTIPLE, the status codes of C2PA 2.4.
    """

    start: int
    end: int
    manifest: bytes = field(repr=False)
    problem: str | None
    _text: str = field(repr=False, compare=False)

    @property
    def start_bytes(self) -> int:
        """Where it begins in the UTF-8 form of the text; counting costs one pass over the text before it."""
        return _utf8_length(self._text[: self.start])

    @property
    def length_bytes(self) -> int:
        """How many bytes of UTF-8 it takes: the length of the exclusion that a hard binding must name."""
        return _utf8_length(self._text[self.start : self.end])


def encode(manifest: bytes) -> str:
    """The wrapper that carries ``manifest``, exact and unpadded.

    Raises:
        struct.error: the manifest has 4 GiB or more.
    """
    return _START + _spell(_HEADER.pack(_MAGIC, _VERSION, len(manifest)) + manifest)


def encoded_size(manifest: bytes) -> int:
    """How many bytes of UTF-8 ``encode(manifest)`` takes, without making it.

    Raises:
        struct.error: the manifest has 4 GiB or more.
    """
    header = _HEADER.pack(_MAGIC, _VERSION, len(manifest))
    high = len(header.translate(None, _LOW)) + len(manifest.translate(None, _LOW))
    return 3 + 3 * (len(header) + len(manifest)) + high


def has_wrapper(text: str) -> bool:
    """Whether the text has the beginning of a wrapper anywhere, sound or not."""
    return _PREFIX in text


def find(text: str) -> Wrapper | None:
    """The wrapper of a text, None when there is none.

    Anything behind a U+FEFF that has not our magic is no wrapper. A corrupted one counts only where no sound one
    is; of several sound ones the second is returned, with MULTIPLE as its problem.
    """
    sound: Wrapper | None = None
    corrupted: Wrapper | None = None
    for wrapper in find_all(text):
        if wrapper.problem is not None:
            corrupted = corrupted or wrapper
        elif sound is not None:
            return replace(wrapper, problem=MULTIPLE)
        else:
            sound = wrapper
    return sound or corrupted


def find_all(text: str) -> Iterator[Wrapper]:
    """Every wrapper of a text, sound or corrupted, in order. Linear in the text, whatever is in it."""
    # One character is sought at twice the speed of nine; junk behind it must not cost a Python step each.
    at = text.find(_START)
    if at >= 0 and not text.startswith(_PREFIX, at):
        at = text.find(_PREFIX, at + 1)
    while at >= 0:
        wrapper = _read(text, at)
        yield wrapper
        at = text.find(_PREFIX, wrapper.end)


def at_end(text: str) -> Wrapper | None:
    """The wrapper that ends the text, sound or corrupted; nothing before it is looked at."""
    at = text.rfind(_PREFIX)
    if at < 0:
        return None
    wrapper = _read(text, at)
    return wrapper if wrapper.end == len(text) else None


def _read(text: str, start: int) -> Wrapper:
    """Read the candidate whose U+FEFF and magic are at ``start``."""
    first = start + 1
    header = _decode(text[first : first + _HEADER.size])
    if header is not None and len(header) == _HEADER.size:
        _, version, length = _HEADER.unpack(header)
        begin = first + _HEADER.size
        end = begin + length
        # No slice before it is known to hold no other candidate: what is sliced once is never looked at again,
        # so a text of candidates that all claim its whole rest stays linear.
        if version == _VERSION and end <= len(text) and text.find(_START, begin, end) < 0:
            manifest = _decode(text[begin:end])
            if manifest is not None:
                return _with_padding(text, start, end, manifest)
    return Wrapper(start, _run_end(text, first), b"", CORRUPTED, text)


def _with_padding(text: str, start: int, end: int, manifest: bytes) -> Wrapper:
    last = _run_end(text, end)
    padding = _decode(text[end:last]) or b""
    if padding.strip(_PADDING):  # hidden bytes that nobody signed
        return Wrapper(start, last, b"", CORRUPTED, text)
    return Wrapper(start, last, manifest, None, text)


def _run_end(text: str, start: int) -> int:
    match = _RUN.match(text, start)
    return match.end() if match else start


def _decode(selectors: str) -> bytes | None:
    """The bytes that selectors spell, None where one of the characters is none.

    Two columns of the UTF-32 form are added as two long numbers: the first byte of each character, and 0x10 where
    the second says that it stands for 16 or more. No lane can carry over, for 0xEF + 0x10 is 0xFF. Characters
    that are no selectors are found by spelling the result again, which is faster than to look at each.
    """
    raw = selectors.encode("utf-32-le", "surrogatepass")
    low = int.from_bytes(raw[::4], "little")
    added = int.from_bytes(raw[1::4].translate(_TO_ADD), "little")
    data = ((low + added) & ((1 << 8 * len(selectors)) - 1)).to_bytes(len(selectors), "little")
    return data if _spell(data) == selectors else None


def _utf8_length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
