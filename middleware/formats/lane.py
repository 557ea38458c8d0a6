"""A lane: one text of a stream on its way through, from its first character to its label.

A stream of n choices has n lanes. A lane learns its text in batches: on the path of every token nothing is decoded.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING

from labelkit.marks import Mark
from labelkit.middleware.formats import machine
from labelkit.middleware.formats.base import Job
from labelkit.middleware.formats.template import Template
from labelkit.middleware.formats.word import LONGEST
from labelkit.placement import Place

if TYPE_CHECKING:
    from labelkit.policy import Decision
    from labelkit.streaming import LabelStream

BATCH = 512  # events that are collected before their text is decoded
NO_TEXT = "there is no text"
NO_MARK = "no mark was asked for"

_SUSPICION = 1024 * 1024  # characters; a longer text is not kept to find out whether it is JSON or code


class Lane:
    """One text of a stream.

    ``started`` once there is text that a label is for, ``done`` once nothing more is owed. ``template`` finds
    ordinary events, and ``batch`` takes them; ``keeps`` says whether their text matters. ``headed`` is True when
    the notice stands before the text. ``copy`` is an event before and after its text, for a label to travel in. ``read`` says what the text of an event is that
    looked ordinary and was not.
    """

    __slots__ = (
        "_half", "_insides", "_job", "_kept", "_lead", "_most", "_read", "_stream", "_texts",
        "batch", "copy", "done", "headed", "index", "keeps", "template",
    )  # fmt: skip

    def __init__(self, job: Job, index: int, read: Callable[[Lane, bytes], str]) -> None:
        self.index = index
        self.copy: tuple[bytes, bytes] | None = None
        self._job = job
        self._read = read
        self._lead = ""  # white space that a notice at the start waits behind
        self._half = ""  # the first half of a surrogate pair
        self._stream: LabelStream | None = None
        self._texts: list[str] | None = None  # the whole text, while it may be JSON, code or a single word
        self._kept = 0
        self._most = _SUSPICION  # characters of it
        self._insides: list[bytes] = []
        self.batch: list[bytes] = []
        self.template: Template | None = None
        self.done = False
        self.headed = False
        self.keeps = True

    @property
    def started(self) -> bool:
        """Whether there is text that a label is for."""
        return self._stream is not None

    @property
    def least(self) -> int:
        """The bytes of an ordinary event without its text."""
        return len(self.template.prefix) + len(self.template.suffix) if self.template else 0

    def text(self, text: str, blanks: int = 0) -> str:
        """Take a text. What is returned has to stand directly before it, or behind so many of its first characters,
        which are white space."""
        if self.done or not text:
            return ""
        if self._stream is None:
            return self._begin(text, blanks)
        self.settle()
        self._take(text)
        return ""

    def collect(self, piece: bytes) -> bool:
        """Take an event if it is an ordinary one."""
        template = self.template
        if template is None:
            return False
        ordinary = piece if template.fits(piece) else template.normal(piece)
        if ordinary is None:
            return False
        self.batch.append(ordinary)
        if len(self.batch) >= BATCH:
            self.settle()
        return True

    def collect_several(self, data: bytes) -> int:
        """Take the ordinary events with which ``data`` begins; how many bytes they are."""
        if self.template is None:
            return 0
        insides = self.template.several(data)
        if not insides:
            return 0
        self._gather()
        self._insides += insides
        if len(self._insides) >= BATCH:
            self.settle()
        around = len(self.template.prefix) + len(self.template.suffix)
        return around * len(insides) + sum(map(len, insides))

    def settle(self) -> None:
        """Take the texts of the ordinary events that have been collected."""
        self._gather()
        insides, self._insides = self._insides, []
        if not insides or not self.keeps or self.template is None:
            return
        try:
            self._take(json.loads(b'"%b"' % b"".join(insides)))
        except ValueError:  # one of them has more than its text between prefix and suffix
            for inside in insides:
                self._take(self._read(self, self.template.prefix + inside + self.template.suffix))

    def _gather(self) -> None:
        if self.batch and self.template is not None:
            inside = itemgetter(slice(len(self.template.prefix), -len(self.template.suffix)))
            self._insides += map(inside, self.batch)
            self.batch.clear()

    def close(self, *, cut_off: bool = False) -> bool:
        """The text is complete (or ``cut_off`` at a limit): whether ``tail`` is owed."""
        if self.done or self._stream is None:
            return False
        self.settle()
        if not self.headed:
            self.suppress(self._job.facts.machine_read)  # some applications read their request while they answer it
        if self._texts is not None:
            text = "".join(self._texts)
            exempt = self._job.decision.exempt
            self.suppress(machine.why(text, cut_off=cut_off, exempt=exempt) if text.strip() else NO_TEXT)
        owed = not self.done
        self.done, self.keeps = True, False
        return owed

    def tail(self) -> str:
        """What to add at the end of the text; "" when its marks are made already. Signs.

        Raises:
            LabelkitError: a required mark cannot be made.
        """
        assert self._stream is not None
        if self._half:
            self._stream.feed(self._half)
        tail = self._stream.finish()
        assert self._stream.outcome is not None
        self._job.outcomes.append(self._stream.outcome)
        return tail

    def suppress(self, why: str) -> None:
        """Owe no label any more, for a reason; "" is none."""
        if why and not self.done:
            self.done = True
            self.keeps = False
            self._job.skip(why)

    def _begin(self, text: str, blanks: int) -> str:
        decision = self._job.decision
        self.suppress(self._job.facts.machine_read or ("" if decision.marks else NO_MARK))
        if self.done:
            return ""
        beginning = self._lead + text
        first = beginning.lstrip()[:1]
        stream = self._job.labeler.stream(decision)
        head = stream.start(self._lead + text[:blanks])
        if head and not first:
            self._lead = beginning
            return ""
        if head and first in machine.JSON_BEGINS:
            # Only its end will tell whether it is JSON, so even a required notice waits until then.
            stream = self._job.labeler.stream(_with_required_notice_last(decision))
            head = stream.start()
            if head:
                self.suppress(machine.MAYBE_JSON)
                return ""
        self._stream = stream
        self._suspect(beginning, headed=bool(head))
        self.headed = bool(head)
        self.keeps = Mark.C2PA in decision.marks or not head
        self._take(text[blanks:] if head else beginning)
        return head

    def _suspect(self, beginning: str, *, headed: bool) -> None:
        """Keep the text while it may turn out to be one that gets no label; a notice before it has settled that."""
        machines = machine.may_be(beginning)
        if not headed and (machines or "single-word" in self._job.decision.exempt):
            self._texts = []
            self._most = _SUSPICION if machines else LONGEST

    def _take(self, text: str) -> None:
        if not self.keeps or self._stream is None:
            return
        if self._half or is_first_half(text[-1:]):
            text = _join_halves(self._half + text)
            self._half = text[-1:] if is_first_half(text[-1:]) else ""
            text = text.removesuffix(self._half)
        if self._texts is not None:
            self._kept += len(text)
            if self._kept > self._most:
                self._texts = None
            else:
                self._texts.append(text)
        self._stream.feed(text)


def _with_required_notice_last(decision: Decision) -> Decision:
    return replace(decision, place=Place.END) if Mark.VISIBLE in decision.required else decision


def is_first_half(character: str) -> bool:
    """Whether this is the first half of a surrogate pair, whose second may come with the next event."""
    return "\ud800" <= character <= "\udbff"


def _join_halves(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
