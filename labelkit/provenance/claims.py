"""What a manifest claims: the label in C2PA's words, as the SDK takes them."""

from __future__ import annotations

from typing import Any

from labelkit.label import Generator, Label
from labelkit.version import __version__

PROVIDER = "labelkit.provider"  # beside name and version of the software agent; C2PA has no field for it
DETECTOR = "labelkit.detector"  # likewise the address where anyone can have the marks checked, where one is declared
LABEL = "labelkit.label"  # likewise the label's id, where the SDK takes another instanceID than the one it is given
GENERATOR = "labelkit"
_INSTANCE = "xmp:iid:"
_PREFIXES = (_INSTANCE, "xmp.iid:", "urn:uuid:", "uuid:")
PARENT = {"label": "parent", "relationship": "parentOf"}  # the label only ties action and ingredient together


def instance_of(label: Label) -> str:
    """The label's id as the claim's instanceID (C2PA 2.2, section 8.1)."""
    return f"{_INSTANCE}{label.id}"


def id_of(instance: str) -> str:
    """The label's id out of an instanceID, of ours or of others."""
    return next((instance.removeprefix(prefix) for prefix in _PREFIXES if instance.startswith(prefix)), instance)


def definition(label: Label, *, opened: bool = False, embedded: bool = False) -> dict[str, Any]:
    """The manifest definition of a label.

    ``opened``: the parent is at hand, and the SDK gets it with its manifest, as an ingredient like ``PARENT``.
    ``embedded``: the SDK puts it into a file; if that has XMP with an xmpMM:InstanceID, the SDK takes this for the
    claim's, so the label's id has to be said in another place too.

    Content that the AI changed begins with `c2pa.opened`, as C2PA 2.2, section 18.14 demands of what was not created
    here, and that asks for a parent. What was opened is not in our hands: the AI had it. So a parent is named and
    nothing more is said of it. c2pa-rs and encypher-c2pa call this valid, for pictures and texts. They would take
    `c2pa.created` in its place as well; but to say "created" of another's work would be false. (c2patxt 0.2 refuses
    every text with an ingredient as outside of its profile; what the AI created, it calls valid.)
    """
    changed = opened or label.altered is not False
    made: dict[str, Any] = {
        "action": "c2pa.edited" if changed else "c2pa.created",
        "digitalSourceType": label.source_type.value,
        "softwareAgent": _agent(label.generator) | ({LABEL: str(label.id)} if embedded else {}),
        "when": label.stamp,
    }
    actions, ingredients = [made], []
    if changed:
        actions.insert(0, {"action": "c2pa.opened", "parameters": {"ingredientIds": [PARENT["label"]]}})
    if changed and not opened:
        ingredients.append({**PARENT, "title": "The work that was changed"})
    return {
        "claim_generator_info": [{"name": GENERATOR, "version": __version__}],
        "instance_id": instance_of(label),
        "ingredients": ingredients,
        "assertions": [
            # "created": without it the SDK files these under gathered assertions, where strict verifiers miss them.
            {"label": "c2pa.actions", "data": {"actions": actions}, "created": True},
            {"label": "c2pa.ai-disclosure", "data": _disclosure(label.generator), "created": True},
        ],
    }


def bound(claims: dict[str, Any], start: int, length: int, digest: bytes) -> dict[str, Any]:
    """The definition with our own hard binding, which the SDK keeps as it is (C2PA 2.2, section 18.5)."""
    binding = {
        "exclusions": [{"start": start, "length": length}],
        "name": "jumbf manifest",
        "alg": "sha256",
        "hash": list(digest),  # a base64 text would be stored as its characters
        "pad": [],
    }
    return {**claims, "assertions": [*claims["assertions"], {"label": "c2pa.hash.data", "data": binding}]}


def _agent(generator: Generator) -> dict[str, str]:
    agent = {"name": generator.system, "version": generator.version, PROVIDER: generator.provider}
    return agent if generator.detector is None else {**agent, DETECTOR: generator.detector}


def _disclosure(generator: Generator) -> dict[str, str]:
    """C2PA 2.4, section 18.28: what kind of model it was is the one thing that must be said."""
    return {"modelType": "c2pa.types.model", "modelName": f"{generator.system} {generator.version}"}
