"""What a manifest says, out of the C2PA library's JSON. The manifest may be anybody's, and hostile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelkit.label import SourceType
from labelkit.provenance.certificates import DEVELOPMENT
from labelkit.provenance.claims import DETECTOR, LABEL, PROVIDER, id_of

Status = tuple[str, str, str]  # code, URL of what it is about, explanation

_AI = frozenset(SourceType)
_LONGEST = 300  # characters of one saying; the rest of a longer one is cut off
_MOST = 50  # source types of a history


def active_manifest(found: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The label of the active manifest, and what is in it; empty where there is none."""
    label, manifests = found.get("active_manifest"), _dict(found.get("manifests"))
    return (label, _dict(manifests.get(label))) if isinstance(label, str) else ("", {})


def sayings(found: dict[str, Any]) -> dict[str, Any]:
    """What the active manifest says, in labelkit's words; JSON-able, and None where it says nothing."""
    label, manifest = active_manifest(found)
    signature = _dict(manifest.get("signature_info"))
    action = _telling(manifest)
    agent = action.get("softwareAgent")
    named = _dict(agent) if isinstance(agent, dict) else {"name": agent}
    maker = next(_dicts(manifest.get("claim_generator_info")), {})
    source = _text(action.get("digitalSourceType"))
    succeeded = {code for code, _, _ in statuses(found, "success")}
    return {
        "provider": _text(named.get(PROVIDER)),
        "system": _text(named.get("name")) or _text(maker.get("name")) or _text(manifest.get("claim_generator")),
        "version": _text(named.get("version")) if _text(named.get("name")) else _text(maker.get("version")),
        "id": _text(named.get(LABEL)) or id_of(_text(manifest.get("instance_id")) or label) or None,
        "time": _text(action.get("when")) or _text(signature.get("time")),
        "source_type": source,
        "altered": _altered(_text(action.get("action")), source),
        "detector": _text(named.get(DETECTOR)),
        "signer": _signer(signature),
        "serial": _text(signature.get("cert_serial_number")),
        "alg": (_text(signature.get("alg")) or "").lower() or None,
        # A stamp over something else, or one that cannot be read, is no stamp (C2PA 2.2, section 15.8).
        "timestamp": _text(signature.get("time")) if "timeStamp.validated" in succeeded else None,
        "timestamp_trusted": "timeStamp.trusted" in succeeded,
        "ingredients": sum(1 for _ in _dicts(manifest.get("ingredients"))),
        "history": _history(found, label),
        "development": signature.get("issuer") == DEVELOPMENT,
        "generator_info": " ".join(filter(None, (_text(maker.get("name")), _text(maker.get("version"))))) or None,
    }


def statuses(found: dict[str, Any], kind: str) -> list[Status]:
    """C2PA 2.2, section 15.2: the status codes of the active manifest: ``success``, ``informational``, ``failure``."""
    active = _dict(_dict(found.get("validation_results")).get("activeManifest"))
    return [
        (_text(each.get("code")) or "", _text(each.get("url")) or "", _text(each.get("explanation")) or "")
        for each in _dicts(active.get(kind))
    ]


def _telling(manifest: dict[str, Any]) -> dict[str, Any]:
    """The action that says where the content comes from: one that names AI, or else the first that names anything.

    Old manifests, and those of others, name it on `c2pa.created`, on an edit, or on several.
    """
    sourced = [each for each in _actions(manifest) if _text(each.get("digitalSourceType"))]
    by_ai = [each for each in sourced if each["digitalSourceType"] in _AI]
    return next(iter((*by_ai, *sourced, *_actions(manifest))), {})


def _actions(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for assertion in _dicts(manifest.get("assertions")):
        if (_text(assertion.get("label")) or "").startswith("c2pa.actions"):
            yield from _dicts(_dict(assertion.get("data")).get("actions"))


def _altered(action: str | None, source: str | None) -> bool | None:
    if source == SourceType.CREATED:
        return False
    return True if action == "c2pa.edited" and source == SourceType.COMPOSITE else None


def _signer(signature: dict[str, Any]) -> str | None:
    names = (_text(signature.get("common_name")), _text(signature.get("issuer")))
    return ", ".join(dict.fromkeys(filter(None, names))) or None


def _history(found: dict[str, Any], active: str) -> list[str]:
    """The source types that earlier manifests of this content name: an edit of a picture by AI says so there."""
    manifests = _dict(found.get("manifests"))
    earlier = (_dict(manifest) for label, manifest in manifests.items() if label != active)
    types = (_text(action.get("digitalSourceType")) for manifest in earlier for action in _actions(manifest))
    return list(dict.fromkeys(filter(None, types)))[:_MOST]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def _text(value: object) -> str | None:
    return value[:_LONGEST] or None if isinstance(value, str) else None
