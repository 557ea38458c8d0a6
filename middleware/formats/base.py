"""What a format is: one API's answer to where its AI-made content stands, and where a label may go.

A format is pure and synchronous: bytes in, bytes out. It knows no ASGI; whoever calls it knows message order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from labelkit.marks import NO_MARKS, Marks
from labelkit.middleware.formats.machine import KINDS
from labelkit.policy.decision import CHOICE

if TYPE_CHECKING:
    from labelkit.labeler import Labeler
    from labelkit.marks import Medium
    from labelkit.outcome import Outcome
    from labelkit.policy import Decision

MAX_EVENT = 1024 * 1024
"""Bytes of one event, or of one line, that are looked at as a whole; a longer one ends the looking."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a request body says about its answer. ``Facts()`` while it is unknown, or cannot be read.

    ``machine_read`` is why the answer is read by a machine ("response_format is json_schema"), "" where people
    read it. ``stream`` is None where the body does not say. ``altered`` is as in Label. ``first_turn`` is whether the
    answer is the first of its conversation, None where the request has no history to tell it by.
    """

    machine_read: str = ""
    stream: bool | None = None
    altered: bool | None = False
    first_turn: bool | None = None


@dataclass(slots=True)
class Job:
    """One response that is to be labelled, made before the application runs.

    ``facts`` are filled in when the request body is known. The format fills ``outcomes``, one per labelled item,
    and ``skipped``: why nothing was labelled although the format matched ("JSON mode", "tool call"). ``decide`` is how
    the same user's decision for another medium is made, for a format that learns only from the answer what it is.
    ``floor`` are the marks that rules require; ``decision.required`` lacks those whose failure may not cost the answer.
    """

    labeler: Labeler
    decision: Decision
    facts: Facts = field(default_factory=Facts)
    outcomes: list[Outcome] = field(default_factory=list)
    skipped: str | None = None
    decide: Callable[[Medium], Decision] | None = None
    floor: Marks = NO_MARKS

    def skip(self, why: str) -> None:
        """Nothing is labelled. Of several reasons the first is told, and the rules that ask for what is left out."""
        if self.skipped is None:
            rules = self._slighted(why)
            self.skipped = f"{why}; what {' and '.join(rules)} asks for is left out" if rules else why

    def _slighted(self, why: str) -> list[str]:
        """The rules that require a label of a kind of text which is never labelled."""
        kind = KINDS.get(why, "json" if why == self.facts.machine_read else None)
        decision = self.decision
        if kind is None or kind in decision.exempt:
            return []
        asking = {rule for mark in decision.required | self.floor for rule in decision.because.get(mark, ())}
        return sorted(asking - {CHOICE})


class Splice(NamedTuple):
    """What to send in place of a chunk: ``ready`` now, and what ``then`` returns after it.

    ``then`` signs. It belongs in a worker thread where the signer may block; it is called at most once, and before
    the splicer gets its next chunk. It raises LabelkitError where a required mark cannot be made.
    """

    ready: bytes
    then: Callable[[], bytes] | None = None


class Ordinary(NamedTuple):
    """How to know a chunk that is one ordinary event: it stays as it is, and is only to be remembered.

    It begins with ``prefix`` (its ``head``), ends with ``suffix`` (its ``foot``), has fewer than ``bound`` bytes, and
    goes into ``batch``, as long as that has fewer than ``most``. Whoever sends can test this without a call.
    """

    head: slice
    prefix: bytes
    foot: slice
    suffix: bytes
    bound: int
    batch: list[bytes]
    most: int


Tell = Callable[[Ordinary | None], None]


class Splicer(Protocol):
    """Labels one streamed response, chunk by chunk; synchronous, not thread-safe.

    A complete event is never held back. The incomplete end of a chunk may be, while it could be an event that the
    label has to precede.
    """

    def watch(self, tell: Tell) -> None:
        """From now on ``tell`` which chunks need not be fed, whenever that changes; None when all have to be."""

    def held(self) -> bytes:
        """The incomplete event that is held back, for whoever goes on without this splicer after it failed."""

    def feed(self, chunk: bytes) -> Splice | None:
        """Take a chunk of the body. None: send it as it is, the same object.

        Raises:
            LabelkitError: a required mark cannot be made; the response has to break off.
        """

    def end(self) -> Splice | None:
        """The body ended properly: what is still owed. Not called for a body that broke off."""


class Format(Protocol):
    """One API.

    ``suffixes`` are the path endings it answers for, matched at a segment boundary; ``history`` says whether
    clients send earlier answers back, so that ``cut_history`` applies; ``altered`` is as in Label, as far as the
    route alone says it.
    """

    @property
    def name(self) -> str:
        """What it is called in logs and outcomes: ``openai-chat``."""

    @property
    def medium(self) -> Medium:
        """What it labels."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The path endings, each beginning with a slash."""

    @property
    def methods(self) -> frozenset[str]:
        """The request methods whose responses are generated."""

    @property
    def history(self) -> bool:
        """Whether requests carry earlier answers."""

    @property
    def altered(self) -> bool | None:
        """Whether the route makes (False) or changes (True) content, None where it may do either."""

    def read(self, body: bytes) -> Facts:
        """What a request body says. Never raises: a malformed body is the application's business."""

    def cut_history(self, body: bytes, notices: frozenset[str]) -> bytes:
        """The body without our labels in earlier answers; the same object when there were none."""

    def whole(self, body: bytes, media_type: str, job: Job) -> bytes:
        """The labelled body of a response; the same object when nothing was labelled.

        Raises:
            LabelkitError: a required mark cannot be made.
        """

    def stream(self, media_type: str, job: Job) -> Splicer | None:
        """A splicer for a streamed response; None when this media type is no stream of this format."""

    def problem(self, what: str, status: int) -> tuple[str, bytes]:
        """Media type and body of an error in the API's own shape."""
