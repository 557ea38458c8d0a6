"""Labels a stream of server-sent events: cuts it into events, and sends on what each format makes of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from labelkit.errors import TooLargeError
from labelkit.middleware.formats.base import MAX_EVENT, Job, Splice, Tell
from labelkit.middleware.formats.draft import Draft, Part, assemble
from labelkit.middleware.framing.sse import Events, read

BROKEN_OFF = "the stream broke off"
ERROR = "the stream reported an error"
TOO_LONG = "an event is too long to be looked at"


def is_event_stream(media_type: str) -> bool:
    """Whether this is the media type of server-sent events, whatever its parameters."""
    return media_type.partition(";")[0].strip().lower() == "text/event-stream"


class EventSplicer(ABC):
    """Splices into the events of one response.

    A format says what an event means (``look``), what is owed when the body has ended (``finish``), and whether a
    required label would be missing if nothing more could be looked at (``owes_required``).
    """

    def __init__(self, job: Job, limit: int = MAX_EVENT) -> None:
        self.job = job
        self.events = Events(limit)
        self.off = False
        self._limit = limit
        self._spare = b""

    @abstractmethod
    def look(self, draft: Draft) -> None:
        """Take an event with data, and put into its draft what belongs there."""

    @abstractmethod
    def finish(self, put: Callable[[Part], None]) -> None:
        """The body has ended after a whole event: put what is still owed."""

    @abstractmethod
    def stop(self, why: str) -> None:
        """No label can follow any more."""

    @abstractmethod
    def owes_required(self) -> bool:
        """Whether a required label has not been made yet."""

    def watch(self, tell: Tell) -> None:
        """No chunk goes by unlooked at, so there is nothing to tell."""
        del tell

    def held(self) -> bytes:
        """What had been held back when the last chunk came, which may be why it failed."""
        return self._spare

    def feed(self, chunk: bytes) -> Splice | None:
        """Take a chunk; None when it leaves as it came.

        Raises:
            LabelkitError: a required label cannot be made.
        """
        ends = b"\n" in chunk or b"\r" in chunk  # only then is anything looked at that could fail
        self._spare = bytes(self.events.tail) if ends and self.events.tail else b""
        return self.take(chunk)

    def take(self, chunk: bytes) -> Splice | None:
        """Take a chunk that has to be looked at."""
        if self.off:
            return None
        held = bool(self.events.tail)
        parts: list[Part] = []
        changed = False
        for piece in self.events.cut(chunk):
            changed |= self.piece(piece, parts)
        if self.events.too_long:
            parts.append(self._give_up())
        return assemble(parts) if changed or held or self.events.tail else None

    def piece(self, piece: bytes, parts: list[Part]) -> bool:
        """Take one piece of the body; whether it leaves as other bytes than it came."""
        event = read(piece)
        if event.data is None:
            parts.append(piece)
            return False
        draft = Draft(event)
        self.look(draft)
        parts += draft.parts()
        return draft.changed

    def end(self) -> Splice | None:
        """The body ended properly. A stream without end marker gets its labels here."""
        if self.off:
            return None
        self.off = True
        parts: list[Part] = []
        tail = self._spare = bytes(self.events.tail)
        if tail and not tail.startswith(b":"):  # no event, to the standard; some servers forget the last blank line
            self.piece(tail, parts)
            self.stop(BROKEN_OFF)
        else:
            self.finish(parts.append)
            parts.append(tail)
        return assemble(parts) if any(parts) else None

    def _give_up(self) -> bytes:
        """Look at nothing more. What is required and not made yet cannot be made."""
        self.off = True
        rest = bytes(self.events.tail)
        self.events.tail.clear()
        if self.owes_required():
            raise TooLargeError(
                len(rest),
                self._limit,
                "bytes",
                where="an event of the stream, which has to be labelled",
                remedy="Let the model's server send smaller events.",
            )
        self.stop(TOO_LONG)
        return rest
