"""The decider: what one service declares once, and which marks follow from it for each piece of content."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from labelkit.choice import Choice
from labelkit.errors import ConfigurationError, MarkError
from labelkit.label import Generator
from labelkit.marks import Mark, Medium, parse_marks
from labelkit.policy import Cannot, Content, Decision, Packs, Policies, Policy, decide, wordings
from labelkit.service import Service


class Decider:
    """Decides for the content of one generator.

    Args:
        generator: the AI system that answers for the content.
        cannot: what cannot be made here, with reason and remedy.
        policy: a jurisdiction, several, the path of an operator's own pack, or Policies.
        packs: where policies are found by name; None for those that ship.
        service: what rules turn on that only its operator knows; what is not declared counts as in scope.
        locale: the language of visible marks where neither user nor policy asks for another; None for the policy's.
        offer: the marks that users are offered; None for every mark that the medium can carry.

    Raises:
        ConfigurationError: a policy, locale or mark that does not exist.
    """

    def __init__(
        self,
        generator: Generator,
        *,
        cannot: Cannot,
        policy: str | Path | Policy | Policies,
        packs: Packs | None,
        service: Service | None,
        locale: str | None,
        offer: Iterable[str | Mark] | None,
    ) -> None:
        self.generator = generator
        self.cannot = cannot
        self.packs = packs or Packs()
        self.policies = self.packs.of(policy)
        self.service = service or Service()
        self.locale = wordings(locale or self.policies.language).language
        self.offer = None if offer is None else parse_marks(offer)
        self._decided = lru_cache(maxsize=1024)(self._decide)

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

    def demand(self, choice: Choice, decision: Decision) -> None:
        """Where a person calls, a mark that was named and cannot be made is an error (over HTTP it is left out).

        Raises:
            MarkError: the first such mark, and why.
        """
        for mark in choice.marks - decision.marks:
            to_come = decision.content.document and mark is Mark.C2PA
            raise MarkError(
                f"The mark {mark.value!r} cannot be made: {decision.missing[mark]}",
                where=f"{decision.medium.value}, policy {decision.policy}",
                remedy="Leave it out of marks=." + " A manifest in Markdown (C2PA 2.4, A.9) is to come." * to_come,
            )

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


def taken(choice: Choice | str, marks: Iterable[str | Mark] | None) -> Choice:
    """The choice of a caller who says "on", "off" or marks by name.

    Raises:
        ConfigurationError: a choice that does not exist.
        MarkError: a mark that does not exist.
    """
    if marks is not None:
        return Choice.of(*marks)
    found = Choice.parse(choice) if isinstance(choice, str) else choice
    if found is None:
        raise ConfigurationError(
            f"There is no choice {choice!r}", remedy="Choose 'on', 'off', or name marks with marks=[...]."
        )
    return found
