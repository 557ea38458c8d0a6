"""A template: what is the same in each ordinary event of a text, so that most events need not be parsed."""

from __future__ import annotations

import re

_INSIDE = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_STRING, _NUMBER = rb'"%b"' % _INSIDE, rb"-?[0-9][0-9.eE+-]*"
_TOKEN = re.compile(rb"(?P<key>%b\s*:)|(?P<string>%b)|(?P<number>%b)" % (_STRING, _STRING, _NUMBER), re.DOTALL)
_ANY = {"string": _STRING, "number": _NUMBER}
_BLANKS = (b"\n\n", b"\r\n\r\n", b"\r\r")
_ROOM = 50  # bytes of text beyond which an event is looked at for once; a token is some four


class Template:
    """Everything before the text of an event, from its first byte to a quote; and everything behind it.

    A piece is ordinary if it begins and ends so, and is not much longer: the bound leaves no room for a second event.
    ``head`` and ``foot`` are prebuilt slices, the fastest way to test this. Servers that put something new behind
    each text (a time, random padding) show it in two events, and ``normal`` knows the next by what stays.
    """

    __slots__ = ("_around", "_blank", "bound", "foot", "head", "prefix", "suffix")

    def __init__(self, prefix: bytes, suffix: bytes, before: Template | None = None) -> None:
        self.prefix = prefix
        self.suffix = suffix
        self.head = slice(len(prefix))
        self.foot = slice(-len(suffix), None)
        self._blank = suffix[len(suffix.rstrip(b"\r\n")) :]
        size = len(prefix) + len(suffix)
        self.bound = size + min(_ROOM, size)
        self._around = before.variable(suffix) if before and before.prefix == prefix else None

    def fits(self, piece: bytes) -> bool:
        """Whether a piece is an ordinary event."""
        return len(piece) < self.bound and piece[self.head] == self.prefix and piece[self.foot] == self.suffix

    def several(self, data: bytes) -> list[bytes]:
        """The insides of the ordinary events with which ``data`` begins, in one pass over all of it."""
        if self._blank not in _BLANKS:
            return []
        pieces = data.split(self._blank)[:-1]
        prefix, suffix, head = self.prefix, self.suffix[: -len(self._blank)], self.head
        start, end, bound = len(prefix), -len(suffix), self.bound - len(self._blank)
        foot = slice(end, None)
        insides = [
            piece[start:end]
            for piece in pieces
            if piece[head] == prefix and piece[foot] == suffix and len(piece) < bound
        ]
        if len(insides) == len(pieces):
            return insides
        found = []
        for piece in pieces:
            if not self.fits(piece + self._blank):
                break
            found.append(piece[start:end])
        return found

    def normal(self, piece: bytes) -> bytes | None:
        """The piece with the suffix that the template has, where it differs only in what is known to vary."""
        if self._around is None or piece[self.head] != self.prefix:
            return None
        match = self._around.fullmatch(piece, len(self.prefix))
        return self.prefix + match[1] + self.suffix if match else None

    def variable(self, suffix: bytes) -> re.Pattern[bytes] | None:
        """What matches text and suffix of events that differ in the strings and numbers in which ``suffix`` differs
        from this template's; None when it differs in more."""
        old, new = list(_TOKEN.finditer(self.suffix, 1)), list(_TOKEN.finditer(suffix, 1))
        if _skeleton(self.suffix) != _skeleton(suffix):
            return None
        pattern = [rb'(%b)"' % _INSIDE]
        at = 1
        for was, now in zip(old, new, strict=True):
            kind = now.lastgroup or ""
            if was[0] != now[0] and kind not in _ANY:
                return None
            pattern += re.escape(suffix[at : now.start()]), re.escape(now[0]) if was[0] == now[0] else _ANY[kind]
            at = now.end()
        return re.compile(b"".join([*pattern, re.escape(suffix[at:])]), re.DOTALL)


def _skeleton(suffix: bytes) -> bytes:
    return _TOKEN.sub(lambda token: b"<%b>" % (token.lastgroup or "").encode(), suffix[1:])
