"""The development credential: an authority of this machine's own, so that signing can be tried at once.

Nobody else trusts it, and its name says so in every inspection. It is never made unless it is asked for.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from filelock import FileLock, Timeout

from labelkit.errors import CredentialError
from labelkit.provenance.certificates import DEVELOPMENT, read_certificates
from labelkit.provenance.keys import pem_of
from labelkit.provenance.profile import CLAIM_SIGNING

_AUTHORITY, _LEAF, _ROOT = "authority.pem", "signer.pem", "root.pem"
_AUTHORITY_DAYS, _LEAF_DAYS, _RENEW_DAYS = 3650, 365, 30
_LOCK_SECONDS = 30.0
_PRIVATE_FILE, _PRIVATE_DIRECTORY = 0o600, 0o700
_CERT_SIGN = (False, False, False, False, False, True, True, False, False)
_SIGN_ONLY = (True, False, False, False, False, False, False, False, False)


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies in the directory: the leaf's chain, its key, and the root to trust explicitly. PEM all."""

    directory: Path
    chain: bytes
    key: bytes
    root: bytes

    @property
    def root_file(self) -> Path:
        """Where the root lies, for those who want to trust it."""
        return self.directory / _ROOT


def development_credential(directory: Path | None = None) -> Kept:
    """Read this machine's development credential; make or renew it where that is due.

    Raises:
        CredentialError: the directory cannot be used, or what it holds is damaged.
    """
    place = directory or platformdirs.user_data_path("labelkit", appauthor=False) / "development"
    try:
        place.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        _restrict(place, _PRIVATE_DIRECTORY)
        with FileLock(place / "lock", timeout=_LOCK_SECONDS):
            return _read_or_make(place)
    except Timeout as error:
        raise CredentialError(
            "Another process holds the development credential",
            where=str(place),
            remedy="Wait for it to end, or remove the file named lock in there.",
        ) from error
    except OSError as error:
        raise CredentialError(
            f"The development credential cannot be kept: {error.strerror or error}",
            where=str(place),
            remedy="Give a directory that this user may write: Signer.development(directory=...).",
        ) from error


def _read_or_make(place: Path) -> Kept:
    # One file holds a key and its certificate: a rename then replaces both at once, or neither.
    authority = _load(place / _AUTHORITY)
    if authority is None or _is_due(authority[0]):
        authority = _store(place / _AUTHORITY, *_new_authority())
    root = authority[0].public_bytes(Encoding.PEM)
    if not (place / _ROOT).exists() or (place / _ROOT).read_bytes() != root:
        _write(place / _ROOT, root)
    leaf = _load(place / _LEAF)
    if leaf is None or _is_due(leaf[0]) or leaf[0].issuer != authority[0].subject:
        leaf = _store(place / _LEAF, *_new_leaf(*authority))
    return Kept(place, leaf[0].public_bytes(Encoding.PEM), pem_of(leaf[1]), root)


def _is_due(leaf: x509.Certificate) -> bool:
    return leaf.not_valid_after_utc - timedelta(days=_RENEW_DAYS) < datetime.now(UTC)


def _load(path: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
    if not path.exists():
        return None
    _restrict(path, _PRIVATE_FILE)  # a copied or restored file may have lost its mode
    pem = path.read_bytes()
    advice = "Remove this directory; a new development credential is made on the next use."
    try:
        certificate, key = read_certificates(pem, str(path))[0], load_pem_private_key(pem, None)
    except (ValueError, TypeError, CredentialError) as error:
        raise CredentialError("The development credential is damaged", where=str(path), remedy=advice) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise CredentialError("The development credential is damaged", where=str(path), remedy=advice)
    return certificate, key


def _store(
    path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    _write(path, pem_of(key) + certificate.public_bytes(Encoding.PEM))
    return certificate, key


def _write(path: Path, data: bytes) -> None:
    """Write by renaming, so that no reader sees half a file; mkstemp makes it readable by its owner alone."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _restrict(path: Path, mode: int) -> None:
    # Windows keeps a user's data directory to that user by its own means and has no such modes.
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(mode)


def _new_authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    # Each machine's authority has a name of its own, so that two of them in one trust list are told apart.
    name = _named(f"Development authority {os.urandom(4).hex()}")
    builder = _certificate(name, name, key.public_key(), _AUTHORITY_DAYS, key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(x509.KeyUsage(*_CERT_SIGN), critical=True)
    return builder.sign(key, hashes.SHA256()), key


def _new_leaf(
    authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("Development signer: do not trust")
    days = min(_LEAF_DAYS, (authority.not_valid_after_utc - datetime.now(UTC)).days)
    builder = _certificate(name, authority.subject, key.public_key(), days, authority_key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.KeyUsage(*_SIGN_ONLY), critical=True)
    # c2pa hard-wires e-mail protection only; others look for claim signing.
    purposes = x509.ExtendedKeyUsage([CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    return builder.add_extension(purposes, critical=False).sign(authority_key, hashes.SHA256()), key


def _named(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEVELOPMENT),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    days: int,
    issuer_key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks of a laptop's containers differ
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
