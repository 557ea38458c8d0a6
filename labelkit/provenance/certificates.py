"""What a certificate must be so that verifiers believe what it signs; refused at construction, by name.

The rules are those of C2PA 2.2, section 14.5 (X.509 certificates), as c2pa-rs and other verifiers apply them: a
credential that passes here is not refused by them later, in front of the reader of a label.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from labelkit.errors import CredentialError

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

Kind = TypeVar("Kind", bound=x509.ExtensionType)

DEVELOPMENT = "labelkit development"  # the organisation in every development credential, so that all can see it

# Purposes under which verifiers accept a claim signature. c2pa 0.91 forgets its own list unless it is told, so this
# one goes into every `trust_config` as well.
CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
PURPOSES = (
    CLAIM_SIGNING,
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    DOCUMENT_SIGNING,
    ObjectIdentifier("1.3.6.1.4.1.311.76.59.1.9"),  # Microsoft's C2PA signing
)
_EXCLUSIVE = {ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.OCSP_SIGNING}
_CURVES = {"secp256r1": "es256", "secp384r1": "es384"}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "es256": hashes.SHA256(),
    "es384": hashes.SHA384(),
    "ps256": hashes.SHA256(),
}
_ED25519 = 64  # bytes of a signature (RFC 8032)
_SMALLEST_RSA = 2048  # bits
_WEAK_HASHES = ("md5", "sha1")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Chain:
    """A checked chain: the leaf first, then who issued it, as C2PA puts it into a signature."""

    certificates: tuple[x509.Certificate, ...]
    alg: str

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate that signs."""
        return self.certificates[0]

    @property
    def pem(self) -> bytes:
        """The chain as PEM, leaf first, without what stood around it."""
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.certificates)

    @property
    def subject(self) -> str:
        """The leaf's subject as RFC 4514 writes it."""
        return self.leaf.subject.rfc4514_string()

    @property
    def is_development(self) -> bool:
        """Whether this is a credential that `Signer.development` made."""
        names = self.leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        return any(name.value == DEVELOPMENT for name in names)

    @property
    def public_key(self) -> PublicKey:
        """The key that checks what this credential signed."""
        key = self.leaf.public_key()
        assert isinstance(key, PublicKey)  # `read_chain` let no other through
        return key

    @property
    def signature_size(self) -> int:
        """How many bytes a signature in COSE's form has."""
        key = self.public_key
        if isinstance(key, ec.EllipticCurvePublicKey):
            return 2 * ((key.key_size + 7) // 8)
        return key.key_size // 8 if isinstance(key, rsa.RSAPublicKey) else _ED25519

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature``, in COSE's form, is this credential's over ``data``."""
        key = self.public_key
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                half = len(signature) // 2
                numbers = (int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
                key.verify(utils.encode_dss_signature(*numbers), data, ec.ECDSA(_HASHES[self.alg]))
            elif isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, data, pss(), hashes.SHA256())
            else:
                key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


def pss() -> padding.PSS:
    """RFC 8230, section 2: PS256 has a salt of the hash's length."""
    return padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)


def digest_of(alg: str) -> hashes.HashAlgorithm:
    """The hash that goes with an ECDSA or RSA algorithm of C2PA 2.2, section 13.2.1."""
    return _HASHES[alg]


def read_certificates(pem: bytes, where: str) -> tuple[x509.Certificate, ...]:
    """Read every certificate of a PEM text.

    Raises:
        CredentialError: there is none, or one that cannot be read.
    """
    found = _PEM.findall(pem)
    if not found:
        raise CredentialError(
            "There is no PEM certificate in here",
            where=where,
            remedy="Give the text that begins with -----BEGIN CERTIFICATE-----, the leaf first.",
        )
    try:
        return tuple(x509.load_pem_x509_certificate(block) for block in found)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CredentialError(
            f"A certificate cannot be read: {error}", where=where, remedy="Export the chain again as PEM."
        ) from error


def read_chain(pem: bytes, where: str, *, now: datetime | None = None) -> Chain:
    """Read a chain and check that verifiers will believe it at ``now``.

    Raises:
        CredentialError: says what is wrong, where, and what to do.
    """
    certificates = read_certificates(pem, where)
    leaf = certificates[0]
    _check_order(certificates, where)
    alg = _algorithm(leaf, where)
    _check_dates(certificates, now or datetime.now(UTC), where)
    try:
        for check in _CHECKS:
            check(leaf, where)
    except ValueError as error:  # cryptography reads extensions late
        raise CredentialError(
            f"The certificate's extensions cannot be read: {error}", where=where, remedy="Have it issued again."
        ) from error
    # The root itself is not carried (C2PA 2.2, section 14.2): verifiers have it, or they do not trust it.
    carried = tuple(each for at, each in enumerate(certificates) if at == 0 or each.issuer != each.subject)
    return Chain(carried, alg)


def _check_order(certificates: tuple[x509.Certificate, ...], where: str) -> None:
    for below, above in pairwise(certificates):
        if below.issuer != above.subject:
            raise CredentialError(
                f"The chain is out of order: {_name(below)} was not issued by {_name(above)}",
                where=where,
                remedy="Put the leaf first and behind each certificate the one that issued it.",
            )


def _check_dates(certificates: tuple[x509.Certificate, ...], now: datetime, where: str) -> None:
    for certificate in certificates:
        if certificate.not_valid_after_utc < now:
            raise CredentialError(
                f"The certificate of {_name(certificate)} expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC",
                where=where,
                remedy="Have it renewed.",
            )
        if certificate.not_valid_before_utc > now:
            raise CredentialError(
                f"The certificate of {_name(certificate)} is not valid before "
                f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC",
                where=where,
                remedy="Wait until then, or set this machine's clock.",
            )


def _algorithm(leaf: x509.Certificate, where: str) -> str:
    try:
        key = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CredentialError(
            f"The certificate's key cannot be read: {error}", where=where, remedy="Use a P-256 or an Ed25519 key."
        ) from error
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name in _CURVES:
            return _CURVES[key.curve.name]
        what = f"an elliptic-curve key on {key.curve.name}"
    elif isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519"
    elif isinstance(key, rsa.RSAPublicKey):
        if key.key_size >= _SMALLEST_RSA:
            return "ps256"
        what = f"an RSA key of {key.key_size} bits"
    else:
        what = f"a key of type {type(key).__name__.removeprefix('_')}"
    raise CredentialError(
        f"The certificate has {what}, which C2PA verifiers do not accept from labelkit",
        where=where,
        remedy=f"Use P-256 (ES256), P-384, Ed25519, or RSA of {_SMALLEST_RSA} bits or more.",
    )


def _check_signature_hash(leaf: x509.Certificate, where: str) -> None:
    algorithm = leaf.signature_hash_algorithm
    if algorithm is not None and algorithm.name in _WEAK_HASHES:
        raise CredentialError(
            f"The certificate itself is signed over {algorithm.name.upper()}, which verifiers refuse",
            where=where,
            remedy="Have it issued again with SHA-256 or better.",
        )


def _check_not_ca(leaf: x509.Certificate, where: str) -> None:
    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise CredentialError(
            f"{_name(leaf)} is a certificate authority (CA:TRUE); an authority does not sign content",
            where=where,
            remedy="Let it issue a leaf certificate for signing, and put that first.",
        )


def _check_usage(leaf: x509.Certificate, where: str) -> None:
    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        raise CredentialError(
            "The certificate's key usage lacks digitalSignature",
            where=where,
            remedy="Have it issued with keyUsage = critical, digitalSignature.",
        )


def _check_purpose(leaf: x509.Certificate, where: str) -> None:
    usage = _extension(leaf, x509.ExtendedKeyUsage)
    purposes = set(usage) if usage is not None else set()
    advice = f"Have it issued with extendedKeyUsage = {CLAIM_SIGNING.dotted_string} (C2PA claim signing)."
    if ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes:
        raise CredentialError("The certificate is for any purpose, which C2PA forbids", where=where, remedy=advice)
    if not purposes.intersection(PURPOSES):
        told = ", ".join(sorted(purpose.dotted_string for purpose in purposes)) or "none"
        raise CredentialError(
            f"The certificate's extended key usage is not for signing content (it has: {told})",
            where=where,
            remedy=advice,
        )
    if purposes & _EXCLUSIVE:
        raise CredentialError(
            "The certificate's extended key usage mixes signing content with time-stamping or OCSP signing",
            where=where,
            remedy=advice,
        )


def _check_authority(leaf: x509.Certificate, where: str) -> None:
    if _extension(leaf, x509.AuthorityKeyIdentifier) is None:
        raise CredentialError(
            "The certificate lacks the AuthorityKeyIdentifier that verifiers ask for",
            where=where,
            remedy="Have it issued with authorityKeyIdentifier = keyid.",
        )


_CHECKS: tuple[Callable[[x509.Certificate, str], None], ...] = (
    _check_signature_hash,
    _check_not_ca,
    _check_usage,
    _check_purpose,
    _check_authority,
)


def _extension(leaf: x509.Certificate, kind: type[Kind]) -> Kind | None:
    try:
        return leaf.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}"
