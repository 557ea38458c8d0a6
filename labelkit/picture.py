"""One picture on its way to being labelled: which mark comes when, and what that means for what is already there.

The order is forced: a badge changes pixels, metadata changes bytes, and a manifest binds every byte, so it comes last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from labelkit.aigc import record
from labelkit.errors import LabelkitError, UnsupportedContentError
from labelkit.image import badge as badges
from labelkit.image import metadata
from labelkit.image.badge import Badge
from labelkit.image.containers import container_of, slotted
from labelkit.image.soundness import check
from labelkit.label import Field, Label
from labelkit.marks import NO_MARKS, Mark, Medium
from labelkit.media import Limits, identify
from labelkit.outcome import Labelled, Outcome
from labelkit.policy import Decision
from labelkit.provenance import Manifests, read

ALREADY = "the picture already carries a verified manifest of this service"
DECLARED = "the metadata already say so"
DRAWN = "the badge is there already"
UNSIGNED = "it would break the manifest that the picture carries, and a new one could not be made"


@dataclass(frozen=True, slots=True)
class Press:
    """What pictures are labelled with: the part of a labeler's settings that concerns them. ``words`` are what badges of
    other decisions may say."""

    badge: Badge
    aigc: bool
    limits: Limits
    manifests: Manifests | None
    words: frozenset[str] = frozenset()

    def label(
        self, data: bytes, decision: Decision, label: Label, *, media_type: str | None = None, strict: bool = False
    ) -> Labelled[bytes]:
        """Put the decided marks into a picture.

        A mark that fails is raised when it is required or when ``strict``, and told in the outcome otherwise; the
        marks that can be made still are.

        Raises:
            ContentError: the picture is damaged, too large or not what it is declared as.
        """
        kind = identify(data, media_type)
        check(data, kind, self.limits)
        if not decision.marks:
            return Labelled(data, Outcome(Medium.IMAGE, label, missing=decision.missing))
        signed = container_of(kind).has_manifest(data)
        if signed and self._ours(data, kind):
            if self._has_required(data, kind, decision):
                return Labelled(data, Outcome(Medium.IMAGE, label, missing=dict.fromkeys(decision.marks, ALREADY)))
            decision = replace(decision, marks=decision.marks | {Mark.C2PA})  # what was signed stays so

        missing = dict(decision.missing)
        if Mark.C2PA not in decision.marks and self._declares(data, kind, label, decision):
            missing[Mark.METADATA] = DECLARED  # with a manifest, both are to tell the same id
        work = data
        for mark, step in self._steps(data, kind, decision, label, signed=signed).items():
            if mark in decision.marks and mark not in missing:
                work, why = _step(step, work, strict=strict or mark in decision.required)
                missing |= {mark: why} if why else {}
        applied = decision.marks - missing.keys()
        if signed and applied and Mark.C2PA not in applied:
            missing |= dict.fromkeys(applied, UNSIGNED)
            applied = NO_MARKS
        return Labelled(work if applied else data, Outcome(Medium.IMAGE, label, applied, missing))

    def _steps(
        self, data: bytes, kind: str, decision: Decision, label: Label, *, signed: bool
    ) -> dict[Mark, Callable[[bytes], bytes]]:
        """How each mark is made, in order."""
        if signed and Mark.C2PA not in decision.marks:
            return dict.fromkeys(Mark, _refuse_to_break)
        return {
            Mark.VISIBLE: lambda work: self._draw(work, kind, decision),
            Mark.METADATA: lambda work: metadata.write(work, kind, label, aigc=self._with_aigc(decision)),
            Mark.C2PA: lambda work: self._sign(work, kind, label, parent=data if signed else None),
        }

    def _draw(self, work: bytes, kind: str, decision: Decision) -> bytes:
        """A badge for which no rule has a corner goes where it covers no other."""
        others = frozenset() if decision.corner else self.words
        return badges.draw(work, kind, decision.wording, self._badge(decision), self.limits, others)

    def _badge(self, decision: Decision) -> Badge:
        """The operator's badge, in the corner and the size that a rule asks for."""
        own, asked = self.badge, decision.height or 0
        height, least = max(own.height, asked), max(own.least, asked)
        return replace(own, corner=decision.corner or own.corner, height=height, least=least)

    def _with_aigc(self, decision: Decision) -> bool:
        return self.aigc or Field.AIGC in decision.fields

    def _declares(self, data: bytes, kind: str, label: Label, decision: Decision) -> bool:
        """Whether the metadata already say of this generator what the label is to say there, beside its id and time."""
        if Mark.METADATA not in decision.marks:
            return False
        try:
            said = metadata.read(data, kind)
        except LabelkitError:
            return False  # what cannot be read is kept by write(), beside the label
        if said is None or None in (said.id, said.time):
            return False
        maker = label.generator
        ours = (maker.provider, maker.system, maker.version, maker.detector, label.source_type.value, label.altered)
        theirs = (said.provider, said.system, said.version, said.detector, said.source_type, said.altered)
        whole = not self._with_aigc(decision) or said.aigc == record(label) | {"ProduceID": said.id}
        return ours == theirs and whole

    def _has_required(self, data: bytes, kind: str, decision: Decision) -> bool:
        """Whether every required mark is in a picture of ours; one that was labelled by other rules may lack some."""
        if Mark.METADATA in decision.required:
            said = metadata.read(data, kind)
            if said is None or not said.ai_generated or (self._with_aigc(decision) and said.aigc is None):
                return False
        if Mark.VISIBLE not in decision.required:
            return True
        return self._draw(data, kind, decision) is data

    def _sign(self, work: bytes, kind: str, label: Label, *, parent: bytes | None) -> bytes:
        assert self.manifests is not None  # without a signer no decision holds this mark
        container = slotted(kind)
        if parent is not None or container is None:
            return self.manifests.embed(work, kind, label, parent=parent)
        slot = container.slot(work)
        return slot.assemble(self.manifests.bind(label, slot, media_type=kind))

    def _ours(self, data: bytes, kind: str) -> bool:
        """Whether the manifest verifies and was signed with this labeler's own certificate."""
        if self.manifests is None:
            return False
        report = read(data, kind, self.manifests.own)
        return report is not None and report.state == "trusted"


def _step(step: Callable[[bytes], bytes], work: bytes, *, strict: bool) -> tuple[bytes, str]:
    """The picture with one mark more, or why there is none."""
    try:
        done = step(work)
    except LabelkitError as error:
        if strict:
            raise
        return work, str(error)
    return done, DRAWN if done is work else ""


def _refuse_to_break(work: bytes) -> bytes:
    raise UnsupportedContentError(
        "The picture carries a C2PA manifest, which any other mark would break",
        remedy="Ask for the c2pa mark too: then the manifest is kept, as the parent ingredient of the new one.",
    )
