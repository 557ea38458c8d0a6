"""What a certificate must be so that verifiers believe what it signs; refused at construction, by name.

The rules are those of C2PA 2.2, section 14.5 (X.509 certificates), as c2pa-rs and other verifiers apply them: a
credential that passes here is not refused by them later, in front of the reader of a label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from labelkit.errors import CredentialError
from labelkit.provenance.profile import check_profile, name_of

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

DEVELOPMENT = "labelkit development"  # the organisation in every development credential, so that all can see it

_CURVES = {"secp256r1": "es256", "secp384r1": "es384"}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "es256": hashes.SHA256(),
    "es384": hashes.SHA384(),
    "ps256": hashes.SHA256(),
}
_ED25519 = 64  # bytes of a signature (RFC 8032)
_SMALLEST_RSA = 2048  # bits
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


def read_file(path: str | Path, what: str) -> bytes:
    """The bytes of a PEM file; ``what`` says in errors what it was to hold.

    Raises:
        CredentialError: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CredentialError(
            f"The {what} cannot be read: {error.strerror}",
            where=str(path),
            remedy="Check the path and the rights of the user that runs the service.",
        ) from error


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
    check_profile(leaf, where)
    # The root itself is not carried (C2PA 2.2, section 14.5): verifiers have it, or they do not trust it.
    carried = tuple(each for at, each in enumerate(certificates) if at == 0 or each.issuer != each.subject)
    return Chain(carried, alg)


def _check_order(certificates: tuple[x509.Certificate, ...], where: str) -> None:
    for below, above in pairwise(certificates):
        if below.issuer != above.subject:
            raise CredentialError(
                f"The chain is out of order: {name_of(below)} was not issued by {name_of(above)}",
                where=where,
                remedy="Put the leaf first and behind each certificate the one that issued it.",
            )


def _check_dates(certificates: tuple[x509.Certificate, ...], now: datetime, where: str) -> None:
    for certificate in certificates:
        if certificate.not_valid_after_utc < now:
            raise CredentialError(
                f"The certificate of {name_of(certificate)} expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC",
                where=where,
                remedy="Have it renewed.",
            )
        if certificate.not_valid_before_utc > now:
            raise CredentialError(
                f"The certificate of {name_of(certificate)} is not valid before "
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
