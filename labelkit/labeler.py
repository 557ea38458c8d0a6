"""The labeler: content in, labelled content out. The one front door for writing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from labelkit.choice import Choice
from labelkit.decider import Decider, taken
from labelkit.errors import ConfigurationError, UnsupportedContentError
from labelkit.image.badge import Badge
from labelkit.label import Generator, Label
from labelkit.marks import Mark, Medium
from labelkit.means import cannot, prepared
from labelkit.media import Limits, normalise
from labelkit.outcome import Labelled
from labelkit.picture import Press
from labelkit.placement import Place
from labelkit.policy import Content, Decision, Kind, Packs, Policies, Policy
from labelkit.policy.packs import known_phrases, own_phrases, phrases
from labelkit.prose import Pen
from labelkit.provenance import Signer
from labelkit.service import Service
from labelkit.streaming import LabelStream
from labelkit.text.notice import pointing
from labelkit.text.tokens import Count, estimate

_DOCUMENTS = {"text/plain": False, "text/markdown": True, "text/x-markdown": True}


class Labeler(Decider):
    """Labels what one generator made.

    Args:
        generator: the AI system that answers for the content.
        signer: who signs ``c2pa`` marks; without one none are made, and decisions list them as unmet.
        policy: a jurisdiction (``"ru"``), several (``"ru, eu"``: the strictest floor holds), the path of an operator's
            own pack, or Policies.
        packs: where policies are found by name; None for those that ship.
        service: what rules turn on that only its operator knows; what is not declared counts as in scope.
        locale: the language of visible marks where neither user nor policy asks for another; None for the policy's.
        offer: the marks that users are offered; None for every mark that the medium can carry.
        badge: how the visible mark of a picture looks.
        place: where the visible mark of a text stands. One that a rule requires stands at the start.
        aigc: write China's AIGC element (GB 45438-2025) into metadata, though no rule that applies asks for it.
        tokens: counts a text's tokens as the model's own tokenizer does, for rules that leave short texts alone; None
            for an estimate.
        limits: how large content may be.

    Raises:
        ConfigurationError: a policy, locale, mark or place that does not exist; a credential that would not be believed.
        SigningError: the signer does not sign. (A time-stamp authority that is silent is only warned of.)
    """

    def __init__(
        self,
        generator: Generator,
        *,
        signer: Signer | None = None,
        policy: str | Path | Policy | Policies = "ru",
        packs: Packs | None = None,
        service: Service | None = None,
        locale: str | None = None,
        offer: Iterable[str | Mark] | None = None,
        badge: Badge | None = None,
        place: Place | Literal["start", "end"] = Place.END,
        aigc: bool = False,
        tokens: Count | None = None,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(
            generator,
            cannot=cannot(generator, signer),
            policy=policy,
            packs=packs,
            service=service,
            locale=locale,
            offer=offer,
        )
        self.signer = signer
        self.limits = limits or Limits()
        manifests = prepared(generator, signer) if signer else None
        said, drawn = (frozenset(known_phrases(self.policies, each)) for each in (Medium.TEXT, Medium.IMAGE))
        self._pen = Pen(generator, _place(place), manifests, aigc, tokens or estimate, said)
        self._press = Press(badge or Badge(), aigc, self.limits, manifests, drawn)

    @property
    def notices(self) -> frozenset[str]:
        """Every notice that this labeler can have put into a text: what a client may send back in its history."""
        own = (own_phrases(policies, Medium.TEXT) for policies in (self.policies, Policies.of(*self.packs.all())))
        words = frozenset(phrases(Medium.TEXT)).union(*own)
        return words | {pointing(each, self.generator.detector) for each in words}

    def text(
        self,
        text: str,
        *,
        choice: Choice | str = Choice.ON,
        marks: Iterable[str | Mark] | None = None,
        media_type: str = "text/plain",
        locale: str | None = None,
        altered: bool | None = False,
        kind: Kind | None = None,
    ) -> str:
        """Label a whole text. To call it is to choose "on".

        Args:
            text: what the AI wrote.
            choice: ``"on"``, ``"off"`` (what a rule requires is still made) or a Choice.
            marks: exactly these marks, in place of a choice.
            media_type: ``text/plain``, or ``text/markdown`` for a file, which has a front matter.
            locale: the notice's language.
            altered: True when the AI changed a text that somebody wrote, None when that is not known.
            kind: what the text is, where a rule may exempt it (``"translation"``, ``"code"``).

        Raises:
            MarkError: a mark that was named and that such a text cannot carry.
            UnsupportedContentError: another type of text; a front matter that cannot be added to.
            UnencodableTextError: a lone surrogate in a text that is to be signed.
            SigningError: the signer failed.
        """
        document = _DOCUMENTS.get(normalise(media_type))
        if document is None:
            raise UnsupportedContentError(
                f"A text of type {normalise(media_type)} cannot be labelled yet",
                where=f"media_type={media_type!r}",
                remedy="text/plain and text/markdown can.",
            )
        named = taken(choice, marks)
        decision = self.decide(named, Content(Medium.TEXT, altered, locale, document=document, kind=kind))
        self.demand(named, decision)
        return self.label_text(text, decision, strict=True).content

    def image(
        self,
        data: bytes,
        *,
        choice: Choice | str = Choice.ON,
        marks: Iterable[str | Mark] | None = None,
        media_type: str | None = None,
        locale: str | None = None,
        altered: bool | None = False,
    ) -> bytes:
        """Label a picture: same format, and the same pixels where no badge is drawn.

        Args:
            data: the file's bytes; they say what it is.
            choice: ``"on"``, ``"off"`` (what a rule requires is still made) or a Choice.
            marks: exactly these marks, in place of a choice.
            media_type: what it is declared as, to be checked against the bytes.
            locale: the badge's language.
            altered: True when the AI changed a picture that somebody made, None when that is not known.

        Raises:
            ContentError: the picture is damaged, too large, or refused by name. It is left as it was.
            MarkError: a mark that was named and that it cannot carry.
            SigningError: the signer failed.
        """
        named = taken(choice, marks)
        decision = self.decide(named, Content(Medium.IMAGE, altered, locale))
        self.demand(named, decision)
        return self.label_image(data, decision, media_type=media_type, strict=True).content

    def stream(
        self,
        decision: Decision | None = None,
        *,
        choice: Choice | str = Choice.ON,
        marks: Iterable[str | Mark] | None = None,
        locale: str | None = None,
        altered: bool | None = False,
        kind: Kind | None = None,
    ) -> LabelStream:
        """Label a text that arrives in pieces: none is held back, the marks come with ``finish()``.

        Raises:
            MarkError: a mark that was named and that a text cannot carry.
        """
        if decision is None:
            named = taken(choice, marks)
            decision = self.decide(named, Content(Medium.TEXT, altered, locale, kind=kind))
            self.demand(named, decision)
        return self._pen.stream(decision)

    def label_text(self, text: str, decision: Decision, *, strict: bool = False) -> Labelled[str]:
        """Label a text as decided, and tell what was done. A chosen mark that fails is told, or raised when strict."""
        return self._pen.label(text, decision, strict=strict)

    def label_image(
        self, data: bytes, decision: Decision, *, media_type: str | None = None, strict: bool = False
    ) -> Labelled[bytes]:
        """Label a picture as decided, and tell what was done. A chosen mark that fails is told, or raised when strict."""
        label = Label(self.generator, decision.content.altered)
        return self._press.label(data, decision, label, media_type=media_type, strict=strict)


def _place(name: Place | str) -> Place:
    """Where a notice stands, by name."""
    try:
        return Place(name)
    except ValueError as error:
        raise ConfigurationError(
            f"There is no place {name!r} in a text", where="Labeler(place=...)", remedy=f"There are {', '.join(Place)}."
        ) from error
