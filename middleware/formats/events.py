"""Labels a stream of server-sent events. Each API's format says what an event means; what they share is here.

Most events of a stream differ in nothing but their text. The first is parsed; from then on a comparison of its
beginning and end finds the others, and their text waits undecoded until it is needed (``lane``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from labelkit.errors import MarkError, TooLargeError
from labelkit.marks import Mark
from labelkit.middleware.formats.base import MAX_EVENT, Job, Splice
from labelkit.middleware.formats.draft import Draft, Part, assemble
from labelkit.middleware.formats.lane import BATCH, Lane, Template
from labelkit.middleware.framing.json_spans import Span, escape
from labelkit.middleware.framing.sse import Event, Events, read

BROKEN_OFF = "the stream broke off"
ERROR = "the stream reported an error"
NO_TEXT = "there is no text"
NO_PLACE = "no event of the stream could carry a label"
TOO_LONG = "an event is too long to be looked at"

_NO_SLICE = slice(0)


class EventSplicer(ABC):
    """Splices labels into the events of one response.

    A format says what an event means (``look``), which lanes there are, and how a label is written that no event
    of the stream has a place for (``write``).
    """

    feed: Callable[[bytes], Splice | None]

    def __init__(self, job: Job, limit: int = MAX_EVENT) -> None:
        self.job = job
        self.lanes: dict[int, Lane] = {}
        self._events = Events(limit)
        self._limit = limit
        self._off = False
        self._template: Template | None = None  # the one learned last
        self.feed, self._arm = self._hot_path()

    @abstractmethod
    def look(self, draft: Draft) -> None:
        """Take an event that is not ordinary, and put into its draft what belongs there."""

    @abstractmethod
    def reread(self, lane: Lane, event: Event) -> str:
        """The text of an event that looked ordinary and was not."""

    @abstractmethod
    def write(self, lane: Lane) -> Callable[[bytes], bytes] | None:
        """How a label's text becomes events that can stand before any event; None when there is no way."""

    def end(self) -> Splice | None:
        """The body ended properly. A stream without end marker gets its labels here."""
        if self._off:
            return None
        self._off = True
        parts: list[Part] = []
        tail = bytes(self._events.tail)
        if tail and not tail.startswith(b":"):  # no event, to the standard; some servers forget the last blank line
            draft = Draft(read(tail))
            if draft.event.data is not None:
                self.look(draft)
            parts = draft.parts()
            self.stop(BROKEN_OFF)
        else:
            self.label_all(parts.append)
            parts.append(tail)
        if not self.job.outcomes and all(isinstance(part, bytes) for part in parts):
            self.job.skipped = self.job.skipped or NO_TEXT
        return assemble(parts) if any(parts) else None

    def lane(self, index: int) -> Lane:
        """The lane of a choice."""
        found = self.lanes.get(index)
        if found is None:
            found = self.lanes[index] = Lane(self.job, index, lambda lane, piece: self.reread(lane, read(piece)))
        return found

    def learn(self, lane: Lane, event: Event, text: Span) -> None:
        """Know the lane's next events by this one, whose text, a JSON string of its data, stands at ``text``."""
        if lane.started or lane.done:
            lane.settle()
            before, after = cut_open(event, text)
            self._template = lane.template = Template(lane, before, after)

    def label(self, lane: Lane, put: Callable[[Part], None], *, cut_off: bool = False) -> None:
        """Put the lane's label where ``put`` does, as events of its own."""
        if not lane.close(cut_off=cut_off):
            return
        write = self.write(lane)
        if write is not None:
            put_tail(self.job, lane, put, write)
        elif self.job.decision.required - ({Mark.VISIBLE} if lane.headed else set()):
            raise MarkError("A required label has no place in the stream", where=NO_PLACE)
        else:
            self.job.skipped = self.job.skipped or NO_PLACE

    def label_all(self, put: Callable[[Part], None]) -> None:
        """Put every label that is still owed."""
        for lane in self.lanes.values():
            self.label(lane, put)

    def stop(self, why: str) -> None:
        """No label can follow any more."""
        owed = [lane for lane in self.lanes.values() if not lane.done] or not self.lanes
        for lane in self.lanes.values():
            lane.suppress(why)
        if owed:
            self.job.skipped = self.job.skipped or why

    def _hot_path(self) -> tuple[Callable[[bytes], Splice | None], Callable[[Template | None], None]]:
        """``feed``, and what tells it which events are ordinary.

        A closure, for its variables are read faster than an object's attributes: this runs for every token.
        """
        head = foot = _NO_SLICE
        prefix = suffix = b"-"
        bound = 0
        lane = Lane(self.job, -1, lambda lane, piece: "")
        batch = lane.batch
        append = batch.append
        other = self._other

        def feed(chunk: bytes) -> Splice | None:
            if chunk[head] == prefix and chunk[foot] == suffix and len(chunk) < bound:
                append(chunk)
                if len(batch) == BATCH:
                    lane.settle()
                return None
            return other(chunk)

        def arm(template: Template | None) -> None:
            nonlocal head, foot, prefix, suffix, bound, lane, batch, append
            if template is None:
                bound = 0
                return
            head, foot, prefix, suffix = template.head, template.foot, template.prefix, template.suffix
            bound, lane, batch = template.bound, template.lane, template.lane.batch
            append = batch.append

        return feed, arm

    def _other(self, chunk: bytes) -> Splice | None:
        if self._off:
            return None
        if not self._events.tail:
            for lane in self.lanes.values():
                if lane.template is not None and lane.template.fits(chunk):
                    self._ordinary(lane, chunk)
                    return None
        held = bool(self._events.tail)
        parts: list[Part] = []
        changed = False
        for piece in self._events.cut(chunk):
            changed |= self._piece(piece, parts)
        if self._events.too_long:
            parts.append(self._give_up())
        tail = bool(self._events.tail)
        self._arm(None if tail else self._template)
        return assemble(parts) if changed or held or tail else None

    def _piece(self, piece: bytes, parts: list[Part]) -> bool:
        """Take one piece of the body; whether it leaves as other bytes than it came."""
        for lane in self.lanes.values():
            if lane.template is not None and lane.template.fits(piece):
                self._ordinary(lane, piece)
                parts.append(piece)
                return False
        event = read(piece)
        if event.data is None:
            parts.append(piece)
            return False
        draft = Draft(event)
        self.look(draft)
        parts += draft.parts()
        return draft.changed

    def _ordinary(self, lane: Lane, piece: bytes) -> None:
        lane.batch.append(piece)
        if len(lane.batch) >= BATCH:
            lane.settle()

    def _give_up(self) -> bytes:
        """Look at nothing more. What is required and not made yet cannot be made."""
        self._off = True
        rest = bytes(self._events.tail)
        self._events.tail.clear()
        if self._owes_required():
            raise TooLargeError(
                len(rest),
                self._limit,
                "bytes",
                where="an event of the stream, which has to be labelled",
                remedy="Let the model's server send smaller events.",
            )
        self.stop(TOO_LONG)
        return rest

    def _owes_required(self) -> bool:
        required = self.job.decision.required
        owing = [lane for lane in self.lanes.values() if not lane.done]
        if not required or (self.lanes and not owing):
            return False
        return Mark.C2PA in required or not owing or not all(lane.headed for lane in owing)


def put_tail(job: Job, lane: Lane, put: Callable[[Part], None], write: Callable[[bytes], bytes]) -> None:
    """Put what ends a lane's text: at once, or when it has been signed."""

    def made() -> bytes:
        return write(escape(lane.tail()))

    if Mark.C2PA in job.decision.marks:
        put(made)
    elif part := made():
        put(part)


def cut_open(event: Event, text: Span) -> tuple[bytes, bytes]:
    """The event before and after the inside of the JSON string at ``text`` of its data."""
    return event.raw[: event.place(text.start + 1)], event.raw[event.place(text.end - 1) :]


def as_clone(event: Event, text: Span) -> tuple[bytes, bytes]:
    """As ``cut_open``; what it gives is a whole event, wherever chunks were cut."""
    before, after = cut_open(event, text)
    return before, after.rstrip(b"\r\n") + event.newline * 2
