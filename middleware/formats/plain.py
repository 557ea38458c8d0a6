"""Labels plain text that streams: bytes of UTF-8, cut anywhere, with nothing around them."""

from __future__ import annotations

import codecs

from labelkit.marks import Mark
from labelkit.middleware.formats.base import Job, Splice, Tell
from labelkit.middleware.formats.lane import NO_TEXT, Lane

NOT_UTF_8 = "the text is not in UTF-8"


class PlainSplicer:
    """Labels the one text that a body is. What is not UTF-8 passes, and gets no label."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lane = Lane(job, 0, lambda lane, piece: "")
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._begun = b""  # of a character, until there is text that a notice may have to precede

    def watch(self, tell: Tell) -> None:
        """No chunk goes by unlooked at, so there is nothing to tell."""

    def held(self) -> bytes:
        """The beginning of a character."""
        return self._begun

    def feed(self, chunk: bytes) -> Splice | None:
        """Take a chunk; None when it leaves as it came."""
        if self._lane.done:
            begun, self._begun = self._begun, b""
            return Splice(begun + chunk) if begun else None
        try:
            text = self._decoder.decode(chunk)
        except UnicodeDecodeError:
            return self._give_up(chunk)
        if self._lane.started and not self._begun:
            return self._further(text, chunk)
        data = self._begun + chunk
        self._begun = self._decoder.getstate()[0]
        whole = data[: len(data) - len(self._begun)]
        return self._further(text, whole) or (Splice(whole) if whole != chunk else None)

    def end(self) -> Splice | None:
        """The body ended properly: its label."""
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return self._give_up(b"")
        if not self._lane.close():
            self._job.skip(NO_TEXT)
            return Splice(self._begun) if self._begun else None
        if Mark.C2PA in self._job.decision.marks:
            return Splice(b"", lambda: self._lane.tail().encode())
        return Splice(self._lane.tail().encode())

    def _further(self, text: str, chunk: bytes) -> Splice | None:
        blank = 0 if self._lane.started else len(text) - len(text.lstrip())
        head = self._lane.text(text, blank)
        if not head:
            return None
        at = len(text[:blank].encode())
        return Splice(chunk[:at] + head.encode() + chunk[at:])

    def _give_up(self, chunk: bytes) -> Splice | None:
        begun, self._begun = self._begun, b""
        self._lane.suppress(NOT_UTF_8)
        return Splice(begun + chunk) if begun else None
