"""The labeler: content in, labelled content out. The one front door for writing."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from labelkit.choice import Choice
from labelkit.errors import ConfigurationError, MarkError, UnsupportedContentError
from labelkit.image.badge import Badge
from labelkit.label import Generator, Label
from labelkit.marks import Mark, Medium, parse_marks
from labelkit.means import cannot, prepared
from labelkit.media import Limits, normalise
from labelkit.outcome import Labelled
from labelkit.picture import Press
from labelkit.placement import Place
from labelkit.policy import Content, Decision, Packs, Policies, Policy, decide, wordings
from labelkit.policy.packs import own_phrases, phrases
from labelkit.prose import Pen
from labelkit.provenance import Signer
from labelkit.service import Service
from labelkit.streaming import LabelStream

_SIGNED_TEXT = {"text/plain"}
_TEXTS = {"text/plain", "text/markdown"}


class Labeler:
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
        limits: how large content may be.

    Raises:
        ConfigurationError: a policy, locale or mark that does not exist; a credential that would not be believed.
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
        limits: Limits | None = None,
    ) -> None:
        self.generator = generator
        self.signer = signer
        self.packs = packs or Packs()
        self.policies = self.packs.of(policy)
        self.service = service or Service()
        self.locale = wordings(locale or self.policies.language).language
        self.offer = None if offer is None else parse_marks(offer)
        self.limits = limits or Limits()
        manifests = prepared(generator, signer) if signer else None
        self._pen = Pen(generator, Place(place), manifests)
        self._press = Press(badge or Badge(), aigc, self.limits, manifests)
        self.cannot = cannot(generator, signer)
        self._decided = lru_cache(maxsize=1024)(self._decide)

    @property
    def notices(self) -> frozenset[str]:
        """Every notice that this labeler can have put into a text: what a client may send back in its history."""
        own = (own_phrases(policies, Medium.TEXT) for policies in (self.policies, Policies.of(*self.packs.all())))
        return frozenset(phrases(Medium.TEXT)).union(*own)

    def decide(
        self,
        choice: Choice | None,
        content: Content | Medium,
        *,
        policies: Policies | None = None,
        when: datetime | None = None,
    ) -> Decision:
        """Put policies (None: the labeler's own) and choice together, for content made at ``when`` (None: now).

        Pure, and cheap when asked again.
        """
        known = content if isinstance(content, Content) else Content(content)
        laws = policies or self.policies
        moment = time.time() if when is None else when.timestamp()
        return self._decided(choice, known, laws, laws.period(moment), when)

    def _decide(
        self, choice: Choice | None, content: Content, policies: Policies, period: int, when: datetime | None
    ) -> Decision:
        return decide(
            policies,
            choice,
            content,
            when or datetime.now(UTC),
            generator=self.generator,
            service=self.service,
            cannot=self.cannot,
            offer=self.offer,
            locale=self.locale,
        )

    def text(
        self,
        text: str,
        *,
        choice: Choice | str = Choice.ON,
        marks: Iterable[str | Mark] | None = None,
        media_type: str = "text/plain",
        locale: str | None = None,
        altered: bool | None = False,
    ) -> str:
        """Label a whole text. To call it is to choose "on".

        Args:
            text: what the AI wrote.
            choice: ``"on"``, ``"off"`` (what a rule requires is still made) or a Choice.
            marks: exactly these marks, in place of a choice.
            media_type: ``text/plain`` or ``text/markdown``.
            locale: the notice's language.
            altered: True when the AI changed a text that somebody wrote, None when that is not known.

        Raises:
            MarkError: a mark that was named and that such a text cannot carry.
            UnencodableTextError: a lone surrogate in a text that is to be signed.
            SigningError: the signer failed.
        """
        named = _choice(choice, marks)
        decision = self.decide(named, Content(Medium.TEXT, altered, locale))
        self.demand(named, decision)
        kind = normalise(media_type)
        if kind not in _TEXTS or (Mark.C2PA in decision.marks and kind not in _SIGNED_TEXT):
            raise UnsupportedContentError(
                f"A text of type {kind} cannot carry these marks yet",
                where=f"media_type={media_type!r}",
                remedy="text/plain carries every text mark, text/markdown the visible notice.",
            )
        labelled = self.label_text(text, decision, strict=True)
        return labelled.content

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
        named = _choice(choice, marks)
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
    ) -> LabelStream:
        """Label a text that arrives in pieces: none is held back, the marks come with ``finish()``.

        Raises:
            MarkError: a mark that was named and that a text cannot carry.
        """
        if decision is None:
            named = _choice(choice, marks)
            decision = self.decide(named, Content(Medium.TEXT, altered, locale))
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

    def demand(self, choice: Choice, decision: Decision) -> None:
        """Where a person calls, a mark that was named and cannot be made is an error (over HTTP it is left out).

        Raises:
            MarkError: the first such mark, and why.
        """
        for mark in choice.marks - decision.marks:
            raise MarkError(
                f"The mark {mark.value!r} cannot be made: {decision.missing[mark]}",
                where=f"{decision.medium.value}, policy {decision.policy}",
                remedy="Leave it out of marks=.",
            )


def _choice(choice: Choice | str, marks: Iterable[str | Mark] | None) -> Choice:
    if marks is not None:
        return Choice.of(*marks)
    found = Choice.parse(choice) if isinstance(choice, str) else choice
    if found is None:
        raise ConfigurationError(
            f"There is no choice {choice!r}", remedy="Choose 'on', 'off', or name marks with marks=[...]."
        )
    return found
