"""Private keys: read them, and sign with them in the form that COSE wants (RFC 9053, RFC 8230)."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from labelkit.errors import CredentialError, LabelkitError, SigningError
from labelkit.provenance.certificates import Chain, digest_of, pss

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
_COORDINATE = {"es256": 32, "es384": 48}  # bytes of r and of s
_ENCRYPTED = b"ENCRYPTED"


def read_key(pem: bytes, password: bytes | None, where: str) -> PrivateKey:
    """Read a private key of PEM.

    Raises:
        CredentialError: it cannot be read, lacks its password, or is of a kind that C2PA does not know.
    """
    if password is None and _ENCRYPTED in pem:
        raise CredentialError(
            "The private key is encrypted", where=where, remedy="Give its password with password=..., or decrypt it."
        )
    try:
        # A key that has no password is read as it is: one setting may then serve keys of both kinds.
        key = load_pem_private_key(pem, password if _ENCRYPTED in pem else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CredentialError(
            "The private key cannot be read" + (", or its password is wrong" if password else ""),
            where=where,
            remedy="Give PEM in PKCS #8 or its traditional form.",
        ) from error
    if not isinstance(key, PrivateKey):
        raise CredentialError(
            f"A private key of type {type(key).__name__} cannot sign for C2PA",
            where=where,
            remedy="Use P-256 (ES256), P-384, Ed25519 or RSA.",
        )
    return key


def check_fit(key: PrivateKey, chain: Chain, where: str) -> None:
    """Raise CredentialError unless ``key`` is the one that the chain's leaf certifies."""
    if key.public_key() != chain.public_key:
        raise CredentialError(
            f"The private key does not fit the certificate of {chain.subject}",
            where=where,
            remedy="Give the key with which this certificate was requested, and put the leaf first in the chain.",
        )


def pem_of(key: PrivateKey) -> bytes:
    """The key as unencrypted PKCS #8, as the C2PA library wants it in memory."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signing_with(key: PrivateKey, alg: str) -> Callable[[bytes], bytes]:
    """A function that signs bytes with ``key`` and returns the signature in COSE's form."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        curve_key, algorithm, width = key, ec.ECDSA(digest_of(alg)), _COORDINATE[alg]
        return lambda data: _raw(curve_key.sign(data, algorithm), width)
    if isinstance(key, rsa.RSAPrivateKey):
        rsa_key, scheme, digest = key, pss(), digest_of(alg)
        return lambda data: rsa_key.sign(data, scheme, digest)
    return key.sign


def checking(sign: Callable[[bytes], bytes], chain: Chain) -> Callable[[bytes], bytes]:
    """The callback, with its answers checked: a wrong one would be found out only by whoever verifies."""

    def checked(data: bytes) -> bytes:
        try:
            answer = sign(data)
        except LabelkitError:
            raise
        except Exception as error:  # whatever a KMS client raises
            raise SigningError(
                f"The signing function failed: {type(error).__name__}: {error}",
                where=chain.subject,
                remedy="See the chained error of the key service.",
            ) from error
        try:
            signature = in_cose_form(bytes(answer), chain.alg)
            fits = chain.verify(signature, data)
        except (TypeError, ValueError):
            fits, signature = False, b""
        if not fits:
            raise SigningError(
                "The signing function returned no signature of this certificate's key over the data",
                where=chain.subject,
                remedy=f"Sign the bytes themselves, not their hash, by {chain.alg}, with the certified key.",
            )
        return signature

    return checked


def in_cose_form(signature: bytes, alg: str) -> bytes:
    """A signature as a KMS may return it. ECDSA in DER becomes r || s (RFC 9053, section 2.1); others stay.

    Raises:
        ValueError: it has neither form.
    """
    width = _COORDINATE.get(alg)
    if width is None or len(signature) == 2 * width:
        return signature
    return _raw(signature, width)


def twin(signature: bytes, alg: str) -> bytes | None:
    """The other signature that is valid wherever this one is: ECDSA's (r, n - s). None for what has no twin."""
    width, order = _COORDINATE.get(alg), _ORDER.get(alg)
    if width is None or order is None:
        return None
    s = order - int.from_bytes(signature[width:], "big")
    return signature[:width] + s.to_bytes(width, "big")


# SEC 2, sections 2.4.2 and 2.5.1: the order n of each curve's base point.
_ORDER = {
    "es256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "es384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}


def _raw(der: bytes, width: int) -> bytes:
    r, s = utils.decode_dss_signature(der)
    try:
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")
    except OverflowError as error:
        raise ValueError("a signature longer than its curve") from error
