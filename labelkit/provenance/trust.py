"""Whom we believe: the certificate authorities whose signatures count as trusted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from labelkit.errors import CredentialError
from labelkit.provenance.certificates import PURPOSES, read_certificates

# One a line, as c2pa's `trust.trust_config` wants it.
PURPOSES_TEXT = "".join(f"{purpose.dotted_string}\n" for purpose in PURPOSES)


@dataclass(frozen=True, slots=True)
class Trust:
    """The authorities that are believed. ``Trust()`` believes nobody: signatures are then valid at most.

    ``anchors_pem`` is their certificates; build it with `Trust.of`, which checks them: the C2PA library silently
    ignores what it cannot read.
    """

    anchors_pem: bytes = b""

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

    def plus(self, other: Trust) -> Trust:
        """Believe both."""
        return Trust.of(*(each.anchors_pem for each in (self, other) if each.anchors_pem))


def _text(pem: bytes | str | Path, at: int) -> tuple[bytes, str]:
    if isinstance(pem, Path):
        try:
            return pem.read_bytes(), str(pem)
        except OSError as error:
            raise CredentialError(
                f"The trust anchors cannot be read: {error.strerror}", where=str(pem), remedy="Check the path."
            ) from error
    return pem.encode() if isinstance(pem, str) else pem, f"trust anchor {at}"
