"""The profile of a signing certificate: what C2PA 2.2, section 14.5.1, asks of a leaf's extensions.

These are the rules as c2pa-rs and other verifiers apply them, tried one by one: what passes here, they take.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from labelkit.errors import CredentialError

Kind = TypeVar("Kind", bound=x509.ExtensionType)

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
_WEAK_HASHES = ("md5", "sha1")


def check_profile(leaf: x509.Certificate, where: str) -> None:
    """Raise CredentialError unless verifiers take ``leaf`` for a certificate that signs content."""
    try:
        for check in _CHECKS:
            check(leaf, where)
    except ValueError as error:  # cryptography reads extensions late
        raise CredentialError(
            f"The certificate's extensions cannot be read: {error}", where=where, remedy="Have it issued again."
        ) from error


def name_of(certificate: x509.Certificate) -> str:
    """Whom a certificate is for, to be told in errors."""
    return certificate.subject.rfc4514_string() or f"serial {certificate.serial_number:x}"


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
            f"{name_of(leaf)} is a certificate authority (CA:TRUE); an authority does not sign content",
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
