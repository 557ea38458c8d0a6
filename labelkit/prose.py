"""One text on its way to being labelled, whole or as a stream: what is made, and what is there already."""

from __future__ import annotations

from dataclasses import dataclass, replace

from labelkit.errors import LabelkitError, UnsupportedContentError
from labelkit.label import Field, Generator, Label
from labelkit.marks import Mark, Medium
from labelkit.outcome import Labelled, Outcome
from labelkit.placement import Place
from labelkit.policy import Decision
from labelkit.provenance import Manifests, read_bound
from labelkit.streaming import LabelStream, too_short
from labelkit.text import front_matter, wrapper
from labelkit.text.notice import pointing, right_to_left
from labelkit.text.noticed import is_there
from labelkit.text.seam import without_wrapper
from labelkit.text.stream import Seal, TextStream
from labelkit.text.tokens import Count, Length, estimate

_SEALED = "the text already carries a C2PA wrapper, which any change would break"
_NOTICED = "the notice is there already"
_DECLARED = "the front matter already says so"


@dataclass(frozen=True, slots=True)
class Pen:
    """What texts are labelled with: the part of a labeler's settings that concerns them. ``words`` are what notices of
    other decisions may say."""

    generator: Generator
    place: Place
    manifests: Manifests | None
    aigc: bool = False
    tokens: Count = estimate
    words: frozenset[str] = frozenset()

    def stream(self, decision: Decision, *, rtl: bool | None = None) -> LabelStream:
        """Begin to label a text that arrives in pieces, as decided; ``rtl`` is its direction where that is known."""
        label = Label(self.generator, decision.content.altered)
        manifests = self.manifests
        seal: Seal | None = None
        if manifests is not None and Mark.C2PA in decision.marks:
            seal = lambda carrier: manifests.bind(label, carrier, media_type="text/plain")  # noqa: E731
        least = self._least(decision)
        stream = TextStream(
            notice=pointing(decision.wording, self.generator.detector) if Mark.VISIBLE in decision.marks else None,
            place=self._place(decision),
            seal=seal,
            rtl=rtl,
            length=Length(max(least.values()), self.tokens) if least else None,
            least_notice=least.get(Mark.VISIBLE, 0),
            least_seal=least.get(Mark.C2PA, 0),
        )
        return LabelStream(stream, label, decision)

    def label(self, text: str, decision: Decision, *, strict: bool = False) -> Labelled[str]:
        """Label a whole text. A mark that is there already is not made again, and the outcome says so.

        Raises:
            LabelkitError: a required mark failed, or any when ``strict``.
        """
        if decision.marks and wrapper.has_wrapper(text):
            return self._sealed(text, decision, strict=strict)
        if decision.content.document:
            return self._label_document(text, decision, strict=strict)
        return self._label(text, decision, strict=strict)

    def _label(self, text: str, decision: Decision, *, strict: bool) -> Labelled[str]:
        there = Mark.VISIBLE in decision.marks and self._notices(text, decision)
        rest = replace(decision, marks=decision.marks - {Mark.VISIBLE}) if there else decision
        stream = self.stream(rest, rtl=right_to_left(text))
        content = stream.feed(text) + stream.finish()
        if strict and stream.problem is not None:
            raise stream.problem
        assert stream.outcome is not None
        outcome = stream.outcome
        if there:
            outcome = replace(outcome, missing={**outcome.missing, Mark.VISIBLE: _NOTICED})
        return Labelled(content, outcome)

    def _label_document(self, text: str, decision: Decision, *, strict: bool) -> Labelled[str]:
        """The notice goes into the body, behind the front matter, which takes the metadata."""
        begin = front_matter.body(text)
        front, body = text[:begin], text[begin:]
        done = self._label(body, replace(decision, marks=decision.marks - {Mark.METADATA}), strict=strict)
        gap = "\n" if done.content and front.endswith(("-", ".", " ", "\t")) else ""
        work, outcome = front + gap + done.content, done.outcome
        if Mark.METADATA not in decision.marks:
            return Labelled(work, outcome)
        if (count := self._too_short(body, Mark.METADATA, decision)) is not None:
            remark = too_short(Mark.METADATA, count, decision)
            return Labelled(work, replace(outcome, remarks=(*outcome.remarks, remark)))
        aigc = self.aigc or Field.AIGC in decision.fields
        why = _DECLARED
        if not _declares(text, outcome.label, aigc=aigc):
            try:
                work = front_matter.write(work, outcome.label, aigc=aigc)
                return Labelled(work, replace(outcome, applied=outcome.applied | {Mark.METADATA}))
            except LabelkitError as error:
                if strict or Mark.METADATA in decision.required:
                    raise
                why = str(error)
        return Labelled(work, replace(outcome, missing={**outcome.missing, Mark.METADATA: why}))

    def _least(self, decision: Decision) -> dict[Mark, int]:
        """The marks that a short text does not get; none where its length was known when it was decided."""
        if decision.content.tokens is not None:
            return {}
        return {mark: least for mark, least in decision.least_tokens.items() if mark in decision.marks}

    def _too_short(self, text: str, mark: Mark, decision: Decision) -> int | None:
        """The tokens of a text that is too short for a mark; None where it is long enough."""
        least = self._least(decision).get(mark)
        if least is None:
            return None
        length = Length(least, self.tokens)
        length.feed(text)
        return length.count if length.count < least else None

    def _place(self, decision: Decision) -> Place:
        """A notice that a rule requires stands first, so that nobody reads the text without it; if not where it says."""
        return decision.place or Place.START if Mark.VISIBLE in decision.required else self.place

    def _sealed(self, text: str, decision: Decision, *, strict: bool) -> Labelled[str]:
        """A signed text stays as it is: another's would be broken, and ours is labelled. Where rules require more than it
        has, ours is signed anew."""
        ours = self._ours(text)
        whole = ours and self._has_required(text, decision)
        if ours and not whole and not decision.content.document:
            anew = replace(decision, marks=decision.marks | {Mark.C2PA})  # what was signed stays so
            return self._label(without_wrapper(text), anew, strict=strict)
        if not whole and (strict or decision.required):
            raise UnsupportedContentError(
                f"It cannot be labelled: {_SEALED}", where="text", remedy="Cut the wrapper out first, if you may."
            )
        label = Label(self.generator, decision.content.altered)
        return Labelled(text, Outcome(Medium.TEXT, label, missing=dict.fromkeys(decision.marks, _SEALED)))

    def _has_required(self, text: str, decision: Decision) -> bool:
        """Whether every required mark is in a text of ours; one that was labelled by other rules may lack some."""
        body = text[front_matter.body(text) :] if decision.content.document else text
        lacking = decision.required - {Mark.C2PA}
        if self._notices(body, decision):
            lacking -= {Mark.VISIBLE}
        if lacking and decision.content.document and front_matter.read(text) is not None:
            lacking -= {Mark.METADATA}
        return all(self._too_short(body, mark, decision) is not None for mark in lacking)

    def _notices(self, text: str, decision: Decision) -> bool:
        """Whether the very notice stands where it is to stand."""
        return is_there(text, decision.wording, self._place(decision), self.words)

    def _ours(self, text: str) -> bool:
        """Whether the wrapper verifies and was signed with this labeler's own certificate."""
        found = wrapper.find(text)
        if found is None or found.problem is not None or self.manifests is None:
            return False
        report = read_bound(found.manifest, text.encode(), found.start_bytes, found.length_bytes, self.manifests.own)
        return report.state == "trusted"


def _declares(text: str, label: Label, *, aigc: bool) -> bool:
    """Whether the front matter already says of this generator what the label would."""
    try:
        said = front_matter.read(text)
    except LabelkitError:
        return False  # write() says why
    generator = label.generator
    facts = (generator.provider, generator.system, generator.version, generator.detector, label.source_type.value)
    names = ("provider", "system", "version", "detector", "source_type")
    return said is not None and tuple(said[name] for name in names) == facts and (said["aigc"] is not None or not aigc)
