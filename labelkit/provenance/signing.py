"""Who signs. A signer that verifiers would refuse is refused here, at construction, by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from labelkit.errors import CredentialError, SigningError
from labelkit.provenance.certificates import Chain, read_chain, read_file
from labelkit.provenance.development import development_credential
from labelkit.provenance.keys import check_fit, checking, pem_of, read_key, signing_with
from labelkit.provenance.timestamp import TIMESTAMP_SECONDS, checked_seconds, checked_url

ALGORITHMS = ("es256", "es384", "ed25519", "ps256")
_PROBE = b"labelkit asks whether this key fits its certificate"


class Signer:
    """A signing credential: a certificate chain, and a way to sign with its key. Build it with a class method.

    Safe to share between threads; it holds no native resource, so it survives a fork.

    Attributes:
        alg: ``es256``, ``es384``, ``ed25519`` or ``ps256``; follows from the certificate.
        chain_pem: the chain as PEM, leaf first, without the root.
        timestamp_url: the RFC 3161 authority asked with every signature, or None.
        timestamp_seconds: how long it may take, at most.
        is_development: whether `Signer.development` made this credential.
        root_pem: the development authority's certificate, to trust it explicitly; None for real credentials.
        blocking: signing may take long (a callback, a time-stamp) and belongs off the event loop.
        not_after: when the certificate expires, UTC.
        subject: the certificate's subject as RFC 4514 writes it.
        serial: the certificate's serial number in decimal, as reports name it.
    """

    def __init__(
        self,
        chain: Chain,
        sign: Callable[[bytes], bytes],
        *,
        key_pem: bytes | None = None,
        root_pem: bytes | None = None,
        timestamp_url: str | None = None,
        timestamp_seconds: float = TIMESTAMP_SECONDS,
    ) -> None:
        self.chain = chain
        self.alg = chain.alg
        self.chain_pem = chain.pem
        self.subject = chain.subject
        self.serial = str(chain.leaf.serial_number)
        self.is_development = chain.is_development
        self.not_after = min(each.not_valid_after_utc for each in chain.certificates)
        self.root_pem = root_pem
        self.timestamp_url = checked_url(timestamp_url)
        self.timestamp_seconds = checked_seconds(timestamp_seconds)
        self.key_pem = key_pem
        self.blocking = key_pem is None or timestamp_url is not None
        self._sign = sign
        self._expires = self.not_after.timestamp()

    @classmethod
    def from_files(
        cls,
        chain: str | Path,
        key: str | Path,
        *,
        password: str | bytes | None = None,
        timestamp_url: str | None = None,
        timestamp_seconds: float = TIMESTAMP_SECONDS,
    ) -> Signer:
        """Read the chain and the key, PEM both, from files.

        Raises:
            CredentialError: a file is missing or cannot be read, or verifiers would refuse the credential.
        """
        return cls._of(
            (read_file(chain, "certificate chain"), str(chain)),
            (read_file(key, "private key"), str(key)),
            password=password,
            timestamp_url=timestamp_url,
            timestamp_seconds=timestamp_seconds,
        )

    @classmethod
    def from_pem(
        cls,
        chain: str | bytes,
        key: str | bytes,
        *,
        password: str | bytes | None = None,
        timestamp_url: str | None = None,
        timestamp_seconds: float = TIMESTAMP_SECONDS,
    ) -> Signer:
        """Take the chain and the key as PEM text, from a secret store for example.

        Raises:
            CredentialError: verifiers would refuse the credential.
        """
        return cls._of(
            (_bytes(chain), "chain"),
            (_bytes(key), "key"),
            password=password,
            timestamp_url=timestamp_url,
            timestamp_seconds=timestamp_seconds,
        )

    @classmethod
    def from_callback(
        cls,
        sign: Callable[[bytes], bytes],
        alg: str,
        chain: str | bytes,
        *,
        timestamp_url: str | None = None,
        timestamp_seconds: float = TIMESTAMP_SECONDS,
    ) -> Signer:
        """Sign with a function, for a key that never leaves its KMS or HSM.

        ``sign`` gets the bytes to sign, not their hash, and returns the signature: r || s or DER for ECDSA. It is
        called once right here, to see that the key fits the certificate.

        Raises:
            CredentialError: verifiers would refuse the credential, or the function signs with another key.
        """
        checked = read_chain(_bytes(chain), "chain")
        if alg.lower() != checked.alg:
            raise CredentialError(
                f"The certificate is for {checked.alg}, not for {alg}",
                where="Signer.from_callback(alg=...)",
                remedy=f"labelkit signs with {', '.join(ALGORITHMS)}; name the one of the certificate's key.",
            )
        signer = cls(
            checked,
            checking(sign, checked),
            timestamp_url=timestamp_url,
            timestamp_seconds=timestamp_seconds,
        )
        try:
            signer.sign(_PROBE)
        except SigningError as error:
            raise CredentialError(
                f"The signing function does not work with this certificate: {error.what}",
                where="Signer.from_callback(sign=...)",
                remedy=error.remedy,
            ) from error
        return signer

    @classmethod
    def development(
        cls,
        directory: Path | None = None,
        *,
        timestamp_url: str | None = None,
        timestamp_seconds: float = TIMESTAMP_SECONDS,
    ) -> Signer:
        """Sign with a credential of this machine's own, for trying things out: nobody else trusts it.

        It is made on first use and kept in ``directory`` (default: the user's data directory), and every inspection
        calls what it signed a development label.

        Raises:
            CredentialError: the directory cannot be used, or what it holds is damaged.
        """
        kept = development_credential(directory)
        return cls._of(
            (kept.chain, str(kept.directory)),
            (kept.key, str(kept.directory)),
            root_pem=kept.root,
            timestamp_url=timestamp_url,
            timestamp_seconds=timestamp_seconds,
        )

    @classmethod
    def _of(
        cls,
        chain: tuple[bytes, str],
        key: tuple[bytes, str],
        *,
        password: str | bytes | None = None,
        root_pem: bytes | None = None,
        timestamp_url: str | None,
        timestamp_seconds: float,
    ) -> Signer:
        checked = read_chain(*chain)
        secret = read_key(key[0], None if password is None else _bytes(password), key[1])
        check_fit(secret, checked, f"{chain[1]}, {key[1]}")
        return cls(
            checked,
            signing_with(secret, checked.alg),
            key_pem=pem_of(secret),
            root_pem=root_pem,
            timestamp_url=timestamp_url,
            timestamp_seconds=timestamp_seconds,
        )

    def sign(self, data: bytes) -> bytes:
        """Sign bytes; the signature is in COSE's form (r || s for ECDSA).

        Raises:
            SigningError: the certificate has expired since, or the key or the callback failed.
        """
        if time.time() > self._expires:
            raise SigningError(
                f"The signing certificate expired on {self.not_after:%Y-%m-%d %H:%M} UTC",
                where=self.subject,
                remedy="Renew it and restart the service.",
            )
        return self._sign(data)

    def __repr__(self) -> str:
        return f"Signer({self.alg}, {self.subject!r}, until {self.not_after:%Y-%m-%d})"


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
