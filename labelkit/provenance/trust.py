"""Whom we believe: the certificate authorities whose signatures count as trusted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from labelkit.provenance.certificates import read_certificates, read_file
from labelkit.provenance.profile import PURPOSES

# One a line, as c2pa's `trust.trust_config` wants it.
PURPOSES_TEXT = "".join(f"{purpose.dotted_string}\n" for purpose in PURPOSES)


@dataclass(frozen=True, slots=True)
class Trust:
    """The authorities that are believed. ``Trust()`` believes nobody: signatures are then valid at most.

    Build it with `Trust.of` or `Trust.pinned`, which check what they get: the C2PA library silently ignores what it
    cannot read. ``anchors_pem`` holds the authorities' certificates, ``signers_pem`` those of single signers.
    """

    anchors_pem: bytes = b""
    signers_pem: bytes = b""

    @classmethod
    def of(cls, *pems: bytes | str | Path) -> Trust:
        """Believe these authorities: PEM text, or a path to a PEM file. For time-stamp authorities as well.

        Raises:
            CredentialError: a file that cannot be read, or text without a readable certificate.
        """
        anchors = [
            certificate.public_bytes(Encoding.PEM)
            for at, pem in enumerate(pems, 1)
            for certificate in read_certificates(*_text(pem, at))
        ]
        return cls(b"".join(dict.fromkeys(anchors)))

    @classmethod
    def pinned(cls, chain: bytes | str | Path) -> Trust:
        """Believe one signer only, by the first certificate of its chain: is this of our own making?

        Raises:
            CredentialError: as `of`.
        """
        return cls(signers_pem=read_certificates(*_text(chain, 1))[0].public_bytes(Encoding.PEM))


def _text(pem: bytes | str | Path, at: int) -> tuple[bytes, str]:
    if isinstance(pem, Path):
        return read_file(pem, "trust anchors"), str(pem)
    return pem.encode() if isinstance(pem, str) else pem, f"trust anchor {at}"
