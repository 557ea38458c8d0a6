"""COSE_Sign1 as C2PA uses it (RFC 9052; C2PA 2.2, section 13.2): what is signed, and the envelope around it."""

from __future__ import annotations

from collections.abc import Iterator

import cbor2

_TAG = b"\xd2\x84"  # COSE_Sign1_Tagged, an array of four
_NIL = b"\xf6"  # the payload is detached: it is the claim
_SHORT = 24  # from here on a length takes a byte of its own (RFC 8949, section 3)


def head(major: int, value: int) -> bytes:
    """A CBOR head in its shortest form."""
    if value < _SHORT:
        return bytes((major << 5 | value,))
    for extra, width in ((24, 1), (25, 2), (26, 4)):
        if value < 1 << 8 * width:
            return bytes((major << 5 | extra,)) + value.to_bytes(width, "big")
    raise ValueError("nothing that long belongs into a signature")


def byte_string(data: bytes) -> bytes:
    """``data`` as a CBOR byte string."""
    return head(2, len(data)) + data


def read_protected(envelope: bytes) -> bytes:
    """The protected header of a COSE_Sign1: the algorithm and the certificates.

    Raises:
        ValueError: it is no COSE_Sign1.
    """
    try:
        return bytes(memoryview(cbor2.loads(envelope).value[0]))
    except (cbor2.CBORDecodeError, AttributeError, IndexError, TypeError) as error:
        raise ValueError("not a COSE_Sign1") from error


class Envelope:
    """Everything of a COSE_Sign1 that stays the same between signatures of one credential."""

    def __init__(self, protected: bytes) -> None:
        self._protected = byte_string(protected)
        # RFC 9052, section 4.4: context, protected header, external data (none), payload.
        self._signed = b"\x84" + b"\x6aSignature1" + self._protected + b"\x40"
        # C2PA 2.2, section 10.3.2.5: what a version 2 time-stamp is over.
        self._stamped = b"\x84" + b"\x70CounterSignature" + self._protected + b"\x40"

    def to_sign(self, claim: bytes) -> bytes:
        """The bytes that the key signs for ``claim``."""
        return self._signed + byte_string(claim)

    def to_stamp(self, signature: bytes) -> bytes:
        """The bytes whose hash a time-stamp authority gets for ``signature``."""
        return self._stamped + byte_string(byte_string(signature))

    def seal(self, signature: bytes, pads: Pads, token: bytes | None = None) -> bytes:
        """The finished COSE_Sign1, with a time-stamp token if there is one."""
        entries = []
        if token is not None:
            entries.append(b"\x67sigTst2\xa1\x69tstTokens\x81\xa1\x63val" + byte_string(token))
        entries += [name + byte_string(bytes(size)) for name, size in zip(_NAMES, pads, strict=False)]
        return b"".join(
            (_TAG, self._protected, head(5, len(entries)), *entries, _NIL, byte_string(signature)),
        )


# Padding stands in the unprotected header, which no signature covers. C2PA 2.2, section 10.4.2 fills it with
# zero bytes and section 15.12.1 lets validators insist on that, so nothing else is ever written there. One field cannot
# have every size and is then split in two (section 10.4.4, as c2pa-rs does in the header too).
Pads = tuple[int, ...]
_NAMES = (b"\x63pad", b"\x64pad2")
_SECOND, _LONG_SECOND = 8, 30  # bytes in the second field, where there is one


def paddings(zeros: int) -> Iterator[Pads]:
    """The ways to pad with about ``zeros`` bytes: in one field, and in two.

    In text a selector takes three bytes of UTF-8 or four, and zeros take three. The ways differ by a size that
    three does not divide, so that what one of them misses another often hits.
    """
    if zeros >= _SHORT:
        yield (zeros,)
    second = max(_SECOND, zeros - _SHORT + 1)
    if zeros >= _SECOND and second < _SHORT:  # both short: their lengths take no byte of their own
        yield (zeros - second, second)
    if zeros - _LONG_SECOND >= _SHORT:
        yield (zeros - _LONG_SECOND, _LONG_SECOND)
