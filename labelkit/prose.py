"""One text on its way to being labelled, whole or as a stream: what is made, and what is there already."""

from __future__ import annotations

from dataclasses import dataclass, replace

from labelkit.errors import UnsupportedContentError
from labelkit.label import Generator, Label
from labelkit.marks import Mark, Medium
from labelkit.outcome import Labelled, Outcome
from labelkit.placement import Place
from labelkit.policy import Decision
from labelkit.provenance import Manifests, read_bound
from labelkit.streaming import LabelStream
from labelkit.text import notice, wrapper
from labelkit.text.stream import Seal, TextStream

_SEALED = "the text already carries a C2PA wrapper, which any change would break"
_NOTICED = "the notice is there already"


@dataclass(frozen=True, slots=True)
class Pen:
    """What texts are labelled with: the part of a labeler's settings that concerns them."""

    generator: Generator
    place: Place
    manifests: Manifests | None

    def stream(self, decision: Decision, *, rtl: bool | None = None) -> LabelStream:
        """Begin to label a text that arrives in pieces, as decided; ``rtl`` is its direction where that is known."""
        label = Label(self.generator, decision.content.altered)
        manifests = self.manifests
        seal: Seal | None = None
        if manifests is not None and Mark.C2PA in decision.marks:
            seal = lambda carrier: manifests.bind(label, carrier, media_type="text/plain")  # noqa: E731
        stream = TextStream(
            notice=decision.wording if Mark.VISIBLE in decision.marks else None,
            place=self._place(decision),
            seal=seal,
            rtl=rtl,
        )
        return LabelStream(stream, label, decision)

    def label(self, text: str, decision: Decision, *, strict: bool = False) -> Labelled[str]:
        """Label a whole text. A mark that is there already is not made again, and the outcome says so.

        Raises:
            LabelkitError: a required mark failed, or any when ``strict``.
        """
        if decision.marks and wrapper.has_wrapper(text):
            return self._sealed(text, decision, strict=strict)
        there = Mark.VISIBLE in decision.marks and notice.is_there(text, decision.wording, self._place(decision))
        rest = replace(decision, marks=decision.marks - {Mark.VISIBLE}) if there else decision
        stream = self.stream(rest, rtl=notice.right_to_left(text))
        content = stream.feed(text) + stream.finish()
        if strict and stream.problem is not None:
            raise stream.problem
        assert stream.outcome is not None
        outcome = stream.outcome
        if there:
            outcome = replace(outcome, missing={**outcome.missing, Mark.VISIBLE: _NOTICED})
        return Labelled(content, outcome)

    def _place(self, decision: Decision) -> Place:
        """A notice that a rule requires stands first, so that nobody reads the text without it; if not where it says."""
        return decision.place or Place.START if Mark.VISIBLE in decision.required else self.place

    def _sealed(self, text: str, decision: Decision, *, strict: bool) -> Labelled[str]:
        """A signed text stays as it is: ours is labelled, another's would be broken."""
        if (strict or decision.required) and not self._ours(text):
            raise UnsupportedContentError(
                f"It cannot be labelled: {_SEALED}", where="text", remedy="Cut the wrapper out first, if you may."
            )
        label = Label(self.generator, decision.content.altered)
        return Labelled(text, Outcome(Medium.TEXT, label, missing=dict.fromkeys(decision.marks, _SEALED)))

    def _ours(self, text: str) -> bool:
        """Whether the wrapper verifies and was signed with this labeler's own certificate."""
        found = wrapper.find(text)
        if found is None or found.problem is not None or self.manifests is None:
            return False
        report = read_bound(found.manifest, text.encode(), found.start_bytes, found.length_bytes, self.manifests.own)
        return report.state == "trusted"
