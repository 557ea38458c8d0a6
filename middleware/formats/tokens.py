"""Labels text that comes token by token, in server-sent events.

Most events of such a stream differ in nothing but their text. The first is parsed; from then on a comparison of its
beginning and end finds the others, and their text waits undecoded until it is needed (``lane``).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from labelkit.errors import MarkError
from labelkit.marks import Mark
from labelkit.middleware.formats.base import MAX_EVENT, Job, Ordinary, Splice, Tell
from labelkit.middleware.formats.draft import Part
from labelkit.middleware.formats.events import EventSplicer
from labelkit.middleware.formats.lane import BATCH, NO_TEXT, Lane
from labelkit.middleware.formats.template import Template
from labelkit.middleware.framing.json_spans import Span
from labelkit.middleware.framing.sse import Event, read

NO_PLACE = "no event of the stream could carry a label"

_NOTHING = Splice(b"")
_SHORT = 65_536  # bytes of a tail that are worth another look; a longer one is no token

Write = Callable[[str], bytes]


class TokenSplicer(EventSplicer):
    """Splices labels into the texts of one response, each of which is a lane.

    A format says what an event means (``look``), and how a label is written that has to be an event (``write``).
    """

    def __init__(self, job: Job, limit: int = MAX_EVENT) -> None:
        super().__init__(job, limit)
        self.lanes: dict[int, Lane] = {}
        self._learned: Lane | None = None  # the lane that learned last
        self.told = False
        if job.facts.machine_read:
            self.off = True
            job.skip(job.facts.machine_read)
        self._armed: Template | None = None  # what was told last
        self._tell: Tell = _nobody

    def watch(self, tell: Tell) -> None:
        """From now on ``tell`` which chunks are ordinary events of the lane that learned last."""
        self._tell = tell

    @abstractmethod
    def reread(self, lane: Lane, event: Event) -> str:
        """The text of an event that looked ordinary and was not."""

    @abstractmethod
    def write(self, lane: Lane) -> Write | None:
        """How a label's text becomes events that can stand before any event; None when there is no way."""

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
            self._learned = lane
            lane.template = Template(before, after, lane.template)

    def label(self, lane: Lane, put: Callable[[Part], None], *, cut_off: bool = False) -> None:
        """Put the lane's label where ``put`` does, as events of its own.

        Raises:
            MarkError: a mark is required, and no event can carry it.
        """
        if not lane.close(cut_off=cut_off):
            return
        write = self.write(lane)
        if write is not None:
            self.put_tail(lane, put, write)
        elif self.job.decision.required - ({Mark.VISIBLE} if lane.headed else set()):
            if lane.tail():  # a text may turn out to be too short for what is required
                raise MarkError("A required label has no place in the stream", where=NO_PLACE)
            self.told = True
        else:
            self.job.skip(NO_PLACE)

    def label_all(self, put: Callable[[Part], None]) -> None:
        """Put every label that is still owed."""
        for lane in self.lanes.values():
            self.label(lane, put)

    def put_tail(self, lane: Lane, put: Callable[[Part], None], write: Write) -> None:
        """Put what ends a lane's text: at once, or when it has been signed."""
        self.told = True

        def made() -> bytes:
            return write(lane.tail())

        if Mark.C2PA in self.job.decision.marks:
            put(made)
        elif part := made():
            put(part)

    def finish(self, put: Callable[[Part], None]) -> None:
        """The body has ended without an end marker, or the marker has been dealt with."""
        self.label_all(put)

    def end(self) -> Splice | None:
        """The body ended properly."""
        splice = super().end()
        if not self.told:
            self.job.skip(NO_TEXT)
        return splice

    def stop(self, why: str) -> None:
        """No label can follow any more."""
        owed = [lane for lane in self.lanes.values() if not lane.done]
        for lane in owed:
            lane.suppress(why)
        if owed or not self.lanes:
            self.job.skip(why)

    def owes_required(self) -> bool:
        """Whether a required label has not been made yet, or what it is for has not come yet."""
        required = self.job.decision.required
        owing = [lane for lane in self.lanes.values() if not lane.done]
        if not required or (self.lanes and not owing):
            return False
        return Mark.C2PA in required or not owing or not all(lane.headed for lane in owing)

    def take(self, chunk: bytes) -> Splice | None:
        """Take a chunk that is no ordinary event of the lane learned last."""
        held = bool(self.events.tail)
        if not held:
            for lane in self.lanes.values():
                if lane.collect(chunk):
                    return None
        if not self.off and self.events.hold(chunk):
            self._arm(None)
            return super().take(b"") if self.events.too_long else _NOTHING
        splice = self._take_several(chunk, held=held)
        self._arm(None if self.events.tail or self.off else self._learned)
        return splice

    def _take_several(self, chunk: bytes, *, held: bool) -> Splice | None:
        """Take a chunk that may begin with ordinary events; they need not be cut one by one."""
        size = len(self.events.tail) + len(chunk)
        if self._learned is None or self.off or not self._learned.least <= size <= len(chunk) + _SHORT:
            return super().take(chunk)
        data = self.events.drain() + chunk
        ordinary = self._learned.collect_several(data)
        splice = super().take(data[ordinary:])
        if splice is not None:
            return Splice(data[:ordinary] + splice.ready, splice.then)
        return Splice(data) if held else None

    def piece(self, piece: bytes, parts: list[Part]) -> bool:
        """Take one piece of the body; whether it leaves as other bytes than it came."""
        for lane in self.lanes.values():
            if lane.collect(piece):
                parts.append(piece)
                return False
        return super().piece(piece, parts)

    def _arm(self, learned: Lane | None) -> None:
        """Tell which events are ordinary: those of this lane."""
        template = None if learned is None else learned.template
        if template is self._armed:
            return
        self._armed = template
        if learned is None or template is None:
            self._tell(None)
        else:
            head, foot, bound = template.head, template.foot, template.bound
            self._tell(Ordinary(head, template.prefix, foot, template.suffix, bound, learned.batch, BATCH))


def _nobody(ordinary: Ordinary | None) -> None:
    """Who is told before anybody watches."""


def cut_open(event: Event, text: Span) -> tuple[bytes, bytes]:
    """The event before and after the inside of the JSON string at ``text`` of its data."""
    return event.raw[: event.place(text.start + 1)], event.raw[event.place(text.end - 1) :]


def as_copy(event: Event, text: Span) -> tuple[bytes, bytes]:
    """As ``cut_open``; what it gives is a whole event, wherever chunks were cut."""
    before, after = cut_open(event, text)
    return before, after.rstrip(b"\r\n") + event.newline * 2
