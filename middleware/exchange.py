"""One request whose response is to be labelled: what was asked and decided, and in the end what was done."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from starlette.types import Scope

from labelkit.label import Label
from labelkit.marks import NO_MARKS, Mark, Marks, Medium, tell
from labelkit.media import medium_of
from labelkit.middleware import headers as edit
from labelkit.middleware.case import Case
from labelkit.middleware.choice import Asked
from labelkit.middleware.formats.base import Facts, Format, Job
from labelkit.middleware.headers import Pairs
from labelkit.middleware.site import Site
from labelkit.outcome import Outcome
from labelkit.policy import Content, Decision

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Exchange:
    """What belongs to one request.

    ``media`` are what its answer may be; a home-made API shows it only in the answer. ``taken`` is the decision that a
    handler took to label by itself; ``begun`` is whether the response has, ``told`` whether the outcomes are,
    ``logged`` whether a failure is.
    """

    case: Case
    api: Format
    job: Job
    media: tuple[Medium, ...]
    taken: Decision | None = None
    begun: bool = False
    told: bool = False
    logged: bool = False

    @classmethod
    def of(cls, case: Case, api: Format, media: tuple[Medium, ...]) -> Exchange:
        """The exchange of a request of which the body is not known yet."""
        facts = Facts(altered=api.altered)
        content = Content(api.medium, facts.altered)
        job = Job(case.site.labeler, case.to_make(content), facts, floor=case.decide(content).required)
        exchange = cls(case, api, job, media)
        job.decide = exchange.decide
        return exchange

    @property
    def site(self) -> Site:
        """What the middleware is set to."""
        return self.case.site

    @property
    def scope(self) -> Scope:
        """The request's scope."""
        return self.case.scope

    @property
    def asked(self) -> Asked:
        """What the request says of the option."""
        return self.case.asked

    @property
    def headers(self) -> Pairs:
        """The request's headers, as they came."""
        return self.case.headers

    @property
    def vary(self) -> tuple[str, ...]:
        """The request headers that were looked at."""
        return self.case.vary

    @property
    def due(self) -> bool:
        """Whether any mark may still come of it, by what is known of the answer so far."""
        several = len(self.media) > 1
        return bool(self.job.decision.marks) or (several and any(self.decide(medium).marks for medium in self.media))

    @property
    def lost(self) -> str:
        """Why a strict request is refused: the marks that it asked for by name and that cannot be made; else ""."""
        choice, missing = self.asked.choice, self.job.decision.missing
        if choice is None or not self.asked.strict:
            return ""
        return " ".join(f"{mark}: {missing[mark]}" for mark in sorted(missing.keys() & choice.marks))

    @property
    def demanding(self) -> bool:
        """Whether a failure must be the response's failure."""
        return self.site.on_failure == "refuse" and any(self.decide(medium).required for medium in self.media)

    def decide(self, medium: Medium) -> Decision:
        """The same user's decision for a medium, as its format carries it out."""
        return self.case.to_make(self._content(medium))

    def _content(self, medium: Medium) -> Content:
        facts = self.job.facts
        return Content(medium, facts.altered, first_turn=facts.first_turn)

    def _decide_again(self, medium: Medium) -> None:
        self.job.decision = self.decide(medium)
        self.job.floor = self.case.decide(self._content(medium)).required

    def revalidated(self) -> Decision:
        """The decision that a 304 speaks of, which has no media type: the one whose tag the client asked with."""
        asked = b"".join(edit.values(self.headers, b"if-none-match"))
        decided = [self.decide(medium) for medium in self.media]
        return next((each for each in decided if b"=" + edit.digest_of(each) in asked), decided[0])

    def settle(self, media_type: str) -> None:
        """The answer has shown by its media type what it is."""
        shown = medium_of(media_type)
        if len(self.media) > 1 and shown in self.media:
            self.media = (shown,)
            self._decide_again(shown)

    def learn(self, facts: Facts) -> None:
        """The request body is known: decide again where it says of the content what was not known before.

        Once the response has begun its headers are out, and what they announced stays.
        """
        job = self.job
        if self.begun:
            job.facts = replace(job.facts, machine_read=facts.machine_read)
            return
        job.facts = facts
        known = job.decision.content
        if (facts.altered, facts.first_turn) != (known.altered, known.first_turn):
            self._decide_again(job.decision.medium)

    def announce(self, headers: Pairs, decision: Decision, marks: Marks) -> Pairs:
        """What is told of a response: which preference was applied, that AI made it, and what caches must know."""
        told = self.consulted(headers)
        if marks:
            told = edit.merge(told, edit.APPLIED, [edit.preference(marks)])
        if decision.marks and not edit.values(told, edit.DISCLOSURE):
            told = [*told, (edit.DISCLOSURE, self.site.disclosures[decision.content.altered])]
        return edit.add_expose(told)

    def consulted(self, headers: Pairs) -> Pairs:
        """What caches must know, of an answer without a label as well: what was looked at, and whether it is private."""
        told = edit.add_vary(headers, self.vary)
        return edit.add_private(told) if self.case.private else told

    def failed(self, why: str, error: BaseException | None = None) -> None:
        """A label that was to be made was not: said in the log, once, and in an outcome of its own."""
        decision = self.job.decision
        self.logged = True
        logger.log(
            logging.ERROR if decision.required else logging.WARNING,
            "No label (%s) on the answer of %s (%s): %s",
            tell(decision.marks),
            self.scope["path"],
            self.api.name,
            why,
            exc_info=error,
        )
        label = Label(self.site.labeler.generator, decision.content.altered)
        missing = {**decision.missing, **dict.fromkeys(decision.marks, why)}
        self.job.outcomes[:] = [Outcome(decision.medium, label, NO_MARKS, missing)]

    def report(self) -> None:
        """Tell the outcomes, once; a hook that fails is the hook's fault and not the response's."""
        if self.told:
            return
        self.told = True
        for outcome in self._outcomes():
            # What was left out on purpose has no outcome of its own in the job, and is no failure.
            if not self.logged and self.job.outcomes and outcome.missing.keys() - self.job.decision.missing.keys():
                logger.warning("Marks are missing from an answer of %s: %s", self.scope["path"], outcome)
            if self.site.on_outcome is not None:
                try:
                    self.site.on_outcome(outcome, self.scope)
                except Exception:
                    logger.exception("on_outcome failed; the response is not affected")

    def _outcomes(self) -> list[Outcome]:
        job = self.job
        if job.outcomes or job.skipped is None or not job.decision.marks:
            return job.outcomes
        label = Label(self.site.labeler.generator, job.decision.content.altered)
        missing = {**job.decision.missing, **dict.fromkeys(job.decision.marks, job.skipped)}
        return [Outcome(job.decision.medium, label, NO_MARKS, missing)]


def without_visible(decided: Decision) -> Decision:
    """A decision for data that is downloaded to be read by a machine: a chosen notice would spoil it, a required stays."""
    if Mark.VISIBLE not in decided.marks or Mark.VISIBLE in decided.required:
        return decided
    why = "A download (Content-Disposition: attachment) gets no visible text."
    return replace(decided, marks=decided.marks - {Mark.VISIBLE}, missing={**decided.missing, Mark.VISIBLE: why})
