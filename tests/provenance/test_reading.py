"""Reading what others wrote, and what they broke: nothing raises, and nothing is believed that was not checked."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import c2pa
import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelkit.errors import CredentialError
from labelkit.label import Generator, Label, SourceType
from labelkit.provenance import Manifests, Report, Signer, Trust, read, read_bound
from labelkit.provenance.hardbinding import problem_of
from labelkit.provenance.jumbf import SuperBox, box, read_store
from labelkit.provenance.saying import sayings
from labelkit.provenance.trust import PURPOSES_TEXT

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
Picture = Callable[[str], bytes]


@pytest.fixture(scope="module")
def sign(signer: Signer, picture: Picture) -> Callable[..., bytes]:
    """Sign a picture as others do, with the library alone."""
    context = c2pa.Context.from_dict(
        {"builder": {"thumbnail": {"enabled": False}}, "trust": {"trust_config": PURPOSES_TEXT}},
        signer=c2pa.Signer.from_info(c2pa.C2paSignerInfo("es256", signer.chain_pem, signer.key_pem, None)),
    )

    def make(actions: list[dict[str, Any]], tool: dict[str, str] | None = None) -> bytes:
        definition = {
            "claim_generator_info": [tool or {"name": "their-tool", "version": "3"}],
            "assertions": [{"label": "c2pa.actions", "data": {"actions": actions}}],
        }
        target = io.BytesIO()
        with c2pa.Builder(definition, context=context) as builder:
            builder.sign("image/png", io.BytesIO(picture("PNG")), target)
        return target.getvalue()

    return make


def test_no_manifest_is_no_report(picture: Picture, trust: Trust) -> None:
    """A picture without a manifest, and a type that carries none, have nothing to report."""
    assert read(picture("PNG"), "image/png", trust) is None
    assert read(b"text", "text/plain", trust) is None


def test_a_foreign_manifest_is_read(sign: Callable[..., bytes], trust: Trust) -> None:
    """What another tool signed is told in our words: its generator, version, source type and signer."""
    action = {"action": "c2pa.created", "digitalSourceType": SourceType.CREATED.value, "softwareAgent": "Old Painter"}
    report = _read(sign([action]), trust)

    assert report.state == "trusted"
    assert report.source_type == SourceType.CREATED.value
    assert (report.says["system"], report.says["provider"], report.says["altered"]) == ("Old Painter", None, False)
    assert report.says["generator_info"] == "their-tool 3"
    assert json.loads(json.dumps(report.says)) == report.says


def test_the_tool_answers_where_no_agent_is_named(sign: Callable[..., bytes], trust: Trust) -> None:
    """Without a software agent the claim's generator is the system."""
    report = _read(sign([{"action": "c2pa.created", "digitalSourceType": IPTC + "digitalCapture"}]), trust)

    assert (report.says["system"], report.says["version"]) == ("their-tool", "3")
    assert report.source_type == IPTC + "digitalCapture"
    assert report.says["altered"] is None


def test_any_action_may_name_ai(sign: Callable[..., bytes], trust: Trust) -> None:
    """A photograph that an AI edited afterwards is told as the AI's: the later action says so."""
    actions = [
        {"action": "c2pa.created", "digitalSourceType": IPTC + "digitalCapture"},
        {"action": "c2pa.edited", "digitalSourceType": SourceType.COMPOSITE.value, "softwareAgent": "Editor"},
    ]
    report = _read(sign(actions), trust)

    assert (report.source_type, report.says["altered"]) == (SourceType.COMPOSITE.value, True)
    assert report.says["system"] == "Editor"


def test_untrusted_is_valid_and_no_more(sign: Callable[..., bytes]) -> None:
    """Without trust anchors an intact manifest is valid, and the reason says what that means."""
    report = _read(sign([{"action": "c2pa.created", "digitalSourceType": IPTC + "digitalCapture"}]), Trust())

    assert (report.state, report.codes) == ("valid", ("signingCredential.untrusted",))
    assert "not on the trust list" in report.reason


def test_an_expired_signature_is_invalid_without_a_stamp(
    authority: Any, generator: Generator, text: Any, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that has expired since, and no time-stamp to show that it had not: invalid, with the reason."""
    expired = authority.issue(days=(-3, -1))
    fresh = Signer.from_pem(*authority.issue())
    manifests = Manifests(generator, fresh)
    manifests.prepare()
    carrier = text("Hello.")
    manifest = manifests.bind(Label(generator), carrier, media_type="text/plain")
    old = manifest.replace(_der(fresh.chain_pem), _der(expired[0]))
    asset = carrier.signed(old)
    report = read_bound(old, asset, carrier.start, len(asset) - carrier.start, trust)

    assert report.state == "invalid"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_pictures_never_raise(
    manifests: Manifests, picture: Picture, generator: Generator, trust: Trust, data: st.DataObject
) -> None:
    """Signed files with bytes changed, cut or doubled at any place give a report or nothing, and never an error."""
    form = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "TIFF", "AVIF"]))
    media_type = f"image/{form.lower()}"
    signed = bytearray(_signed(manifests, picture, generator, form))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(signed) - 1))
        how = data.draw(st.sampled_from(["change", "cut", "double"]))
        if how == "change":
            signed[at] = data.draw(st.integers(0, 255))
        elif how == "cut":
            del signed[at : at + data.draw(st.integers(1, 50))]
        else:
            signed[at:at] = signed[at : at + data.draw(st.integers(1, 50))]
        if not signed:
            break
    report = read(bytes(signed), media_type, trust)

    assert report is None or report.state in ("valid", "trusted", "invalid")
    assert report is None or json.dumps(report.says)


@settings(max_examples=100, deadline=None)
@given(manifest=st.binary(max_size=200), asset=st.binary(max_size=100), start=st.integers(0, 99))
def test_any_bytes_for_a_manifest_are_invalid(manifest: bytes, asset: bytes, start: int) -> None:
    """Whatever a wrapper holds, and wherever it is said to stand: invalid, with a reason."""
    report = read_bound(manifest, asset, start, 10, Trust())

    assert report.state == "invalid"
    assert report.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "active_manifest",
                    "manifests",
                    "assertions",
                    "label",
                    "data",
                    "actions",
                    "action",
                    "digitalSourceType",
                    "softwareAgent",
                    "name",
                    "version",
                    "signature_info",
                    "ingredients",
                    "claim_generator_info",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(manifest=JSON, other=JSON)
def test_any_json_can_be_told(manifest: Any, other: Any) -> None:
    """What a manifest says may be anything; telling it never raises, and what is told is JSON."""
    found = {"active_manifest": "a", "manifests": {"a": manifest, "b": other}}
    assert json.dumps(sayings(found))
    assert json.dumps(sayings({"active_manifest": manifest, "manifests": other}))


def test_long_sayings_are_cut() -> None:
    """A name of a megabyte does not fill somebody's log."""
    agent = {"name": "x" * 1_000_000}
    actions = [{"action": "c2pa.created", "digitalSourceType": IPTC, "softwareAgent": agent}]
    found = {"manifests": {"a": {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}]}}}

    assert len(sayings({**found, "active_manifest": "a"})["system"]) == 300


def test_a_second_data_hash_is_refused() -> None:
    """Two hard bindings: the one that is checked might not be the one that the claim names."""
    binding = {"exclusions": [{"start": 0, "length": 4}], "alg": "sha256", "hash": b"x", "pad": b""}
    one = _store([("c2pa.hash.data", binding)])
    two = _store([("c2pa.hash.data", binding), ("c2pa.hash.data__1", binding)])

    assert problem_of(one, "urn:c2pa:a", b"asset", 0, 4) == "the content was changed after it was signed"
    assert "not one data hash" in str(problem_of(two, "urn:c2pa:a", b"asset", 0, 4))
    assert "no boxes urn:c2pa:b" in str(problem_of(one, "urn:c2pa:b", b"asset", 0, 4))


@pytest.mark.parametrize("level", ["store", "manifest", "assertions"])
@pytest.mark.parametrize("first", [True, False])
def test_a_forged_twin_of_a_box_is_never_believed(
    manifests: Manifests, text: Any, generator: Generator, trust: Trust, level: str, first: bool
) -> None:
    """A true manifest beside a forged box of the same name, whose hash is another text's, proves nothing for that."""
    true, forged = text("What was signed."), text("What was forged.")
    manifest = manifests.bind(Label(generator), true, media_type="text/plain")
    outer = read_store(manifest)
    (inner,) = outer.superboxes()
    kept = inner.named("c2pa.assertions")
    lies = {"hash": forged.digest(), "alg": "sha256", "pad": b"", "name": "jumbf manifest"}

    def store(length: int) -> bytes:
        binding = {"exclusions": [{"start": forged.start, "length": length}], **lies}
        lie = _super("c2pa.hash.data", box(b"cbor", cbor2.dumps(binding)))
        twins = {"assertions": lie, "manifest": _super("c2pa.assertions", lie)}
        boxes = _with(kept, twins["assertions"], first) if level == "assertions" else box(b"jumb", kept.payload)
        others = [box(b"jumb", each.payload) for each in inner.superboxes() if each is not kept]
        held = [boxes, twins["manifest"]] if level == "manifest" else [boxes]
        held = held[::-1] if first else held
        one = box(b"jumb", inner.description.raw + b"".join([*held, *others]))
        if level != "store":
            return box(b"jumb", outer.description.raw + one)
        claim = next(each for each in others if b"c2pa.claim" in each)
        two = _super(inner.label, twins["manifest"], claim)
        return box(b"jumb", outer.description.raw + (two + one if first else one + two))

    length = 0
    for _ in range(5):
        length = forged.size(store(length))
    made = store(length)
    report = read_bound(made, forged.signed(made), forged.start, length, trust)

    assert report.state == "invalid"


def test_other_hashes_of_the_specification_are_known_and_no_more() -> None:
    """SHA-384 and SHA-512 are read too, named by the assertion or the claim; anything else is refused by name."""

    def problem(alg: str, *, inside: bool) -> str | None:
        digest = hashlib.new(alg, b"t").digest() if alg != "md4" else b""
        binding = {"exclusions": [{"start": 0, "length": 4}], "hash": digest, **({"alg": alg} if inside else {})}
        return problem_of(_store([("c2pa.hash.data", binding)], alg), "urn:c2pa:a", b"asset", 0, 4)

    for alg in ("sha256", "sha384", "sha512"):
        assert problem(alg, inside=True) is None
        assert problem(alg, inside=False) is None
    assert "'md4', which C2PA does not allow" in str(problem("md4", inside=True))


@pytest.mark.parametrize("content", [b"", b"\xff", b"\x00", cbor2.dumps([1]), b"\x81" * 100_000])
def test_an_unreadable_data_hash_is_a_problem(content: bytes) -> None:
    """A hard binding that is no map of CBOR is named as a problem."""
    store = _store([], extra=_super("c2pa.hash.data", box(b"cbor", content)))

    assert "cannot be read" in str(problem_of(store, "urn:c2pa:a", b"asset", 0, 4))


@pytest.mark.parametrize("pem", [b"", "no PEM", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"])
def test_trust_in_nothing_readable_is_refused(pem: bytes | str) -> None:
    """The library would ignore such anchors silently; labelkit says so."""
    with pytest.raises(CredentialError):
        Trust.of(pem)


def test_trust_is_read_from_files(tmp_path: Any, root_pem: bytes) -> None:
    """Anchors may be files; each counts once; a missing one is named."""
    path = tmp_path / "root.pem"
    path.write_bytes(root_pem * 2)

    assert Trust.of(path, root_pem.decode()) == Trust.of(root_pem)
    assert Trust.of() == Trust()
    with pytest.raises(CredentialError, match="cannot be read") as caught:
        Trust.of(tmp_path / "missing.pem")
    assert caught.value.where.endswith("missing.pem")


_made: dict[str, bytes] = {}


def _signed(manifests: Manifests, picture: Picture, generator: Generator, form: str) -> bytes:
    if form not in _made:
        _made[form] = manifests.embed(picture(form), f"image/{form.lower()}", Label(generator))
    return _made[form]


def _read(data: bytes, trust: Trust) -> Report:
    report = read(data, "image/png", trust)
    assert report is not None
    return report


def _der(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def _super(label: str, *children: bytes) -> bytes:
    return box(b"jumb", box(b"jumd", bytes(16) + b"\x03" + label.encode() + b"\0") + b"".join(children))


def _with(outer: SuperBox, more: bytes, first: bool) -> bytes:
    inside = outer.payload[len(outer.description.raw) :]
    return box(b"jumb", outer.description.raw + (more + inside if first else inside + more))


def _store(bindings: list[tuple[str, dict[str, Any]]], alg: str = "sha256", extra: bytes = b"") -> bytes:
    kept = [_super(label, box(b"cbor", cbor2.dumps(binding))) for label, binding in bindings]
    claim = _super("c2pa.claim.v2", box(b"cbor", cbor2.dumps({"alg": alg})))
    return _super("c2pa", _super("urn:c2pa:a", _super("c2pa.assertions", *kept, extra), claim))
