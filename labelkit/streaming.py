"""A stream of text that is being labelled: what was decided, what is passed on, and at the end what was done."""

from __future__ import annotations

from labelkit.errors import LabelkitError
from labelkit.label import Label
from labelkit.marks import Mark, Medium, in_order
from labelkit.outcome import Outcome
from labelkit.policy import Decision
from labelkit.text.stream import TextStream

_NO_FRONT_MATTER = "a stream has no front matter: label the whole document"
_DENORMALISED = "the text is not in NFC: if someone normalises it later, the signature breaks"


class LabelStream:
    """Labels a text that arrives in pieces, without holding one back. Made by ``Labeler.stream()``.

    Send ``start()`` (or let the first ``feed`` do it), then what ``feed`` returns for each piece, then ``finish()``.
    """

    __slots__ = ("_stream", "decision", "feed", "label", "outcome", "start")

    def __init__(self, stream: TextStream, label: Label, decision: Decision) -> None:
        self._stream = stream
        self.label = label
        self.decision = decision
        self.outcome: Outcome | None = None
        self.feed = stream.feed  # on the path of every token: no call in between
        self.start = stream.start

    @property
    def problem(self) -> LabelkitError | None:
        """Why the text could not be signed, once it is finished; None when it was, or was not to be."""
        return self._stream.problem

    def finish(self) -> str:
        """What to send last; afterwards ``outcome`` says what was done.

        Raises:
            LabelkitError: a required mark could not be made. A chosen one that could not is told in the outcome.
        """
        tail = self._stream.finish()
        problem = self.problem
        if problem is not None and Mark.C2PA in self.decision.required:
            raise problem
        self.outcome = self._outcome(problem)
        return tail

    def _outcome(self, problem: LabelkitError | None) -> Outcome:
        """What was done. A mark that a short text does not get is not missing: nobody asked for it."""
        stream, decided = self._stream, self.decision.marks
        missing, remarks = dict(self.decision.missing), []
        if Mark.METADATA in decided:  # decided for a file, and this is none
            missing[Mark.METADATA] = _NO_FRONT_MATTER
        left_out = {Mark.VISIBLE} if Mark.VISIBLE in decided and not stream.noticed else set()
        if Mark.C2PA in decided and not stream.sealed:
            if problem is None:
                left_out.add(Mark.C2PA)
            else:
                missing[Mark.C2PA] = str(problem)
        elif Mark.C2PA in decided and not stream.nfc:
            remarks.append(_DENORMALISED)
        if stream.length is not None:
            remarks += [too_short(mark, stream.length.count, self.decision) for mark in in_order(left_out)]
        applied = decided - left_out - missing.keys()
        return Outcome(Medium.TEXT, self.label, applied, missing, tuple(remarks))


def too_short(mark: Mark, count: int, decision: Decision) -> str:
    """Why a mark is left out of a text of so many tokens."""
    rules = decision.because.get(mark, ())
    asks = f"{', '.join(rules) or 'the policy'} {'ask' if len(rules) > 1 else 'asks'}"
    return f"{mark} is left out: {count} tokens, and {asks} for it from {decision.least_tokens[mark]} on"
