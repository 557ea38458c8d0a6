"""The case: one request as the rules see it. Whose rules hold, what its user chose, what its operator knows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from starlette.types import Scope

from labelkit.choice import Choice
from labelkit.marks import Mark, Medium
from labelkit.middleware import headers as edit
from labelkit.middleware.choice import Asked, ask, languages
from labelkit.middleware.headers import Pairs
from labelkit.middleware.site import Site
from labelkit.policy import Content, Decision, Policies, choose_language

# It does not fail in a text, and where it stands depends on whether it is required.
_SURE = frozenset({Mark.VISIBLE})
_NO_FILE = (
    "A text in an answer has no front matter. Label the file in its handler: decision(scope), Labeler.label_text()."
)


@dataclass(slots=True, eq=False)
class Case:
    """What decides about the content of one request. Asked again for the same content, it says the same.

    ``policies`` are those of the request's jurisdiction. ``spoken`` is whether the language that the client accepts was
    looked at, as it is only where somebody will read a mark.
    """

    site: Site
    scope: Scope
    asked: Asked
    headers: Pairs
    policies: Policies
    spoken: bool = False
    _decided: dict[Content, Decision] = field(default_factory=dict)

    @classmethod
    def of(cls, site: Site, scope: Scope) -> Case:
        """The case of a request that is not on its way through the middleware."""
        headers = edit.pairs(scope.get("headers", ()))
        asked = ask(headers, scope.get("query_string", b""), site.crumb)
        return cls(site, scope, asked, headers, site.jurisdictions.of(scope))

    def taking(self, choice: Choice | None) -> Case:
        """The same case, had its user chosen so."""
        return Case(self.site, self.scope, replace(self.asked, choice=choice), self.headers, self.policies)

    @property
    def vary(self) -> tuple[str, ...]:
        """The request headers that were looked at."""
        looked = (*self.asked.vary, *self.site.consulted)
        return (*looked, "Accept-Language") if self.spoken else looked

    @property
    def private(self) -> bool:
        """Whether the answer is none for a shared cache: a cookie, or who and where the user is, decided."""
        return self.asked.private or self.site.personal

    def withheld(self, content: Content) -> bool:
        """Whether an answer without a label is none for a shared cache: others would have got one."""
        if self.site.personal or not self.asked.private:
            return self.site.personal
        return bool(self.site.labeler.decide(None, content, policies=self.policies).marks)

    def decide(self, content: Content) -> Decision:
        """The decision for content, of which the operator may know more than is said here."""
        decided = self._decided.get(content)
        if decided is None:
            decided = self._decided[content] = self._decide(content)
        return decided

    def to_make(self, content: Content) -> Decision:
        """The decision as an answer's format carries it out: what cannot be had there is missing, and only that is
        required whose failure may cost the answer."""
        decision = self.decide(content)
        if Mark.METADATA in decision.marks and decision.medium is Medium.TEXT:
            rest = decision.marks - {Mark.METADATA}
            missing = {**decision.missing, Mark.METADATA: _NO_FILE}
            decision = replace(decision, marks=rest, required=decision.required & rest, missing=missing)
        if self.site.on_failure == "pass" and decision.required - _SURE:
            decision = replace(decision, required=decision.required & _SURE)
        return decision

    def _decide(self, content: Content) -> Decision:
        site, choice = self.site, self.asked.choice
        said = content if self.asked.language is None else replace(content, language=self.asked.language)
        known = site.described(self.scope, said)
        decision = site.labeler.decide(choice, known, policies=self.policies)
        if Mark.VISIBLE in decision.marks and known.language is None:
            self.spoken = True
            language = choose_language(languages(self.headers))
            if language is not None and language != decision.language:
                accepting = replace(known, accepts=language)
                decision = site.labeler.decide(choice, accepting, policies=self.policies)
        return decision
