"""Reading: what a manifest says and what that is worth. Hostile content never raises, nothing is ever fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from labelkit.errors import LabelkitError
from labelkit.provenance.hardbinding import problem_of
from labelkit.provenance.saying import Status, active_manifest, sayings, statuses
from labelkit.provenance.sdk import read_json
from labelkit.provenance.trust import Trust

State = Literal["valid", "trusted", "invalid"]

_UNTRUSTED = "signingCredential.untrusted"
_TRUSTED = "signingCredential.trusted"
_MISMATCH = "assertion.dataHash.mismatch"
_SIGNED = "claimSignature.validated"
_BINDING = "/c2pa.hash.data"
_STATES: dict[str, State] = {"Trusted": "trusted", "Valid": "valid"}
_REASONS = {
    _MISMATCH: "the content was changed after it was signed",
    "assertion.bmffHash.mismatch": "the content was changed after it was signed",
    "assertion.hashedURI.mismatch": "what the manifest says was changed after it was signed",
    "claimSignature.mismatch": "the signature does not fit the manifest",
    "signingCredential.expired": "the signer's certificate was not valid when it signed, as far as can be shown",
    "signingCredential.invalid": "the signer's certificate is not fit for signing content",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What the active manifest of some content says, and what that is worth.

    ``trusted``: intact, and signed by somebody on the trust list; ``valid``: intact, signed by whoever has the key;
    ``invalid``: ``reason`` and ``codes`` (C2PA 2.2, section 15.2) say why. ``says`` is JSON-able; it holds what was
    found of: provider, system, version, id, time, source_type, altered, detector, signer, alg, timestamp (the time that
    an authority signed, RFC 3339), timestamp_trusted, ingredients (how many), history (source types that earlier
    manifests name), development, generator_info. ``serial`` is that of the signer's certificate, in decimal.
    """

    state: State
    reason: str
    codes: tuple[str, ...] = ()
    says: dict[str, Any] = field(default_factory=dict)
    source_type: str | None = None
    development: bool = False
    serial: str | None = None


def read(data: bytes, media_type: str, trust: Trust) -> Report | None:
    """Read the manifest that is embedded in content; None when there is none, or none that this type can carry."""
    try:
        found = read_json(media_type, data, trust)
    except LabelkitError as error:
        return Report("invalid", str(error))
    if found is None:
        return None
    state = _STATES.get(str(found.get("validation_state")), "invalid")
    return _report(found, state, statuses(found, "failure"))


def read_bound(manifest: bytes, asset: bytes, start: int, length: int, trust: Trust) -> Report:
    """Read a manifest that stands in ``asset`` where the C2PA library does not look for it: in a text.

    The library (0.91) calls every such asset invalid, since it sees no manifest where the hash leaves a range out. So
    the hard binding is checked here, and the library is believed on all the rest: signature, certificate, assertions.

    Args:
        manifest: the manifest store, taken out of its wrapper.
        asset: the content's bytes with the wrapper in them.
        start: the byte where the wrapper begins.
        length: how many bytes it takes.
    """
    try:
        found = read_json("text/plain", asset, trust, manifest)
        problem = problem_of(manifest, active_manifest(found or {})[0], asset, start, length)
    except LabelkitError as error:
        return Report("invalid", str(error))
    if found is None:
        return Report("invalid", "the wrapper holds no manifest")
    succeeded = {(code, url.rpartition("/")[2]) for code, url, _ in statuses(found, "success")}
    codes = {code for code, _ in succeeded}
    failures = [
        each for each in statuses(found, "failure") if not (each[0] == _MISMATCH and each[1].endswith(_BINDING))
    ]
    if problem is not None:
        failures.append((_MISMATCH, _BINDING, problem))
    elif _SIGNED not in codes or ("assertion.hashedURI.match", _BINDING[1:]) not in succeeded:
        failures.append(("claimSignature.missing", "", "the signature does not cover the hash of the content"))
    broken = any(code != _UNTRUSTED for code, _, _ in failures)
    trusted = _TRUSTED in codes and not failures
    return _report(found, "invalid" if broken else "trusted" if trusted else "valid", failures)


def _report(found: dict[str, Any], state: State, failures: list[Status]) -> Report:
    says = sayings(found)
    serial = says.pop("serial")
    return Report(
        state,
        _reason(state, failures, says),
        tuple(dict.fromkeys(code for code, _, _ in failures)),
        says,
        says["source_type"],
        says["development"],
        serial,
    )


def _reason(state: State, failures: list[Status], says: dict[str, Any]) -> str:
    if state == "invalid":
        broken = [each for each in failures if each[0] != _UNTRUSTED] or failures
        if not broken:
            return "the manifest does not verify"
        code, _, explanation = broken[0]
        return _REASONS.get(code) or explanation or code
    who = says["signer"] or "somebody without a name"
    if says["development"]:
        who += ", a development credential that proves nothing to others"
    if state == "trusted":
        return f"intact, and signed by {who}: trusted"
    return f"intact, and signed by {who}: not on the trust list"
