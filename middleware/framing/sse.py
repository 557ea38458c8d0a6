"""Server-sent events in raw bytes (HTML Living Standard, section 9.2): where one ends, what it says, and where.

Only CR and LF end a line, and CRLF counts once. Bytes are cut into pieces and never changed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from labelkit.middleware.framing.json_spans import BOM

_END = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")
# Blank lines and comments in front of an event mean nothing to it: they are cut off, and may leave at once.
_IDLE = re.compile(rb"(?>[\r\n]+|:[^\r\n]*[\r\n])+")
_OVERLAP = 3  # bytes of a blank line that may have arrived before its last one


class Events:
    """Cuts a body that arrives in chunks into pieces: events with their blank lines, and what stands between them.

    A CR ends its line at once, so that a stream with no other line ends does not stall; the LF that may follow is
    then a piece of its own. Where the chunks were cut decides nothing else. ``tail`` is what of an event has
    arrived but for its end. Longer than ``limit`` bytes, it is ``too_long``, and nothing more should be cut.
    """

    __slots__ = ("_begun", "_limit", "_scanned", "tail")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begun = False
        self._scanned = 0
        self.tail = bytearray()

    @property
    def too_long(self) -> bool:
        """Whether an event has grown beyond the limit."""
        return len(self.tail) > self._limit

    def cut(self, chunk: bytes) -> list[bytes]:
        """The pieces that are complete now. All of them and the tail are together exactly what has arrived."""
        self.tail += chunk
        pieces: list[bytes] = []
        if not self._begun and not self._begin(pieces):
            return pieces
        start = 0
        for match in _END.finditer(self.tail, max(0, self._scanned - _OVERLAP)):
            start = self._part(pieces, start, match.end())
        idle = _IDLE.match(self.tail, start)
        if idle:
            pieces.append(idle.group())
            start = idle.end()
        del self.tail[:start]
        self._scanned = len(self.tail)
        return pieces

    def hold(self, chunk: bytes) -> bool:
        """Take a chunk without a line end, which completes nothing; False when it is none, and is not taken."""
        if not self._begun or b"\n" in chunk or b"\r" in chunk:
            return False
        self.tail += chunk
        return True

    def drain(self) -> bytes:
        """Take the tail back, to be cut in another way."""
        tail = bytes(self.tail)
        self.tail.clear()
        self._scanned = 0
        return tail

    def _begin(self, pieces: list[bytes]) -> bool:
        """Cut off a byte order mark; False while there may still come one."""
        if self.tail.startswith(BOM):
            pieces.append(BOM)
            del self.tail[: len(BOM)]
        elif BOM.startswith(self.tail):
            return False
        self._begun = True
        return True

    def _part(self, pieces: list[bytes], start: int, end: int) -> int:
        idle = _IDLE.match(self.tail, start, end)
        if idle:
            pieces.append(idle.group())
            start = idle.end()
        if start < end:
            pieces.append(bytes(self.tail[start:end]))
        return end


class Line(NamedTuple):
    """A line of data: where it stands in the joined data, and where in the event."""

    data: int
    raw: int


class Event(NamedTuple):
    """One event: its raw bytes, its name ("" where it has none), its data with the lines joined by LF.

    ``data`` is None where it has no data: a comment, a lone ``retry``. ``newline`` is what ends its first line.
    """

    raw: bytes
    name: bytes
    data: bytes | None
    lines: tuple[Line, ...]
    newline: bytes

    def place(self, offset: int) -> int:
        """Where in ``raw`` the byte at ``offset`` of ``data`` stands."""
        line = next(line for line in reversed(self.lines) if line.data <= offset)
        return line.raw + offset - line.data


def read(raw: bytes) -> Event:
    """Read one piece, with or without its blank line."""
    if raw.startswith(b"data: ") and raw.find(b"\n") == len(raw) - 2 and b"\r" not in raw:
        return Event(raw, b"", raw[6:-2], (Line(0, 6),), b"\n")  # what nearly all of them look like
    name = b""
    data: list[bytes] = []
    lines: list[Line] = []
    size = 0
    newline = b""
    for match in _LINE.finditer(raw):
        field, colon, value = match.group(1).partition(b":")
        newline = newline or match.group(2)
        if field == b"data":
            lines.append(Line(size, match.start() + len(field) + len(colon) + value.startswith(b" ")))
            data.append(value.removeprefix(b" "))
            size += len(data[-1]) + 1
        elif field == b"event":
            name = value.removeprefix(b" ")
    return Event(raw, name, b"\n".join(data) if data else None, tuple(lines), newline or b"\n")
