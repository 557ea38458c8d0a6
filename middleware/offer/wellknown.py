"""``/.well-known/ai-label``: the offer, as a machine reads it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from labelkit.choice import Choice
from labelkit.marks import CARRIED, Marks, Medium, in_order
from labelkit.middleware.case import Case
from labelkit.middleware.choice import LANGUAGE, QUERY
from labelkit.middleware.site import Site
from labelkit.policy import CHOICE, Content, Decision, Policies, Policy, languages
from labelkit.service import Rights

_FRESH = 3600  # seconds
_BY_ITSELF = "service"


async def wellknown(site: Site, request: Request) -> Response:
    """Say what is offered to whoever asks, and why; by medium, for those that can be labelled here.

    ``offered``, ``default`` (made where nobody says anything) and ``required`` (nobody can switch it off) name marks.
    ``offered_by`` says whose option each is: the rules that want it, or ``service``, which offers it of itself.
    ``unmet`` is what rules ask for in vain, audio and video among it, with the reason. ``policy`` is the version of the rules,
    ``policies`` each jurisdiction with its standing, the day its pack was checked and the rules that count now.
    ``rights`` is the notice about rights in the results, null where none is declared. ``choose`` is how to choose.

    Where the operator picks jurisdictions or describes content, it is the answer to this request, and private.
    """
    case = Case.of(site, request.scope).taking(None)
    decided = {medium: case.decide(Content(medium)) for medium in Medium}
    labelled = {medium: decision for medium, decision in decided.items() if CARRIED[medium]}
    generator = site.labeler.generator
    content = {
        "offered": _by_medium(labelled, lambda decision: decision.offered),
        "default": _by_medium(labelled, lambda decision: decision.marks),
        "required": _by_medium(labelled, lambda decision: decision.required),
        "offered_by": {medium: _whose(case, decision) for medium, decision in labelled.items()},
        "unmet": _unmet(decided),
        "policy": case.policies.version,
        "policies": [_policy(policy, decided) for policy in case.policies],
        "rights": rights(site.labeler.service.rights),
        "generator": {"provider": generator.provider, "system": generator.system, "version": generator.version},
        "languages": list(languages()),
        "choose": _choose(request, site, labelled),
    }
    kept = "private" if site.personal else "public"
    headers = {"cache-control": f"{kept}, max-age={_fresh(case.policies)}"}
    if site.consulted:
        headers["vary"] = ", ".join(site.consulted)
    return JSONResponse(content, headers=headers)


def rights(notice: Rights | None) -> dict[str, str | dict[str, str]] | None:
    """The notice about rights in the results (243-FZ, art. 10), with what of it is declared; a text by language is told
    in all of them."""
    if notice is None:
        return None
    text = notice.text if isinstance(notice.text, str) else dict(notice.text)
    return {name: said for name, said in (("text", text), ("url", notice.url)) if said}


def _by_medium(decided: dict[Medium, Decision], marks: Callable[[Decision], Marks]) -> dict[Medium, list[str]]:
    return {medium: _names(marks(decision)) for medium, decision in decided.items()}


def _names(marks: Marks) -> list[str]:
    return [mark.value for mark in in_order(marks)]


def _whose(case: Case, decision: Decision) -> dict[str, list[str]]:
    """The rules that want each mark which is offered: those that count once all of them are taken."""
    taken = case.taking(Choice(False, decision.offered)).decide(Content(decision.medium))
    rules = {mark: [rule for rule in taken.because.get(mark, ()) if rule != CHOICE] for mark in decision.offered}
    return {mark.value: rules[mark] or [_BY_ITSELF] for mark in in_order(decision.offered)}


def _unmet(decided: dict[Medium, Decision]) -> list[dict[str, Any]]:
    """What rules ask for in vain, that which has the same reason together."""
    found: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for medium, decision in decided.items():
        for what, rule, why in decision.unmet:
            media, rules = found.setdefault((what.value, why), (set(), set()))
            media.add(medium.value)
            rules.add(rule)
    return [
        {"what": what, "media": sorted(media), "rules": sorted(rules), "why": why}
        for (what, why), (media, rules) in found.items()
    ]


def _policy(policy: Policy, decided: dict[Medium, Decision]) -> dict[str, Any]:
    counting = {rule for decision in decided.values() for rule in decision.rules}
    return {
        "jurisdiction": policy.jurisdiction,
        "name": policy.name,
        "version": policy.version,
        "checked": policy.checked.isoformat(),
        "standing": policy.standing,
        "rules": [
            {
                "id": rule.id,
                "article": rule.article,
                "source": rule.source,
                "sureness": rule.sureness,
                "level": rule.level.name.lower(),
                "marks": _names(frozenset(rule.marks)),
                "media": [medium.value for medium in Medium if medium in rule.media],
                "since": rule.since.isoformat(),
            }
            for rule in policy.in_force(datetime.now(UTC))
            if rule.id in counting
        ],
    }


def _choose(request: Request, site: Site, decided: dict[Medium, Decision]) -> dict[str, Any]:
    root = request.scope.get("root_path", "").rstrip("/")
    every: Marks = frozenset().union(*(decision.offered for decision in decided.values()))
    return {
        "header": "Prefer: ai-label",
        "header_language": "lang",
        "query": QUERY,
        "query_language": LANGUAGE,
        "values": ["on", "off", *_names(every)],
        "example": f"Prefer: ai-label=on; lang={site.labeler.locale}",
        "preference": f"{root}{site.path}/preference",
    }


def _fresh(policies: Policies) -> int:
    """How long this can be believed: until the next date of the policies, and not for long."""
    now = time.time()
    return int(min(_FRESH, policies.next_change(now) - now))
