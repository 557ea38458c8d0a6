"""The quality with which a lossy WebP was made, by the quantiser in its frame header (RFC 6386, 9.3, 9.6, 19.2)."""

from __future__ import annotations

_HEADER = 10  # frame tag, start code, width, height
_EVEN = 128  # the probability of a bit that says nothing about its value


class _Bits:
    """The boolean decoder of section 7, for bits that are as likely 0 as 1; behind the end all is 0."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._value = int.from_bytes(data[:2].ljust(2, b"\0"), "big")
        self._at, self._range, self._shifted = 2, 255, 0

    def flag(self) -> bool:
        split = 1 + ((self._range - 1) * _EVEN >> 8)
        found = self._value >= split << 8
        if found:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:
            self._value <<= 1
            self._range <<= 1
            self._shifted += 1
            if self._shifted == 8:
                self._shifted = 0
                self._value |= self._data[self._at] if self._at < len(self._data) else 0
                self._at += 1
        return found

    def number(self, bits: int) -> int:
        value = 0
        for _ in range(bits):
            value = value << 1 | self.flag()
        return value

    def optional(self, bits: int) -> int:
        """A signed number with a flag in front of it that says whether it is there."""
        if not self.flag():
            return 0
        value = self.number(bits)
        return -value if self.flag() else value


def quantiser(frame: bytes) -> int:
    """The mean quantiser index of a key frame's segments, 0 (finest) to 127."""
    bits = _Bits(frame[_HEADER : _HEADER + 64])
    bits.number(2)  # colour space, clamping
    absolute, steps = False, [0]
    if bits.flag():  # segmentation
        mapped, valued = bits.flag(), bits.flag()
        if valued:
            absolute = bits.flag()
            steps = [bits.optional(7) for _ in range(4)]
            for _ in range(4):
                bits.optional(6)  # loop filter
        if mapped:
            for _ in range(3):
                if bits.flag():
                    bits.number(8)
    bits.number(10)  # loop filter: type, level, sharpness
    if bits.flag() and bits.flag():
        for _ in range(8):
            bits.optional(6)
    bits.number(2)  # partitions
    base = 0 if absolute else bits.number(7)
    mean = round(sum(base + step for step in steps) / len(steps))
    return min(127, max(0, mean))


def quality(frame: bytes) -> float:
    """The setting, 0 to 100, with which libwebp comes to about this quantiser: its own curve, backwards."""
    fine = (1 - quantiser(frame) / 127) ** 3
    return 100 * (1.5 * fine if fine < 0.5 else (fine + 1) / 2)
