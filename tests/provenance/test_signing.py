"""Credentials: what verifiers would refuse is refused at construction, by name, with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from labelkit.errors import CredentialError, SigningError
from labelkit.label import Generator, Label
from labelkit.provenance import Manifests, Signer, Trust, read, read_bound
from labelkit.provenance.keys import twin
from labelkit.provenance.profile import PURPOSES

SERVER, CLIENT, CODE, STAMPING, OCSP, ANY, MAIL = (
    "1.3.6.1.5.5.7.3.1",
    "1.3.6.1.5.5.7.3.2",
    "1.3.6.1.5.5.7.3.3",
    "1.3.6.1.5.5.7.3.8",
    "1.3.6.1.5.5.7.3.9",
    "2.5.29.37.0",
    "1.3.6.1.5.5.7.3.4",
)
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"days": (-3, -1)}, "expired on"),
    "not yet valid": ({"days": (1, 3)}, "not valid before"),
    "for a web server": ({"purposes": [SERVER]}, "not for signing content"),
    "for a web client": ({"purposes": [CLIENT]}, "not for signing content"),
    "for code": ({"purposes": [CODE]}, "not for signing content"),
    "for any purpose": ({"purposes": [ANY]}, "any purpose"),
    "for any purpose beside ours": ({"purposes": [MAIL, ANY]}, "any purpose"),
    "for time-stamps beside ours": ({"purposes": [MAIL, STAMPING]}, "time-stamping or OCSP"),
    "for OCSP beside ours": ({"purposes": [MAIL, OCSP]}, "time-stamping or OCSP"),
    "for no purpose": ({"purposes": None}, "not for signing content"),
    "no digital signature": ({"usage": False}, "lacks digitalSignature"),
    "no key usage": ({"usage": None}, "lacks digitalSignature"),
    "no authority key": ({"authority_key": False}, "AuthorityKeyIdentifier"),
    "an authority itself": ({"ca": True}, "CA:TRUE"),
    "a small RSA key": ({"key": lambda: rsa.generate_private_key(65537, 1024)}, "RSA key of 1024 bits"),
    "another curve": ({"key": lambda: ec.generate_private_key(ec.SECP256K1())}, "secp256k1"),
    "P-521": ({"key": lambda: ec.generate_private_key(ec.SECP521R1())}, "secp521r1"),
    "DSA": ({"key": lambda: dsa.generate_private_key(2048)}, "DSA"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_verifiers_would_refuse_is_refused_by_name(authority: Any, case: str) -> None:
    """Each fault of a certificate is named, with the place and the remedy."""
    wrong, named = REFUSED[case]
    made = dict(wrong)
    key = made.pop("key")() if "key" in made else None
    with pytest.raises(CredentialError, match=named) as caught:
        Signer.from_pem(*authority.issue(key, **made))

    assert caught.value.where
    assert caught.value.remedy


@pytest.mark.parametrize("purpose", [each.dotted_string for each in PURPOSES])
def test_each_purpose_of_content_signing_is_taken(
    authority: Any, appended: Any, trust: Trust, generator: Generator, purpose: str
) -> None:
    """A leaf with any one purpose that C2PA knows signs, and what it signs is trusted."""
    signer = Signer.from_pem(*authority.issue(purposes=[purpose]))
    manifest, asset, start = _bind(Manifests(generator, signer), appended, generator)

    assert read_bound(manifest, asset, start, len(asset) - start, trust).state == "trusted"


def test_a_mail_certificate_for_clients_too_is_taken(authority: Any) -> None:
    """Certificates for S/MIME often serve TLS clients as well, and verifiers take them."""
    assert Signer.from_pem(*authority.issue(purposes=[MAIL, CLIENT])).alg == "es256"


def test_the_key_must_fit_the_certificate(authority: Any) -> None:
    """Another's key is refused, by name."""
    chain, _ = authority.issue()
    _, key = authority.issue()
    with pytest.raises(CredentialError, match="does not fit the certificate of CN=Test signer"):
        Signer.from_pem(chain, key)


def test_a_key_of_another_kind_does_not_fit(authority: Any) -> None:
    """Neither is a key of another algorithm."""
    chain, _ = authority.issue()
    _, key = authority.issue(ed25519.Ed25519PrivateKey.generate())
    with pytest.raises(CredentialError, match="does not fit"):
        Signer.from_pem(chain, key)


def test_an_encrypted_key_needs_its_password(authority: Any) -> None:
    """Without a password, with a wrong one, and with the right one."""
    chain, pem = authority.issue()
    key = load_pem_private_key(pem, None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    with pytest.raises(CredentialError, match="is encrypted"):
        Signer.from_pem(chain, locked)
    with pytest.raises(CredentialError, match="password is wrong"):
        Signer.from_pem(chain, locked, password="guess")

    assert Signer.from_pem(chain, locked, password="secret").alg == "es256"
    assert Signer.from_pem(chain, pem, password="not needed").alg == "es256"


@pytest.mark.parametrize("text", [b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_an_unreadable_chain_is_refused(authority: Any, text: bytes) -> None:
    """What is no certificate is called that."""
    with pytest.raises(CredentialError, match="certificate"):
        Signer.from_pem(text, authority.issue()[1])


@pytest.mark.parametrize("text", [b"", b"no PEM", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_an_unreadable_key_is_refused(authority: Any, text: bytes) -> None:
    """What is no key is called that."""
    with pytest.raises(CredentialError, match="private key cannot be read"):
        Signer.from_pem(authority.issue()[0], text)


def test_a_key_that_no_algorithm_of_c2pa_takes_is_refused(authority: Any) -> None:
    """A DSA key is refused by its kind."""
    key = dsa.generate_private_key(2048)
    with pytest.raises(CredentialError, match="DSAPrivateKey"):
        Signer.from_pem(authority.issue()[0], authority.issue(key)[1])


def test_files_are_read(authority: Any, tmp_path: Path) -> None:
    """Chain and key come from files; paths may be strings."""
    chain, key = authority.issue()
    (tmp_path / "chain.pem").write_bytes(chain + authority.root_pem)
    (tmp_path / "key.pem").write_bytes(key)
    signer = Signer.from_files(str(tmp_path / "chain.pem"), tmp_path / "key.pem")

    assert signer.chain_pem == chain  # the root is not carried: who verifies has it
    assert not signer.is_development
    assert "Example tests" in signer.subject
    assert signer.not_after > datetime.now(UTC)
    assert "es256" in repr(signer)


@pytest.mark.parametrize("missing", ["chain.pem", "key.pem"])
def test_a_missing_file_is_named(authority: Any, tmp_path: Path, missing: str) -> None:
    """The error names the file that is not there."""
    chain, key = authority.issue()
    (tmp_path / "chain.pem").write_bytes(chain)
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / missing).unlink()
    with pytest.raises(CredentialError, match="No such file") as caught:
        Signer.from_files(tmp_path / "chain.pem", tmp_path / "key.pem")

    assert caught.value.where.endswith(missing)


def test_a_chain_in_the_wrong_order_is_refused(authority: Any) -> None:
    """Leaf first, then who issued it: the order is checked, not mended."""
    chain, key = authority.issue()
    other, _ = authority.issue(organization="Somebody else")
    with pytest.raises(CredentialError, match="out of order"):
        Signer.from_pem(chain + other, key)


def test_a_leaf_signed_over_sha1_is_refused(authority: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old authorities sign over SHA-1; nobody believes that any more."""
    chain, key = authority.issue()
    monkeypatch.setattr("labelkit.provenance.profile._WEAK_HASHES", ("sha256",))
    with pytest.raises(CredentialError, match="signed over SHA256"):
        Signer.from_pem(chain, key)


def test_an_intermediate_travels_with_the_leaf(generator: Generator, appended: Any) -> None:
    """A leaf of an intermediate authority is trusted by who knows the root alone."""
    root_key, middle_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = _certificate("Root", "Root", root_key, root_key, ca=True)
    middle = _certificate("Middle", "Root", middle_key, root_key, ca=True)
    leaf = _certificate("Leaf", "Middle", leaf_key, middle_key, ca=False)
    key = leaf_key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    signer = Signer.from_pem(leaf + middle, key)
    manifest, asset, start = _bind(Manifests(generator, signer), appended, generator)

    assert read_bound(manifest, asset, start, len(asset) - start, Trust.of(root)).state == "trusted"


@pytest.mark.parametrize("kind", ["es256", "es384", "ed25519", "ps256"])
@pytest.mark.parametrize("form", ["raw", "der"])
def test_a_callback_signs(
    authority: Any, appended: Any, trust: Trust, generator: Generator, kind: str, form: str, picture: Any
) -> None:
    """A function signs in place of a key, here and through the library, in either form of ECDSA."""
    signer = _callback_signer(authority, kind, der=form == "der")
    manifests = Manifests(generator, signer)
    manifest, asset, start = _bind(manifests, appended, generator)
    report = read(manifests.embed(picture("PNG"), "image/png", Label(generator)), "image/png", trust)

    assert signer.blocking
    assert signer.key_pem is None
    assert read_bound(manifest, asset, start, len(asset) - start, trust).state == "trusted"
    assert report is not None
    assert report.state == "trusted"


def test_a_callback_with_another_key_is_refused_at_construction(authority: Any) -> None:
    """The function is tried once: a key that does not fit is found before the first label."""
    chain, _ = authority.issue()
    stranger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(CredentialError, match="no signature of this certificate's key"):
        Signer.from_callback(lambda data: stranger.sign(data, ec.ECDSA(hashes.SHA256())), "es256", chain)


@pytest.mark.parametrize("answer", [b"", b"x" * 64, b"0\x00", None, "text"])
def test_a_callback_that_returns_no_signature_is_refused(authority: Any, answer: Any) -> None:
    """Whatever else it returns is refused by name, not passed on."""
    with pytest.raises(CredentialError, match="no signature"):
        Signer.from_callback(lambda _: answer, "es256", authority.issue()[0])


def test_a_callbacks_algorithm_must_be_the_certificates(authority: Any) -> None:
    """The algorithm is the key's; another one is refused."""
    with pytest.raises(CredentialError, match="for es256, not for ed25519"):
        Signer.from_callback(lambda data: data, "ed25519", authority.issue()[0])


def test_the_error_of_a_callback_comes_through(
    authority: Any, appended: Any, generator: Generator, picture: Any
) -> None:
    """When a key service fails later, its own error is chained, by both ways of signing."""
    chain, pem = authority.issue()
    key = load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    broken = False

    def sign(data: bytes) -> bytes:
        if broken:
            raise ConnectionError("the key service is down")
        return bytes(key.sign(data, ec.ECDSA(hashes.SHA256())))

    manifests = Manifests(generator, Signer.from_callback(sign, "ES256", chain))
    manifests.prepare()
    broken = True
    works: list[Callable[[], object]] = [
        lambda: manifests.bind(Label(generator), appended(b""), media_type="image/png"),
        lambda: manifests.embed(picture("PNG"), "image/png", Label(generator)),
    ]
    for work in works:
        with pytest.raises(SigningError, match="the key service is down") as caught:
            work()
        cause: BaseException | None = caught.value
        while cause is not None and not isinstance(cause, ConnectionError):
            cause = cause.__cause__
        assert isinstance(cause, ConnectionError)


def test_a_certificate_that_expires_in_service_stops_signing(
    authority: Any, appended: Any, generator: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signer that outlives its certificate says so, instead of making labels that nobody believes."""
    signer = Signer.from_pem(*authority.issue())
    monkeypatch.setattr(signer, "_expires", (datetime.now(UTC) - timedelta(seconds=1)).timestamp())
    with pytest.raises(SigningError, match="expired on"):
        signer.sign(b"")


def test_the_twin_of_a_signature_is_valid_too(signer: Signer) -> None:
    """(r, n - s) is as good a signature as (r, s); Ed25519 and RSA have no such twin."""
    signature = signer.sign(b"data")
    other = twin(signature, signer.alg)

    assert other is not None
    assert other != signature
    assert signer.chain.verify(other, b"data")
    assert twin(other, signer.alg) == signature
    assert twin(signature, "ed25519") is None


def _bind(manifests: Manifests, appended: Any, generator: Generator) -> tuple[bytes, bytes, int]:
    carrier = appended(b"asset")
    manifest = manifests.bind(Label(generator), carrier, media_type="image/png")
    return manifest, b"asset" + bytes(12) + manifest, 5


def _callback_signer(authority: Any, kind: str, *, der: bool) -> Signer:
    keys: dict[str, Callable[[], Any]] = {
        "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ps256": lambda: rsa.generate_private_key(65537, 2048),
    }
    key = keys[kind]()
    chain, pem = authority.issue(key)
    raw = Signer.from_pem(chain, pem)
    digests = {"es256": hashes.SHA256(), "es384": hashes.SHA384()}

    def sign(data: bytes) -> bytes:
        return bytes(key.sign(data, ec.ECDSA(digests[kind]))) if der and kind in digests else raw.sign(data)

    return Signer.from_callback(sign, kind, chain)


def _certificate(name: str, issuer: str, key: Any, issuer_key: Any, *, ca: bool) -> bytes:
    now = datetime.now(UTC)
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)]) for each in (name, issuer)]
    flags = (not ca, False, False, False, False, ca, ca, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.KeyUsage(*flags), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([PURPOSES[0]]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)
